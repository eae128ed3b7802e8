//! Rules about the response around the assertion. Unless it is signed itself, what it says can only refuse, never convince.

use super::case::{Answer, Case};
use crate::error::Refusal;
use crate::messages::{Status, is_id, issuer};
use crate::names::SUCCESS;
use crate::validate::judgement::{Judgement, Value};

#[expect(clippy::unnecessary_wraps, reason = "every rule has this shape")]
pub(super) fn is_readable<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    Some(match case.shape.fault() {
        None => Judgement::of(
            true,
            "XML in the strict profile",
            "XML in the strict profile",
        ),
        Some(fault) => Judgement::refused(Refusal::Xml(fault.clone())),
    })
}

pub(super) fn is_response<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let root = case.shape.root()?;
    Some(Judgement::of(
        case.response().is_some(),
        "samlp:Response",
        root.name(),
    ))
}

pub(super) fn has_version<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let version = case.response()?.attribute("Version");
    Some(Judgement::of(version == Some("2.0"), "2.0", version))
}

pub(super) fn has_id<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let id = case.response()?.attribute("ID");
    Some(Judgement::of(id.is_some_and(is_id), "an xs:ID", id))
}

pub(super) fn has_succeeded<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let Some(status) = Status::read(case.response()?) else {
        return Some(Judgement::of(false, SUCCESS, "not exactly one Status"));
    };
    // A second-level code below Success says that something is not as asked.
    let holds = status.code == SUCCESS && status.sub_code.is_none();
    let words = [Some(status.code), status.sub_code, status.message]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
    Some(Judgement::of(holds, SUCCESS, words.join(", ")))
}

pub(super) fn has_assertions_in_place_only<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    case.response()?;
    // An assertion in Extensions, Advice, Object or a wrapper is how signature wrapping hides what was signed.
    let misplaced = case.shape.misplaced_in;
    let found = misplaced.map_or("in the Response only", |parent| parent.name());
    Some(Judgement::of(
        misplaced.is_none(),
        "assertions directly in the Response only",
        found,
    ))
}

pub(super) fn has_one_assertion<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    case.response()?;
    let count = case.shape.assertions.len();
    Some(Judgement::of(count == 1, "1", count.to_string()))
}

pub(super) fn is_vouched_for<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    Some(match case.signature.as_ref()? {
        Ok(()) => Judgement::of(
            true,
            "a signature by a configured key",
            "a signature by a configured key",
        ),
        Err(refusal) => Judgement::refused(refusal.clone()),
    })
}

pub(super) fn comes_from_provider<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let wanted = case.wanted.issuer?;
    Some(match issuer(case.response()?, "assertion.issuer") {
        Ok(None) => Judgement::of(
            true,
            wanted,
            "none, which the assertion's Issuer makes up for",
        ),
        Ok(Some(found)) => Judgement::of(found == wanted, wanted, found),
        Err(refusal) => Judgement::refused(refusal),
    })
}

pub(super) fn is_addressed_to_us<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let destination = case.response()?.attribute("Destination");
    one_of(case.wanted.acs, destination)
}

pub(super) fn answers_our_request<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    answers(
        case.wanted.answer,
        case.response()?.attribute("InResponseTo"),
    )
}

/// One of our URLs, letter for letter: no rewriting of ports, case or trailing dots. Absent is wrong.
pub(super) fn one_of<'c>(ours: &'c [&'c str], found: Option<&'c str>) -> Option<Judgement<'c>> {
    if ours.is_empty() {
        return None;
    }
    let holds = found.is_some_and(|found| ours.contains(&found));
    Some(Judgement::of(holds, Value::AnyOf(ours), found))
}

/// The request that was sent, or nothing where none was.
pub(super) fn answers<'c>(wanted: Answer<'c>, found: Option<&'c str>) -> Option<Judgement<'c>> {
    let wanted = match wanted {
        Answer::Unknown => return None,
        Answer::Unsolicited => None,
        Answer::To(request) => Some(request),
    };
    Some(Judgement::of(found == wanted, wanted, found))
}
