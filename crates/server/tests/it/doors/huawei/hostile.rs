//! Requests that no client in good faith sends: refused with the faces of the door, and whoever comes next is served.

use super::registration::{local, rules};
use super::{redeem, saml_response, scoped, unscoped};
use crate::support::cloud::{IAM, PROJECT};
use crate::support::wire::{self, exchange};
use crate::support::{Answer, Call, TestServer};
use serde_json::{Value, json};

const TOKENS: &str = "/v3.0/OS-FEDERATION/tokens";
const AUTH: &str = "/v3/auth/tokens";

/// The face of a refusal in either shape.
fn told(answer: &Answer) -> u16 {
    let body = answer.json();
    let flat = body["error_code"].is_string() && body["error_msg"].is_string();
    let nested = body["error"]["code"] == answer.status;
    assert!(flat || nested, "{answer}");
    answer.status
}

#[tokio::test]
async fn body_that_is_too_large_is_answered_before_it_has_come() {
    let server = TestServer::start().await;
    let head = |more: &str| {
        let length = 4 << 20;
        format!(
            "POST {TOKENS} HTTP/1.1\r\nHost: {IAM}\r\nX-Idp-Id: ACME\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n{more}\r\n"
        )
    };
    // An eighth of it, and nothing at all where the client waits to be told to go on.
    let begun = format!("{}SAMLResponse={}", head(""), "A".repeat(512 << 10));
    for sent in [begun, head("Expect: 100-continue\r\n")] {
        let answer = exchange(server.http, sent.as_bytes()).await;
        assert_eq!(wire::status(&answer), Some(413), "{answer}");
        assert!(answer.contains("IAM.1101"), "{answer}");
    }
    let response = saml_response(&server, "ana").await;
    assert_eq!(
        redeem(&server, "ACME", &response).await.status,
        201,
        "control"
    );
}

#[tokio::test]
async fn form_in_another_type_or_with_parts_twice_is_refused() {
    let server = TestServer::start().await;
    let response = saml_response(&server, "ana").await;
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("SAMLResponse", &response)
        .finish();
    let call = || Call::post(IAM, TOKENS).header("X-Idp-Id", "ACME");
    for media_type in [
        "text/plain",
        "application/json",
        "application/x-www-form-urlencodedx",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        ";",
        "",
    ] {
        let answer = server.answer(call().body(media_type, form.as_str())).await;
        assert_eq!(told(&answer), 400, "{media_type}");
    }
    let twice = call().header("X-Idp-Id", "QUIET");
    let usual = "application/x-www-form-urlencoded";
    assert_eq!(
        told(&server.answer(twice.body(usual, form.as_str())).await),
        400
    );
    for body in [
        format!("{form}&{form}"),
        format!("{form}&SAMLResponse"),
        "\u{0}=%zz".to_owned(),
    ] {
        assert_eq!(told(&server.answer(call().body(usual, body)).await), 400);
    }
    let shouted = "Application/X-WWW-Form-URLEncoded; charset=utf-8";
    let answer = server.answer(call().body(shouted, form)).await;
    assert_eq!(answer.status, 201, "control: {answer}");
}

#[tokio::test]
async fn documents_that_are_deep_doubled_or_endless_are_refused() {
    let server = TestServer::start().await;
    let token = unscoped(&server, "ana").await;
    let good = json!({"auth": {
        "identity": {"methods": ["token"], "token": {"id": token}},
        "scope": {"project": {"id": PROJECT}},
    }})
    .to_string();
    let ask = async |body: String| server.answer(Call::post(IAM, AUTH).json(&body)).await;
    let inner = good.trim_start_matches('{').trim_end_matches('}');
    for body in [
        "[".repeat(60_000),
        "{\"auth\":".repeat(8_000),
        format!("{{{inner}}}}}}},{inner}}}}}}}}}"),
        good.replace("\"methods\"", "\"methods\":[\"token\"],\"methods\""),
        good.replace("[\"token\"]", &json!(vec!["token"; 5_000]).to_string()),
        good.replace("[\"token\"]", "[\"token\",\"token\"]"),
        good.replace(&format!("\"{token}\""), "1e999"),
        format!("{good}{good}"),
        format!("\u{feff}{good}"),
        "null".to_owned(),
        "\u{0}".to_owned(),
    ] {
        let answer = ask(body.clone()).await;
        assert_eq!(told(&answer), 400, "{}", &body[..body.len().min(200)]);
    }
    let long = format!("{}{}", " ".repeat(65_000), good);
    assert_eq!(told(&ask(long).await), 413);
    for id in ["", "\u{0}", "a.b.c", "é", &"A".repeat(20_000)] {
        let named = json!({"methods": ["token"], "token": {"id": id}});
        let body = json!({"auth": {"identity": named, "scope": {"domain": {"id": "\u{0}"}}}});
        assert_eq!(told(&ask(body.to_string()).await), 401, "{id:?}");
    }
    for scope in [
        json!({"domain": {"id": "\u{0}"}}),
        json!({"project": {"name": "\u{0}"}}),
    ] {
        let named = json!({"methods": ["token"], "token": {"id": token}});
        let body = json!({"auth": {"identity": named, "scope": scope}});
        assert_eq!(told(&ask(body.to_string()).await), 403);
    }
    assert_eq!(ask(good).await.status, 201, "control");
}

