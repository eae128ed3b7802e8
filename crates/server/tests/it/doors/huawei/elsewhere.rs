//! What a token of the cloud is worth at every other place of the program: no more than a text that nobody issued.

use super::{scoped, unscoped};
use crate::support::cloud::IAM;
use crate::support::{ADFS, API_SECRET, Answer, Call, GRID, HORACIUS, TestServer};
use serde_json::json;

/// Method and path of whatever takes a bearer token at the other doors.
const BEARERS: &[(&str, &str, &str)] = &[
    (GRID, "GET", "/api/v3/org/config"),
    (GRID, "GET", "/api/v3/grid/config"),
    (GRID, "GET", "/api/v3/org/config/product-version"),
    (GRID, "GET", "/api/v3/grid/config/product-version"),
    (GRID, "GET", "/api/v3/org/users/current-user"),
    (GRID, "GET", "/api/v3/grid/users/current-user"),
    (GRID, "GET", "/api/v3/org/groups"),
    (GRID, "GET", "/api/v3/org/users"),
    (GRID, "GET", "/api/v3/grid/accounts"),
    (GRID, "DELETE", "/api/v3/authorize"),
    (HORACIUS, "GET", "/idp/oauth/userinfo"),
    (HORACIUS, "GET", "/api/idp/oauth/userinfo/sso/portal"),
    (HORACIUS, "GET", "/api/idp/jwt/portal/user"),
    (HORACIUS, "POST", "/api/idp/jwt/portal/revoke"),
    (HORACIUS, "POST", "/api/idp/jwt/portal/renew"),
];
/// What administrators may do with a scoped token.
const REGISTRATION: &[(&str, &str)] = &[
    ("GET", "/v3/OS-FEDERATION/identity_providers"),
    ("GET", "/v3/OS-FEDERATION/identity_providers/ACME"),
    ("PUT", "/v3/OS-FEDERATION/identity_providers/NEW"),
    ("PATCH", "/v3/OS-FEDERATION/identity_providers/ACME"),
    ("DELETE", "/v3/OS-FEDERATION/identity_providers/ACME"),
    ("GET", "/v3/OS-FEDERATION/identity_providers/ACME/protocols"),
    (
        "GET",
        "/v3/OS-FEDERATION/identity_providers/ACME/protocols/saml",
    ),
    (
        "PUT",
        "/v3/OS-FEDERATION/identity_providers/ACME/protocols/x",
    ),
    (
        "PATCH",
        "/v3/OS-FEDERATION/identity_providers/ACME/protocols/saml",
    ),
    (
        "DELETE",
        "/v3/OS-FEDERATION/identity_providers/ACME/protocols/saml",
    ),
    ("GET", "/v3/OS-FEDERATION/mappings"),
    ("GET", "/v3/OS-FEDERATION/mappings/new"),
    ("PUT", "/v3/OS-FEDERATION/mappings/new"),
    ("PATCH", "/v3/OS-FEDERATION/mappings/new"),
    ("DELETE", "/v3/OS-FEDERATION/mappings/new"),
    (
        "GET",
        "/v3-ext/OS-FEDERATION/identity_providers/ACME/protocols/saml/metadata",
    ),
    (
        "POST",
        "/v3-ext/OS-FEDERATION/identity_providers/ACME/protocols/saml/metadata",
    ),
    (
        "GET",
        "/v3.0/OS-FEDERATION/identity-providers/ACME/openid-connect-config",
    ),
    (
        "POST",
        "/v3.0/OS-FEDERATION/identity-providers/ACME/openid-connect-config",
    ),
    (
        "PUT",
        "/v3.0/OS-FEDERATION/identity-providers/ACME/openid-connect-config",
    ),
];

/// A body that each of the registration calls reads.
fn body() -> String {
    json!({
        "identity_provider": {"enabled": false},
        "protocol": {"mapping_id": "new"},
        "mapping": {"rules": []},
        "metadata": "<x/>",
        "domain_id": "d",
        "openid_connect_config": {
            "access_mode": "program",
            "idp_url": "https://x",
            "client_id": "x",
            "signing_key": "{}",
        },
    })
    .to_string()
}

