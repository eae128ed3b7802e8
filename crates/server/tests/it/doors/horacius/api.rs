use super::{Browser, IMPLICIT, JWT, parameter};
use crate::support::{Call, HORACIUS, SECRET, TestServer};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

fn basic(secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("dante:{secret}")))
}

#[tokio::test]
async fn userinfo_and_revocation_answer_as_the_document_prints() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server);
    let token = parameter(&browser.through(IMPLICIT).await, "access_token");
    let info = format!(
        "/api/idp/oauth/userinfo/sso/dante?state=a60&access_token={token}&fields=username%2C+name%2C+e-mail"
    );
    assert_eq!(
        browser.get(&info).await.body,
        r#"{"username":"ana@example.com","name":"Ana Souza","state":"a60"}"#
    );
    let revoke = |secret: &str| {
        let path = "/api/idp/oauth/revoke/sso/dante";
        let form = [("state", "123"), ("access_token", token.as_str())];
        let call = Call::post(HORACIUS, path).form(&form);
        call.header("Authorization", &basic(secret))
    };
    let refused = server.answer(revoke("wrong")).await;
    assert_eq!(
        (refused.status, &refused.json()["error"]),
        (401, &"invalid_client".into())
    );
    let revoked = server.answer(revoke(SECRET)).await;
    assert_eq!(
        revoked.body,
        r#"{"state":"123","success_description":"access_token was revoked"}"#
    );
    let dead = browser.get(&info).await;
    assert_eq!((dead.status, dead.header("location")), (401, None));
}

#[tokio::test]
async fn jwt_calls_answer_as_the_document_prints() {
    let server = TestServer::start().await;
    let token = parameter(&Browser::of(&server).through(JWT).await, "jwt");
    let user = || Call::get(HORACIUS, "/api/idp/jwt/30251233/user");
    assert_eq!(
        server.answer(user().bearer(&token)).await.body,
        r#"{"username":"ana@example.com","name":"Ana Souza"}"#
    );
    for bad in ["", "x", &token[1..], &format!("{token}=")] {
        let answer = server.answer(user().bearer(bad)).await;
        assert_eq!(answer.status, 401, "{bad}");
        assert!(answer.header("www-authenticate").is_some());
    }
    let revoke = Call::post(HORACIUS, "/api/idp/jwt/30251233/revoke").bearer(&token);
    assert_eq!(
        server.answer(revoke).await.body,
        r#"{"success_description":"jwt token was revoked"}"#
    );
    assert_eq!(server.answer(user().bearer(&token)).await.status, 401);
}

#[tokio::test]
async fn token_endpoint_reads_one_form_and_nothing_else() {
    let server = TestServer::start().await;
    let path = "/idp/oauth/token";
    let grant = [("grant_type", "authorization_code"), ("code", "x")];
    let good = || Call::post(HORACIUS, path).header("Authorization", &basic(SECRET));
    let answer = server.answer(good().form(&grant)).await;
    assert_eq!(
        (answer.status, &answer.json()["error"]),
        (400, &"invalid_grant".into())
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let cases = [
        good().json(r#"{"grant_type":"authorization_code"}"#),
        good().body("multipart/form-data; boundary=x", "--x--"),
        good().form(&grant).header("Authorization", &basic(SECRET)),
        good().form(&[
            ("grant_type", "password"),
            ("username", "u"),
            ("password", "p"),
        ]),
        good().form(&[
            ("grant_type", "refresh_token"),
            ("grant_type", "refresh_token"),
        ]),
        good().form(&[
            ("grant_type", "client_credentials"),
            ("client_secret", SECRET),
        ]),
    ];
    for call in cases {
        let answer = server.answer(call).await;
        assert_eq!(answer.status, 400, "{answer}");
        let error = answer.json()["error"].clone();
        assert!(
            ["invalid_request", "unsupported_grant_type"].contains(&error.as_str().unwrap()),
            "{answer}"
        );
    }
    assert_eq!(server.answer(Call::get(HORACIUS, path)).await.status, 405);
    let malformed = Call::post(HORACIUS, path)
        .form(&grant)
        .header("Authorization", "Basic !!");
    assert_eq!(server.answer(malformed).await.status, 401);
}

#[tokio::test]
async fn store_that_is_away_is_no_answer_about_a_token() {
    let server = TestServer::start().await;
    server.break_store().await;
    let about = [
        ("token", "x"),
        ("client_id", "dante"),
        ("client_secret", SECRET),
    ];
    for path in ["/idp/oauth/introspect", "/idp/oauth/revoke"] {
        let answer = server.answer(Call::post(HORACIUS, path).form(&about)).await;
        assert_eq!(answer.status, 503, "{path}");
        assert!(answer.header("retry-after").is_some());
    }
    let metadata = Call::get(HORACIUS, "/.well-known/oauth-authorization-server");
    assert_eq!(server.answer(metadata).await.status, 200);
}
