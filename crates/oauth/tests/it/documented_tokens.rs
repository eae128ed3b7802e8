//! The two tokens that HORACIUS's document prints, with the blanks of its page layout removed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use oauth::guard::without;
use oauth::jwt::{ApplicationToken, Claims, Expected, SharedSecret, sign, verify};

const CALLBACK: &str = include_str!("../../testdata/document/callback.jwt");
const BEARER: &str = include_str!("../../testdata/document/bearer.jwt");

fn key() -> SharedSecret<ApplicationToken> {
    SharedSecret::new(&[1; 32]).unwrap()
}

fn expected() -> Expected<'static> {
    Expected {
        issuer: "5db9b9a51b0665000199e09e",
        audience: None,
        skew: SignedDuration::ZERO,
    }
}

#[test]
fn printed_tokens_lack_nothing_but_our_signature() {
    for (token, issued, id) in [
        (
            CALLBACK,
            1_574_255_117,
            "8d448833-297b-4b3f-98a6-06c65cda1605",
        ),
        (
            BEARER,
            1_574_267_092,
            "08def3c8-d7a1-4b21-a822-d0c76ab87e3c",
        ),
    ] {
        let now = Timestamp::from_second(issued).unwrap();
        // Nobody but its issuer knows the secret of a printed token: only the signature is wrong.
        let judge = || verify::<ApplicationToken>(token.trim_end(), &key(), &expected(), now);
        assert_eq!(judge().unwrap_err().code(), "jwt.sig");
        let read = without("jwt.sig", judge).unwrap();
        assert_eq!(read.subject(), "comercial@e-trust.com.br");
        assert_eq!(read.id(), id);
        assert_eq!(
            read.expires().duration_since(read.issued()),
            SignedDuration::from_mins(15)
        );
        assert_eq!(
            read.claims().names().collect::<Vec<_>>(),
            [
                "iss",
                "iat",
                "sub",
                "jti",
                "name",
                "email",
                "renewTicketValue",
                "exp",
                "alg"
            ]
        );
    }
}

#[test]
fn writer_reproduces_header_and_claims_byte_for_byte() {
    let claims = Claims::new()
        .with("iss", "5db9b9a51b0665000199e09e")
        .with("iat", 1_574_255_117)
        .with("sub", "comercial@e-trust.com.br")
        .with("jti", "8d448833-297b-4b3f-98a6-06c65cda1605")
        .with("name", "Comercial")
        .with("email", "comercial@desenvolvimento.e-trust.com.br")
        .with("renewTicketValue", renew_ticket_value(CALLBACK))
        .with("exp", 1_574_256_017)
        .with("alg", "HS256");
    let written = sign::<ApplicationToken>(&claims, &key());
    let (ours, _) = written.rsplit_once('.').unwrap();
    let (printed, _) = CALLBACK.trim_end().rsplit_once('.').unwrap();
    assert_eq!(ours, printed);
}

fn renew_ticket_value(token: &str) -> String {
    let payload = URL_SAFE_NO_PAD
        .decode(token.split('.').nth(1).unwrap())
        .unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    let ticket = claims["renewTicketValue"].as_str().unwrap();
    assert_eq!(ticket.len(), 70);
    ticket.to_owned()
}
