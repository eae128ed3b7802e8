//! Tokens that must not be believed. Each begins as a token that is, differs from it in one stated way, and is believed again
//! once the one guard that the test names is switched off.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use oauth::guard::without;
use oauth::jwt::{
    AccessToken, ApplicationToken, Claims, Es256, Expected, IdToken, JwtError, KeyPair, KeySet,
    LogoutToken, Purpose, SharedSecret, Signs, Verified, sign, verify,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://comercial.sso.example.com";
const EXPECTED: Expected<'_> = Expected {
    issuer: ISSUER,
    audience: Some("api"),
    skew: SignedDuration::from_secs(30),
};

/// The issuer's key pair, as every purpose in turn: the purposes must be kept apart even where an operator reuses a key.
struct Issuer(Vec<u8>);

impl Issuer {
    fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self(pair.to_pkcs8v1().unwrap().as_ref().to_vec())
    }
    fn key<P: Purpose<Algorithm = Es256>>(&self) -> KeyPair<P> {
        KeyPair::from_pkcs8("current", &self.0).unwrap()
    }
    fn keys<P: Purpose<Algorithm = Es256>>(&self) -> KeySet<P> {
        KeySet::new([self.key::<P>().public()])
    }
    fn token(&self) -> String {
        sign(&claims(), &self.key::<AccessToken>())
    }
    fn judge(&self, token: &str) -> Result<Verified<AccessToken>, JwtError> {
        verify(token, &self.keys(), &EXPECTED, now())
    }
    /// A token with that header and payload, signed with the issuer's own key.
    fn signed(&self, header: &str, payload: &str) -> String {
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(payload)
        );
        let signature = Signs::<AccessToken>::sign(&self.key::<AccessToken>(), message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
    fn with_header(&self, header: &str) -> String {
        self.signed(header, &payload(&[]))
    }
    fn with_claims(&self, changes: &[(&str, Value)]) -> String {
        self.signed(
            r#"{"typ":"at+jwt","alg":"ES256","kid":"current"}"#,
            &payload(changes),
        )
    }
    /// The token is refused with `code`, and by nothing but that guard.
    fn refuses(&self, token: &str, code: &'static str) {
        assert!(self.judge(&self.token()).is_ok(), "control");
        assert_eq!(self.judge(token).unwrap_err().code(), code, "{token}");
        without(code, || {
            assert!(
                self.judge(token).is_ok(),
                "another guard than {code} refuses {token}"
            );
        });
    }
}

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn claims() -> Claims {
    Claims::new()
        .with("iss", ISSUER)
        .with("aud", "api")
        .with("sub", "somebody")
        .with("jti", "one")
        .with("iat", NOW)
        .with("exp", NOW + 300)
}

/// The claims as JSON text, some of them changed; `null` removes one.
fn payload(changes: &[(&str, Value)]) -> String {
    let mut all = json!({"iss": ISSUER, "aud": "api", "sub": "somebody", "jti": "one", "iat": NOW, "exp": NOW + 300});
    let members = all.as_object_mut().unwrap();
    for (name, value) in changes {
        if value.is_null() {
            members.shift_remove(*name);
        } else {
            members.insert((*name).into(), value.clone());
        }
    }
    all.to_string()
}

