//! HORACIUS's SAML: a session vouches for its person towards an application that does not sign its requests.

use crate::call::{FORM, answer, form, request};
use crate::load;
use crate::program::{CSSO, PASSWORD, Program, SITE, USER};
use crate::sign_on::{response_in, rsa_per_second};
use crate::table::Row;
use crate::window;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(crate) async fn rows(program: &Program) -> Vec<Row> {
    let process = [program.process()];
    let target = program.target(&process);
    let url = start();
    let cookie = sign_in(program, &url).await;
    let asked = request(&format!("GET {url}"), CSSO, &[("Cookie", &cookie)], None);
    // Every answer carries a response; that they can be redeemed is shown where they are.
    assert!(response_in(&answer(program.http, &asked).await).len() > 4000);
    let before = rsa_per_second();
    let figures = load::repeat_for_writers(target, &asked, window()).await;
    let after = rsa_per_second();
    vec![Row::beside_operation(
        "session at HORACIUS → signed response to an unsigned request",
        figures,
        ("raw RSA-2048 signature", f64::midpoint(before, after)),
        "≥ 80 %",
    )]
}

/// The URL with which a browser comes from the application.
fn start() -> String {
    let xml = format!(
        r#"<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_5b5ae3cf21c1a6d5f41d2d2b3f2a1f46" Version="2.0" IssueInstant="2026-11-22T12:00:00Z" AssertionConsumerServiceURL="{SITE}/acs"><saml:Issuer>{SITE}</saml:Issuer></samlp:AuthnRequest>"#
    );
    let fields = form(&[
        ("SAMLRequest", &STANDARD.encode(stored(xml.as_bytes()))),
        ("RelayState", "token"),
    ]);
    format!("/idp/saml/redirect/sso/site?{fields}")
}

/// DEFLATE without compression (RFC 1951 §3.2.4).
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    let mut block = vec![1];
    block.extend(length.to_le_bytes());
    block.extend((!length).to_le_bytes());
    block.extend(bytes);
    block
}

/// The cookie of a session.
async fn sign_in(program: &Program, url: &str) -> String {
    let page = request(&format!("GET {url}"), CSSO, &[], None);
    let page = answer(program.http, &page).await;
    let visit = page.between("name=\"visit\" value=\"", "\"");
    let typed = form(&[
        ("username", USER),
        ("password", PASSWORD),
        ("visit", &visit),
    ]);
    let typed = request(
        &format!("POST {}", page.between("action=\"", "\"")),
        CSSO,
        &[("Cookie", page.cookie())],
        Some((FORM, &typed)),
    );
    answer(program.http, &typed).await.cookie().to_owned()
}
