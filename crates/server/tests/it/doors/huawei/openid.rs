//! An OpenID provider, registered and used from outside.

use super::registration::{Administrator, PROVIDERS, local, rules};
use crate::support::cloud::{IAM, PROJECT};
use crate::support::{Answer, Call, TestServer};
use oauth::jwks::JwkSet;
use oauth::jwt::{Claims, IdToken, KeyPair, generate_p256, sign};
use serde_json::{Value, json};
use server::clock::Clock;

const CONFIG: &str = "/v3.0/OS-FEDERATION/identity-providers/OPEN/openid-connect-config";
const ISSUER: &str = "https://accounts.example.com";

struct Issuer(KeyPair<IdToken>);

impl Issuer {
    fn new() -> Self {
        Self(KeyPair::from_pkcs8("k1", &generate_p256()).unwrap())
    }

    fn keys(&self) -> String {
        serde_json::to_string(&JwkSet::publish([self.0.public()])).unwrap()
    }

    fn config(&self) -> Value {
        json!({"openid_connect_config": {
            "access_mode": "program",
            "idp_url": ISSUER,
            "client_id": "portaria",
            "signing_key": self.keys(),
        }})
    }

    fn token(&self, server: &TestServer) -> String {
        let now = server.clock.now().as_second();
        let claims = Claims::new()
            .with("iss", ISSUER)
            .with("aud", "portaria")
            .with("sub", "248289761001")
            .with("iat", now)
            .with("exp", now + 300);
        sign(&claims, &self.0)
    }
}

/// A provider `OPEN` whose people become `Open`, without an issuer yet.
async fn registered(administrator: &Administrator<'_>) {
    let open = format!("{PROVIDERS}/OPEN");
    for (path, body) in [
        (
            open.clone(),
            json!({"identity_provider": {"enabled": true}}),
        ),
        ("/v3/OS-FEDERATION/mappings/open".to_owned(), rules("Open")),
        (
            format!("{open}/protocols/oidc"),
            json!({"protocol": {"mapping_id": "open"}}),
        ),
    ] {
        let answer = administrator.put(&path, body).await;
        assert_eq!(answer.status, 201, "{path} {answer}");
    }
}

async fn show(server: &TestServer, id_token: &str) -> Answer {
    let path = format!("{PROVIDERS}/OPEN/protocols/oidc/auth");
    server.answer(Call::post(IAM, &path).bearer(id_token)).await
}

async fn send(server: &TestServer, id_token: &str, scope: Value) -> Answer {
    let mut auth = json!({"id_token": {"id": id_token}});
    if !scope.is_null() {
        auth["scope"] = scope;
    }
    let call = Call::post(IAM, "/v3.0/OS-AUTH/id-token/tokens").header("X-Idp-Id", "OPEN");
    server
        .answer(call.json(&json!({"auth": auth}).to_string()))
        .await
}

#[tokio::test]
async fn issuer_is_registered_and_its_id_tokens_buy_tokens_by_either_call() {
    let server = TestServer::start().await;
    let administrator = local(&server).await;
    let issuer = Issuer::new();
    registered(&administrator).await;
    assert_eq!(
        show(&server, &issuer.token(&server)).await.status,
        403,
        "nobody knows the issuer"
    );
    let missing = administrator.call("GET", CONFIG, None).await;
    assert_eq!(
        (missing.status, code(&missing)),
        (404, "IAM.0004".to_owned())
    );

    let made = administrator
        .call("POST", CONFIG, Some(issuer.config()))
        .await;
    assert_eq!(made.status, 201, "{made}");
    let said = administrator.get(CONFIG).await["openid_connect_config"].take();
    assert_eq!(said["idp_url"], ISSUER);
    assert_eq!(said["signing_key"], issuer.keys());
    assert_eq!(said["authorization_endpoint"], Value::Null);

    let id_token = issuer.token(&server);
    let unscoped = show(&server, &id_token).await;
    assert_eq!(unscoped.status, 201, "{unscoped}");
    let user = unscoped.json()["token"]["user"].take();
    assert_eq!(user["name"], "Open");
    assert_eq!(user["OS-FEDERATION"]["protocol"]["id"], "oidc");
    let unscoped = send(&server, &id_token, Value::Null).await;
    assert_eq!(
        unscoped.json()["token"]["user"]["id"],
        user["id"],
        "{unscoped}"
    );
    let scoped = send(&server, &id_token, json!({"project": {"id": PROJECT}})).await;
    assert_eq!(scoped.status, 201, "{scoped}");
    let token = scoped.json()["token"].take();
    assert_eq!(token["project"]["id"], PROJECT);
    assert!(token["catalog"].is_array(), "{token}");
    assert!(scoped.header("x-subject-token").is_some());
    let closed = send(&server, &id_token, json!({"project": {"id": "closed"}})).await;
    assert_eq!((closed.status, code(&closed)), (403, "IAM.0002".to_owned()));
}

