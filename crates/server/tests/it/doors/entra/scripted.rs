//! The conversation that scripts hold.

use super::{at_the_form, config, credentials};
use crate::support::totp::{code, wrong_code};
use crate::support::{Answer, Browser, Call, ENTRA, TestServer};
use serde_json::{Value, json};

pub(super) async fn say(
    server: &TestServer,
    path: &str,
    cookies: &str,
    question: &Value,
) -> Answer {
    let call = Call::post(ENTRA, path).header("Cookie", cookies);
    server.answer(call.json(&question.to_string())).await
}

#[tokio::test]
async fn keys_are_read_in_any_letter_case_and_nobody_learns_who_exists() {
    let server = TestServer::start().await;
    let ask = |question: Value| {
        let server = &server;
        async move {
            say(
                server,
                "/common/GetCredentialType?mkt=en-US",
                "a=b",
                &question,
            )
            .await
            .json()
        }
    };
    let mut known = ask(json!({ "username": "ana@my-domain", "flowToken": "t" })).await;
    let mut other = ask(json!({ "Username": "nobody@my-domain", "FlowToken": "t" })).await;
    assert_eq!(known["Username"], "ana@my-domain");
    assert_eq!(known["FlowToken"], "t");
    assert_eq!(known["Credentials"]["HasPassword"], true);
    for answer in [&mut known, &mut other] {
        for own in ["Username", "Display", "apiCanary"] {
            answer[own] = Value::Null;
        }
    }
    assert_eq!(known, other);
}

#[tokio::test]
async fn the_conversation_about_a_code_ends_in_a_session() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let form = at_the_form(&mut browser).await;
    let page = browser
        .submit(
            &form,
            &credentials("careful@my-domain", TestServer::PASSWORD),
        )
        .await;
    let page_config = config(&page);
    assert_eq!(
        page_config["arrUserProofs"][0]["authMethodId"],
        "PhoneAppOTP"
    );
    let cookies = format!("esctx={}", browser.cookie(ENTRA, "esctx").unwrap());

    let begin = json!({ "AuthMethodId": "PhoneAppOTP", "Method": "BeginAuth", "Ctx": page_config["sCtx"], "FlowToken": page_config["sFT"] });
    let begun = say(&server, "/common/SAS/BeginAuth", &cookies, &begin)
        .await
        .json();
    assert_eq!(begun["Success"], true, "{begun}");
    let end = |said: &Value, code: &str| json!({ "AuthMethodId": "PhoneAppOTP", "Method": "EndAuth", "Ctx": said["Ctx"], "FlowToken": said["FlowToken"], "SessionId": said["SessionId"], "AdditionalAuthData": code });
    let wrong = say(
        &server,
        "/common/SAS/EndAuth",
        &cookies,
        &end(&begun, &wrong_code(&server)),
    )
    .await
    .json();
    assert_eq!(
        (&wrong["Success"], &wrong["Retry"]),
        (&json!(false), &json!(false)),
        "{wrong}"
    );
    let right = say(
        &server,
        "/common/SAS/EndAuth",
        &cookies,
        &end(&wrong, &code(&server)),
    )
    .await;
    let session = right
        .header("set-cookie")
        .unwrap()
        .split(['=', ';'])
        .nth(1)
        .unwrap()
        .to_owned();
    let right = right.json();
    assert_eq!(right["Success"], true, "{right}");
    browser.set_cookie(ENTRA, "ESTSAUTH", &session);

    let fields = [
        ("request", right["Ctx"].as_str().unwrap()),
        ("flowToken", right["FlowToken"].as_str().unwrap()),
        ("login", "careful@my-domain"),
    ];
    let page = browser
        .post(page_config["urlPost"].as_str().unwrap(), &fields)
        .await;
    assert_eq!(config(&page)["pgid"], "KmsiInterrupt", "{}", page.answer);
    let kmsi = config(&page);
    let fields = [
        ("ctx", kmsi["sCtx"].as_str().unwrap()),
        ("flowToken", kmsi["sFT"].as_str().unwrap()),
        ("LoginOptions", "1"),
    ];
    let page = browser
        .post(
            &format!("https://{ENTRA}{}", kmsi["urlPost"].as_str().unwrap()),
            &fields,
        )
        .await;
    assert!(page.field("SAMLResponse").is_some(), "{}", page.answer);
}

#[tokio::test]
async fn the_second_factor_cannot_be_reached_without_the_first() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let form = at_the_form(&mut browser).await;
    let first = config(&form);
    let cookies = format!("esctx={}", browser.cookie(ENTRA, "esctx").unwrap());
    let end = json!({ "AuthMethodId": "PhoneAppOTP", "Method": "EndAuth", "Ctx": first["sCtx"], "FlowToken": first["sFT"], "AdditionalAuthData": code(&server) });
    let refused = say(&server, "/common/SAS/EndAuth", &cookies, &end).await;
    assert!(refused.all("set-cookie").is_empty());
    assert_eq!(refused.json()["Success"], false);
    let fields = [
        ("request", first["sCtx"].as_str().unwrap()),
        ("flowToken", first["sFT"].as_str().unwrap()),
        ("login", "careful@my-domain"),
    ];
    let page = browser
        .post(&format!("https://{ENTRA}/common/SAS/ProcessAuth"), &fields)
        .await;
    assert_eq!(page.code().as_deref(), Some("sign_on.expired"));
    assert_eq!(
        say(
            &server,
            "/common/SAS/EndAuth",
            &cookies,
            &json!(["not", "an", "object"])
        )
        .await
        .status,
        400
    );
}
