//! ID tokens of issuers that are not us (OpenID Connect Core §2, §3.1.3.7): we did not choose their keys, so the table that
//! fixes the algorithm is here made from the issuer's key set, one algorithm a key, before any token is looked at.

use super::claims::Claims;
use super::error::JwtError;
use super::read::{MOST_BYTES, Times};
use crate::base64url;
use crate::json;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Keys of a set that are looked at.
const MOST_KEYS: usize = 32;
/// Bytes of a modulus: RSA with 2048 to 4096 bits (RFC 7518 §3.3 has no upper end, work does).
const MODULUS: std::ops::RangeInclusive<usize> = 256..=512;
/// OpenID Connect Core §2: `sub` has at most 255 ASCII characters.
const LONGEST_SUBJECT: usize = 255;

/// The public keys of an issuer, by name. RS256 and ES256 only.
#[derive(Debug, Clone)]
pub struct ForeignKeys(BTreeMap<String, Key>);

#[derive(Debug, Clone)]
enum Key {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    P256 { point: Vec<u8> },
}

/// Why a document is not a key set that anything could be believed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotKeys {
    /// Not a JWK set (RFC 7517 §5), or one with a member twice.
    #[error("not a JWK set whose members each stand once")]
    Malformed,
    /// More keys than are looked at.
    #[error("more than 32 keys")]
    TooMany,
    /// It tells the private half of a key.
    #[error("a key that is not public: whoever wrote it here must replace it")]
    Private,
    /// Two keys of one name.
    #[error("two keys have one name")]
    Twice,
    /// None that is for signatures, has a name, and is RSA with 2048 to 4096 bits or P-256.
    #[error("no named key for RS256 or ES256 signatures")]
    Unusable,
}

impl ForeignKeys {
    /// Reads a JWK set. Keys for other uses and algorithms are left out, as RFC 7517 §5 asks.
    pub fn read(document: &[u8]) -> Result<Self, NotKeys> {
        let members = json::object(document).ok_or(NotKeys::Malformed)?;
        let listed = members.get("keys").and_then(Value::as_array);
        let listed = listed.ok_or(NotKeys::Malformed)?;
        if listed.len() > MOST_KEYS {
            return Err(NotKeys::TooMany);
        }
        let mut keys = BTreeMap::new();
        for jwk in listed {
            let jwk = jwk.as_object().ok_or(NotKeys::Malformed)?;
            if jwk.contains_key("d") {
                return Err(NotKeys::Private);
            }
            let Some((kid, key)) = usable(jwk) else {
                continue;
            };
            if keys.insert(kid, key).is_some() {
                return Err(NotKeys::Twice);
            }
        }
        if keys.is_empty() {
            return Err(NotKeys::Unusable);
        }
        Ok(Self(keys))
    }

    /// `kid` is looked up in a fixed map and used for nothing else.
    fn key(&self, kid: Option<&str>) -> Result<&Key, JwtError> {
        let found = kid.and_then(|kid| self.0.get(kid));
        let instead = || {
            self.0
                .values()
                .next()
                .filter(|_| !crate::guard::stands("jwt.kid"))
        };
        found.or_else(instead).ok_or(JwtError::Key)
    }
}

/// Name and key of a JWK that signatures can be verified with.
fn usable(jwk: &Map<String, Value>) -> Option<(String, Key)> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let kid = super::keys::name(text("kid")?).ok()?;
    if !matches!(text("use"), None | Some("sig")) {
        return None;
    }
    let number = |name: &str| base64url::decode(text(name)?);
    let key = match (text("kty")?, text("crv")) {
        ("RSA", None) => Key::Rsa {
            modulus: number("n").filter(|n| MODULUS.contains(&n.len()))?,
            exponent: number("e")?,
        },
        ("EC", Some("P-256")) => {
            let (x, y) = (number("x")?, number("y")?);
            // RFC 7518 §6.2.1.2: full-size octet strings.
            if x.len() != 32 || y.len() != 32 {
                return None;
            }
            let point = [&[4], x.as_slice(), y.as_slice()].concat();
            Key::P256 { point }
        }
        _ => return None,
    };
    // A key that says what it is for cannot be talked into anything else (RFC 8725 §3.1).
    let fits = text("alg").is_none_or(|alg| alg == key.algorithm());
    fits.then_some((kid, key))
}

impl Key {
    fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa { .. } => "RS256",
            Self::P256 { .. } => "ES256",
        }
    }

    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa { modulus, exponent } => RsaPublicKeyComponents {
                n: modulus,
                e: exponent,
            }
            .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            .is_ok(),
            Self::P256 { point } => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(message, signature)
                .is_ok(),
        }
    }
}

