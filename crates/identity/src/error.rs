//! Refusals with two faces, and the one failure that is nobody's fault.

/// A refusal: what the operator needs to know. A door shows `code` where its wire shape has room for one, never `detail`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Refused {
    /// The stable code, such as `assertion.audience` or `login.password`.
    pub code: &'static str,
    /// The operator's face: facts, for audit and log. Holds no secret.
    pub detail: String,
    /// A sentence that a document fixes word for word, if one does.
    pub documented_text: Option<&'static str>,
}

/// The store could not answer. Never turned into "not found": a door answers 503.
#[derive(Debug, thiserror::Error)]
#[error("the store is unavailable")]
pub struct Unavailable(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A rule's answer: an outcome, or a refusal, or no answer because the store is away.
pub type Answer<T> = Result<Result<T, Refused>, Unavailable>;
