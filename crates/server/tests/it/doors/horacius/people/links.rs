use super::{ORIGIN, SESSION, is_in, opens, post, signed_in};
use crate::support::{Browser, Call, EMAIL, HORACIUS, Page, TestServer};

const NEW: &str = "uma girafa no telhado";

/// The address in a letter.
async fn link(server: &TestServer) -> String {
    let (_, text) = server.letter().await;
    let line = text.lines().find(|line| line.starts_with("https://"));
    line.expect("an address").trim().to_owned()
}

/// Asks for a link on the sign-in page of `path`, as its second button does.
async fn ask(browser: &mut Browser<'_>, path: &str, name: &str) -> Page {
    let page = browser.get(&format!("{ORIGIN}{path}")).await;
    assert!(
        page.body().contains(r#"formaction="/link""#),
        "{}",
        page.answer
    );
    post(
        browser,
        &page,
        "/link",
        &[("username", name), ("back", path)],
    )
    .await
}

#[tokio::test]
async fn a_person_comes_in_by_an_e_mailed_link_to_where_they_wanted_to_go() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let wanted = "/jwt/login/30251233/?return_to=/reports";
    let sent = ask(&mut browser, wanted, "bia@example.com").await;
    assert_eq!(sent.answer.status, 200);
    let (head, text) = server.letter().await;
    assert!(
        head.contains(EMAIL) && text.contains("Comercial"),
        "{head}\n\n{text}"
    );
    let url = text
        .lines()
        .find(|line| line.starts_with("https://"))
        .unwrap()
        .trim();
    assert!(
        url.starts_with("https://comercial.sso.example.com/enter?link="),
        "{url}"
    );
    // Mail programs open links to look at them.
    for _ in 0..3 {
        let looked = browser.get(url).await;
        assert_eq!(
            (looked.answer.status, browser.cookie(HORACIUS, SESSION)),
            (200, None)
        );
    }
    let page = browser.get(url).await;
    let entered = browser.submit(&page, &[]).await;
    assert!(
        browser.cookie(HORACIUS, SESSION).is_some(),
        "{}",
        entered.answer
    );
    assert!(entered.body().contains(wanted), "{}", entered.answer);
    let handed = browser.get(&format!("{ORIGIN}{wanted}")).await;
    let callback = handed.answer.header("location").unwrap();
    assert!(
        callback.ends_with("&return_to=/reports") || callback.ends_with("&return_to=%2Freports"),
        "{callback}"
    );
    let again = browser.submit(&page, &[]).await;
    assert_eq!(again.answer.status, 400);
}

#[tokio::test]
async fn a_link_to_come_in_is_of_no_use_in_another_browser() {
    let server = TestServer::start().await;
    let (mut attacker, mut victim) = (Browser::new(&server), Browser::new(&server));
    ask(&mut attacker, "/", "bia@example.com").await;
    let url = link(&server).await;
    let shown = victim.get(&url).await;
    assert_eq!(shown.answer.status, 400, "{}", shown.answer);
    let page = attacker.get(&url).await;
    // Not even with a form of the victim's own.
    let own = victim.get(&format!("{ORIGIN}/link")).await;
    let fields = [
        ("link", page.field("link").unwrap()),
        ("visit", own.field("visit").unwrap()),
    ];
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let refused = victim.post(&format!("{ORIGIN}/enter"), &fields).await;
    assert_eq!(
        (refused.answer.status, victim.cookie(HORACIUS, SESSION)),
        (400, None)
    );
    attacker.submit(&page, &[]).await;
    assert!(attacker.cookie(HORACIUS, SESSION).is_some(), "the control");
}

