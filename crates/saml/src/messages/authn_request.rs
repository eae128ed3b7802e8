//! `samlp:AuthnRequest` (SAML core §3.4.1).

use super::envelope::{Codes, Envelope, Sent, boolean, optional};
use crate::error::Refusal;
use crate::names::{ASSERTION, PROTOCOL};
use jiff::Timestamp;
use xmldsig::algorithms::Method;
use xmldsig::build::{Node, NotXml};
use xmldsig::dom::Element;
use xmldsig::error::SignError;
use xmldsig::keys::{Requests, SigningKey};
use xmldsig::sign::sign;

const CODES: Codes = Codes {
    issuer: "request.issuer",
    time: "request.time",
};

/// `samlp:NameIDPolicy`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NameIdPolicy {
    /// Format.
    pub format: Option<String>,
    /// SPNameQualifier.
    pub sp_name_qualifier: Option<String>,
    /// AllowCreate.
    pub allow_create: Option<bool>,
}

/// A request to sign somebody in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthnRequest {
    /// ID.
    pub id: String,
    /// IssueInstant.
    pub issue_instant: Timestamp,
    /// Issuer: entity ID of the service provider.
    pub issuer: String,
    /// Destination.
    pub destination: Option<String>,
    /// AssertionConsumerServiceURL.
    pub acs_url: Option<String>,
    /// AssertionConsumerServiceIndex.
    pub acs_index: Option<u16>,
    /// ProtocolBinding.
    pub protocol_binding: Option<String>,
    /// ForceAuthn.
    pub force_authn: bool,
    /// IsPassive.
    pub is_passive: bool,
    /// NameIDPolicy.
    pub name_id_policy: Option<NameIdPolicy>,
    /// RequestedAuthnContext: class references, of which one must be met.
    pub requested_classes: Vec<String>,
}

impl AuthnRequest {
    /// Reads one. Judges the shape, not whether to obey; what cannot be honoured is refused here, because a part of a
    /// request that is not understood must not be dropped silently.
    pub fn read(root: Element<'_>) -> Result<Self, Refusal> {
        let envelope = Envelope::read(root, "AuthnRequest", CODES)?;
        // SAML core §3.4.1.4: a Subject asks for one certain person, Conditions for an assertion to order.
        for name in ["Subject", "Conditions"] {
            if root.child(ASSERTION, name).is_some() {
                return Err(unsupported("no Subject and no Conditions", name));
            }
        }
        Ok(AuthnRequest {
            id: envelope.id,
            issue_instant: envelope.issue_instant,
            issuer: envelope.issuer,
            destination: envelope.destination,
            acs_url: root
                .attribute("AssertionConsumerServiceURL")
                .map(str::to_owned),
            acs_index: acs_index(root)?,
            protocol_binding: root.attribute("ProtocolBinding").map(str::to_owned),
            force_authn: boolean(root, "ForceAuthn", UNSUPPORTED)?.unwrap_or(false),
            is_passive: boolean(root, "IsPassive", UNSUPPORTED)?.unwrap_or(false),
            name_id_policy: root
                .child(PROTOCOL, "NameIDPolicy")
                .map(name_id_policy)
                .transpose()?,
            requested_classes: root
                .child(PROTOCOL, "RequestedAuthnContext")
                .map(requested_classes)
                .transpose()?
                .unwrap_or_default(),
        })
    }

    /// Writes it without a signature (the redirect binding signs outside the XML).
    pub fn to_xml(&self) -> Result<String, NotXml> {
        self.node().to_xml()
    }

    /// Writes it with a signature in it, for bindings that have none of their own.
    pub fn signed(
        &self,
        key: &SigningKey<Requests>,
        method: impl Into<Method>,
    ) -> Result<String, SignError> {
        Ok(sign(self.node(), &self.id, key, method)?.to_xml()?)
    }

    fn node(&self) -> Node<'_> {
        let sent = Sent {
            id: &self.id,
            issue_instant: self.issue_instant,
            issuer: &self.issuer,
            destination: self.destination.as_deref(),
        };
        let mut node = Envelope::node("AuthnRequest", &sent);
        node = optional(node, "AssertionConsumerServiceURL", self.acs_url.as_deref());
        node = optional(
            node,
            "AssertionConsumerServiceIndex",
            self.acs_index.map(|index| index.to_string()),
        );
        node = optional(node, "ProtocolBinding", self.protocol_binding.as_deref());
        node = optional(node, "ForceAuthn", self.force_authn.then_some("true"));
        node = optional(node, "IsPassive", self.is_passive.then_some("true"));
        if let Some(policy) = &self.name_id_policy {
            node = node.child(policy.node());
        }
        if !self.requested_classes.is_empty() {
            let classes = self.requested_classes.iter().fold(
                Node::new("samlp", PROTOCOL, "RequestedAuthnContext"),
                |context, class| {
                    context.child(
                        Node::new("saml", ASSERTION, "AuthnContextClassRef").text(class.as_str()),
                    )
                },
            );
            node = node.child(classes);
        }
        node
    }
}

impl NameIdPolicy {
    fn node(&self) -> Node<'_> {
        let node = optional(
            Node::new("samlp", PROTOCOL, "NameIDPolicy"),
            "Format",
            self.format.as_deref(),
        );
        let node = optional(node, "SPNameQualifier", self.sp_name_qualifier.as_deref());
        let allow = self
            .allow_create
            .map(|allow| if allow { "true" } else { "false" });
        optional(node, "AllowCreate", allow)
    }
}

const UNSUPPORTED: &str = "request.unsupported";

fn unsupported(wanted: &str, found: &str) -> Refusal {
    Refusal::rule(UNSUPPORTED, wanted, found)
}

fn acs_index(root: Element<'_>) -> Result<Option<u16>, Refusal> {
    let Some(text) = root.attribute("AssertionConsumerServiceIndex") else {
        return Ok(None);
    };
    match text.parse() {
        Ok(index) if text.bytes().all(|b| b.is_ascii_digit()) => Ok(Some(index)),
        _ => Err(Refusal::rule(
            "request.acs",
            "an index from 0 to 65535",
            text,
        )),
    }
}

fn name_id_policy(element: Element<'_>) -> Result<NameIdPolicy, Refusal> {
    Ok(NameIdPolicy {
        format: element.attribute("Format").map(str::to_owned),
        sp_name_qualifier: element.attribute("SPNameQualifier").map(str::to_owned),
        allow_create: boolean(element, "AllowCreate", UNSUPPORTED)?,
    })
}

/// SAML core §3.3.2.2.1. One of the classes is met exactly, which satisfies every comparison but `better`.
fn requested_classes(context: Element<'_>) -> Result<Vec<String>, Refusal> {
    if let Some("better") = context.attribute("Comparison") {
        return Err(unsupported(
            "a comparison that a class itself can meet",
            "better",
        ));
    }
    let mut classes = Vec::new();
    for class in context.children() {
        if !class.is(ASSERTION, "AuthnContextClassRef") {
            return Err(unsupported("AuthnContextClassRef", class.name()));
        }
        classes.push(class.text()?.into_owned());
    }
    Ok(classes)
}
