//! Huawei's federation: a response becomes an unscoped token, and a token is checked.

use crate::call::{self, FORM, answer, form, request};
use crate::control::Control;
use crate::load::{self, Client, repeat_in_turns};
use crate::program::{ACME, CLOUD, PASSWORD, Program, USER};
use crate::sign_on::response_in;
use crate::table::Row;
use crate::window;
use std::cell::RefCell;

const START: &str = "/idp/profile/SAML2/Unsolicited/SSO?providerId=iam.example.com";

pub(crate) async fn rows(program: &Program, bare: &Control) -> Vec<Row> {
    let process = [program.process()];
    let target = program.target(&process);
    let cookie = sign_in(program).await;
    let asked = request(&format!("GET {START}"), ACME, &[("Cookie", &cookie)], None);
    let responses = RefCell::new(Vec::new());
    let vouching = async |client: &mut Client| {
        let response = response_in(&client.answer(&asked).await);
        responses.borrow_mut().push(response);
        true
    };
    load::run(target, 64, window(), &vouching).await;
    let requests = responses.take().iter().map(|r| redeem(r)).collect();
    let token = RefCell::new(String::new());
    let keep = |answer: call::Answer| {
        answer
            .header("x-subject-token")
            .clone_into(&mut token.borrow_mut());
    };
    let redeemed = load::once_each(target, requests, keep).await;
    let token = token.take();
    let headers = [
        ("X-Auth-Token", token.as_str()),
        ("X-Subject-Token", token.as_str()),
    ];
    let shown = request("GET /v3/auth/tokens", CLOUD, &headers, None);
    let [control, checked] = repeat_in_turns([bare.target(), target], &shown, window()).await;
    vec![
        Row::of_loop(
            "Huawei: signed response → durable unscoped token",
            redeemed,
            "",
        ),
        Row::beside(
            "Huawei: token validation",
            checked,
            ("bare handler, same request", control),
            "",
        ),
    ]
}

/// The cookie of a session at ACME.
async fn sign_in(program: &Program) -> String {
    let page = answer(
        program.http,
        &request(&format!("GET {START}"), ACME, &[], None),
    )
    .await;
    let typed = form(&[("j_username", USER), ("j_password", PASSWORD)]);
    let typed = request(
        &format!("POST {}", page.between("action=\"", "\"")),
        ACME,
        &[("Cookie", page.cookie())],
        Some((FORM, &typed)),
    );
    answer(program.http, &typed).await.cookie().to_owned()
}

fn redeem(response: &str) -> Vec<u8> {
    let fields = form(&[("SAMLResponse", response)]);
    let provider = [("X-Idp-Id", "ACME")];
    request(
        "POST /v3.0/OS-FEDERATION/tokens",
        CLOUD,
        &provider,
        Some((FORM, &fields)),
    )
}
