//! Responses and assertions, built and signed (SAML profiles §4.1.4.2). IDs and times are arguments.
//!
//! This module owns how our responses look. It writes by building elements, never by pasting text: what a directory or a
//! request holds is escaped or refused, and cannot become markup that is then signed.

use crate::messages::{Attribute, NameId, Status};
use crate::names::{ASSERTION, BEARER, PROTOCOL};
use crate::time::format;
use jiff::{SignedDuration, Timestamp};
use xmldsig::algorithms::Method;
use xmldsig::build::{Node, NotXml};
use xmldsig::encrypt::{ContentAlgorithm, EncryptionKey, KeyTransport, encrypt};
use xmldsig::error::{EncryptionError, SignError};
use xmldsig::keys::{Assertions, SigningKey};
use xmldsig::sign::sign;

/// The longest that a response may travel: it crosses one browser, and what is stolen on the way must soon be worthless.
pub const LONGEST_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// What to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// The assertion only (AD FS, PingFederate, Entra).
    Assertion,
    /// The response only.
    Response,
    /// Both.
    Both,
}

/// How prefixes look: two families are known to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefixes {
    /// `samlp:` on the response, `saml:` on the assertion.
    Short,
    /// `saml2p:` and `saml2:`, as OpenSAML writes (HORACIUS).
    OpenSaml,
}

/// A successful response to issue.
#[derive(Debug, Clone)]
pub struct Grant<'a> {
    /// Response ID.
    pub response_id: &'a str,
    /// Assertion ID.
    pub assertion_id: &'a str,
    /// Entity ID of the identity provider.
    pub issuer: &'a str,
    /// AssertionConsumerService URL: Destination and Recipient.
    pub acs: &'a str,
    /// Entity ID of the service provider: Audience.
    pub audience: &'a str,
    /// ID of the request, none when unsolicited.
    pub in_response_to: Option<&'a str>,
    /// Subject.
    pub name_id: &'a NameId,
    /// SessionIndex.
    pub session_index: &'a str,
    /// When the person proved who they are.
    pub authn_instant: Timestamp,
    /// AuthnContextClassRef.
    pub class_ref: &'a str,
    /// When the session at the identity provider ends, if said.
    pub session_not_on_or_after: Option<Timestamp>,
    /// Attributes.
    pub attributes: &'a [Attribute],
    /// Now.
    pub now: Timestamp,
    /// How long the response may travel; more than [`LONGEST_LIFE`] is cut down to it.
    pub valid_for: SignedDuration,
}

/// How to write it.
#[derive(Clone, Copy)]
pub struct Form<'a> {
    /// What to sign.
    pub signed: Signed,
    /// With which algorithms.
    pub method: Method,
    /// Prefix family.
    pub prefixes: Prefixes,
    /// The key.
    pub key: &'a SigningKey<Assertions>,
}

/// The signed response as XML.
pub fn response(grant: &Grant<'_>, form: Form<'_>) -> Result<String, SignError> {
    let writer = Writer {
        prefixes: form.prefixes,
    };
    let assertion = writer.signed_assertion(grant, form)?;
    writer.signed_response(grant, form, assertion)
}

/// To whom an assertion is encrypted, and how.
#[derive(Debug, Clone, Copy)]
pub struct Seal<'a> {
    /// The service provider's key.
    pub key: &'a EncryptionKey,
    /// For the assertion.
    pub content: ContentAlgorithm,
    /// For the key of the assertion.
    pub transport: KeyTransport,
}

/// Why an encrypted response cannot be issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// It cannot be encrypted.
    #[error(transparent)]
    Encrypt(#[from] EncryptionError),
}

/// The signed response with its assertion encrypted: signed first, then encrypted, so that the signature is hidden too;
/// the response is signed over what was encrypted.
pub fn sealed_response(
    grant: &Grant<'_>,
    form: Form<'_>,
    seal: Seal<'_>,
) -> Result<String, SealError> {
    let writer = Writer {
        prefixes: form.prefixes,
    };
    let assertion = writer.signed_assertion(grant, form)?;
    let data = encrypt(&assertion, seal.key, seal.content, seal.transport)?;
    let sealed = writer.saml("EncryptedAssertion").child(data);
    Ok(writer.signed_response(grant, form, sealed)?)
}

/// The envelope of a response.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// Response ID.
    pub id: &'a str,
    /// Entity ID of the identity provider.
    pub issuer: &'a str,
    /// AssertionConsumerService URL: Destination.
    pub acs: &'a str,
    /// ID of the request, none when unsolicited.
    pub in_response_to: Option<&'a str>,
    /// Now.
    pub now: Timestamp,
}

/// A response that refuses: unsigned on purpose, because an error needs no vouching and must not lend a signature.
pub fn refusal(head: &Head<'_>, status: &Status, prefixes: Prefixes) -> Result<String, NotXml> {
    let writer = Writer { prefixes };
    writer.document(&writer.response(head, status))
}

/// Writes in one family of prefixes.
#[derive(Clone, Copy)]
struct Writer {
    prefixes: Prefixes,
}

impl Writer {
    fn document(self, root: &Node<'_>) -> Result<String, NotXml> {
        let xml = root.to_xml()?;
        Ok(match self.prefixes {
            Prefixes::Short => xml,
            Prefixes::OpenSaml => format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{xml}"),
        })
    }

