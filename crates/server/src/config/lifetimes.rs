//! `[lifetimes]`: durations such as `"16h"`, `"5m"`, `"30s"`.

use crate::config::fault::Fault;
use jiff::SignedDuration;

/// How long things live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lifetimes {
    /// A bearer token.
    pub token: SignedDuration,
    /// An unscoped token of a federation, and at most what is scoped from it.
    pub federation_token: SignedDuration,
    /// How long a request that we sent may be answered.
    pub request: SignedDuration,
    /// How long a response that we issue may travel.
    pub response: SignedDuration,
    /// A session, in use or not.
    pub session: SignedDuration,
    /// A session that nobody uses.
    pub session_idle: SignedDuration,
    /// How far clocks may differ.
    pub skew: SignedDuration,
    /// How long a positive token check, and what was declared of a party, may be reused; `"0s"` reads the store every time.
    pub token_cache: SignedDuration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            // StorageGRID's own documents: a token lives 16 hours.
            token: SignedDuration::from_hours(16),
            // Huawei's own document: an unscoped token lives 24 hours.
            federation_token: SignedDuration::from_hours(24),
            request: SignedDuration::from_mins(15),
            response: SignedDuration::from_mins(5),
            session: SignedDuration::from_hours(8),
            session_idle: SignedDuration::from_hours(1),
            skew: SignedDuration::from_secs(30),
            token_cache: SignedDuration::from_secs(1),
        }
    }
}

impl Lifetimes {
    pub(super) fn check(&self, faults: &mut Vec<Fault>) {
        let year = SignedDuration::from_hours(24 * 366);
        let bounds = [
            ("token", self.token, SignedDuration::from_secs(1), year),
            (
                "federation_token",
                self.federation_token,
                SignedDuration::from_secs(1),
                year,
            ),
            (
                "request",
                self.request,
                SignedDuration::from_secs(1),
                SignedDuration::from_hours(1),
            ),
            // SAML profiles §4.1.4.2 leaves the bound to us; a response is a bearer credential.
            (
                "response",
                self.response,
                SignedDuration::from_secs(1),
                SignedDuration::from_mins(5),
            ),
            ("session", self.session, SignedDuration::from_secs(1), year),
            (
                "session_idle",
                self.session_idle,
                SignedDuration::from_secs(1),
                year,
            ),
            (
                "skew",
                self.skew,
                SignedDuration::ZERO,
                SignedDuration::from_secs(60),
            ),
            // A revocation on another node must show within a second.
            (
                "token_cache",
                self.token_cache,
                SignedDuration::ZERO,
                SignedDuration::from_secs(1),
            ),
        ];
        for (name, value, least, most) in bounds {
            if value < least || value > most {
                faults.push(Fault::new(
                    format!("lifetimes.{name}"),
                    format!("{value:#} is not within {least:#} and {most:#}"),
                ));
            }
        }
    }
}
