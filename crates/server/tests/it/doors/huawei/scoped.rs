use super::{scoped, unscoped};
use crate::support::cloud::{CLOSED, IAM, PROJECT};
use crate::support::{Answer, Call, TestServer, totp};
use jiff::SignedDuration;
use serde_json::{Value, json};

const PATH: &str = "/v3/auth/tokens";

async fn scope(server: &TestServer, token: &str, scope: Value) -> Answer {
    let identity = json!({"methods": ["token"], "token": {"id": token}});
    let body = json!({"auth": {"identity": identity, "scope": scope}});
    server
        .answer(Call::post(IAM, PATH).json(&body.to_string()))
        .await
}

async fn about(server: &TestServer, method: &str, auth: &str, subject: &str) -> Answer {
    let call = Call::new(method, IAM, PATH)
        .header("X-Auth-Token", auth)
        .header("X-Subject-Token", subject);
    server.answer(call).await
}

fn status_and_title(answer: &Answer) -> (u16, String) {
    let error = answer.json()["error"].take();
    assert_eq!(error["code"], answer.status, "{answer}");
    assert!(error["message"].is_string(), "{answer}");
    (answer.status, error["title"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn unscoped_token_is_scoped_to_a_project_by_id_or_name_and_to_the_domain() {
    let server = TestServer::start().await;
    let token = unscoped(&server, "ana").await;
    for wanted in [
        json!({"project": {"id": PROJECT}}),
        json!({"project": {"name": "sa-brazil-1"}}),
        json!({"project": {"name": "sa-brazil-1", "domain": {"name": "IAMDomain"}}}),
    ] {
        let answer = scope(&server, &token, wanted.clone()).await;
        assert_eq!(answer.status, 201, "{wanted} {answer}");
        let said = answer.json()["token"].take();
        assert_eq!(said["project"]["id"], PROJECT);
        assert_eq!(said["roles"], json!([{"id": "0", "name": "te_admin"}]));
        assert_eq!(
            said["catalog"][0]["endpoints"][0]["url"],
            format!("https://ecs.example.com/v2/{PROJECT}")
        );
    }
    for wanted in [
        json!({"domain": {"name": "IAMDomain"}}),
        json!({"domain": {"id": "06ba0970a097acc0f36c0086bb6cfe0"}}),
    ] {
        let said = scope(&server, &token, wanted).await.json()["token"].take();
        assert_eq!(said["domain"]["name"], "IAMDomain");
        assert!(said["project"].is_null());
    }
}

#[tokio::test]
async fn catalog_is_left_out_for_who_does_not_want_it() {
    let server = TestServer::start().await;
    let token = scoped(&server, &unscoped(&server, "ana").await).await;
    let call = Call::get(IAM, &format!("{PATH}?nocatalog="))
        .header("X-Auth-Token", &token)
        .header("X-Subject-Token", &token);
    assert!(server.answer(call).await.json()["token"]["catalog"].is_null());
    let with = about(&server, "GET", &token, &token).await.json();
    assert!(with["token"]["catalog"].is_array());
}

#[tokio::test]
async fn what_is_closed_to_the_person_and_what_does_not_exist_look_the_same() {
    let server = TestServer::start().await;
    let token = unscoped(&server, "ana").await;
    for wanted in [
        json!({"project": {"id": CLOSED}}),
        json!({"project": {"id": "0".repeat(32)}}),
        json!({"project": {"id": "0"}}),
        json!({"project": {"id": PROJECT, "domain": {"name": "Another"}}}),
        json!({"domain": {"name": "Another"}}),
    ] {
        let answer = scope(&server, &token, wanted.clone()).await;
        assert_eq!(
            status_and_title(&answer),
            (403, "Forbidden".to_owned()),
            "{wanted}"
        );
    }
    let outsider = unscoped(&server, "outsider").await;
    let answer = scope(&server, &outsider, json!({"project": {"id": PROJECT}})).await;
    assert_eq!(answer.status, 403, "{answer}");
}

#[tokio::test]
async fn scoped_token_does_not_open_another_scope() {
    let server = TestServer::start().await;
    let token = scoped(&server, &unscoped(&server, "ana").await).await;
    let answer = scope(&server, &token, json!({"domain": {"name": "IAMDomain"}})).await;
    assert_eq!(answer.status, 403, "{answer}");
}

#[tokio::test]
async fn scoped_token_ends_no_later_than_the_one_that_it_was_made_of() {
    let server = TestServer::start().await;
    let parent = unscoped(&server, "ana").await;
    server.clock.advance(SignedDuration::from_hours(23));
    let child = scoped(&server, &parent).await;
    let expires = |answer: Answer| answer.json()["token"]["expires_at"].take();
    assert_eq!(
        expires(about(&server, "GET", &child, &child).await),
        expires(about(&server, "GET", &parent, &parent).await)
    );
    server.clock.advance(SignedDuration::from_hours(1));
    for token in [&parent, &child] {
        assert_eq!(about(&server, "GET", token, token).await.status, 401);
    }
}

#[tokio::test]
async fn scoped_token_dies_with_the_one_that_it_was_made_of_and_not_the_other_way_round() {
    let server = TestServer::start().await;
    let parent = unscoped(&server, "ana").await;
    let (first, second) = (
        scoped(&server, &parent).await,
        scoped(&server, &parent).await,
    );
    assert_eq!(about(&server, "DELETE", &first, &first).await.status, 204);
    assert_eq!(about(&server, "GET", &first, &first).await.status, 401);
    assert_eq!(about(&server, "GET", &second, &first).await.status, 404);
    assert_eq!(about(&server, "GET", &second, &second).await.status, 200);
    assert_eq!(about(&server, "HEAD", &second, &second).await.status, 200);
    assert_eq!(about(&server, "DELETE", &parent, &parent).await.status, 204);
    assert_eq!(about(&server, "GET", &second, &second).await.status, 401);
}

#[tokio::test]
async fn unscoped_token_opens_nothing_and_nobody_reads_or_ends_another_persons_token() {
    let server = TestServer::start().await;
    let ana = unscoped(&server, "ana").await;
    let of_ana = scoped(&server, &ana).await;
    let outsider = unscoped(&server, "outsider").await;
    let local = local(&server, json!({"project": {"id": PROJECT}})).await;
    let local = local.header("x-subject-token").unwrap();
    for method in ["GET", "DELETE"] {
        assert_eq!(about(&server, method, &ana, &of_ana).await.status, 403);
        assert_eq!(about(&server, method, &outsider, &of_ana).await.status, 403);
        assert_eq!(about(&server, method, local, &of_ana).await.status, 403);
    }
    let call = Call::get(IAM, "/v3/users").header("X-Auth-Token", &ana);
    assert_eq!(server.answer(call).await.status, 404);
    assert_eq!(about(&server, "GET", &of_ana, &of_ana).await.status, 200);
}

#[tokio::test]
async fn lists_hold_what_is_open_to_the_person() {
    let server = TestServer::start().await;
    let ana = unscoped(&server, "ana").await;
    let outsider = unscoped(&server, "outsider").await;
    let list = async |path: &str, token: &str| {
        let call = Call::get(IAM, path).header("X-Auth-Token", token);
        server.answer(call).await.json()
    };
    for family in ["/v3/auth", "/v3/OS-FEDERATION"] {
        let projects = list(&format!("{family}/projects"), &ana).await;
        assert_eq!(projects["projects"].as_array().unwrap().len(), 1);
        assert_eq!(projects["projects"][0]["id"], PROJECT);
        assert_eq!(
            projects["links"],
            json!({"next": null, "previous": null, "self": format!("https://{IAM}{family}/projects")})
        );
        let domains = list(&format!("{family}/domains"), &ana).await;
        assert_eq!(domains["domains"][0]["name"], "IAMDomain");
        assert_eq!(
            list(&format!("{family}/projects"), &outsider).await["projects"],
            json!([])
        );
        assert_eq!(
            list(&format!("{family}/domains"), &outsider).await["domains"],
            json!([])
        );
    }
    let stranger = server.answer(Call::get(IAM, "/v3/auth/projects")).await;
    assert_eq!(
        status_and_title(&stranger),
        (401, "Unauthorized".to_owned())
    );
}

async fn with_password(server: &TestServer, password: &str, scope: Value) -> Answer {
    let user = json!({"name": "local", "password": password, "domain": {"name": "IAMDomain"}});
    let identity = json!({"methods": ["password"], "password": {"user": user}});
    let body = json!({"auth": {"identity": identity, "scope": scope}});
    server
        .answer(Call::post(IAM, PATH).json(&body.to_string()))
        .await
}

async fn local(server: &TestServer, scope: Value) -> Answer {
    with_password(server, TestServer::PASSWORD, scope).await
}

#[tokio::test]
async fn local_user_signs_in_with_a_password() {
    let server = TestServer::start().await;
    let answer = local(&server, json!({"project": {"name": "sa-brazil-1"}})).await;
    assert_eq!(answer.status, 201, "{answer}");
    let said = answer.json()["token"].take();
    assert_eq!(said["methods"], json!(["password"]));
    assert_eq!(said["user"]["id"].as_str().unwrap().len(), 32);
    assert!(said["user"]["OS-FEDERATION"].is_null());
    assert_eq!(local(&server, Value::Null).await.status, 201);
    let wrong = with_password(&server, "wrong", Value::Null).await;
    assert_eq!(status_and_title(&wrong), (401, "Unauthorized".to_owned()));
}

#[tokio::test]
async fn person_with_a_second_factor_shows_password_and_code_together() {
    let server = TestServer::start().await;
    let (right, wrong) = (totp::code(&server), totp::wrong_code(&server));
    let ask = async |methods: Value, code_of: &str, code: &str| {
        let password = json!({"user": {"name": "careful", "password": TestServer::PASSWORD}});
        let totp = json!({"user": {"name": code_of, "passcode": code}});
        let identity = json!({"methods": methods, "password": password, "totp": totp});
        let body = json!({"auth": {"identity": identity, "scope": {"project": {"id": PROJECT}}}});
        server
            .answer(Call::post(IAM, PATH).json(&body.to_string()))
            .await
    };
    let both = || json!(["password", "totp"]);
    for (methods, code_of, code) in [
        (json!(["password"]), "careful", right.as_str()),
        (both(), "careful", wrong.as_str()),
    ] {
        let refused = ask(methods, code_of, code).await;
        assert_eq!(status_and_title(&refused), (401, "Unauthorized".to_owned()));
    }
    let answer = ask(both(), "careful", &right).await;
    assert_eq!(answer.status, 201, "{answer}");
    assert_eq!(answer.json()["token"]["methods"], both());
    assert_eq!(
        ask(both(), "careful", &right).await.status,
        401,
        "a code counts once"
    );
    server.clock.advance(SignedDuration::from_secs(60));
    let next = totp::code(&server);
    assert_eq!(ask(both(), "local", &next).await.status, 401);
}
