//! What the rules are asked about: one message, what was expected of it, and the time.

use crate::error::Refusal;
use crate::guard;
use crate::messages::{Assertion, SubjectConfirmation};
use crate::names::{ASSERTION, BEARER, PROTOCOL};
use crate::validate::judgement::Value;
use jiff::{SignedDuration, Timestamp};
use xmldsig::dom::{Document, Element};
use xmldsig::error::XmlError;

/// Everything a rule may look at.
pub(super) struct Case<'c> {
    pub(super) wanted: Wanted<'c>,
    pub(super) now: Timestamp,
    pub(super) shape: &'c Shape<'c>,
    /// None if it could not be judged.
    pub(super) signature: Option<Result<(), Refusal>>,
    /// None if there is none that may be read.
    pub(super) assertion: Option<Result<&'c Assertion, &'c Refusal>>,
}

/// What is expected, as far as it is known.
pub(super) struct Wanted<'c> {
    pub(super) issuer: Option<&'c str>,
    pub(super) audience: Option<&'c str>,
    /// Empty if not known.
    pub(super) acs: &'c [&'c str],
    pub(super) answer: Answer<'c>,
    pub(super) skew: SignedDuration,
}

/// What the response must answer.
#[derive(Clone, Copy)]
pub(super) enum Answer<'c> {
    /// Not known.
    Unknown,
    /// Nothing: nobody was asked.
    Unsolicited,
    /// The request of this ID.
    To(&'c str),
}

impl<'c> Case<'c> {
    /// The root, if it is a response.
    pub(super) fn response(&self) -> Option<Element<'c>> {
        self.shape
            .root()
            .filter(|root| root.is(PROTOCOL, "Response"))
    }

    /// The assertion, if it could be read.
    pub(super) fn assertion(&self) -> Option<&'c Assertion> {
        self.assertion.and_then(Result::ok)
    }

    /// The bearer confirmation to judge. One that satisfies everything is enough (SAML profiles §4.1.4.3); if none does,
    /// the first one shows best what is wrong.
    pub(super) fn confirmation(&self) -> Option<&'c SubjectConfirmation> {
        let mut bearers = self
            .assertion()?
            .confirmations
            .iter()
            .filter(|confirmation| confirmation.method == BEARER);
        let first = bearers.clone().next();
        bearers
            .find(|confirmation| self.satisfies(confirmation))
            .or(first)
    }

    /// Whether `end` is over. Both ends of the tolerance are still accepted.
    pub(super) fn is_over(&self, end: Timestamp) -> bool {
        self.now.duration_since(end) > self.wanted.skew
    }

    /// Whether `start` is still to come.
    pub(super) fn is_to_come(&self, start: Timestamp) -> bool {
        start.duration_since(self.now) > self.wanted.skew
    }

    /// What an end should be.
    pub(super) fn after_now(&self) -> Value<'c> {
        Value::Around("after", self.now, self.wanted.skew)
    }

    /// What a start should be.
    pub(super) fn before_now(&self) -> Value<'c> {
        Value::Around("before", self.now, self.wanted.skew)
    }

    /// One second after the last moment at which this assertion could be accepted again.
    pub(super) fn remember_until(&self) -> Timestamp {
        let confirmations = self
            .assertion()
            .map_or(&[][..], |assertion| &assertion.confirmations);
        let ends = confirmations
            .iter()
            .filter_map(|confirmation| confirmation.not_on_or_after);
        let last = ends.max().unwrap_or(self.now);
        last.saturating_add(self.wanted.skew)
            .and_then(|end| end.saturating_add(SignedDuration::from_secs(1)))
            .unwrap_or(Timestamp::MAX)
    }

    fn satisfies(&self, confirmation: &SubjectConfirmation) -> bool {
        let answers = match self.wanted.answer {
            Answer::Unknown => true,
            Answer::Unsolicited => confirmation.in_response_to.is_none(),
            Answer::To(request) => confirmation.in_response_to.as_deref() == Some(request),
        };
        let recipient = confirmation.recipient.as_deref().unwrap_or_default();
        answers
            && (self.wanted.acs.is_empty() || self.wanted.acs.contains(&recipient))
            && confirmation
                .not_on_or_after
                .is_some_and(|end| !self.is_over(end))
            && confirmation.not_before.is_none()
    }
}

/// Where assertions stand in the message, found in one walk.
pub(super) struct Shape<'c> {
    root: Result<Element<'c>, XmlError>,
    /// Direct children of the response, plain and encrypted.
    pub(super) assertions: Vec<Element<'c>>,
    /// The parent of the first assertion that stands anywhere else.
    pub(super) misplaced_in: Option<Element<'c>>,
}

impl<'c> Shape<'c> {
    pub(super) fn of(document: &'c Result<Document<'c>, XmlError>) -> Self {
        let mut shape = Shape {
            root: document.as_ref().map(Document::root).map_err(Clone::clone),
            assertions: Vec::new(),
            misplaced_in: None,
        };
        if let Ok(root) = &shape.root {
            let root = *root;
            shape
                .assertions
                .extend(root.children().filter(|child| is_assertion(*child)));
            shape.misplaced_in = root.children().find_map(assertion_below);
        }
        shape
    }

    pub(super) fn root(&self) -> Option<Element<'c>> {
        self.root.as_ref().ok().copied()
    }

    pub(super) fn fault(&self) -> Option<&XmlError> {
        self.root.as_ref().err()
    }

    /// Whether that assertion is encrypted.
    pub(super) fn is_sealed(&self) -> bool {
        self.assertion()
            .is_some_and(|assertion| assertion.name() == "EncryptedAssertion")
    }

    /// The one assertion that may be read, if everything stands in its place.
    pub(super) fn assertion(&self) -> Option<Element<'c>> {
        if self.misplaced_in.is_some() && guard::stands("assertion.position") {
            return None;
        }
        match self.assertions[..] {
            [only] => Some(only),
            [first, ..] if !guard::stands("assertion.count") => Some(first),
            _ => None,
        }
    }
}

pub(super) fn is_assertion(element: Element<'_>) -> bool {
    element.namespace() == ASSERTION && matches!(element.name(), "Assertion" | "EncryptedAssertion")
}

/// The parent of the first assertion below `element`.
pub(super) fn assertion_below(element: Element<'_>) -> Option<Element<'_>> {
    element.children().find_map(|child| {
        if is_assertion(child) {
            Some(element)
        } else {
            assertion_below(child)
        }
    })
}
