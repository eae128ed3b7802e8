//! An ID token that comes back to its issuer, to say whom a request is about (`id_token_hint`).

use super::error::JwtError;
use super::keys::Verifies;
use super::purpose::IdToken;
use super::read::{Expected, Verified, verify};
use crate::base64url;
use jiff::{SignedDuration, Timestamp};

/// Judges an ID token of our own by everything but the clock and the audience: its time may be over (RP-Initiated Logout §2:
/// "even when the exp time has passed"), and whom it was for is what the hint is asked for. What it claims of both is believed
/// only because the signature covers it.
pub fn verify_hint(
    token: &str,
    keys: &impl Verifies<IdToken>,
    issuer: &str,
) -> Result<Verified<IdToken>, JwtError> {
    let (audience, issued) = claimed(token).ok_or(JwtError::Format("it claims nothing"))?;
    let expected = Expected {
        issuer,
        audience: Some(&audience),
        skew: SignedDuration::ZERO,
    };
    verify(token, keys, &expected, issued)
}

/// `aud` and `iat`, which nobody vouched for yet.
fn claimed(token: &str) -> Option<(String, Timestamp)> {
    let claims = crate::json::object(&base64url::decode(token.split('.').nth(1)?)?)?;
    let issued = Timestamp::from_second(claims.get("iat")?.as_i64()?).ok()?;
    Some((claims.get("aud")?.as_str()?.to_owned(), issued))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jwt::{Claims, KeyPair, KeySet, LogoutToken, generate_p256, sign};

    const ISSUER: &str = "https://o.example";

    fn claims(issued: i64) -> Claims {
        Claims::new()
            .with("iss", ISSUER)
            .with("aud", "app")
            .with("sub", "ana")
            .with("jti", "1")
            .with("iat", issued)
            .with("exp", issued + 60)
    }

    #[test]
    fn old_token_is_a_hint_and_any_other_is_none() {
        let pkcs8 = generate_p256();
        let key = KeyPair::<IdToken>::from_pkcs8("k", &pkcs8).unwrap();
        let keys = KeySet::<IdToken>::new([key.public()]);
        let good = sign(&claims(1_000_000_000), &key);
        let read = verify_hint(&good, &keys, ISSUER).unwrap();
        assert_eq!(read.claims().text("aud"), Some("app"));
        let code = |token: &str, issuer| verify_hint(token, &keys, issuer).unwrap_err().code();
        assert_eq!(code(&good, "https://p.example"), "jwt.iss");
        crate::guard::without("jwt.iss", || {
            assert!(verify_hint(&good, &keys, "https://p.example").is_ok());
        });
        let other = KeyPair::<IdToken>::from_pkcs8("k", &generate_p256()).unwrap();
        let forged = sign(&claims(1_000_000_000), &other);
        assert_eq!(code(&forged, ISSUER), "jwt.sig");
        crate::guard::without("jwt.sig", || {
            assert!(verify_hint(&forged, &keys, ISSUER).is_ok());
        });
        // A logout token is signed with a key of the same issuer, and says something else.
        let logout = KeyPair::<LogoutToken>::from_pkcs8("k", &pkcs8).unwrap();
        let logout = sign(&claims(1_000_000_000), &logout);
        assert_eq!(code(&logout, ISSUER), "jwt.typ");
        crate::guard::without("jwt.typ", || {
            assert!(verify_hint(&logout, &keys, ISSUER).is_ok());
        });
        for nothing in ["", "a.b.c", "..", &good[..20]] {
            assert_eq!(code(nothing, ISSUER), "jwt.format", "{nothing}");
        }
    }
}