#[tokio::test]
async fn unscoped_token_registers_nothing_at_any_call_and_a_scoped_one_is_let_through_to_the_judgement()
 {
    let server = TestServer::start().await;
    let first = unscoped(&server, "ana").await;
    let second = scoped(&server, &first).await;
    let ask = async |(method, path): (&str, &str), token: &str| {
        let call = Call::new(method, IAM, path).header("X-Auth-Token", token);
        let call = if method == "GET" || method == "DELETE" {
            call
        } else {
            call.json(&body())
        };
        server.answer(call).await
    };
    for &call in REGISTRATION {
        let answer = ask(call, &first).await;
        assert_eq!(answer.status, 403, "{call:?} {answer}");
        assert_eq!(ask(call, "nothing").await.status, 401, "{call:?}");
    }
    // The control comes last, and goes on until it has switched off the provider that vouched for the token.
    for &call in REGISTRATION {
        let answer = ask(call, &second).await;
        assert!(![401, 403].contains(&answer.status), "{call:?} {answer}");
        if call == ("PATCH", "/v3/OS-FEDERATION/identity_providers/ACME") {
            assert_eq!(answer.status, 200, "{answer}");
            break;
        }
    }
    assert_eq!(ask(REGISTRATION[0], &second).await.status, 401);
}

#[tokio::test]
async fn tokens_of_the_cloud_open_no_other_door() {
    let server = TestServer::start().await;
    let first = unscoped(&server, "ana").await;
    let second = scoped(&server, &first).await;
    let ask = async |(host, method, path): (&str, &str, &str), token: &str| {
        let call = Call::new(method, host, path).bearer(token);
        same(&server.answer(call).await)
    };
    for &call in BEARERS {
        let nothing = ask(call, "nothing").await;
        assert!(nothing.0 >= 400, "{call:?} {nothing:?}");
        for token in [&first, &second] {
            assert_eq!(ask(call, token).await, nothing, "{call:?}");
        }
    }
    let nginx = async |token: &str| {
        let call = Call::get("127.0.0.1", "/nginx")
            .header("X-Forwarded-Host", GRID)
            .header("X-Forwarded-Uri", "/reports")
            .header("X-Forwarded-Method", "GET")
            .bearer(token);
        call.to(server.running.forward_auth.unwrap()).await.status
    };
    let introspected = async |token: &str| {
        let basic = base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            format!("reports:{API_SECRET}"),
        );
        let call = Call::post(GRID, "/oauth/introspect")
            .header("Authorization", &format!("Basic {basic}"))
            .form(&[("token", token)]);
        same(&server.answer(call).await)
    };
    let asked = introspected("nothing").await;
    assert_eq!(asked.0, 200, "{asked:?}");
    for token in [&first, &second] {
        assert_eq!(nginx(token).await, 401);
        assert_eq!(introspected(token).await, asked);
        let cookies = format!(
            "MSISAuth={token}; PF={token}; GridAuthorization={token}; AccountAuthorization={token}"
        );
        let page = Call::get(GRID, "/grid").header("Cookie", &cookies);
        assert_ne!(server.answer(page).await.status, 200);
        let page = Call::get(ADFS, "/adfs/ls/").header("Cookie", &cookies);
        let bare = server.answer(Call::get(ADFS, "/adfs/ls/")).await;
        assert_eq!(server.answer(page).await.status, bare.status);
        // At its own door it is no second token for another person, and no ID token.
        let path = "/v3/OS-FEDERATION/identity_providers/ACME/protocols/oidc/auth";
        let answer = server.answer(Call::post(IAM, path).bearer(token)).await;
        assert_eq!(answer.status, 403, "{answer}");
    }
    let about = Call::get(IAM, "/v3/auth/tokens")
        .header("X-Auth-Token", &second)
        .header("X-Subject-Token", &second);
    assert_eq!(server.answer(about).await.status, 200, "control: it lives");
}

/// What an answer tells: without what differs from request to request.
fn same(answer: &Answer) -> (u16, String) {
    let mut body = answer.body.clone();
    if let Some(time) = body.find("responseTime") {
        body.truncate(time);
    }
    (answer.status, body)
}
