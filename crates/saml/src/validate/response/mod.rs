//! A posted response (SAML profiles §4.1.4.3): expectations in, a verified assertion or a refusal out.
//!
//! This module owns the list of rules for responses; it does not remember which assertions came before (the caller does,
//! until [`Accepted::remember_until`]), and it does not map attributes to people.

mod assertion;
mod case;
mod confirmation;
mod envelope;
mod vouching;

use super::judgement::Judgement;
use super::{Finding, Mender, Rule, SKEW, findings, first_refusal};
use crate::error::Refusal;
use crate::messages::{Assertion, issuer};
use crate::names::{ASSERTION, PROTOCOL};
use case::{Answer, Case, Shape, Wanted};
use jiff::{SignedDuration, Timestamp};
use vouching::{Keys, Vouched, claims};
use xmldsig::Verified;
use xmldsig::dom::Document;
use xmldsig::encrypt::DecryptionKey;
use xmldsig::error::{SignatureError, XmlError};
use xmldsig::keys::VerifyingKey;
use xmldsig::limits::Limits;

type Judge = for<'c> fn(&'c Case<'c>) -> Option<Judgement<'c>>;

/// Every rule, in the order in which they are judged: first that there is one message and one assertion and where they
/// stand, then who vouches for it, then what it says. Nothing below the signature is asked about what is not signed,
/// except that what stands outside must not contradict it.
#[rustfmt::skip]
const RULES: &[Rule<Judge>] = {
    use Mender::{Clock, IdentityProvider, Person, ServiceProvider};
    &[
        rule("xml.malformed", "SAML core §1.1", IdentityProvider, envelope::is_readable),
        rule("message.kind", "SAML core §3.3.3", IdentityProvider, envelope::is_response),
        rule("message.version", "SAML core §3.2.2, §4.1", IdentityProvider, envelope::has_version),
        rule("message.id", "SAML core §3.2.2", IdentityProvider, envelope::has_id),
        rule("response.status", "SAML core §3.2.2.2", Person, envelope::has_succeeded),
        rule("assertion.position", "SAML core §3.3.3", IdentityProvider, envelope::has_assertions_in_place_only),
        rule("assertion.count", "SAML profiles §4.1.4.2", IdentityProvider, envelope::has_one_assertion),
        rule("sig.missing", "SAML profiles §4.1.4.5, core §5.4", IdentityProvider, envelope::is_vouched_for),
        rule("assertion.malformed", "SAML core §2.3.3", IdentityProvider, assertion::is_readable),
        rule("assertion.issuer", "SAML profiles §4.1.4.2", ServiceProvider, assertion::comes_from_provider),
        rule("assertion.issuer", "SAML profiles §4.1.4.2", IdentityProvider, envelope::comes_from_provider),
        rule("response.destination", "SAML bindings §3.5.5.2", IdentityProvider, envelope::is_addressed_to_us),
        rule("assertion.subject", "SAML profiles §4.1.4.2", IdentityProvider, assertion::names_a_person),
        rule("assertion.subject", "SAML profiles §4.1.4.2", IdentityProvider, confirmation::is_bearer),
        rule("unsolicited", "SAML profiles §4.1.5", IdentityProvider, confirmation::answers_something),
        rule("assertion.in_response_to", "SAML core §3.2.2", IdentityProvider, envelope::answers_our_request),
        rule("assertion.in_response_to", "SAML profiles §4.1.4.3", IdentityProvider, confirmation::answers_our_request),
        rule("assertion.recipient", "SAML profiles §4.1.4.3", IdentityProvider, confirmation::is_for_us),
        rule("assertion.confirmation_expired", "SAML profiles §4.1.4.3", Clock, confirmation::is_fresh),
        rule("assertion.time", "SAML profiles §4.1.4.2", IdentityProvider, confirmation::has_no_not_before),
        rule("assertion.time", "SAML core §2.3.3", Clock, assertion::is_not_from_the_future),
        rule("assertion.time", "SAML core §2.5.1.2", Clock, assertion::has_begun),
        rule("assertion.time", "SAML core §2.5.1.2", Clock, assertion::has_not_ended),
        rule("assertion.audience", "SAML core §2.5.1.4", IdentityProvider, assertion::is_meant_for_us),
        rule("assertion.authn_statement", "SAML profiles §4.1.4.2", IdentityProvider, assertion::says_when_and_how),
        rule("assertion.authn_statement", "SAML core §2.7.2", Clock, assertion::has_a_living_session),
        rule("assertion.attributes", "SAML core §2.7.3", IdentityProvider, assertion::has_each_attribute_once),
    ]
};

const fn rule(
    code: &'static str,
    paragraph: &'static str,
    mender: Mender,
    judge: Judge,
) -> Rule<Judge> {
    Rule {
        code,
        paragraph,
        mender,
        judge,
    }
}

/// What a service provider expects of a response.
#[derive(Debug, Clone)]
pub struct Expectations<'a> {
    /// Entity ID of the identity provider that was asked.
    pub issuer: &'a str,
    /// Its keys, from configuration.
    pub keys: &'a [VerifyingKey],
    /// Our entity ID.
    pub audience: &'a str,
    /// Our AssertionConsumerService URLs, any of which may stand as Recipient and Destination (with and without `:443`).
    pub acs: &'a [&'a str],
    /// The request this must answer; none accepts an unsolicited response, and no other.
    pub in_response_to: Option<&'a str>,
    /// Our keys for encrypted assertions, the current one and those that partners may still use.
    pub decryption: &'a [DecryptionKey],
    /// How far clocks may differ.
    pub skew: SignedDuration,
}

