//! What happened, append only: one event per decision, written in the transaction of its effect where there is one.

use jiff::Timestamp;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What: `token.issued`, `sign_on.refused`, `session.opened`, …
    pub kind: String,
    /// Organization.
    pub organization: String,
    /// Who, as far as known.
    pub actor: Option<String>,
    /// The stable code of a refusal.
    pub code: Option<String>,
    /// Facts for the operator; no secret.
    pub detail: String,
    /// Ties it to a request.
    pub correlation: String,
    /// The client's address.
    pub client: Option<String>,
}
