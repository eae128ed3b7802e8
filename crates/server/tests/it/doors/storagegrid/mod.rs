//! StorageGRID's door, one module a route.

mod account;
mod authorize;
mod authorize_saml;
mod browser;
mod cookies;
mod directory;
mod introspection;
mod logout;
mod metadata;
mod saml_response;
mod versions;
