//! What happened, append only: one event per decision, written in the transaction of its effect where there is one.
//!
//! Not every refusal becomes a row. Somebody who has proved nothing must not be able to make the store grow or wait, so what is
//! refused before a signature or a password was judged right goes to the log only, as a line of the same fields. What a verified
//! party was refused (a replayed response, a person whom the account does not admit) becomes a row. One
//! exception: that wrong passwords closed a person's sign-in, once a day at most.

use crate::moment::Moment;
use jiff::Timestamp;
use uuid::Uuid;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Event {
    /// Identifier, in the order of time.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// What: `token.issued`, `sign_on.refused`, `session.opened`, …
    pub kind: String,
    /// Organization.
    pub organization: String,
    /// Who, as far as known.
    pub actor: Option<String>,
    /// The thing it is about, such as the ID of an issued assertion.
    pub object: Option<String>,
    /// The stable code of a refusal.
    pub code: Option<String>,
    /// Facts for the operator; no secret.
    pub detail: String,
    /// Ties it to a request.
    pub correlation: String,
    /// The client's address.
    pub client: Option<String>,
}

impl Event {
    /// An event of this moment.
    pub(crate) fn new(
        moment: &Moment,
        kind: &str,
        organization: &str,
        detail: impl Into<String>,
    ) -> Self {
        let mut random = [0; 10];
        moment.random.fill(&mut random);
        let millis = u64::try_from(moment.now.as_millisecond()).unwrap_or_default();
        Self {
            id: uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid(),
            at: moment.now,
            kind: kind.to_owned(),
            organization: organization.to_owned(),
            actor: None,
            object: None,
            code: None,
            detail: detail.into(),
            correlation: moment.correlation.to_string(),
            client: moment.client.map(|address| address.to_string()),
        }
    }

    pub(crate) fn by(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    pub(crate) fn about(mut self, object: impl Into<String>) -> Self {
        self.object = Some(object.into());
        self
    }

    pub(crate) fn refused(mut self, code: &str) -> Self {
        self.code = Some(code.to_owned());
        self
    }

    /// The same fields as a log line, for what must not become a row.
    pub(crate) fn log(&self) {
        tracing::info!(
            target: "audit",
            kind = self.kind,
            organization = self.organization,
            actor = self.actor,
            object = self.object,
            code = self.code,
            detail = self.detail,
            correlation = self.correlation,
            client = self.client,
        );
    }
}
