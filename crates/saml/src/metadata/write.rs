//! Writing, in the order of the schema (SAML metadata §2.4).

use super::{Endpoint, EntityDescriptor, Role};
use crate::names::{METADATA, PROTOCOL, XML_SIGNATURE};
use crate::time;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use xmldsig::build::Node;
use xmldsig::encrypt::{ContentAlgorithm, KeyTransport};
use xmldsig::error::SignError;
use xmldsig::keys::{Metadata, SigningKey};
use xmldsig::sign::sign;

impl EntityDescriptor {
    /// Writes it, signed if a key is given. `id` is the ID of the document.
    pub fn to_xml(
        &self,
        id: &str,
        key: Option<&SigningKey<Metadata>>,
    ) -> Result<String, SignError> {
        let mut node = md("EntityDescriptor")
            .attribute("ID", id)
            .attribute("entityID", self.entity_id.as_str());
        if let Some(end) = self.valid_until {
            node = node.attribute("validUntil", time::format(end));
        }
        if let Some(role) = &self.identity_provider {
            node = node.child(identity_provider(role));
        }
        if let Some(role) = &self.service_provider {
            node = node.child(service_provider(role));
        }
        let node = match key {
            Some(key) => sign(node, id, key, key.default_algorithm())?,
            None => node,
        };
        Ok(node.to_xml()?)
    }
}

fn identity_provider(role: &Role) -> Node<'_> {
    let node = flag(
        descriptor("IDPSSODescriptor"),
        "WantAuthnRequestsSigned",
        role.requests_signed,
    );
    children(
        common(node, role),
        "SingleSignOnService",
        &role.single_sign_on,
    )
}

fn service_provider(role: &Role) -> Node<'_> {
    let node = flag(
        descriptor("SPSSODescriptor"),
        "AuthnRequestsSigned",
        role.requests_signed,
    );
    let node = flag(node, "WantAssertionsSigned", role.want_assertions_signed);
    children(
        common(node, role),
        "AssertionConsumerService",
        &role.assertion_consumer,
    )
}

fn descriptor<'a>(name: &'static str) -> Node<'a> {
    md(name).attribute("protocolSupportEnumeration", PROTOCOL)
}

/// What both roles have: keys, logout, names.
fn common<'a>(node: Node<'a>, role: &'a Role) -> Node<'a> {
    let keys = [("signing", &role.signing), ("encryption", &role.encryption)];
    let node = keys
        .iter()
        .flat_map(|(used_for, certificates)| {
            certificates
                .iter()
                .map(|certificate| key(used_for, certificate))
        })
        .fold(node, Node::child);
    let node = children(node, "SingleLogoutService", &role.single_logout);
    role.name_id_formats.iter().fold(node, |node, format| {
        node.child(md("NameIDFormat").text(format.as_str()))
    })
}

fn key<'a>(used_for: &'static str, certificate: &[u8]) -> Node<'a> {
    let certificate = ds("X509Certificate").text(STANDARD.encode(certificate));
    let descriptor = md("KeyDescriptor")
        .attribute("use", used_for)
        .child(ds("KeyInfo").child(ds("X509Data").child(certificate)));
    if used_for != "encryption" {
        return descriptor;
    }
    // SAML metadata §2.4.1.1: what can be read; without it some would take CBC or PKCS#1 v1.5, which nobody here reads.
    [
        ContentAlgorithm::Aes256Gcm.uri(),
        ContentAlgorithm::Aes128Gcm.uri(),
        KeyTransport::OaepSha1.uri(),
    ]
    .into_iter()
    .fold(descriptor, |node, uri| {
        node.child(md("EncryptionMethod").attribute("Algorithm", uri))
    })
}

fn children<'a>(node: Node<'a>, name: &'static str, endpoints: &'a [Endpoint]) -> Node<'a> {
    endpoints
        .iter()
        .map(|one| endpoint(name, one))
        .fold(node, Node::child)
}

fn endpoint<'a>(name: &'static str, endpoint: &'a Endpoint) -> Node<'a> {
    let mut node = md(name)
        .attribute("Binding", endpoint.binding.as_str())
        .attribute("Location", endpoint.location.as_str());
    if let Some(location) = &endpoint.response_location {
        node = node.attribute("ResponseLocation", location.as_str());
    }
    if let Some(index) = endpoint.index {
        node = node.attribute("index", index.to_string());
    }
    flag(node, "isDefault", endpoint.is_default)
}

fn flag<'a>(node: Node<'a>, name: &'static str, value: bool) -> Node<'a> {
    if value {
        node.attribute(name, "true")
    } else {
        node
    }
}

fn md<'a>(name: &'static str) -> Node<'a> {
    Node::new("md", METADATA, name)
}

fn ds<'a>(name: &'static str) -> Node<'a> {
    Node::new("ds", XML_SIGNATURE, name)
}
