//! What an accepted response uses up: its assertion, and the request that it answers.

use crate::digest;
use crate::error::Refused;
use crate::guard;
use crate::store::{Connection, consumed, millis};
use jiff::Timestamp;
use saml::error::Refusal;
use saml::validate::response::Accepted;

/// Why an accepted response buys no token, found out in the transaction that would have written it.
pub(crate) enum Spent {
    /// The assertion bought one before.
    Assertion,
    /// Its request was answered before, by another assertion.
    Request,
}

impl Spent {
    pub(crate) fn refused(&self) -> Refused {
        match self {
            Self::Assertion => Refused::new("assertion.replayed", "the assertion was used before"),
            Self::Request => {
                not_our_request("a request that was not answered before", "one that was")
            }
        }
    }
}

/// What a response uses up, and until when each must be remembered.
pub(crate) struct Used {
    assertion: String,
    assertion_until: i64,
    request: Option<(String, i64)>,
}

impl Used {
    /// Of an accepted response to `request`, which nobody may answer after the time beside it; none if nobody asked.
    pub(crate) fn of(accepted: &Accepted, request: Option<(&str, Timestamp)>) -> Self {
        let assertion = accepted.assertion.get();
        Self {
            // SAML core §1.3.4: an ID is unique for its issuer, not in the world.
            assertion: digest::key(&[&assertion.issuer, &assertion.id]),
            assertion_until: millis(accepted.remember_until),
            request: request.map(|(id, until)| (digest::key(&[id]), millis(until))),
        }
    }

    pub(crate) async fn consume(
        &self,
        connection: &mut Connection,
        organization: &str,
    ) -> Result<Result<(), Spent>, sqlx::Error> {
        let assertion = ("assertion", self.assertion.as_str(), self.assertion_until);
        let Some((request, until)) = &self.request else {
            let (kind, key, until) = assertion;
            let fresh = consumed::consume(connection, kind, organization, key, until).await?;
            return Ok(judge([fresh, true]));
        };
        let request = ("request", request.as_str(), *until);
        let fresh = consumed::consume_both(connection, organization, [assertion, request]).await?;
        Ok(judge(fresh))
    }
}

/// Whether a response buys something whose assertion and request are fresh or not.
fn judge([assertion, request]: [bool; 2]) -> Result<(), Spent> {
    if !assertion && guard::stands("assertion.replayed") {
        return Err(Spent::Assertion);
    }
    if !request && guard::stands("assertion.in_response_to") {
        return Err(Spent::Request);
    }
    Ok(())
}

/// The refusal of a response to another request than ours.
pub(crate) fn not_our_request(wanted: &str, found: &str) -> Refused {
    Refused::from(Refusal::Rule {
        code: "assertion.in_response_to",
        wanted: wanted.to_owned(),
        found: found.chars().take(64).collect(),
    })
}
