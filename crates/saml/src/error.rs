//! Every refusal of this crate, with its stable code.

use xmldsig::error::{SignatureError, XmlError};

/// Why a message is refused. Facts stand in the fields; [`Refusal::code`] is stable and is what operators search for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The binding: base64, DEFLATE, parameters, detached signature. The code names which.
    #[error("{text}")]
    Binding {
        /// `bind.base64`, `bind.inflate_limit`, `bind.inflate`, `bind.ambiguous`, `bind.missing`, `bind.signature`,
        /// `bind.spaces`, `bind.encoded_twice`, `bind.cut`, `bind.encoding`, `bind.relay_state`.
        code: &'static str,
        /// A sentence for a person.
        text: &'static str,
    },
    /// The XML layer.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// The signature layer.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// A rule of SAML; see [`crate::validate`].
    #[error("{code}: wanted {wanted}, found {found}")]
    Rule {
        /// Such as `assertion.audience`.
        code: &'static str,
        /// What the rule wanted.
        wanted: String,
        /// What the message holds.
        found: String,
    },
    /// Decryption, or a signature inside what was decrypted: one error for both (security: padding and signature oracles).
    #[error("the encrypted assertion is not acceptable")]
    Encrypted,
}

impl Refusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Binding { code, .. } | Refusal::Rule { code, .. } => code,
            Refusal::Xml(e) => e.code(),
            Refusal::Signature(e) => e.code(),
            Refusal::Encrypted => "enc.refused",
        }
    }

    /// The sentence that StorageGRID's document ("Usar a API se o logon único estiver ativado") tells its readers to expect
    /// for this kind of refusal, if it names one: the first when the steps were carried out too slowly, the second when the
    /// response was damaged by wrong URL encoding. Scripts and people search for these words.
    pub fn documented_text(&self) -> Option<&'static str> {
        match self.code() {
            "assertion.confirmation_expired"
            | "assertion.recipient"
            | "assertion.in_response_to" => {
                Some("A valid SubjectConfirmation was not found on this Response")
            }
            "bind.spaces" | "bind.encoded_twice" | "bind.cut" | "message.version" => {
                Some("Unsupported SAML version")
            }
            _ => None,
        }
    }

    /// A refusal of the SAML layer.
    pub(crate) fn rule(
        code: &'static str,
        wanted: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Refusal::Rule {
            code,
            wanted: wanted.into(),
            found: found.into(),
        }
    }
}
