use super::Browser;
use crate::support::{Call, HORACIUS, SECRET, TestServer};

const INFO: &str = "/idp/oauth/userinfo";

#[tokio::test]
async fn both_metadata_documents_are_one_and_name_only_what_answers() {
    let server = TestServer::start().await;
    let read = async |path: &str| server.answer(Call::get(HORACIUS, path)).await;
    let openid = read("/.well-known/openid-configuration").await;
    let oauth = read("/.well-known/oauth-authorization-server").await;
    assert_eq!(openid.body, oauth.body);
    let document = openid.json();
    let issuer = document["issuer"].as_str().unwrap();
    assert_eq!(issuer, "https://comercial.sso.example.com");
    for (name, value) in document.as_object().unwrap() {
        if let Some(path) = value.as_str().and_then(|url| url.strip_prefix(issuer))
            && !path.is_empty()
        {
            let status = read(path).await.status;
            // A question without parameters is refused, by GET where only POST is taken with 405; but the address is there.
            assert_ne!(status, 404, "{name} {path}");
        }
    }
}

#[tokio::test]
async fn published_keys_may_be_kept_for_as_long_as_they_are_published_ahead() {
    let server = TestServer::start().await;
    let keys = server.answer(Call::get(HORACIUS, "/idp/oauth/jwks")).await;
    assert_eq!(keys.header("cache-control"), Some("public, max-age=300"));
    let document = keys.json();
    let keys = document["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2, "one for ID tokens, one for logout tokens");
    for key in keys {
        assert_eq!((&key["kty"], &key["alg"]), (&"EC".into(), &"ES256".into()));
        assert!(key.get("d").is_none(), "a private part");
    }
}

#[tokio::test]
async fn userinfo_takes_one_token_in_one_place() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server);
    let tokens = browser.openid_tokens().await;
    let token = tokens["access_token"].as_str().unwrap();
    let get = server.answer(Call::get(HORACIUS, INFO).bearer(token)).await;
    assert_eq!(get.header("cache-control"), Some("no-store"));
    assert_eq!(get.json()["preferred_username"], "ana@example.com");
    let form = [("access_token", token)];
    let posts = [
        Call::post(HORACIUS, INFO).bearer(token),
        Call::post(HORACIUS, INFO).form(&form),
    ];
    for call in posts {
        assert_eq!(server.answer(call).await.body, get.body);
    }
    let refused = [
        (Call::post(HORACIUS, INFO).form(&form).bearer(token), 400),
        (
            Call::post(HORACIUS, INFO).form(&[("access_token", token), ("access_token", token)]),
            400,
        ),
        (
            Call::get(HORACIUS, &format!("{INFO}?access_token={token}")),
            401,
        ),
        (Call::get(HORACIUS, INFO), 401),
        (
            Call::get(HORACIUS, INFO).bearer(tokens["id_token"].as_str().unwrap()),
            401,
        ),
        (
            Call::get(HORACIUS, INFO).bearer(tokens["refresh_token"].as_str().unwrap()),
            401,
        ),
    ];
    for (call, status) in refused {
        let answer = server.answer(call).await;
        assert_eq!(answer.status, status, "{answer}");
    }
}

#[tokio::test]
async fn token_without_openid_is_told_what_it_lacks() {
    let server = TestServer::start().await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "portal"),
        ("client_secret", SECRET),
    ];
    let call = Call::post(HORACIUS, "/idp/oauth/token").form(&form);
    let own = server.answer(call).await.json();
    let own = own["access_token"].as_str().unwrap();
    let answer = server.answer(Call::get(HORACIUS, INFO).bearer(own)).await;
    assert_eq!(answer.status, 401, "a token of no person");
    let mut browser = Browser::of(&server);
    let plain = super::parameter(&browser.through(super::IMPLICIT).await, "access_token");
    let answer = server
        .answer(Call::get(HORACIUS, INFO).bearer(&plain))
        .await;
    assert_eq!(answer.status, 403);
    assert_eq!(
        answer.header("www-authenticate"),
        Some("Bearer error=\"insufficient_scope\"")
    );
}

#[tokio::test]
async fn each_parameter_doubled_is_a_page_without_a_location() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server);
    browser.openid_tokens().await;
    let whole = format!(
        "{}&state=s&prompt=none&max_age=60&login_hint=a&code_challenge={}&code_challenge_method=S256",
        super::OPENID,
        "A".repeat(43)
    );
    let control = browser.get(&whole).await;
    assert_eq!(control.status, 303);
    assert!(
        control.header("location").unwrap().contains("?code="),
        "{control}"
    );
    let (path, query) = whole.split_once('?').unwrap();
    for pair in query.split('&') {
        let doubled = browser.get(&format!("{path}?{query}&{pair}")).await;
        let seen = (doubled.status, doubled.header("location"));
        assert_eq!(seen, (400, None), "{pair}");
        assert!(doubled.body.contains("oauth.duplicate"), "{doubled}");
    }
}
