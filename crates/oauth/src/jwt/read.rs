//! What a token must say to be believed.

use super::claims::Claims;
use super::error::JwtError;
use super::keys::Verifies;
use super::purpose::Purpose;
use crate::base64url;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::marker::PhantomData;

/// Bytes of a token: ours have a few hundred.
pub(super) const MOST_BYTES: usize = 8 * 1024;
/// NumericDate lies below: the year 36812. Larger ones only serve to make arithmetic overflow.
const LAST_DATE: i64 = 1 << 40;

/// Whom the token must come from, and for whom it must be.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// `iss`, byte for byte.
    pub issuer: &'a str,
    /// `aud`, byte for byte, for purposes that have one.
    pub audience: Option<&'a str>,
    /// How far clocks may differ.
    pub skew: SignedDuration,
}

/// Claims that were verified. Nothing else gives access to the claims of a token.
#[derive(Debug, Clone)]
pub struct Verified<P> {
    claims: Claims,
    issued: Timestamp,
    expires: Timestamp,
    purpose: PhantomData<P>,
}

impl<P> Verified<P> {
    /// All claims.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }
    /// `sub`.
    pub fn subject(&self) -> &str {
        self.claims.text("sub").unwrap_or_default()
    }
    /// `jti`.
    pub fn id(&self) -> &str {
        self.claims.text("jti").unwrap_or_default()
    }
    /// `iat`.
    pub fn issued(&self) -> Timestamp {
        self.issued
    }
    /// `exp`.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }
}

/// Judges a token of purpose `P` and stops at the first refusal: format, header, key, signature, claims.
pub fn verify<P: Purpose>(
    token: &str,
    keys: &impl Verifies<P>,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Verified<P>, JwtError> {
    JwtError::Format("it is too large").unless(token.len() <= MOST_BYTES)?;
    let three = JwtError::Format("it does not have three parts");
    let (header, rest) = token.split_once('.').ok_or(three.clone())?;
    let kid = judge_header::<P>(header)?;
    let (payload, signature) = rest.split_once('.').ok_or(three)?;
    let undecodable = JwtError::Format("a part is not base64url");
    let signature = base64url::decode(signature).ok_or(undecodable.clone())?;
    keys.verify(
        kid.as_deref(),
        &token.as_bytes()[..header.len() + 1 + payload.len()],
        &signature,
    )?;
    let payload = base64url::decode(payload).ok_or(undecodable)?;
    let object = JwtError::Claim {
        name: "payload",
        why: "not an object whose members each stand once",
    };
    let claims = Claims::from_json(&payload).ok_or(object)?;
    judge_claims::<P>(claims, expected, now)
}

/// Judges the header and returns `kid`.
fn judge_header<P: Purpose>(header: &str) -> Result<Option<String>, JwtError> {
    let bytes = base64url::decode(header).ok_or(JwtError::Format("a part is not base64url"))?;
    let members = crate::json::object(&bytes).ok_or(JwtError::Header)?;
    // RFC 8725 §3.1: the verifier decides. An exact string, so that `nOnE` needs no rule of its own.
    JwtError::Algorithm.unless(members.get("alg").is_some_and(|alg| alg == P::ALGORITHM))?;
    JwtError::Type.unless(members.get("typ").is_some_and(|typ| typ == P::TYP))?;
    // RFC 7515 §4.1.11 asks to refuse unknown critical members. We read only our own tokens, so every other member is refused:
    // no `jku` or `x5u` to fetch, no `jwk` to trust, no `zip` to inflate.
    JwtError::Header.unless(
        members
            .keys()
            .all(|name| ["typ", "alg", "kid"].contains(&name.as_str())),
    )?;
    match members.get("kid") {
        None => Ok(None),
        Some(Value::String(kid)) => Ok(Some(kid.clone())),
        Some(_) => JwtError::Key.unless(false).map(|()| None),
    }
}

fn judge_claims<P: Purpose>(
    claims: Claims,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Verified<P>, JwtError> {
    JwtError::Issuer.unless(claims.text("iss") == Some(expected.issuer))?;
    if P::AUDIENCE {
        // One text, not a list: a token for several parties can be replayed by each of them towards the others.
        let fits = expected.audience.is_some() && claims.text("aud") == expected.audience;
        JwtError::Audience.unless(fits)?;
    }
    for name in ["sub", "jti"] {
        let present = claims.text(name).is_some_and(|text| !text.is_empty());
        JwtError::Claim {
            name,
            why: "missing or not text",
        }
        .unless(present)?;
    }
    let times = Times::of(&claims, now)?;
    times.judge(expected.skew, now)?;
    let Times {
        issued, expires, ..
    } = times;
    Ok(Verified {
        claims,
        issued,
        expires,
        purpose: PhantomData,
    })
}

/// From when until when a token may be believed.
pub(super) struct Times {
    issued: Timestamp,
    not_before: Timestamp,
    expires: Timestamp,
}

impl Times {
    /// Reads `exp` and `iat`, which must be there, and `nbf`, which may.
    pub(super) fn of(claims: &Claims, now: Timestamp) -> Result<Self, JwtError> {
        let expires = date(claims, "exp")?.map_or_else(|| missing("exp", now), Ok)?;
        let issued = date(claims, "iat")?.map_or_else(|| missing("iat", now), Ok)?;
        Ok(Self {
            issued,
            not_before: date(claims, "nbf")?.unwrap_or(issued),
            expires,
        })
    }

    pub(super) fn judge(&self, skew: SignedDuration, now: Timestamp) -> Result<(), JwtError> {
        // RFC 7519 §4.1.4: "on or after which the JWT MUST NOT be accepted".
        JwtError::Claim {
            name: "exp",
            why: "over",
        }
        .unless(now.duration_since(self.expires) < skew)?;
        JwtError::Claim {
            name: "nbf",
            why: "yet to come",
        }
        .unless(self.not_before.duration_since(now) <= skew)?;
        JwtError::Claim {
            name: "iat",
            why: "yet to come",
        }
        .unless(self.issued.duration_since(now) <= skew)
    }
}

/// A NumericDate that is a whole number of seconds; none if the claim is absent. A claim of the wrong type is refused, not
/// absent: a text in `exp` once meant "never expires" (CVE-2026-25537).
fn date(claims: &Claims, name: &'static str) -> Result<Option<Timestamp>, JwtError> {
    let Some(value) = claims.value(name) else {
        return Ok(None);
    };
    let seconds = value
        .as_i64()
        .filter(|seconds| (0..LAST_DATE).contains(seconds));
    let time = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    JwtError::Claim {
        name,
        why: "not a whole number of seconds",
    }
    .unless(time.is_some())?;
    Ok(time)
}

fn missing(name: &'static str, now: Timestamp) -> Result<Timestamp, JwtError> {
    JwtError::Claim {
        name,
        why: "missing",
    }
    .unless(false)
    .map(|()| now)
}
