//! Second factors of a telephone: as plain forms, and in the conversation that scripts hold.

use super::scripted::say;
use super::{at_the_form, config, credentials};
use crate::support::telephone::{reply, shown};
use crate::support::totp::code;
use crate::support::{Browser, ENTRA, Page, TestServer};
use identity::approvals::Reply;
use serde_json::{Value, json};

const USER: &str = "careful@my-domain";

/// The page that asks for the second factor.
async fn at_the_second_factor(browser: &mut Browser<'_>) -> Page {
    let form = at_the_form(browser).await;
    let typed = credentials(USER, TestServer::PASSWORD);
    let page = browser.submit(&form, &typed).await;
    assert_eq!(config(&page)["pgid"], "ConvergedTFA", "{}", page.answer);
    page
}

/// Presses one of the buttons below that page.
async fn choose(browser: &mut Browser<'_>, page: &Page, way: &str) -> Page {
    let fields = ["login", "request", "flowToken"].map(|name| (name, page.field(name).unwrap()));
    let mut fields: Vec<_> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    fields.push(("begin", way));
    browser
        .post(&format!("https://{ENTRA}/common/SAS/ProcessAuth"), &fields)
        .await
}

fn ways(page: &Page) -> Vec<String> {
    let settings = config(page);
    let proofs = settings["arrUserProofs"].as_array().unwrap();
    proofs
        .iter()
        .map(|proof| proof["authMethodId"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn without_a_script_an_approval_signs_in() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = at_the_second_factor(&mut browser).await;
    assert_eq!(
        ways(&page),
        ["PhoneAppOTP", "PhoneAppNotification", "OneWaySMS"]
    );
    let page = choose(&mut browser, &page, "PhoneAppNotification").await;
    assert!(page.text("idDiv_SAOTCAS_Description").is_some());
    let number = page.text("idRichContext_DisplaySign").unwrap();
    assert_eq!(number, shown(&server).await);

    let page = browser.submit(&page, &[]).await;
    assert!(
        page.text("idDiv_SAASTO_Description").is_some(),
        "{}",
        page.answer
    );
    assert_eq!(page.text("idRichContext_DisplaySign").unwrap(), number);
    assert!(browser.cookie(ENTRA, "ESTSAUTH").is_none());

    assert!(reply(&server, Reply::Approve(&number)).await);
    let last = browser.submit(&page, &[]).await;
    assert_eq!(config(&last)["pgid"], "KmsiInterrupt", "{}", last.answer);
    let done = browser.submit(&last, &[("LoginOptions", "3")]).await;
    assert!(done.field("SAMLResponse").is_some(), "{}", done.answer);
    // The same form again: it was completed.
    let mut other = Browser::new(&server);
    other.set_cookie(ENTRA, "esctx", browser.cookie(ENTRA, "esctx").unwrap());
    let again = other.submit(&page, &[]).await;
    assert_eq!(config(&again)["sErrorCode"], "50089", "{}", again.answer);
    assert!(other.cookie(ENTRA, "ESTSAUTH").is_none());
}

#[tokio::test]
async fn after_a_denial_another_way_is_open() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = at_the_second_factor(&mut browser).await;
    let page = choose(&mut browser, &page, "PhoneAppNotification").await;
    assert!(reply(&server, Reply::Deny).await);
    let page = browser.submit(&page, &[]).await;
    assert_eq!(config(&page)["sErrorCode"], "500121");
    assert!(
        page.body()
            .contains("The request was denied on the telephone."),
        "{}",
        page.answer
    );
    assert!(browser.cookie(ENTRA, "ESTSAUTH").is_none());
    let page = browser.submit(&page, &[("otc", &code(&server))]).await;
    assert_eq!(config(&page)["pgid"], "KmsiInterrupt", "{}", page.answer);
}

#[tokio::test]
async fn without_a_script_a_code_that_was_sent_signs_in() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = at_the_second_factor(&mut browser).await;
    let page = choose(&mut browser, &page, "OneWaySMS").await;
    assert_eq!(page.field("mfaAuthMethod").as_deref(), Some("OneWaySMS"));
    let lead = page.text("idDiv_SAOTCC_Description").unwrap();
    assert!(lead.ends_with("······34"), "{lead}");
    // What the application shows is no answer to this.
    let page = browser.submit(&page, &[("otc", &code(&server))]).await;
    assert_eq!(config(&page)["sErrorCode"], "500121", "{}", page.answer);
    assert_eq!(page.field("mfaAuthMethod").as_deref(), Some("OneWaySMS"));
    let sent = shown(&server).await;
    let page = browser.submit(&page, &[("otc", &sent)]).await;
    assert_eq!(config(&page)["pgid"], "KmsiInterrupt", "{}", page.answer);
}

