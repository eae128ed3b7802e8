//! ID tokens of issuers that are not us. Each refused one differs in one stated way from one that is believed, and is believed
//! itself once the one guard that the test names is switched off.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use oauth::guard::without;
use oauth::jwt::{ExpectedIdToken, ForeignKeys, JwtError, NotKeys, verify_foreign};
use serde_json::{Value, json};
use std::sync::LazyLock;

const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://accounts.example.com";

/// RSA keys take long to make.
static RSA: LazyLock<RsaKeyPair> =
    LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
static P256: LazyLock<EcdsaKeyPair> =
    LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn rsa_jwk() -> Value {
    let key = RSA.public_key();
    json!({"kty": "RSA", "kid": "rsa", "use": "sig", "alg": "RS256", "n": encode(key.modulus().big_endian_without_leading_zero()), "e": encode(key.exponent().big_endian_without_leading_zero())})
}

fn p256_jwk() -> Value {
    let (x, y) = P256.public_key().as_ref()[1..].split_at(32);
    json!({"kty": "EC", "crv": "P-256", "kid": "ec", "x": encode(x), "y": encode(y)})
}

fn set(keys: &[Value]) -> Result<ForeignKeys, NotKeys> {
    ForeignKeys::read(json!({ "keys": keys }).to_string().as_bytes())
}

fn claims(changes: &[(&str, Value)]) -> String {
    let mut claims = json!({"iss": ISSUER, "aud": "portaria", "sub": "248289761001", "iat": NOW, "exp": NOW + 300});
    for (name, value) in changes {
        let members = claims.as_object_mut().unwrap();
        members.insert((*name).to_owned(), value.clone());
        members.retain(|_, value| !value.is_null());
    }
    claims.to_string()
}

