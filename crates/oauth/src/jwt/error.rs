//! Why a token is not believed.

/// A refusal. Facts stand in the fields; [`JwtError::code`] is stable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// Not three base64url parts, or too large.
    #[error("the token is not a compact JWS: {0}")]
    Format(&'static str),
    /// The header is not an object, or holds a member that no token of ours has (`jku`, `x5u`, `jwk`, `crit`, `zip`, …).
    #[error("the header holds something that no token of ours has")]
    Header,
    /// `alg` is not the one of the purpose.
    #[error("the algorithm is not the one of the purpose")]
    Algorithm,
    /// `typ` is not the one of the purpose.
    #[error("the token is for another purpose")]
    Type,
    /// `kid` is missing, malformed, or names no key of ours.
    #[error("the key is not known")]
    Key,
    /// The signature does not fit.
    #[error("the signature does not fit")]
    Signature,
    /// A claim is missing, of the wrong type, or its time is over or yet to come.
    #[error("claim {name}: {why}")]
    Claim {
        /// Which.
        name: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// `iss` is somebody else.
    #[error("the issuer is somebody else")]
    Issuer,
    /// `aud` is somebody else, or several.
    #[error("the audience is somebody else")]
    Audience,
}

impl JwtError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Format(_) => "jwt.format",
            Self::Header => "jwt.header",
            Self::Algorithm => "jwt.alg",
            Self::Type => "jwt.typ",
            Self::Key => "jwt.kid",
            Self::Signature => "jwt.sig",
            Self::Claim { .. } => "jwt.claim",
            Self::Issuer => "jwt.iss",
            Self::Audience => "jwt.aud",
        }
    }

    /// Refuses unless `holds`, or unless a test has switched off the guard of that code.
    pub(crate) fn unless(self, holds: bool) -> Result<(), Self> {
        if holds || !crate::guard::stands(self.code()) {
            return Ok(());
        }
        Err(self)
    }
}
