//! Proof key for code exchange (RFC 7636). S256 is the only method: `plain` shows the secret to whoever sees the request.

use crate::base64url;
use crate::error::{ErrorCode, Refusal};
use aws_lc_rs::digest::{SHA256, digest};
use subtle::ConstantTimeEq;

/// What the client sent ahead: the SHA-256 of a secret that only it knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// Reads `code_challenge` and `code_challenge_method`; neither gives none. Codes: `oauth.pkce_method`, `oauth.pkce_challenge`.
    pub fn read(challenge: Option<&str>, method: Option<&str>) -> Result<Option<Self>, Refusal> {
        let malformed =
            || Refusal::request("oauth.pkce_challenge", "The code_challenge is malformed.");
        let Some(challenge) = challenge else {
            malformed().unless(method.is_none())?;
            return Ok(None);
        };
        // RFC 7636 §4.3: a missing method means `plain`, which is refused like `plain` itself.
        Refusal::request(
            "oauth.pkce_method",
            "The code_challenge_method must be S256.",
        )
        .unless(method == Some("S256"))?;
        let bytes = base64url::decode(challenge).ok_or_else(malformed)?;
        malformed().unless(bytes.len() == 32)?;
        Ok(Some(Self(challenge.to_owned())))
    }

    /// As it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// From what [`CodeChallenge::as_str`] gave and was stored.
    pub fn stored(text: String) -> Self {
        Self(text)
    }
}

/// Judges the `code_verifier` of a token request against the challenge that the code remembers.
/// Codes: `oauth.pkce_verifier_missing`, `oauth.pkce_unasked`, `oauth.pkce_verifier`, `oauth.pkce_mismatch`.
pub fn judge(challenge: Option<&CodeChallenge>, verifier: Option<&str>) -> Result<(), Refusal> {
    let grant = |code, text| Refusal::new(ErrorCode::InvalidGrant, code, text);
    let (challenge, verifier) = match (challenge, verifier) {
        (None, None) => return Ok(()),
        (Some(_), None) => {
            return grant(
                "oauth.pkce_verifier_missing",
                "The code_verifier is missing.",
            )
            .unless(false);
        }
        // RFC 9700 §4.8.2: somebody removed the challenge from the request on its way (downgrade).
        (None, Some(_)) => {
            return grant(
                "oauth.pkce_unasked",
                "The code was issued without a code_challenge.",
            )
            .unless(false);
        }
        (Some(challenge), Some(verifier)) => (challenge, verifier),
    };
    // RFC 7636 §4.1: code-verifier = 43*128unreserved
    let well_formed = (43..=128).contains(&verifier.len())
        && verifier
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    Refusal::request("oauth.pkce_verifier", "The code_verifier is malformed.")
        .unless(well_formed)?;
    let computed = base64url::encode(digest(&SHA256, verifier.as_bytes()).as_ref());
    let equal: bool = computed.as_bytes().ct_eq(challenge.0.as_bytes()).into();
    grant(
        "oauth.pkce_mismatch",
        "The code_verifier does not fit the code_challenge.",
    )
    .unless(equal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::without;
    use proptest::prelude::*;

    // RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn challenge() -> CodeChallenge {
        CodeChallenge::read(Some(CHALLENGE), Some("S256"))
            .unwrap()
            .unwrap()
    }

    #[test]
    fn verifier_of_the_standard_fits_its_challenge() {
        assert_eq!(judge(Some(&challenge()), Some(VERIFIER)), Ok(()));
        assert_eq!(judge(None, None), Ok(()));
    }

    #[test]
    fn every_other_verifier_is_refused_by_the_guard_it_names() {
        let (short, long) = ("a".repeat(42), "a".repeat(129));
        let cases = [
            (None, "oauth.pkce_verifier_missing"),
            (Some(CHALLENGE), "oauth.pkce_mismatch"),
            (Some(&*"w".repeat(64)), "oauth.pkce_mismatch"),
        ];
        for (verifier, code) in cases {
            assert_eq!(
                judge(Some(&challenge()), verifier).unwrap_err().code(),
                code
            );
            without(code, || {
                assert_eq!(judge(Some(&challenge()), verifier), Ok(()));
            });
        }
        assert_eq!(
            judge(None, Some(VERIFIER)).unwrap_err().code(),
            "oauth.pkce_unasked"
        );
        without("oauth.pkce_unasked", || {
            assert_eq!(judge(None, Some(VERIFIER)), Ok(()));
        });
        // Malformed verifiers, each with a challenge that would fit it: only the shape is wrong.
        for verifier in [
            short.as_str(),
            long.as_str(),
            &format!("{VERIFIER}+"),
            &format!("{VERIFIER}é"),
        ] {
            let fits = base64url::encode(digest(&SHA256, verifier.as_bytes()).as_ref());
            let fits = CodeChallenge::read(Some(&fits), Some("S256"))
                .unwrap()
                .unwrap();
            assert_eq!(
                judge(Some(&fits), Some(verifier)).unwrap_err().code(),
                "oauth.pkce_verifier"
            );
            without("oauth.pkce_verifier", || {
                assert_eq!(judge(Some(&fits), Some(verifier)), Ok(()));
            });
        }
    }

    #[test]
    fn every_other_challenge_is_refused_by_the_guard_it_names() {
        for method in [None, Some("plain"), Some("s256"), Some("S256 ")] {
            let read = || CodeChallenge::read(Some(CHALLENGE), method);
            assert_eq!(read().unwrap_err().code(), "oauth.pkce_method");
            without("oauth.pkce_method", || assert!(read().is_ok()));
        }
        for text in [
            &CHALLENGE[..42],
            "AAAA",
            &format!("{CHALLENGE}=="),
            &format!("{}N", &CHALLENGE[..42]),
        ] {
            let read = || CodeChallenge::read(Some(text), Some("S256"));
            assert_eq!(read().unwrap_err().code(), "oauth.pkce_challenge", "{text}");
        }
        let orphan = || CodeChallenge::read(None, Some("S256"));
        assert_eq!(orphan().unwrap_err().code(), "oauth.pkce_challenge");
        without("oauth.pkce_challenge", || assert_eq!(orphan(), Ok(None)));
    }

    proptest! {
        #[test]
        fn never_panics(challenge in ".{0,60}", method in ".{0,6}", verifier in ".{0,140}") {
            if let Ok(Some(challenge)) = CodeChallenge::read(Some(&challenge), Some(&method)) {
                let _ = judge(Some(&challenge), Some(&verifier));
            }
        }
    }
}