/// A response that passed every rule.
#[derive(Debug)]
pub struct Accepted {
    /// The assertion; the only thing in the response that counts.
    pub assertion: Verified<Assertion>,
    /// Until when its ID must be remembered.
    pub remember_until: Timestamp,
}

/// What an unverified response claims about itself: good for finding out whom to ask, for nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Issuer of the response, else of its first assertion.
    pub issuer: Option<String>,
    /// InResponseTo of the response.
    pub in_response_to: Option<String>,
}

/// A response as it came, read once: whoever must find out whom to ask asks it before it is judged.
#[derive(Debug)]
pub struct Received<'x>(Result<Document<'x>, XmlError>);

impl<'x> Received<'x> {
    /// Reads; what cannot be read is refused by whatever is asked next.
    pub fn read(xml: &'x [u8]) -> Self {
        Self(Document::parse(xml, &Limits::MESSAGE))
    }

    /// What it claims.
    pub fn claimed(&self) -> Result<Claimed, Refusal> {
        let document = self.0.as_ref().map_err(Clone::clone)?;
        let root = document.root();
        if !root.is(PROTOCOL, "Response") {
            return Err(Refusal::rule("message.kind", "Response", root.name()));
        }
        let of_assertion = || match root.child(ASSERTION, "Assertion") {
            Some(assertion) => issuer(assertion, "assertion.issuer"),
            None => Ok(None),
        };
        let of_response = issuer(root, "assertion.issuer")?;
        Ok(Claimed {
            issuer: of_response.map_or_else(of_assertion, |issuer| Ok(Some(issuer)))?,
            in_response_to: root.attribute("InResponseTo").map(str::to_owned),
        })
    }

    /// Judges it and stops at the first refusal.
    pub fn accept(&self, expected: &Expectations<'_>, now: Timestamp) -> Result<Accepted, Refusal> {
        let shape = Shape::of(&self.0);
        let keys = Keys {
            verifying: expected.keys,
            decryption: expected.decryption,
        };
        // Only what is vouched for is read at all.
        let vouched = Vouched::of(&shape, keys);
        let assertion = vouched
            .as_ref()
            .and_then(|vouched| vouched.assertion.as_ref());
        let case = Case {
            wanted: Wanted::from(expected),
            now,
            shape: &shape,
            signature: vouched.as_ref().map(|vouched| vouched.signature.clone()),
            assertion: assertion.map(|read| read.as_ref().map(Verified::get)),
        };
        first_refusal(RULES, |judge| judge(&case))?;
        let remember_until = case.remember_until();
        match vouched.and_then(|vouched| vouched.assertion) {
            Some(Ok(assertion)) => Ok(Accepted {
                assertion,
                remember_until,
            }),
            Some(Err(refusal)) => Err(refusal),
            None => Err(SignatureError::Missing.into()),
        }
    }
}

/// Reads what a response claims.
pub fn claimed(xml: &[u8]) -> Result<Claimed, Refusal> {
    Received::read(xml).claimed()
}

/// Judges the response and stops at the first refusal.
pub fn accept(
    xml: &[u8],
    expected: &Expectations<'_>,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    Received::read(xml).accept(expected, now)
}

/// What a person who explains a response may know of the expectations; what is not known is not judged.
#[derive(Debug, Clone, Default)]
pub struct Known<'a> {
    /// Entity ID of the identity provider.
    pub issuer: Option<&'a str>,
    /// Its keys.
    pub keys: &'a [VerifyingKey],
    /// Entity ID of the service provider.
    pub audience: Option<&'a str>,
    /// Its consumer URLs.
    pub acs: &'a [&'a str],
    /// The request.
    pub in_response_to: Option<&'a str>,
    /// The keys of the service provider for encrypted assertions; without them, what is encrypted is not judged.
    pub decryption: &'a [DecryptionKey],
}

/// Judges every rule. Returns nothing that could be acted on.
pub fn explain(xml: &[u8], known: &Known<'_>, now: Timestamp) -> Vec<Finding> {
    let document = Document::parse(xml, &Limits::MESSAGE);
    let shape = Shape::of(&document);
    let keys = Keys {
        verifying: known.keys,
        decryption: known.decryption,
    };
    let can_open = !shape.is_sealed() || !known.decryption.is_empty();
    let vouched = Vouched::of(&shape, keys).filter(|_| !known.keys.is_empty() && can_open);
    // Here, and only here, an assertion is read that nobody vouches for: it is shown to a person and then dropped.
    let claims = claims(&shape, known.decryption);
    let case = Case {
        wanted: Wanted::from(known),
        now,
        shape: &shape,
        signature: vouched.map(|vouched| vouched.signature),
        assertion: claims.as_ref().map(Result::as_ref),
    };
    findings(RULES, |judge| judge(&case))
}

impl<'a> From<&'a Expectations<'a>> for Wanted<'a> {
    fn from(expected: &'a Expectations<'a>) -> Self {
        Wanted {
            issuer: Some(expected.issuer),
            audience: Some(expected.audience),
            acs: expected.acs,
            answer: expected
                .in_response_to
                .map_or(Answer::Unsolicited, Answer::To),
            skew: expected.skew,
        }
    }
}

impl<'a> From<&'a Known<'a>> for Wanted<'a> {
    fn from(known: &'a Known<'a>) -> Self {
        Wanted {
            issuer: known.issuer,
            audience: known.audience,
            acs: known.acs,
            answer: known.in_response_to.map_or(Answer::Unknown, Answer::To),
            skew: SKEW,
        }
    }
}
