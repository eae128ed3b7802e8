//! What a hostile application, link or person writes into every parameter: it never becomes markup, a header, an address to go to,
//! or a failure of ours.

use super::{Browser, IMPLICIT, JWT, OPENID, SAML};
use crate::support::{Answer, Call, HORACIUS, TestServer};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

const WRITTEN: [&str; 8] = [
    "\"><script>alert(1)</script>",
    "'/><img src=x onerror=alert(1)>",
    "x\r\nSet-Cookie: evil=1\r\n\r\n<script>alert(1)</script>",
    "x\0y",
    "javascript:alert(1)",
    "//evil.example.com/\\evil.example.com",
    "https://evil.example.com/",
    "\u{202e}moc.live\u{85}",
];

/// Every address that reads parameters; what somebody wrote stands in place of `*`.
const READS: [&str; 27] = [
    "/?*=*",
    "/account?done=*",
    "/account/authenticator?*",
    "/jwt/login/*",
    "/jwt/login/30251233/?refer=*&return_to=*",
    "/idp/oauth/authorize/sso/*?client_id=*",
    "/idp/oauth/authorize?client_id=*&redirect_uri=*&response_type=code",
    "/idp/oauth/authorize?client_id=portal&redirect_uri=*&response_type=code",
    "/idp/oauth/authorize?client_id=portal&redirect_uri=https%3A%2F%2Fapp.example.com%3A9090%2Fopenid&response_type=*&state=*",
    "/idp/oauth/authorize?client_id=portal&redirect_uri=https%3A%2F%2Fapp.example.com%3A9090%2Fopenid&response_type=code&state=*&nonce=*&login_hint=*",
    "/idp/oauth/authorize?client_id=portal&redirect_uri=https%3A%2F%2Fapp.example.com%3A9090%2Fopenid&response_type=code&scope=*&prompt=*&max_age=*&id_token_hint=*",
    "/idp/oauth/authorize?client_id=portal&redirect_uri=https%3A%2F%2Fapp.example.com%3A9090%2Fopenid&response_type=code&code_challenge=*&code_challenge_method=*&response_mode=*",
    "/api/idp/oauth/userinfo/sso/dante?access_token=*&state=*&fields=*",
    "/idp/oauth/userinfo?access_token=*",
    "/idp/oauth/logout?client_id=*&post_logout_redirect_uri=*&state=*&id_token_hint=*",
    "/idp/oauth/logout?client_id=portal&post_logout_redirect_uri=*&state=*",
    "/logout?client_id=*&confirmed=*",
    "/logout?SAMLRequest=*&RelayState=*&SigAlg=*&Signature=*",
    "/logout?SAMLResponse=*&RelayState=*",
    "/idp/saml/redirect/sso/*?RelayState=*",
    "/idp/saml/redirect/sso/mail?SAMLRequest=*&RelayState=*&SigAlg=*&Signature=*",
    "/idp/saml/redirect/sso/mail?RelayState=*",
    "/idp/saml/redirect/sso/mail?waiting=*",
    "/idp/saml/metadata/*",
    "/device?user_code=*",
    "/partner/*?back=*",
    "/partner/acme?back=*",
];

/// Forms, with the fields that they read.
const POSTS: [(&str, &[&str]); 14] = [
    ("/", &["username", "password", "visit"]),
    (JWT, &["username", "password", "visit", "pending", "code"]),
    (IMPLICIT, &["username", "password", "visit"]),
    (OPENID, &["pending", "code", "visit"]),
    (SAML, &["username", "password", "visit", "RelayState"]),
    ("/idp/saml/post/sso/mail", &["SAMLRequest", "RelayState"]),
    ("/partner/acs", &["SAMLResponse", "RelayState"]),
    ("/device", &["user_code", "decision", "visit"]),
    ("/account/password", &["old", "new", "again", "visit"]),
    (
        "/account/authenticator",
        &["enrolment", "shown", "password", "code", "visit"],
    ),
    ("/account/sign-out-elsewhere", &["visit"]),
    (
        "/idp/oauth/token",
        &[
            "grant_type",
            "client_id",
            "client_secret",
            "code",
            "refresh_token",
            "scope",
        ],
    ),
    ("/idp/oauth/device_authorization", &["client_id", "scope"]),
    ("/api/idp/jwt/30251233/renew", &["renewTicketValue"]),
];

fn judge(answer: &Answer, asked: &str, written: &str) {
    let seen = format!("{asked} with {written:?}: {answer}");
    assert!(answer.status < 500, "{seen}");
    for markup in ["<script>alert", "<img src=x"] {
        assert!(!answer.body.contains(markup), "{seen}");
    }
    assert!(
        answer
            .headers
            .iter()
            .all(|(_, value)| !value.contains("evil=1")),
        "{seen}"
    );
    let Some(location) = answer.header("location") else {
        return;
    };
    let ours = location.starts_with('/') && !location.starts_with("//");
    let registered = [
        "https://app.example.com:9090/",
        "https://comercial.sso.example.com/",
    ];
    // Where a sign-on at a partner begins; its host comes from the partner's metadata.
    let partners = location.starts_with("https://adfs.example.com/");
    let known = registered
        .iter()
        .any(|address| location.starts_with(address));
    assert!(ours || known || partners, "{seen}");
}

async fn read_everything(browser: &mut Browser<'_>) {
    for written in WRITTEN {
        let encoded = utf8_percent_encode(written, NON_ALPHANUMERIC).to_string();
        for read in READS {
            let asked = read.replace('*', &encoded);
            judge(&browser.get(&asked).await, &asked, written);
        }
    }
}

#[tokio::test]
async fn what_a_stranger_writes_into_addresses_stays_text() {
    let server = TestServer::start().await;
    read_everything(&mut Browser::of(&server)).await;
}

#[tokio::test]
async fn what_somebody_makes_a_person_open_stays_text_and_signs_nobody_out() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server);
    browser.through(JWT).await;
    read_everything(&mut browser).await;
    let account = browser.get("/account").await;
    assert!(
        account.body.contains(r#"id="user""#),
        "still signed in: {account}"
    );
}

#[tokio::test]
async fn what_somebody_writes_into_forms_stays_text() {
    let server = TestServer::start().await;
    for signed_in in [false, true] {
        let mut browser = Browser::of(&server);
        let page = browser.get(JWT).await;
        let visit = super::hidden(&page, "visit");
        if signed_in {
            browser.sign_in(&page, TestServer::PASSWORD).await;
        }
        for written in WRITTEN {
            for (address, fields) in POSTS {
                let mut form: Vec<_> = fields.iter().map(|field| (*field, written)).collect();
                judge(
                    &posted(&mut browser, address, &form).await,
                    address,
                    written,
                );
                // And as a form of ours, which is read further.
                for (field, value) in &mut form {
                    if *field == "visit" {
                        *value = &visit;
                    }
                }
                judge(
                    &posted(&mut browser, address, &form).await,
                    address,
                    written,
                );
            }
        }
    }
}

async fn posted(browser: &mut Browser<'_>, address: &str, form: &[(&str, &str)]) -> Answer {
    browser.send(Call::post(HORACIUS, address).form(form)).await
}