    fn signed_assertion<'a>(
        self,
        grant: &'a Grant<'_>,
        form: Form<'_>,
    ) -> Result<Node<'a>, SignError> {
        let assertion = self.assertion(grant);
        match form.signed {
            Signed::Response => Ok(assertion),
            Signed::Assertion | Signed::Both => {
                sign(assertion, grant.assertion_id, form.key, form.method)
            }
        }
    }

    fn signed_response(
        self,
        grant: &Grant<'_>,
        form: Form<'_>,
        assertion: Node<'_>,
    ) -> Result<String, SignError> {
        let head = Head {
            id: grant.response_id,
            issuer: grant.issuer,
            acs: grant.acs,
            in_response_to: grant.in_response_to,
            now: grant.now,
        };
        let status = Status::success();
        let response = self.response(&head, &status).child(assertion);
        let response = match form.signed {
            Signed::Assertion => response,
            Signed::Response | Signed::Both => {
                sign(response, grant.response_id, form.key, form.method)?
            }
        };
        Ok(self.document(&response)?)
    }

    fn protocol_prefix(self) -> &'static str {
        match self.prefixes {
            Prefixes::Short => "samlp",
            Prefixes::OpenSaml => "saml2p",
        }
    }

    fn assertion_prefix(self) -> &'static str {
        match self.prefixes {
            Prefixes::Short => "saml",
            Prefixes::OpenSaml => "saml2",
        }
    }

    /// An element of the assertion namespace.
    fn saml<'a>(self, name: &'static str) -> Node<'a> {
        Node::new(self.assertion_prefix(), ASSERTION, name)
    }

    fn response<'a>(self, head: &Head<'a>, status: &'a Status) -> Node<'a> {
        let node = Node::new(self.protocol_prefix(), PROTOCOL, "Response")
            .attribute("ID", head.id)
            .attribute("Version", "2.0")
            .attribute("IssueInstant", format(head.now))
            .attribute("Destination", head.acs);
        answering(node, head.in_response_to)
            .child(self.saml("Issuer").text(head.issuer))
            .child(status.node(self.protocol_prefix()))
    }

    fn assertion<'a>(self, grant: &'a Grant<'_>) -> Node<'a> {
        let end = format(end(grant));
        let node = self
            .saml("Assertion")
            .attribute("ID", grant.assertion_id)
            .attribute("Version", "2.0")
            .attribute("IssueInstant", format(grant.now))
            .child(self.saml("Issuer").text(grant.issuer))
            .child(self.subject(grant, end.clone()))
            .child(self.conditions(grant, end))
            .child(self.authn_statement(grant));
        if grant.attributes.is_empty() {
            return node;
        }
        node.child(self.attribute_statement(grant.attributes))
    }

    fn subject<'a>(self, grant: &'a Grant<'_>, end: String) -> Node<'a> {
        let data = self
            .saml("SubjectConfirmationData")
            .attribute("NotOnOrAfter", end)
            .attribute("Recipient", grant.acs);
        let confirmation = self
            .saml("SubjectConfirmation")
            .attribute("Method", BEARER)
            .child(answering(data, grant.in_response_to));
        let name_id = grant.name_id.node(self.assertion_prefix());
        self.saml("Subject").child(name_id).child(confirmation)
    }

    fn conditions<'a>(self, grant: &'a Grant<'_>, end: String) -> Node<'a> {
        let audience = self.saml("Audience").text(grant.audience);
        self.saml("Conditions")
            .attribute("NotBefore", format(grant.now))
            .attribute("NotOnOrAfter", end)
            .child(self.saml("AudienceRestriction").child(audience))
    }

    fn authn_statement<'a>(self, grant: &'a Grant<'_>) -> Node<'a> {
        let class = self.saml("AuthnContextClassRef").text(grant.class_ref);
        let statement = self
            .saml("AuthnStatement")
            .attribute("AuthnInstant", format(grant.authn_instant))
            .attribute("SessionIndex", grant.session_index)
            .child(self.saml("AuthnContext").child(class));
        match grant.session_not_on_or_after {
            Some(end) => statement.attribute("SessionNotOnOrAfter", format(end)),
            None => statement,
        }
    }

    fn attribute_statement(self, attributes: &[Attribute]) -> Node<'_> {
        let attributes = attributes.iter().map(|attribute| self.attribute(attribute));
        self.saml("AttributeStatement").children(attributes)
    }

    fn attribute(self, attribute: &Attribute) -> Node<'_> {
        let node = self
            .saml("Attribute")
            .attribute("Name", attribute.name.as_str());
        let node = match &attribute.friendly_name {
            Some(friendly_name) => node.attribute("FriendlyName", friendly_name.as_str()),
            None => node,
        };
        let values = attribute.values.iter();
        node.children(values.map(|value| self.attribute_value(value)))
    }

    /// OpenSAML writes the type of each value, AD FS does not.
    fn attribute_value(self, value: &str) -> Node<'_> {
        let node = self.saml("AttributeValue").text(value);
        match self.prefixes {
            Prefixes::Short => node,
            Prefixes::OpenSaml => node.xsi_string(),
        }
    }
}

fn answering<'a>(node: Node<'a>, in_response_to: Option<&'a str>) -> Node<'a> {
    match in_response_to {
        Some(request) => node.attribute("InResponseTo", request),
        None => node,
    }
}

fn end(grant: &Grant<'_>) -> Timestamp {
    grant
        .now
        .saturating_add(grant.valid_for.min(LONGEST_LIFE))
        .unwrap_or(Timestamp::MAX)
}