/// Whom an ID token must come from, and for whom it must be.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedIdToken<'a> {
    /// `iss`, byte for byte.
    pub issuer: &'a str,
    /// Our client identifiers there: `aud` is exactly one of them.
    pub clients: &'a [String],
    /// How far clocks may differ.
    pub skew: SignedDuration,
}

/// The claims of an ID token that was believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignClaims(Claims);

impl ForeignClaims {
    /// `sub`.
    pub fn subject(&self) -> &str {
        self.0.text("sub").unwrap_or_default()
    }

    /// All of them.
    pub fn claims(&self) -> &Claims {
        &self.0
    }
}

/// Judges an ID token and stops at the first refusal: format, header, key, signature, claims.
pub fn verify_foreign(
    token: &str,
    keys: &ForeignKeys,
    expected: &ExpectedIdToken<'_>,
    now: Timestamp,
) -> Result<ForeignClaims, JwtError> {
    JwtError::Format("it is too large").unless(token.len() <= MOST_BYTES)?;
    let three = JwtError::Format("it does not have three parts");
    let (header, rest) = token.split_once('.').ok_or(three.clone())?;
    let (payload, signature) = rest.split_once('.').ok_or(three)?;
    let undecodable = JwtError::Format("a part is not base64url");
    let header_bytes = base64url::decode(header).ok_or(undecodable.clone())?;
    let key = judge_header(&header_bytes, keys)?;
    let signature = base64url::decode(signature).ok_or(undecodable.clone())?;
    let message = &token.as_bytes()[..header.len() + 1 + payload.len()];
    JwtError::Signature.unless(key.verifies(message, &signature))?;
    let payload = base64url::decode(payload).ok_or(undecodable)?;
    let claims = Claims::from_json(&payload).ok_or(JwtError::Claim {
        name: "payload",
        why: "not an object whose members each stand once",
    })?;
    judge_claims(&claims, expected, now)?;
    Ok(ForeignClaims(claims))
}

fn judge_header<'k>(header: &[u8], keys: &'k ForeignKeys) -> Result<&'k Key, JwtError> {
    let members = json::object(header).ok_or(JwtError::Header)?;
    // Names of certificates may stand beside the key's; they decide nothing. Everything else that RFC 7515 §4.1 knows would
    // fetch, bring or describe a key: refused, and so is what must be understood and is not.
    let harmless = ["alg", "typ", "kid", "x5t", "x5t#S256"];
    JwtError::Header.unless(members.keys().all(|name| harmless.contains(&name.as_str())))?;
    let kid = match members.get("kid") {
        None => None,
        Some(Value::String(kid)) => Some(kid.as_str()),
        Some(_) => return Err(JwtError::Key),
    };
    let key = keys.key(kid)?;
    // RFC 8725 §3.1: the key has one algorithm, and the header can only agree.
    JwtError::Algorithm.unless(members.get("alg").is_some_and(|alg| alg == key.algorithm()))?;
    // OpenID Connect Core asks for no `typ`; one that says something else is a token for something else (RFC 8725 §3.11).
    let typ = members
        .get("typ")
        .map(|typ| typ.as_str().unwrap_or_default());
    JwtError::Type.unless(typ.is_none_or(|typ| typ.eq_ignore_ascii_case("JWT")))?;
    Ok(key)
}

fn judge_claims(
    claims: &Claims,
    expected: &ExpectedIdToken<'_>,
    now: Timestamp,
) -> Result<(), JwtError> {
    JwtError::Issuer.unless(claims.text("iss") == Some(expected.issuer))?;
    let ours = |client: &str| expected.clients.iter().any(|known| known == client);
    // A token for several parties can be replayed by each of them towards the others: a list has one entry.
    let audience = match claims.value("aud") {
        Some(Value::String(one)) => Some(one.as_str()),
        Some(Value::Array(list)) => match list.as_slice() {
            [Value::String(one)] => Some(one.as_str()),
            _ => None,
        },
        _ => None,
    };
    JwtError::Audience.unless(audience.is_some_and(ours))?;
    // OpenID Connect Core §3.1.3.7, 5: whoever is named as the authorized party must be us.
    let authorized = claims.value("azp");
    JwtError::Audience.unless(authorized.is_none_or(|azp| azp.as_str().is_some_and(ours)))?;
    let subject = claims.text("sub").unwrap_or_default();
    JwtError::Claim {
        name: "sub",
        why: "missing, not text, or longer than 255 characters",
    }
    .unless(!subject.is_empty() && subject.len() <= LONGEST_SUBJECT)?;
    Times::of(claims, now)?.judge(expected.skew, now)
}
