//! What every door needs of HTTP. This module owns decoding and encoding; it knows no door and decides nothing.
//!
//! * [`fields`]: parameters of a query or form, decoded once, doubled ones told apart
//! * [`body`]: bodies within a limit, in time · [`multipart`]: forms as `multipart/form-data`
//! * [`cookies`]: cookies, read and written · [`date`]: `Expires` and cookie dates
//! * [`passage`]: what the front knows of the request, as extractors · [`authorization`]: bearer tokens, and passwords of clients
//! * `scheme`: whether a client speaks TLS · [`way_back`]: where somebody was, as it travels
//! * [`oauth`]: forms and JSON of OAuth endpoints · [`answer`]: answers that belong to no door

pub mod answer;
pub mod authorization;
pub mod body;
pub mod cookies;
pub mod date;
pub mod fields;
mod multipart;
pub mod oauth;
pub mod passage;
mod scheme;
pub mod way_back;

pub use body::{BodyFault, Form};
pub use cookies::{Cookies, SetCookie};
pub use fields::Fields;
pub use passage::At;
pub(crate) use passage::Passage;
pub(crate) use scheme::Scheme;