#[tokio::test]
async fn a_script_waits_for_the_telephone() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = config(&at_the_second_factor(&mut browser).await);
    let cookies = format!("esctx={}", browser.cookie(ENTRA, "esctx").unwrap());
    let ask = |step: &'static str, context: &Value, token: &Value| {
        let question = json!({ "AuthMethodId": "PhoneAppNotification", "Method": step, "Ctx": context, "FlowToken": token });
        let (server, cookies) = (&server, &cookies);
        async move { say(server, &format!("/common/SAS/{step}"), cookies, &question).await }
    };
    let begun = ask("BeginAuth", &page["sCtx"], &page["sFT"]).await.json();
    assert_eq!(begun["Success"], true, "{begun}");
    let number = begun["Entropy"].to_string();
    assert_eq!(number, shown(&server).await);
    let waits = ask("EndAuth", &begun["Ctx"], &begun["FlowToken"]).await;
    assert!(waits.all("set-cookie").is_empty());
    let waits = waits.json();
    assert_eq!(
        (&waits["Success"], &waits["Retry"], &waits["ResultValue"]),
        (&json!(false), &json!(true), &json!("AuthenticationPending")),
        "{waits}"
    );
    // The sign-in as it was before the telephone was asked has no approval to ask for.
    let skipped = ask("EndAuth", &page["sCtx"], &page["sFT"]).await.json();
    assert_eq!(skipped["ResultValue"], "AuthenticationExpired", "{skipped}");

    assert!(reply(&server, Reply::Approve(&number)).await);
    let done = ask("EndAuth", &waits["Ctx"], &waits["FlowToken"]).await;
    let cookie = done.header("set-cookie").unwrap().to_owned();
    let session = cookie.split(['=', ';']).nth(1).unwrap();
    let done = done.json();
    assert_eq!(done["Success"], true, "{done}");
    browser.set_cookie(ENTRA, "ESTSAUTH", session);
    let fields = [
        ("request", done["Ctx"].as_str().unwrap()),
        ("flowToken", done["FlowToken"].as_str().unwrap()),
        ("login", USER),
        ("mfaAuthMethod", "PhoneAppNotification"),
        ("type", "22"),
    ];
    let page = browser
        .post(&format!("https://{ENTRA}/common/SAS/ProcessAuth"), &fields)
        .await;
    assert_eq!(config(&page)["pgid"], "KmsiInterrupt", "{}", page.answer);
}

#[tokio::test]
async fn a_script_hears_of_a_denial_and_of_a_message() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = config(&at_the_second_factor(&mut browser).await);
    let cookies = format!("esctx={}", browser.cookie(ENTRA, "esctx").unwrap());
    let ask = |step: &'static str,
               way: &'static str,
               (context, token, code): (Value, Value, String)| {
        let question = json!({ "authMethodId": way, "method": step, "ctx": context, "flowToken": token, "additionalAuthData": code });
        let (server, cookies) = (&server, &cookies);
        async move {
            let answer = say(server, &format!("/common/SAS/{step}"), cookies, &question).await;
            answer.json()
        }
    };
    let of = |said: &Value, code: &str| {
        (
            said["Ctx"].clone(),
            said["FlowToken"].clone(),
            code.to_owned(),
        )
    };
    let first = || (page["sCtx"].clone(), page["sFT"].clone(), String::new());
    let begun = ask("BeginAuth", "PhoneAppNotification", first()).await;
    assert!(reply(&server, Reply::Deny).await);
    let denied = ask("EndAuth", "PhoneAppNotification", of(&begun, "")).await;
    assert_eq!(
        (&denied["ResultValue"], &denied["Retry"]),
        (&json!("PhoneAppDenied"), &json!(false)),
        "{denied}"
    );
    let begun = ask("BeginAuth", "OneWaySMS", of(&denied, "")).await;
    assert_eq!(begun["Entropy"], 0, "{begun}");
    let sent = shown(&server).await;
    let wrong = ask("EndAuth", "OneWaySMS", of(&begun, "wrong")).await;
    assert_eq!(wrong["ResultValue"], "OathCodeIncorrect", "{wrong}");
    let right = ask("EndAuth", "OneWaySMS", of(&wrong, &sent)).await;
    assert_eq!(right["Success"], true, "{right}");
    let unknown = ask("BeginAuth", "TwoWayVoiceMobile", first()).await;
    assert_eq!(
        unknown["ResultValue"], "AuthMethodNotAvailable",
        "{unknown}"
    );
}

#[tokio::test]
async fn a_second_factor_belongs_to_one_browser_and_one_site() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = at_the_second_factor(&mut browser).await;
    let mut other = Browser::new(&server);
    at_the_form(&mut other).await;
    let refused = choose(&mut other, &page, "PhoneAppNotification").await;
    assert_eq!(refused.code().as_deref(), Some("sign_on.expired"));
    let mut foreign = Browser::new(&server).always("Sec-Fetch-Site", "cross-site");
    foreign.set_cookie(ENTRA, "esctx", browser.cookie(ENTRA, "esctx").unwrap());
    let refused = choose(&mut foreign, &page, "PhoneAppNotification").await;
    assert_eq!(refused.code().as_deref(), Some("sign_on.cross_site"));
    // The control, and an approval that another browser cannot use.
    let page = choose(&mut browser, &page, "PhoneAppNotification").await;
    assert!(reply(&server, Reply::Approve(&shown(&server).await)).await);
    let refused = other.submit(&page, &[]).await;
    assert_eq!(refused.code().as_deref(), Some("sign_on.expired"));
    let refused = foreign.submit(&page, &[]).await;
    assert_eq!(refused.code().as_deref(), Some("sign_on.cross_site"));
    let done = browser.submit(&page, &[]).await;
    assert_eq!(config(&done)["pgid"], "KmsiInterrupt", "{}", done.answer);
}