#[tokio::test]
async fn headers_of_megabytes_and_tokens_that_are_none_end_nothing_but_their_own_request() {
    let server = TestServer::start().await;
    let token = scoped(&server, &unscoped(&server, "ana").await).await;
    let show = async |auth: &str, subject: &str| {
        let call = Call::get(IAM, AUTH)
            .header("X-Auth-Token", auth)
            .header("X-Subject-Token", subject);
        call.to(server.http).await
    };
    let head = format!(
        "GET {AUTH} HTTP/1.1\r\nHost: {IAM}\r\nX-Auth-Token: {}\r\n\r\n",
        "A".repeat(3 << 20)
    );
    let answer = exchange(server.http, head.as_bytes()).await;
    assert!(
        matches!(wire::status(&answer), None | Some(431)),
        "{answer}"
    );
    let nine = "A".repeat(9 << 10);
    for none in [
        "x",
        "a.b.c",
        "..",
        &nine,
        "\"; drop",
        "eyJhbGciOiJub25lIn0.e30.",
    ] {
        assert_eq!(told(&show(none, &token).await), 401, "{none}");
        assert_eq!(told(&show(&token, none).await), 404, "{none}");
    }
    let twice = Call::get(IAM, AUTH)
        .header("X-Auth-Token", &token)
        .header("X-Auth-Token", &token)
        .header("X-Subject-Token", &token);
    assert_eq!(told(&server.answer(twice).await), 401);
    assert_eq!(show(&token, &token).await.status, 200, "control");
}

#[tokio::test]
async fn identifiers_that_no_store_can_hold_are_unknown_and_nobodys_fault() {
    let server = TestServer::start().await;
    let administrator = local(&server).await;
    // What cannot be a name at all gets no further than the front.
    for path in [
        "/v3/OS-FEDERATION/identity_providers/a%00b",
        "/v3/OS-FEDERATION/identity_providers/%ff",
        "/v3/OS-FEDERATION/mappings/a%00b",
    ] {
        let answer = administrator.call("GET", path, None).await;
        assert_eq!(answer.status, 400, "{path} {answer}");
    }
    let path = "/v3/OS-FEDERATION/identity_providers/ACME/protocols/x";
    let body = json!({"protocol": {"mapping_id": "a\u{0}b"}});
    let answer = administrator.put(path, body).await;
    assert_eq!(told(&answer), 404, "{answer}");
    let path = "/v3/OS-FEDERATION/mappings/a%20b";
    assert_eq!(told(&administrator.put(path, rules("x")).await), 400);
    let response = saml_response(&server, "ana").await;
    let odd = redeem(&server, "\u{e9}", &response).await;
    assert!([400, 403].contains(&told(&odd)), "{odd}");
    assert_eq!(
        redeem(&server, "ACME", &response).await.status,
        201,
        "control"
    );
}

#[tokio::test]
async fn rules_that_would_take_for_ever_are_refused_or_run_in_linear_time() {
    let server = TestServer::start().await;
    let administrator = local(&server).await;
    let put = async |rules: Value| {
        let body = json!({"mapping": {"rules": rules}});
        administrator
            .put("/v3/OS-FEDERATION/mappings/bomb", body)
            .await
    };
    let rule = |value: &str| {
        json!({
            "local": [{"user": {"name": "x"}}],
            "remote": [{"type": "_NAMEID_", "any_one_of": [value], "regex": true}],
        })
    };
    let many = |count: usize| Value::Array(vec![rule("x"); count]);
    let mut deep = json!("x");
    for _ in 0..100 {
        deep = json!([deep]);
    }
    for (what, rules) in [
        (
            "an expression that would compile to gigabytes",
            json!([rule("(a{1000}){1000}{1000}")]),
        ),
        ("look-around", json!([rule("(?=a)b")])),
        ("a back-reference", json!([rule("(a)\\1")])),
        ("too many rules", many(257)),
        (
            "too many values",
            json!([{"local": [{"user": {"name": "x"}}], "remote": [{"type": "a", "any_one_of": vec!["x"; 1_025]}]}]),
        ),
        ("a depth", deep),
    ] {
        let answer = put(rules).await;
        assert_eq!(told(&answer), 400, "{what} {answer}");
    }
    let large = json!([rule(&"x".repeat(70_000))]);
    assert!([400, 413].contains(&told(&put(large).await)));
    let huge = json!([rule(&"x".repeat(300_000))]);
    assert_eq!(told(&put(huge).await), 413);
    let nested = put(json!([rule("^((((a+)+)+)+)+$")])).await;
    assert_eq!(nested.status, 201, "control: linear time {nested}");
}