#[test]
fn token_with_another_algorithm_is_refused() {
    let issuer = Issuer::new();
    for alg in [
        r#""none""#,
        r#""None""#,
        r#""nOnE""#,
        r#""HS256""#,
        r#""ES384""#,
        r#""es256""#,
        r#"["ES256"]"#,
        "null",
    ] {
        issuer.refuses(
            &issuer.with_header(&format!(
                r#"{{"typ":"at+jwt","alg":{alg},"kid":"current"}}"#
            )),
            "jwt.alg",
        );
    }
    issuer.refuses(
        &issuer.with_header(r#"{"typ":"at+jwt","kid":"current"}"#),
        "jwt.alg",
    );
}

#[test]
fn token_without_a_signature_is_refused() {
    let issuer = Issuer::new();
    let token = issuer.token();
    let unsigned = &token[..=token.rfind('.').unwrap()];
    issuer.refuses(unsigned, "jwt.sig");
    assert_eq!(
        issuer
            .judge(unsigned.trim_end_matches('.'))
            .unwrap_err()
            .code(),
        "jwt.format"
    );
    let none = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(r#"{"typ":"at+jwt","alg":"none","kid":"current"}"#),
        URL_SAFE_NO_PAD.encode(payload(&[]))
    );
    assert_eq!(issuer.judge(&none).unwrap_err().code(), "jwt.alg");
    // Behind the first guard stands the second: no header leads to a path without a signature.
    without("jwt.alg", || issuer.refuses(&none, "jwt.sig"));
}

#[test]
fn token_signed_by_hmac_with_the_public_key_is_refused() {
    let issuer = Issuer::new();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &issuer.0).unwrap();
    let point = pair.public_key().as_ref().to_vec();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----",
        STANDARD.encode(&point)
    );
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..])});
    for secret in [
        point.clone(),
        pem.clone().into(),
        format!("{pem}\n").into(),
        format!(" {pem}").into(),
        jwk.to_string().into(),
        point[1..].to_vec(),
    ] {
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(r#"{"typ":"at+jwt","alg":"HS256","kid":"current"}"#),
            URL_SAFE_NO_PAD.encode(payload(&[]))
        );
        let forged = SharedSecret::<ApplicationToken>::new(&secret).unwrap();
        let token = format!(
            "{message}.{}",
            URL_SAFE_NO_PAD.encode(forged.sign(message.as_bytes()))
        );
        assert_eq!(issuer.judge(&token).unwrap_err().code(), "jwt.alg");
        // Even without that guard there is no code that would take a public key for a secret.
        without("jwt.alg", || issuer.refuses(&token, "jwt.sig"));
    }
}

