//! Refusals with two faces, and the one failure that is nobody's fault.

use saml::error::Refusal;

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

impl Refused {
    /// A refusal without a documented sentence.
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            documented_text: None,
        }
    }
}

/// StorageGRID's documents: what somebody reads who was too slow.
const CONFIRMATION: &str = "A valid SubjectConfirmation was not found on this Response";
/// StorageGRID's documents: what somebody reads whose URL encoding went wrong.
const VERSION: &str = "Unsupported SAML version";

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let code = refusal.code();
        let documented_text = match code {
            "assertion.confirmation_expired"
            | "assertion.recipient"
            | "assertion.in_response_to" => Some(CONFIRMATION),
            code if code.starts_with("bind.")
                || code.starts_with("xml.")
                || code.ends_with(".version") =>
            {
                Some(VERSION)
            }
            _ => None,
        };
        Self {
            code,
            detail: refusal.to_string(),
            documented_text,
        }
    }
}

/// The store could not answer. Never turned into "not found": a door answers 503.
#[derive(Debug, thiserror::Error)]
#[error("the store is unavailable")]
pub struct Unavailable(#[source] pub Box<dyn std::error::Error + Send + Sync>);

impl Unavailable {
    /// For a reason in words.
    pub fn because(why: impl Into<String>) -> Self {
        Self(why.into().into())
    }
}

impl From<sqlx::Error> for Unavailable {
    fn from(error: sqlx::Error) -> Self {
        Self(Box::new(error))
    }
}

/// A rule's answer: an outcome, or a refusal, or no answer because the store is away.
pub type Answer<T> = Result<Result<T, Refused>, Unavailable>;
