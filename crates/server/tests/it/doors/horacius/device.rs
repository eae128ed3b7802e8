use super::{Browser, attribute, hidden};
use crate::support::{Answer, Call, HORACIUS, TestServer};

async fn codes(server: &TestServer) -> serde_json::Value {
    let form = [("client_id", "tv"), ("scope", "openid")];
    let path = "/idp/oauth/device_authorization";
    let answer = server.answer(Call::post(HORACIUS, path).form(&form)).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.json()
}

async fn poll(server: &TestServer, codes: &serde_json::Value) -> serde_json::Value {
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", "tv"),
        ("device_code", codes["device_code"].as_str().unwrap()),
    ];
    let call = Call::post(HORACIUS, "/idp/oauth/token").form(&form);
    server.answer(call).await.json()
}

impl Browser<'_> {
    /// Fills the form of a page of the device flow.
    async fn answer(&mut self, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        let (action, visit) = (attribute(page, "action"), hidden(page, "visit"));
        let mut form = fields.to_vec();
        form.push(("visit", &visit));
        self.send(Call::post(HORACIUS, &action).form(&form)).await
    }

    /// The page that asks whether a device may go on.
    async fn question(&mut self, codes: &serde_json::Value) -> Answer {
        let code = codes["user_code"].as_str().unwrap();
        let sign_in = self.get(&format!("/device?user_code={code}")).await;
        let page = self.sign_in(&sign_in, TestServer::PASSWORD).await;
        assert!(page.body.contains(code), "{page}");
        self.answer(&page, &[("user_code", code)]).await
    }
}

#[tokio::test]
async fn person_signs_in_sees_the_application_and_lets_the_device_in() {
    let server = TestServer::start().await;
    let codes = codes(&server).await;
    assert_eq!(
        poll(&server, &codes).await["error"],
        "authorization_pending"
    );
    let mut browser = Browser::of(&server);
    let question = browser.question(&codes).await;
    assert!(question.body.contains("Television"), "{question}");
    let code = hidden(&question, "user_code");
    let decision = [("user_code", code.as_str()), ("decision", "approve")];
    let done = browser.answer(&question, &decision).await;
    assert_eq!(done.status, 200, "{done}");
    assert!(done.body.contains("The device is connected"), "{done}");
    server.clock.advance(jiff::SignedDuration::from_secs(5));
    assert!(poll(&server, &codes).await["id_token"].is_string());
}

#[tokio::test]
async fn person_says_no_and_nobody_decides_twice() {
    let server = TestServer::start().await;
    let codes = codes(&server).await;
    let mut browser = Browser::of(&server);
    let question = browser.question(&codes).await;
    let code = hidden(&question, "user_code");
    let deny = [("user_code", code.as_str()), ("decision", "deny")];
    assert_eq!(browser.answer(&question, &deny).await.status, 200);
    let approve = [("user_code", code.as_str()), ("decision", "approve")];
    let again = browser.answer(&question, &approve).await;
    assert_eq!(again.status, 400);
    assert!(again.body.contains("device.decided"), "{again}");
    assert_eq!(poll(&server, &codes).await["error"], "access_denied");
}

#[tokio::test]
async fn wrong_code_stays_on_the_page_and_the_ninth_waits() {
    let server = TestServer::start().await;
    let codes = codes(&server).await;
    let mut browser = Browser::of(&server);
    let mut page = browser.question(&codes).await;
    for _ in 0..8 {
        page = browser
            .answer(&page, &[("user_code", "bbbb bbbb bbbb")])
            .await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains(r#"role="alert""#), "{page}");
    }
    let right = codes["user_code"].as_str().unwrap();
    let waits = browser.answer(&page, &[("user_code", right)]).await;
    assert_eq!(waits.status, 429, "{waits}");
}

#[tokio::test]
async fn decision_that_another_page_posts_is_refused() {
    let server = TestServer::start().await;
    let codes = codes(&server).await;
    let mut browser = Browser::of(&server);
    let question = browser.question(&codes).await;
    assert!(
        question
            .header("content-security-policy")
            .unwrap()
            .contains("frame-ancestors 'none'")
    );
    let (code, visit) = (hidden(&question, "user_code"), hidden(&question, "visit"));
    let post = |visit: &str| {
        let form = [
            ("user_code", code.as_str()),
            ("decision", "approve"),
            ("visit", visit),
        ];
        Call::post(HORACIUS, "/device").form(&form)
    };
    let cross = post(&visit).header("Sec-Fetch-Site", "cross-site");
    assert_eq!(browser.send(cross).await.status, 403);
    assert_eq!(browser.send(post("forged")).await.status, 403);
    assert_eq!(
        poll(&server, &codes).await["error"],
        "authorization_pending"
    );
    // Control: from our own page it counts.
    let own = post(&visit).header("Sec-Fetch-Site", "same-origin");
    assert_eq!(browser.send(own).await.status, 200);
    server.clock.advance(jiff::SignedDuration::from_secs(5));
    assert!(poll(&server, &codes).await["access_token"].is_string());
}