fn by_rsa(header: &str, payload: &str) -> String {
    let message = format!("{}.{}", encode(header), encode(payload));
    let mut signature = vec![0; RSA.public_modulus_len()];
    let random = SystemRandom::new();
    RSA.sign(
        &RSA_PKCS1_SHA256,
        &random,
        message.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{message}.{}", encode(signature))
}

fn by_p256(header: &str, payload: &str) -> String {
    let message = format!("{}.{}", encode(header), encode(payload));
    let signature = P256.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
    format!("{message}.{}", encode(signature))
}

const RS256: &str = r#"{"alg":"RS256","kid":"rsa","typ":"JWT"}"#;
const ES256: &str = r#"{"alg":"ES256","kid":"ec"}"#;

fn judge(token: &str) -> Result<String, JwtError> {
    let keys = set(&[rsa_jwk(), p256_jwk()]).unwrap();
    let clients = ["portaria".to_owned(), "portaria-cli".to_owned()];
    let expected = ExpectedIdToken {
        issuer: ISSUER,
        clients: &clients,
        skew: SignedDuration::from_secs(30),
    };
    let now = Timestamp::from_second(NOW).unwrap();
    verify_foreign(token, &keys, &expected, now).map(|claims| claims.subject().to_owned())
}

/// The token is refused with `code`, and by nothing but that guard.
fn refuses(token: &str, code: &'static str) {
    assert_eq!(
        judge(&by_rsa(RS256, &claims(&[]))).unwrap(),
        "248289761001",
        "control"
    );
    assert_eq!(judge(token).unwrap_err().code(), code, "{token}");
    without(code, || {
        assert!(
            judge(token).is_ok(),
            "another guard than {code} refuses {token}"
        );
    });
}

#[test]
fn token_of_either_key_is_believed() {
    for token in [
        by_rsa(RS256, &claims(&[])),
        by_p256(ES256, &claims(&[])),
        by_rsa(
            r#"{"alg":"RS256","kid":"rsa","x5t":"dGh1bWI"}"#,
            &claims(&[]),
        ),
        by_rsa(
            RS256,
            &claims(&[("aud", json!(["portaria-cli"])), ("azp", json!("portaria"))]),
        ),
    ] {
        assert_eq!(judge(&token).unwrap(), "248289761001", "{token}");
    }
}

#[test]
fn algorithm_is_the_keys_and_never_the_headers() {
    for header in [
        r#"{"alg":"none","kid":"rsa"}"#,
        r#"{"alg":"HS256","kid":"rsa"}"#,
        r#"{"alg":"ES256","kid":"rsa"}"#,
        r#"{"alg":"rs256","kid":"rsa"}"#,
        r#"{"kid":"rsa"}"#,
    ] {
        refuses(&by_rsa(header, &claims(&[])), "jwt.alg");
    }
}

#[test]
fn public_key_is_no_shared_secret() {
    let message = format!(
        "{}.{}",
        encode(r#"{"alg":"HS256","kid":"rsa"}"#),
        encode(claims(&[]))
    );
    let secret = RSA
        .public_key()
        .modulus()
        .big_endian_without_leading_zero()
        .to_vec();
    let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &secret);
    let signature = aws_lc_rs::hmac::sign(&secret, message.as_bytes());
    let token = format!("{message}.{}", encode(signature));
    assert_eq!(judge(&token).unwrap_err().code(), "jwt.alg");
    // Without that guard it is still no signature of the key: nothing here computes an HMAC.
    without("jwt.alg", || {
        assert_eq!(judge(&token).unwrap_err().code(), "jwt.sig");
    });
}

#[test]
fn header_brings_and_fetches_no_key() {
    for member in [
        r#""jku":"https://evil.example.com/keys""#,
        r#""x5u":"https://evil.example.com/cert""#,
        r#""jwk":{"kty":"oct","k":"AA"}"#,
        r#""x5c":["AA"]"#,
        r#""crit":["exp"]"#,
        r#""zip":"DEF""#,
    ] {
        let header = format!(r#"{{"alg":"RS256","kid":"rsa",{member}}}"#);
        refuses(&by_rsa(&header, &claims(&[])), "jwt.header");
    }
}

#[test]
fn key_is_one_of_the_set_by_its_name() {
    for header in [r#"{"alg":"ES256","kid":"other"}"#, r#"{"alg":"ES256"}"#] {
        refuses(&by_p256(header, &claims(&[])), "jwt.kid");
    }
    let refused = judge(&by_p256(r#"{"alg":"ES256","kid":["ec"]}"#, &claims(&[])));
    assert_eq!(refused.unwrap_err().code(), "jwt.kid");
}

#[test]
fn token_for_something_else_is_refused() {
    for typ in ["at+jwt", "logout+jwt", "dpop+jwt"] {
        let header = format!(r#"{{"alg":"RS256","kid":"rsa","typ":"{typ}"}}"#);
        refuses(&by_rsa(&header, &claims(&[])), "jwt.typ");
    }
}

#[test]
fn issuer_and_audience_are_ours_letter_for_letter() {
    for issuer in [
        "https://accounts.example.com/",
        "https://ACCOUNTS.example.com",
        "",
    ] {
        refuses(
            &by_rsa(RS256, &claims(&[("iss", json!(issuer))])),
            "jwt.iss",
        );
    }
    for audience in [
        json!("another"),
        json!("portaria "),
        json!(["portaria", "another"]),
        json!([]),
        json!(7),
        Value::Null,
    ] {
        refuses(&by_rsa(RS256, &claims(&[("aud", audience)])), "jwt.aud");
    }
    refuses(
        &by_rsa(RS256, &claims(&[("azp", json!("another"))])),
        "jwt.aud",
    );
    refuses(
        &by_rsa(RS256, &claims(&[("azp", json!(["portaria"]))])),
        "jwt.aud",
    );
}

#[test]
fn claims_are_there_of_their_type_and_of_now() {
    for (name, value) in [
        ("sub", Value::Null),
        ("sub", json!("")),
        ("sub", json!(7)),
        ("sub", json!("a".repeat(256))),
        ("exp", Value::Null),
        ("exp", json!("1800000300")),
        ("exp", json!(NOW - 31)),
        ("exp", json!(1.5)),
        ("iat", Value::Null),
        ("iat", json!(NOW + 31)),
        ("nbf", json!(NOW + 31)),
    ] {
        refuses(&by_rsa(RS256, &claims(&[(name, value)])), "jwt.claim");
    }
    for (name, value) in [("exp", NOW - 29), ("nbf", NOW + 29), ("iat", NOW + 29)] {
        assert!(
            judge(&by_rsa(RS256, &claims(&[(name, json!(value))]))).is_ok(),
            "{name}"
        );
    }
}

#[test]
fn changed_token_has_no_signature() {
    let token = by_rsa(RS256, &claims(&[]));
    let forged = by_rsa(RS256, &claims(&[("sub", json!("admin"))]));
    let (message, _) = forged.rsplit_once('.').unwrap();
    let (_, signature) = token.rsplit_once('.').unwrap();
    refuses(&format!("{message}.{signature}"), "jwt.sig");
    for end in 0..token.len() {
        assert!(judge(&token[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn key_set_is_public_named_and_strong() {
    let with = |changes: &[(&str, Value)]| {
        let mut jwk = rsa_jwk();
        for (name, value) in changes {
            let members = jwk.as_object_mut().unwrap();
            members.insert((*name).to_owned(), value.clone());
            members.retain(|_, value| !value.is_null());
        }
        set(&[jwk]).map(|_| ())
    };
    assert_eq!(with(&[]), Ok(()));
    assert_eq!(with(&[("alg", Value::Null), ("use", Value::Null)]), Ok(()));
    assert_eq!(with(&[("d", json!("AA"))]), Err(NotKeys::Private));
    for (name, value) in [
        ("kid", Value::Null),
        ("kid", json!("../etc")),
        ("use", json!("enc")),
        ("alg", json!("RS512")),
        ("kty", json!("oct")),
        ("n", json!(encode([0xff; 128]))),
        ("n", json!("!!")),
    ] {
        assert_eq!(
            with(&[(name, value.clone())]),
            Err(NotKeys::Unusable),
            "{name} {value}"
        );
    }
    assert_eq!(
        set(&[rsa_jwk(), rsa_jwk()]).map(|_| ()),
        Err(NotKeys::Twice)
    );
    assert_eq!(set(&vec![rsa_jwk(); 33]).map(|_| ()), Err(NotKeys::TooMany));
    for document in [
        "",
        "[]",
        "{}",
        r#"{"keys":{}}"#,
        r#"{"keys":[],"keys":[]}"#,
        r#"{"keys":[1]}"#,
    ] {
        let read = ForeignKeys::read(document.as_bytes());
        assert_eq!(read.map(|_| ()), Err(NotKeys::Malformed), "{document}");
    }
    assert_eq!(set(&[]).map(|_| ()), Err(NotKeys::Unusable));
}
