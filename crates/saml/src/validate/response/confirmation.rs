//! Rules about the bearer confirmation: whoever carries the assertion may use it here, now, for this request.

use super::case::{Answer, Case};
use super::envelope::{answers, one_of};
use crate::names::BEARER;
use crate::validate::judgement::Judgement;

pub(super) fn is_bearer<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let first = case.assertion()?.confirmations.first();
    let found = case
        .confirmation()
        .or(first)
        .map(|confirmation| confirmation.method.as_str());
    Some(Judgement::of(found == Some(BEARER), BEARER, found))
}

pub(super) fn answers_something<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let wanted = match case.wanted.answer {
        Answer::Unknown => return None,
        Answer::Unsolicited => {
            return Some(Judgement::of(
                true,
                "a response that nobody asked for",
                "allowed",
            ));
        }
        Answer::To(request) => request,
    };
    let of_confirmation = case
        .assertion()?
        .confirmations
        .iter()
        .find_map(|confirmation| confirmation.in_response_to.as_deref());
    let found = case
        .response()?
        .attribute("InResponseTo")
        .or(of_confirmation);
    Some(Judgement::of(found.is_some(), wanted, found))
}

pub(super) fn answers_our_request<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    answers(
        case.wanted.answer,
        case.confirmation()?.in_response_to.as_deref(),
    )
}

pub(super) fn is_for_us<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    one_of(case.wanted.acs, case.confirmation()?.recipient.as_deref())
}

pub(super) fn is_fresh<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let end = case.confirmation()?.not_on_or_after;
    Some(Judgement::of(
        end.is_some_and(|end| !case.is_over(end)),
        case.after_now(),
        end,
    ))
}

pub(super) fn has_no_not_before<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let start = case.confirmation()?.not_before;
    Some(Judgement::of(
        start.is_none(),
        "no NotBefore in SubjectConfirmationData",
        start,
    ))
}
