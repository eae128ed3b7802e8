//! Who vouches for the assertion: a signature of its own or the one of the response, through encryption if need be.

use super::case::{Shape, is_assertion};
use crate::error::Refusal;
use crate::messages::Assertion;
use crate::names::ASSERTION;
use xmldsig::Verified;
use xmldsig::dom::{Document, Element};
use xmldsig::encrypt::{DecryptionKey, decrypt};
use xmldsig::error::SignatureError;
use xmldsig::keys::VerifyingKey;
use xmldsig::limits::Limits;
use xmldsig::verify::{has_signature, verify};

/// The keys that count.
#[derive(Clone, Copy)]
pub(super) struct Keys<'a> {
    /// Those of the identity provider.
    pub(super) verifying: &'a [VerifyingKey],
    /// Our own.
    pub(super) decryption: &'a [DecryptionKey],
}

/// What is vouched for.
pub(super) struct Vouched {
    pub(super) signature: Result<(), Refusal>,
    /// None if nobody vouches for it.
    pub(super) assertion: Option<Result<Verified<Assertion>, Refusal>>,
}

impl Vouched {
    /// Judges the one assertion of `shape`, if everything stands in its place.
    pub(super) fn of(shape: &Shape<'_>, keys: Keys<'_>) -> Option<Self> {
        let (response, assertion) = (shape.root()?, shape.assertion()?);
        let outcome = if is_sealed(assertion) {
            sealed(response, assertion, keys)
        } else {
            plain(response, assertion, keys.verifying)
        };
        Some(match outcome {
            Ok(reading) => Vouched {
                signature: Ok(()),
                assertion: Some(reading),
            },
            Err(refusal) => Vouched {
                signature: Err(refusal),
                assertion: None,
            },
        })
    }
}

/// What the one assertion of `shape` claims, vouched for or not; none if it cannot be opened.
pub(super) fn claims(
    shape: &Shape<'_>,
    decryption: &[DecryptionKey],
) -> Option<Result<Assertion, Refusal>> {
    let assertion = shape.assertion()?;
    if !is_sealed(assertion) {
        return Some(Assertion::read(assertion));
    }
    let opened = decrypt(assertion, decryption).ok()?;
    let document = Document::parse(&opened, &Limits::MESSAGE).ok()?;
    lone_assertion(&document).ok().map(Assertion::read)
}

/// A reading of what is vouched for, or why nobody vouches for it.
type Outcome = Result<Result<Verified<Assertion>, Refusal>, Refusal>;

/// Every signature that is there must be good, also where another one would do.
fn plain(response: Element<'_>, assertion: Element<'_>, keys: &[VerifyingKey]) -> Outcome {
    let response = has_signature(response)
        .then(|| verify(response, keys))
        .transpose()?;
    let element = match response {
        // What is read is found again below what was verified.
        Some(response) if !has_signature(assertion) => response.try_map(first_assertion)?,
        _ => verify(assertion, keys)?,
    };
    Ok(element.try_map(Assertion::read))
}

/// Encryption vouches for nothing, because anybody can encrypt to a published key (CVE-2026-2092 and its like): either the
/// response was verified before anything is decrypted, or what comes out is signed itself. Whatever fails once decryption
/// has begun is one refusal, so that nobody learns anything by asking again.
fn sealed(response: Element<'_>, assertion: Element<'_>, keys: Keys<'_>) -> Outcome {
    if !has_signature(response) {
        let opened = open(assertion, keys)?;
        let document =
            Document::parse(&opened, &Limits::MESSAGE).map_err(|_| Refusal::Encrypted)?;
        let verified =
            verify(lone_assertion(&document)?, keys.verifying).map_err(|_| Refusal::Encrypted)?;
        return Ok(verified.try_map(Assertion::read));
    }
    let response = verify(response, keys.verifying)?;
    let reading = response.try_map(|response| {
        let opened = open(first_assertion(response)?, keys)?;
        let document =
            Document::parse(&opened, &Limits::MESSAGE).map_err(|_| Refusal::Encrypted)?;
        let assertion = lone_assertion(&document)?;
        if has_signature(assertion) {
            verify(assertion, keys.verifying).map_err(|_| Refusal::Encrypted)?;
        }
        Ok::<_, Refusal>(Assertion::read(assertion))
    })?;
    Ok(reading.try_map(|reading| reading))
}

fn open(sealed: Element<'_>, keys: Keys<'_>) -> Result<Vec<u8>, Refusal> {
    decrypt(sealed, keys.decryption).map_err(|_| Refusal::Encrypted)
}

/// What was decrypted is one plain assertion with no other one inside.
fn lone_assertion<'d>(document: &'d Document<'d>) -> Result<Element<'d>, Refusal> {
    let root = document.root();
    let is_lone = root.is(ASSERTION, "Assertion") && super::case::assertion_below(root).is_none();
    is_lone.then_some(root).ok_or(Refusal::Encrypted)
}

fn first_assertion(response: Element<'_>) -> Result<Element<'_>, SignatureError> {
    response
        .children()
        .find(|child| is_assertion(*child))
        .ok_or(SignatureError::Missing)
}

fn is_sealed(assertion: Element<'_>) -> bool {
    assertion.name() == "EncryptedAssertion"
}
