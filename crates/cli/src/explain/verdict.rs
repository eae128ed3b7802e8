//! A message judged by the rules that accept.

use super::expected::{Expected, Peer};
use super::source::{Carried, Found};
use jiff::Timestamp;
use saml::bindings::post;
use saml::bindings::redirect::Redirected;
use saml::validate::request::{Came, Partner};
use saml::validate::{Finding, SKEW, Verdict, finding, logout, request, response};
use xmldsig::dom::Document;
use xmldsig::limits::Limits;

/// A message with every rule's finding.
pub(super) struct Judged {
    /// Where it was found.
    pub(super) place: String,
    /// Name of its root element, if it can be read.
    pub(super) kind: Option<String>,
    /// Its XML, if it arrived whole.
    pub(super) xml: Option<Vec<u8>>,
    /// The findings, in the order in which accepting asks.
    pub(super) findings: Vec<Finding>,
}

impl Judged {
    /// The code under which accepting would refuse.
    pub(super) fn first_broken(&self) -> Option<&'static str> {
        self.findings
            .iter()
            .find(|f| f.verdict == Verdict::Broken)
            .map(|f| f.code)
    }
}

/// Judges one message.
pub(super) fn judge(found: &Found, expected: &Expected, now: Timestamp) -> Judged {
    let place = found.place.clone();
    let (came, xml) = match &found.carried {
        Carried::Redirect(query) => match Redirected::decode(query) {
            Ok(redirected) => {
                let xml = redirected.xml.clone();
                (Some(redirected), xml)
            }
            Err(refusal) => {
                return Judged {
                    place,
                    kind: None,
                    xml: None,
                    findings: vec![finding(&refusal)],
                };
            }
        },
        Carried::Post(field) => match post::decode(field) {
            Ok(xml) => (None, xml),
            Err(refusal) => {
                return Judged {
                    place,
                    kind: None,
                    xml: None,
                    findings: vec![finding(&refusal)],
                };
            }
        },
        Carried::Xml(xml) => (None, xml.clone()),
    };
    let claims = match Claims::of(&xml) {
        Ok(claims) => claims,
        Err(refusal) => {
            return Judged {
                place,
                kind: None,
                xml: Some(xml),
                findings: vec![finding(&refusal.into())],
            };
        }
    };
    let peer = expected.peer(claims.issuer.as_deref());
    let findings = match (claims.kind.as_str(), &came) {
        ("AuthnRequest", came) => authn_request(came.as_ref(), &xml, (peer, expected)),
        ("LogoutRequest" | "LogoutResponse", Some(came)) => {
            logout_message(came, (peer, expected), now)
        }
        ("LogoutRequest" | "LogoutResponse", None) => Vec::new(),
        _ => response_message(&xml, (peer, expected), now),
    };
    Judged {
        place,
        kind: Some(claims.kind),
        xml: Some(xml),
        findings,
    }
}

fn response_message(
    xml: &[u8],
    (peer, expected): (Option<&Peer>, &Expected),
    now: Timestamp,
) -> Vec<Finding> {
    let acs: Vec<&str> = expected.acs.iter().map(String::as_str).collect();
    let known = response::Known {
        issuer: peer.map(|peer| peer.entity_id.as_str()),
        keys: peer.map_or(&[], |peer| &peer.keys),
        audience: expected.audience.as_deref(),
        acs: &acs,
        in_response_to: expected.in_response_to.as_deref(),
        decryption: &expected.decryption,
    };
    response::explain(xml, &known, now)
}

fn authn_request(
    came: Option<&Redirected>,
    xml: &[u8],
    (peer, expected): (Option<&Peer>, &Expected),
) -> Vec<Finding> {
    let acs: Vec<(u16, &str)> = peer
        .map(|peer| {
            peer.acs
                .iter()
                .map(|(index, url)| (*index, url.as_str()))
                .collect()
        })
        .unwrap_or_default();
    let partner = peer.map(|peer| Partner {
        entity_id: &peer.entity_id,
        acs: &acs,
        keys: &peer.keys,
        must_sign: peer.signs_requests,
        default_algorithm: None,
    });
    let destinations: Vec<&str> = expected.destinations.iter().map(String::as_str).collect();
    let came = came.map_or(Came::Post(xml), Came::Redirect);
    request::explain(&came, partner.as_ref(), &destinations)
}

fn logout_message(
    came: &Redirected,
    (peer, expected): (Option<&Peer>, &Expected),
    now: Timestamp,
) -> Vec<Finding> {
    let destinations: Vec<&str> = expected.destinations.iter().map(String::as_str).collect();
    let expectations = peer.map(|peer| logout::Expectations {
        issuer: &peer.entity_id,
        keys: &peer.keys,
        default_algorithm: None,
        destinations: &destinations,
        skew: SKEW,
    });
    logout::explain(
        came,
        expectations.as_ref(),
        expected.in_response_to.as_deref(),
        now,
    )
}

/// What a message says of itself, for choosing the rules and the other side.
struct Claims {
    kind: String,
    issuer: Option<String>,
}

impl Claims {
    fn of(xml: &[u8]) -> Result<Self, xmldsig::error::XmlError> {
        let document = Document::parse(xml, &Limits::MESSAGE)?;
        let root = document.root();
        let issuer = |element: xmldsig::dom::Element<'_>| {
            element
                .child(saml::names::ASSERTION, "Issuer")?
                .text()
                .ok()
                .map(std::borrow::Cow::into_owned)
        };
        let of_assertion = || issuer(root.child(saml::names::ASSERTION, "Assertion")?);
        Ok(Self {
            kind: root.name().to_owned(),
            issuer: issuer(root).or_else(of_assertion),
        })
    }
}