#[tokio::test]
async fn whoever_forgot_the_password_sets_another_by_a_link_and_is_signed_out_everywhere() {
    let server = TestServer::start().await;
    let (mut elsewhere, _) = signed_in(&server, "/").await;
    let mut browser = Browser::new(&server);
    let page = browser.get(&format!("{ORIGIN}/forgotten")).await;
    browser.submit(&page, &[("username", EMAIL)]).await;
    let url = link(&server).await;
    assert!(
        url.starts_with("https://comercial.sso.example.com/new-password?link="),
        "{url}"
    );
    // Read on another machine.
    let mut browser = Browser::new(&server);
    let page = browser.get(&url).await;
    let short = browser
        .submit(&page, &[("new", "short"), ("again", "short")])
        .await;
    assert!(short.body().contains(r#"role="alert""#));
    let set = [("new", NEW), ("again", NEW)];
    let done = browser.submit(&short, &set).await;
    assert_eq!(
        (done.answer.status, browser.cookie(HORACIUS, SESSION)),
        (200, None)
    );
    assert!(!is_in(&mut elsewhere).await);
    assert!(opens(&server, NEW).await && !opens(&server, TestServer::PASSWORD).await);
    assert_eq!(
        browser.submit(&short, &set).await.answer.status,
        400,
        "used before"
    );
}

#[tokio::test]
async fn nobody_learns_whether_a_letter_was_written() {
    let server = TestServer::start().await;
    let mut answers = Vec::new();
    for (path, field) in [("/link", "back"), ("/forgotten", "back")] {
        for name in ["bia@example.com", "nobody@example.com", "root", EMAIL] {
            let mut browser = Browser::new(&server);
            let page = browser.get(&format!("{ORIGIN}{path}")).await;
            let answer = browser
                .submit(&page, &[("username", name), (field, "/")])
                .await;
            let mut headers = answer.answer.headers.clone();
            headers.retain(|(name, _)| name != "x-correlation-id" && name != "date");
            answers.push((answer.answer.status, headers, answer.answer.body));
        }
    }
    assert!(
        answers.windows(2).all(|two| two[0] == two[1]),
        "{answers:?}"
    );
    for _ in 0..4 {
        server.letter().await;
    }
    assert!(server.letters().is_empty());
}

#[tokio::test]
async fn a_letters_link_has_the_configured_origin_whatever_the_request_says() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server)
        .always("X-Forwarded-Host", "evil.example.com")
        .always("Forwarded", "host=evil.example.com");
    ask(&mut browser, "/", "bia@example.com").await;
    assert!(
        link(&server)
            .await
            .starts_with("https://comercial.sso.example.com/enter?")
    );
    let form = [
        ("username", "bia@example.com"),
        ("back", "/"),
        ("visit", ""),
    ];
    for (host, status) in [
        ("evil.example.com", 421),
        ("comercial.sso.example.com@evil.example.com", 400),
    ] {
        let call = Call::post(host, "/link").form(&form);
        assert_eq!(server.answer(call).await.status, status, "{host}");
    }
    let two = Call::post(HORACIUS, "/link")
        .header("Host", "evil.example.com")
        .form(&form);
    assert_eq!(server.answer(two).await.status, 400);
    assert!(server.letters().is_empty());
}

#[tokio::test]
async fn a_way_back_that_leads_away_is_not_taken() {
    let server = TestServer::start().await;
    for back in [
        "https://evil.example.com/",
        "//evil.example.com/",
        "/\\evil.example.com",
    ] {
        let mut browser = Browser::new(&server);
        let page = browser.get(&format!("{ORIGIN}/")).await;
        let typed = [("username", "bia@example.com"), ("back", back)];
        post(&mut browser, &page, "/link", &typed).await;
        let page = browser.get(&link(&server).await).await;
        let entered = browser.submit(&page, &[]).await;
        assert!(
            !entered.body().contains("evil.example.com"),
            "{}",
            entered.answer
        );
    }
}

#[tokio::test]
async fn few_letters_an_hour_are_written_and_the_answer_stays_the_same() {
    let server = TestServer::start_with(crate::support::Wanted {
        limits: server::config::Limits {
            links_per_hour: 2,
            ..Default::default()
        },
        ..Default::default()
    })
    .await;
    let mut browser = Browser::new(&server);
    for _ in 0..2 {
        ask(&mut browser, "/", "bia@example.com").await;
        server.letter().await;
    }
    let third = ask(&mut browser, "/", EMAIL).await;
    assert_eq!(third.answer.status, 200);
    // What is asked for afterwards for somebody else would have come behind it.
    assert!(server.letters().is_empty());
}