#[tokio::test]
async fn issuer_of_a_console_says_what_the_console_needs_and_changes_act_at_once() {
    let server = TestServer::start().await;
    let administrator = local(&server).await;
    let (issuer, next) = (Issuer::new(), Issuer::new());
    registered(&administrator).await;
    let mut config = issuer.config();
    config["openid_connect_config"]["access_mode"] = "program_console".into();
    let short = administrator
        .call("POST", CONFIG, Some(config.clone()))
        .await;
    assert_eq!((short.status, code(&short)), (400, "IAM.0072".to_owned()));
    for (name, value) in [
        ("response_type", "id_token"),
        (
            "authorization_endpoint",
            "https://accounts.example.com/authorize",
        ),
        ("scope", "openid email"),
        ("response_mode", "form_post"),
    ] {
        config["openid_connect_config"][name] = value.into();
    }
    let made = administrator
        .call("POST", CONFIG, Some(config.clone()))
        .await;
    assert_eq!(made.status, 201, "{made}");
    let said = administrator.get(CONFIG).await;
    assert_eq!(said, config);
    let again = administrator.call("POST", CONFIG, Some(config)).await;
    assert_eq!((again.status, code(&again)), (409, "IAM.0005".to_owned()));

    assert_eq!(show(&server, &issuer.token(&server)).await.status, 201);
    let keys = json!({"openid_connect_config": {"signing_key": next.keys()}});
    let put = administrator.call("PUT", CONFIG, Some(keys)).await;
    assert_eq!(put.status, 200, "{put}");
    assert_eq!(show(&server, &issuer.token(&server)).await.status, 401);
    assert_eq!(show(&server, &next.token(&server)).await.status, 201);

    let off = json!({"identity_provider": {"enabled": false}});
    let open = format!("{PROVIDERS}/OPEN");
    administrator.call("PATCH", &open, Some(off)).await;
    assert_eq!(show(&server, &next.token(&server)).await.status, 403);
}

#[tokio::test]
async fn faulty_issuer_is_refused_with_the_field() {
    let server = TestServer::start().await;
    let administrator = local(&server).await;
    let issuer = Issuer::new();
    registered(&administrator).await;
    for (field, value, wanted) in [
        ("access_mode", json!("everybody"), "IAM.0007"),
        ("access_mode", Value::Null, "IAM.0072"),
        ("idp_url", json!("http://accounts.example.com"), "IAM.0011"),
        ("idp_url", Value::Null, "IAM.0072"),
        ("client_id", json!(""), "IAM.0011"),
        ("signing_key", json!("{}"), "IAM.0011"),
        ("signing_key", json!(7), "IAM.0011"),
    ] {
        let mut config = issuer.config();
        config["openid_connect_config"][field] = value;
        let answer = administrator.call("POST", CONFIG, Some(config)).await;
        assert_eq!(
            (answer.status, code(&answer)),
            (400, wanted.to_owned()),
            "{field}"
        );
        let told = wanted != "IAM.0011" || answer.body.contains(field);
        assert!(told || field == "signing_key", "{field} {answer}");
    }
    let kept = json!({"identity_provider": {"enabled": true, "sso_type": "iam_user_sso"}});
    let path = format!("{PROVIDERS}/KEPT");
    assert_eq!(administrator.put(&path, kept).await.status, 201);
    let protocol = json!({"protocol": {"mapping_id": "open"}});
    let path = format!("{path}/protocols/oidc");
    assert_eq!(administrator.put(&path, protocol).await.status, 201);
    let config = CONFIG.replace("OPEN", "KEPT");
    let refused = administrator
        .call("POST", &config, Some(issuer.config()))
        .await;
    assert_eq!(refused.status, 400, "{refused}");
    assert!(refused.body.contains("sso_type"), "{refused}");
    let made = administrator
        .call("POST", CONFIG, Some(issuer.config()))
        .await;
    assert_eq!(made.status, 201, "control: {made}");
}

fn code(answer: &Answer) -> String {
    let body = answer.json();
    body["error_code"]
        .as_str()
        .unwrap_or_else(|| panic!("{answer}"))
        .to_owned()
}
