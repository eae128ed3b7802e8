//! Rules about what the assertion says.

use super::case::Case;
use crate::validate::judgement::Judgement;

pub(super) fn is_readable<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    Some(match case.assertion? {
        Ok(_) => Judgement::of(
            true,
            "an assertion that can be read",
            "an assertion that can be read",
        ),
        Err(refusal) => Judgement::refused(refusal.clone()),
    })
}

pub(super) fn comes_from_provider<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let wanted = case.wanted.issuer?;
    let found = case.assertion()?.issuer.as_str();
    Some(Judgement::of(found == wanted, wanted, found))
}

pub(super) fn names_a_person<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let wanted = "a NameID of 1 to 1024 bytes";
    let Some(name_id) = &case.assertion()?.name_id else {
        return Some(Judgement::of(false, wanted, "none"));
    };
    if let Some(fault) = name_id.fault() {
        return Some(Judgement::of(false, wanted, fault));
    }
    // SAML core §2.2.2: an SPNameQualifier says for which service provider the name was made.
    if let (Some(qualifier), Some(audience)) =
        (name_id.sp_name_qualifier.as_deref(), case.wanted.audience)
        && qualifier != audience
    {
        return Some(Judgement::of(false, audience, qualifier));
    }
    Some(Judgement::of(true, wanted, "one"))
}

pub(super) fn is_not_from_the_future<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let issued = case.assertion()?.issue_instant;
    Some(Judgement::of(
        !case.is_to_come(issued),
        case.before_now(),
        issued,
    ))
}

pub(super) fn has_begun<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let start = case
        .assertion()?
        .conditions
        .as_ref()
        .and_then(|conditions| conditions.not_before);
    Some(Judgement::of(
        !start.is_some_and(|start| case.is_to_come(start)),
        case.before_now(),
        start,
    ))
}

pub(super) fn has_not_ended<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let end = case
        .assertion()?
        .conditions
        .as_ref()
        .and_then(|conditions| conditions.not_on_or_after);
    Some(Judgement::of(
        end.is_some_and(|end| !case.is_over(end)),
        case.after_now(),
        end,
    ))
}

pub(super) fn is_meant_for_us<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let wanted = case.wanted.audience?;
    let conditions = case.assertion()?.conditions.as_ref();
    let restrictions = conditions.map_or(&[][..], |conditions| &conditions.audience_restrictions);
    // Several restrictions narrow each other; within one, any audience will do.
    let holds = !restrictions.is_empty()
        && restrictions
            .iter()
            .all(|audiences| audiences.iter().any(|audience| audience == wanted));
    if holds {
        return Some(Judgement::of(true, wanted, wanted));
    }
    let found = restrictions
        .iter()
        .map(|audiences| audiences.join(" or "))
        .collect::<Vec<_>>()
        .join(", and ");
    Some(Judgement::of(
        false,
        wanted,
        if found.is_empty() {
            "none".to_owned()
        } else {
            found
        },
    ))
}

pub(super) fn says_when_and_how<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let statements = &case.assertion()?.authn_statements;
    Some(Judgement::of(
        !statements.is_empty(),
        "an AuthnStatement",
        statements.len().to_string(),
    ))
}

pub(super) fn has_a_living_session<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let statements = &case.assertion()?.authn_statements;
    let future = statements
        .iter()
        .map(|statement| statement.authn_instant)
        .find(|instant| case.is_to_come(*instant));
    let ended = statements
        .iter()
        .filter_map(|statement| statement.session_not_on_or_after)
        .find(|end| case.is_over(*end));
    Some(match (future, ended) {
        (None, None) => Judgement::of(true, "signed in before now, session not over", "both"),
        (Some(instant), _) => {
            Judgement::of(false, "an AuthnInstant that is not in the future", instant)
        }
        (None, Some(end)) => Judgement::of(false, case.after_now(), end),
    })
}

pub(super) fn has_each_attribute_once<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let attributes = &case.assertion()?.attributes;
    // Of two attributes of one name, one reader takes the first and the next reader the last.
    let repeated = attributes.iter().enumerate().find(|(at, attribute)| {
        attributes[..*at]
            .iter()
            .any(|earlier| earlier.name == attribute.name)
    });
    let found = repeated.map_or("each once", |(_, attribute)| attribute.name.as_str());
    Some(Judgement::of(
        repeated.is_none(),
        "each attribute once",
        found,
    ))
}
