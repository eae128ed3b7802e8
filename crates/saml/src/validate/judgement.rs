//! What a rule says about a message. Nothing is put into words until somebody asks: accepting asks only on refusal.

use super::{Finding, Mender, Rule, Verdict};
use crate::error::Refusal;
use crate::time;
use jiff::{SignedDuration, Timestamp};
use std::fmt;

/// The judgement of one rule, with its reasons.
pub(super) struct Judgement<'c> {
    pub(super) verdict: Verdict,
    wanted: Value<'c>,
    found: Value<'c>,
    /// The refusal of a lower layer, which has a code of its own.
    refusal: Option<Refusal>,
}

/// A reason, not yet in words.
pub(super) enum Value<'c> {
    /// Text of the message or of the configuration.
    Text(&'c str),
    /// Any of these.
    AnyOf(&'c [&'c str]),
    /// An instant.
    Time(Timestamp),
    /// Before or after an instant, give or take the skew.
    Around(&'static str, Timestamp, SignedDuration),
    /// Words that had to be composed.
    Words(String),
}

impl<'c> Judgement<'c> {
    /// Holds or is broken, as `holds` says.
    pub(super) fn of(
        holds: bool,
        wanted: impl Into<Value<'c>>,
        found: impl Into<Value<'c>>,
    ) -> Self {
        Judgement {
            verdict: if holds {
                Verdict::Holds
            } else {
                Verdict::Broken
            },
            wanted: wanted.into(),
            found: found.into(),
            refusal: None,
        }
    }

    /// Broken in a lower layer.
    pub(super) fn refused(refusal: Refusal) -> Self {
        let (wanted, found) = match &refusal {
            Refusal::Rule { wanted, found, .. } => {
                (Value::Words(wanted.clone()), Value::Words(found.clone()))
            }
            other => (Value::Text("none of this"), Value::Words(other.to_string())),
        };
        Judgement {
            verdict: Verdict::Broken,
            wanted,
            found,
            refusal: Some(refusal),
        }
    }

    /// Cannot be judged.
    pub(super) fn not_judged() -> Self {
        Judgement {
            verdict: Verdict::NotJudged,
            wanted: Value::Text("not known"),
            found: Value::Text("not judged: what this rule needs is missing or not known"),
            refusal: None,
        }
    }

    pub(super) fn into_refusal(self, code: &'static str) -> Refusal {
        self.refusal.unwrap_or_else(|| Refusal::Rule {
            code,
            wanted: self.wanted.to_string(),
            found: self.found.to_string(),
        })
    }

    pub(super) fn into_finding<J>(self, rule: &Rule<J>) -> Finding {
        let code = self.refusal.as_ref().map_or(rule.code, Refusal::code);
        Finding {
            code,
            paragraph: rule.paragraph,
            verdict: self.verdict,
            wanted: self.wanted.to_string(),
            found: self.found.to_string(),
            // A key that is not configured is ours to configure: the partner changed its certificate.
            mender: if code == "sig.key" {
                Mender::ServiceProvider
            } else {
                rule.mender
            },
        }
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) => f.write_str(text),
            Value::AnyOf([]) => f.write_str("nothing"),
            Value::AnyOf(texts) => f.write_str(&texts.join(" or ")),
            Value::Time(time) => f.write_str(&time::format(*time)),
            Value::Around(side, time, skew) => {
                write!(
                    f,
                    "{side} {}, give or take {} s",
                    time::format(*time),
                    skew.as_secs()
                )
            }
            Value::Words(words) => f.write_str(words),
        }
    }
}

impl<'c> From<&'c str> for Value<'c> {
    fn from(text: &'c str) -> Self {
        Value::Text(text)
    }
}

impl<'c> From<Option<&'c str>> for Value<'c> {
    fn from(text: Option<&'c str>) -> Self {
        Value::Text(text.unwrap_or("none"))
    }
}

impl<'c> From<&'c [&'c str]> for Value<'c> {
    fn from(texts: &'c [&'c str]) -> Self {
        Value::AnyOf(texts)
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(time: Timestamp) -> Self {
        Value::Time(time)
    }
}

impl From<Option<Timestamp>> for Value<'_> {
    fn from(time: Option<Timestamp>) -> Self {
        time.map_or(Value::Text("none"), Value::Time)
    }
}

impl From<String> for Value<'_> {
    fn from(words: String) -> Self {
        Value::Words(words)
    }
}