#[test]
fn token_naming_another_key_is_refused() {
    let issuer = Issuer::new();
    for kid in [
        "../../dev/null",
        "' OR 1=1",
        "https://evil.example/jwks",
        "retired",
        "CURRENT",
        "",
        &"k".repeat(4096),
    ] {
        let header = json!({"typ": "at+jwt", "alg": "ES256", "kid": kid}).to_string();
        issuer.refuses(&issuer.with_header(&header), "jwt.kid");
    }
    issuer.refuses(
        &issuer.with_header(r#"{"typ":"at+jwt","alg":"ES256","kid":["current"]}"#),
        "jwt.kid",
    );
    issuer.refuses(
        &issuer.with_header(r#"{"typ":"at+jwt","alg":"ES256"}"#),
        "jwt.kid",
    );
}

#[test]
fn token_with_any_other_header_is_refused() {
    let issuer = Issuer::new();
    for member in [
        r#""jku":"http://127.0.0.1:9/""#,
        r#""x5u":"http://127.0.0.1:9/""#,
        r#""jwk":{"kty":"EC"}"#,
        r#""x5c":["MIIB"]"#,
        r#""crit":["x"]"#,
        r#""crit":[]"#,
        r#""b64":false"#,
        r#""zip":"DEF""#,
        r#""p2c":2147483648"#,
        r#""cty":"JWT""#,
    ] {
        let header = format!(r#"{{"typ":"at+jwt","alg":"ES256","kid":"current",{member}}}"#);
        issuer.refuses(&issuer.with_header(&header), "jwt.header");
    }
}

#[test]
fn token_that_says_two_things_is_refused() {
    let issuer = Issuer::new();
    let twice =
        issuer.with_header(r#"{"typ":"at+jwt","alg":"none","kid":"current","alg":"ES256"}"#);
    assert_eq!(issuer.judge(&twice).unwrap_err().code(), "jwt.header");
    without("jwt.duplicate", || assert!(issuer.judge(&twice).is_ok()));
    let payload = payload(&[]).replacen('{', r#"{"sub":"victim","#, 1);
    let twice = issuer.signed(
        r#"{"typ":"at+jwt","alg":"ES256","kid":"current"}"#,
        &payload,
    );
    assert_eq!(issuer.judge(&twice).unwrap_err().code(), "jwt.claim");
    without("jwt.duplicate", || assert!(issuer.judge(&twice).is_ok()));
}

#[test]
fn token_with_a_wrong_claim_is_refused() {
    let issuer = Issuer::new();
    for name in ["exp", "iat", "nbf"] {
        for value in [
            json!("1800000300"),
            json!(-1),
            json!({}),
            json!([NOW]),
            json!(1.8e9),
            json!(true),
            json!(1_u64 << 40),
            json!(u64::MAX),
        ] {
            issuer.refuses(&issuer.with_claims(&[(name, value)]), "jwt.claim");
        }
    }
    for name in ["exp", "iat", "sub", "jti"] {
        issuer.refuses(&issuer.with_claims(&[(name, Value::Null)]), "jwt.claim");
    }
    for (name, value) in [
        ("exp", NOW - 31),
        ("exp", NOW - 30),
        ("nbf", NOW + 31),
        ("iat", NOW + 31),
    ] {
        issuer.refuses(&issuer.with_claims(&[(name, json!(value))]), "jwt.claim");
    }
    for (name, value) in [("exp", NOW - 29), ("nbf", NOW + 30), ("iat", NOW + 30)] {
        assert!(
            issuer
                .judge(&issuer.with_claims(&[(name, json!(value))]))
                .is_ok(),
            "{name}"
        );
    }
    for (name, value) in [
        ("sub", json!("")),
        ("sub", json!(7)),
        ("jti", json!(["one"])),
    ] {
        issuer.refuses(&issuer.with_claims(&[(name, value)]), "jwt.claim");
    }
    // A number that no integer and no float can hold is not JSON that we read.
    let header = r#"{"typ":"at+jwt","alg":"ES256","kid":"current"}"#;
    let huge = payload(&[]).replace(&format!("{}", NOW + 300), "1e400");
    assert_eq!(
        issuer
            .judge(&issuer.signed(header, &huge))
            .unwrap_err()
            .code(),
        "jwt.claim"
    );
}

#[test]
fn token_for_or_from_somebody_else_is_refused() {
    let issuer = Issuer::new();
    for aud in [
        Value::Null,
        json!(["api", "other"]),
        json!(["api"]),
        json!("ap"),
        json!("apis"),
        json!("API"),
        json!(7),
    ] {
        issuer.refuses(&issuer.with_claims(&[("aud", aud)]), "jwt.aud");
    }
    for iss in [
        Value::Null,
        json!(format!("{ISSUER}/")),
        json!(ISSUER.to_uppercase()),
        json!("https://other.sso.example.com"),
        json!([ISSUER]),
    ] {
        issuer.refuses(&issuer.with_claims(&[("iss", iss)]), "jwt.iss");
    }
}

#[test]
fn token_in_another_spelling_is_refused() {
    let issuer = Issuer::new();
    let token = issuer.token();
    let spellings = [
        format!("{token}="),
        format!("{token}=="),
        format!("{token} "),
        format!("{token}\n"),
    ];
    for spelling in &spellings {
        issuer.refuses(spelling, "jwt.format");
    }
    let broken = token.replacen('.', "\n.", 1);
    assert_eq!(issuer.judge(&broken).unwrap_err().code(), "jwt.format");
    // The last character of a 64-byte signature carries four bits that mean nothing.
    let last = token.chars().last().unwrap();
    for other in ('A'..='Z')
        .chain('a'..='z')
        .chain('0'..='9')
        .filter(|c| *c != last)
    {
        let changed = format!("{}{other}", &token[..token.len() - 1]);
        assert!(
            ["jwt.format", "jwt.sig"].contains(&issuer.judge(&changed).unwrap_err().code()),
            "{changed}"
        );
    }
    for text in [
        String::new(),
        ".".into(),
        "..".into(),
        format!("{token}.x.y"),
        r#"{"payload":"","signatures":[]}"#.into(),
    ] {
        assert!(
            ["jwt.format", "jwt.header"].contains(&issuer.judge(&text).unwrap_err().code()),
            "{text}"
        );
    }
    let bulky = issuer.with_claims(&[("pad", json!("x".repeat(8192)))]);
    issuer.refuses(&bulky, "jwt.format");
}

#[test]
fn signature_in_another_form_is_refused() {
    let issuer = Issuer::new();
    let token = issuer.token();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let (r, s) = signature.split_at(32);
    let forms: [Vec<u8>; 5] = [
        der(r, s),
        [&[0; 32], s].concat(),
        [r, &[0; 32]].concat(),
        [&[0; 64][..], &[]].concat(),
        [&signature[..], &[0]].concat(),
    ];
    for form in forms {
        issuer.refuses(
            &format!("{message}.{}", URL_SAFE_NO_PAD.encode(form)),
            "jwt.sig",
        );
    }
}

/// The signature as the ASN.1 sequence that other protocols use.
fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |bytes: &[u8]| [&[0x02, 33, 0], bytes].concat();
    let body = [integer(r), integer(s)].concat();
    [&[0x30, u8::try_from(body.len()).unwrap()], &body[..]].concat()
}

#[test]
fn token_cut_or_changed_anywhere_is_refused() {
    let issuer = Issuer::new();
    let token = issuer.token();
    assert!(issuer.judge(&token).is_ok());
    for length in 0..token.len() {
        assert!(issuer.judge(&token[..length]).is_err(), "cut to {length}");
    }
    for position in 0..token.len() {
        for bit in 0..7 {
            let mut bytes = token.clone().into_bytes();
            bytes[position] ^= 1 << bit;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(
                issuer.judge(&changed).is_err(),
                "bit {bit} of character {position}"
            );
        }
    }
}

#[test]
fn no_token_serves_another_purpose() {
    fn judge<P: Purpose<Algorithm = Es256>>(issuer: &Issuer, token: &str) -> Option<&'static str> {
        verify::<P>(token, &issuer.keys(), &EXPECTED, now())
            .err()
            .map(|error| error.code())
    }
    let issuer = Issuer::new();
    let secret = SharedSecret::<ApplicationToken>::new(&[3; 32]).unwrap();
    let application = |token: &str| {
        verify::<ApplicationToken>(token, &secret, &EXPECTED, now())
            .err()
            .map(|error| error.code())
    };
    let tokens = [
        sign(&claims(), &issuer.key::<AccessToken>()),
        sign(&claims(), &issuer.key::<IdToken>()),
        sign(&claims(), &issuer.key::<LogoutToken>()),
        sign(&claims(), &secret),
    ];
    let verdicts = || {
        tokens.each_ref().map(|token| {
            [
                judge::<AccessToken>(&issuer, token),
                judge::<IdToken>(&issuer, token),
                judge::<LogoutToken>(&issuer, token),
                application(token),
            ]
        })
    };
    let (typ, alg) = (Some("jwt.typ"), Some("jwt.alg"));
    assert_eq!(
        verdicts(),
        [
            [None, typ, typ, alg],
            [typ, None, typ, alg],
            [typ, typ, None, alg],
            [alg, alg, alg, None]
        ]
    );
    // Among the tokens that share keys, `typ` is the only thing that keeps them apart.
    without("jwt.typ", || {
        assert_eq!(verdicts()[0], [None, None, None, alg]);
        assert_eq!(verdicts()[2], [None, None, None, alg]);
    });
}

#[test]
fn token_of_another_application_is_refused() {
    let [own, other] =
        [[3; 32], [4; 32]].map(|secret| SharedSecret::<ApplicationToken>::new(&secret).unwrap());
    let token = sign(&claims(), &other);
    let judge = || verify::<ApplicationToken>(&token, &own, &EXPECTED, now()).map(|_| ());
    assert_eq!(judge().unwrap_err().code(), "jwt.sig");
    without("jwt.sig", || assert_eq!(judge(), Ok(())));
}

proptest! {
    #[test]
    fn reading_never_panics(text in ".{0,200}", header in "[ -~]{0,60}", payload in "[ -~]{0,60}") {
        let issuer = Issuer::new();
        let _ = issuer.judge(&text);
        let _ = issuer.judge(&issuer.signed(&header, &payload));
    }

    #[test]
    fn what_was_written_is_read(subject in "\\PC{1,40}", id in "[a-z]{1,10}") {
        let issuer = Issuer::new();
        let claims = claims().with("sub", subject.as_str()).with("jti", id.as_str());
        let read = issuer.judge(&sign(&claims, &issuer.key::<AccessToken>())).unwrap();
        prop_assert_eq!(read.subject(), subject);
        prop_assert_eq!(read.id(), id);
        prop_assert_eq!(read.claims(), &claims);
    }
}
