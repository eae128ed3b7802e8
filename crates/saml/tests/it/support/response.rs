//! A good response, what is expected of it, and proofs about one that is not good.

use super::collection::collect;
use super::keys::{DECRYPTION, PROVIDER, STRANGER};
use super::signing::sign;
use super::{at, now};
use crate::mutations::Base;
pub(crate) use crate::mutations::PERSON;
pub(crate) use crate::mutations::changed;
use jiff::{SignedDuration, Timestamp};
use saml::error::Refusal;
use saml::guard::without;
use saml::issue::Signed;
use saml::validate::response::{Accepted, Expectations, Known, accept, explain};
use saml::validate::{Finding, Verdict};
use xmldsig::guard::Guard;
use xmldsig::keys::VerifyingKey;

pub(crate) const ISSUER: &str = "https://idp.example.org/idp";
pub(crate) const AUDIENCE: &str = "urn:sp";
pub(crate) const ACS: &str = "https://sp.example.org/acs";
pub(crate) const REQUEST: &str = "_request";

/// What the identity provider of the tests says to the service provider of the tests.
pub(crate) fn base(request: Option<&'static str>) -> Base<'static> {
    Base {
        issuer: ISSUER,
        audience: AUDIENCE,
        acs: ACS,
        request,
        series: "",
        now: now(),
        sign: &|xml, id| sign(xml, id, &PROVIDER),
        sign_as_stranger: &|xml, id| sign(xml, id, &STRANGER),
    }
}

/// The response as the identity provider means it, not signed yet.
pub(crate) fn unsigned() -> String {
    base(Some(REQUEST)).unsigned()
}

/// Its assertion, for `person`.
pub(crate) fn assertion(id: &str, person: &str) -> String {
    base(Some(REQUEST)).assertion(id, person)
}

/// `xml` signed by the true identity provider.
pub(crate) fn signed(xml: &str, place: Signed) -> String {
    let xml = if place == Signed::Response {
        xml.to_owned()
    } else {
        sign(xml, "_assertion", &PROVIDER)
    };
    if place == Signed::Assertion {
        xml
    } else {
        sign(&xml, "_response", &PROVIDER)
    }
}

fn expectations(keys: &[VerifyingKey]) -> Expectations<'_> {
    Expectations {
        issuer: ISSUER,
        keys,
        audience: AUDIENCE,
        acs: &[ACS],
        in_response_to: Some(REQUEST),
        decryption: &DECRYPTION[..],
        skew: SignedDuration::from_secs(30),
    }
}

/// Judged at `moment` by the service provider that sent the request.
pub(crate) fn judged_at(xml: &str, moment: Timestamp) -> Result<Accepted, Refusal> {
    let keys = [PROVIDER.verifying()];
    accept(xml.as_bytes(), &expectations(&keys), moment)
}

/// [`judged_at`] now.
pub(crate) fn judged(xml: &str) -> Result<Accepted, Refusal> {
    judged_at(xml, now())
}

/// Judged by a service provider that sent no request.
pub(crate) fn judged_unsolicited(xml: &str) -> Result<Accepted, Refusal> {
    let keys = [PROVIDER.verifying()];
    accept(
        xml.as_bytes(),
        &Expectations {
            in_response_to: None,
            ..expectations(&keys)
        },
        now(),
    )
}

/// Explained to somebody who knows everything.
pub(crate) fn explained(xml: &str) -> Vec<Finding> {
    let keys = [PROVIDER.verifying()];
    let known = Known {
        issuer: Some(ISSUER),
        keys: &keys,
        audience: Some(AUDIENCE),
        acs: &[ACS],
        in_response_to: Some(REQUEST),
        decryption: &DECRYPTION[..],
    };
    explain(xml.as_bytes(), &known, at(0))
}

/// Whom an accepted response names.
pub(crate) fn person(accepted: &Accepted) -> &str {
    accepted
        .assertion
        .get()
        .name_id
        .as_ref()
        .map_or("", |name_id| &name_id.value)
}

/// A guard to switch off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Off {
    /// Of this crate, by its code.
    Rule(&'static str),
    /// Of the signature layer.
    Layer(Guard),
}

/// Runs `work` with all of `guards` switched off.
pub(crate) fn without_all<R>(guards: &[Off], work: impl FnOnce() -> R) -> R {
    match guards {
        [] => work(),
        [Off::Rule(code), rest @ ..] => without(code, || without_all(rest, work)),
        [Off::Layer(guard), rest @ ..] => {
            xmldsig::guard::without(*guard, || without_all(rest, work))
        }
    }
}

/// Proves that `xml` is refused with `code`, that it is the guard of that name which refuses (also where all of
/// `second_line` are switched off), that nothing else would (without all of them it is accepted), and that explaining names
/// the same code first. Returns whom the weakened verifier took it for.
#[track_caller]
pub(crate) fn refused(xml: &str, code: &'static str, guard: Off, second_line: &[Off]) -> String {
    let outcome = judged(xml).map(|accepted| person(&accepted).to_owned());
    assert_eq!(
        outcome.map_err(|refusal| refusal.code()),
        Err(code),
        "as it is"
    );
    let alone =
        without_all(second_line, || judged(xml)).map(|accepted| person(&accepted).to_owned());
    assert_eq!(
        alone.map_err(|refusal| refusal.code()),
        Err(code),
        "with the second line off"
    );
    collect(xml, code);
    let broken = explained(xml)
        .into_iter()
        .find(|finding| finding.verdict == Verdict::Broken);
    assert_eq!(broken.map(|finding| finding.code), Some(code), "explained");
    let weakened = without(code, || {
        without_all(&[&[guard], second_line].concat(), || judged(xml))
    });
    person(&weakened.expect("acceptance without the guard")).to_owned()
}
