//! `GET /api/v3/org/config` and `/grid/config`.

use crate::support::sign_on::token;
use crate::support::{Answer, Call, GRID, TestServer};

async fn config(server: &TestServer, side: &str, token: &str) -> Answer {
    server
        .answer(Call::get(GRID, &format!("/api/v3/{side}/config")).bearer(token))
        .await
}

#[tokio::test]
async fn a_token_opens_its_own_side_only() {
    let server = TestServer::start().await;
    let (tenant, grid) = (token(&server, "12345").await, token(&server, "0").await);
    assert_eq!(config(&server, "org", &tenant).await.status, 200);
    assert_eq!(config(&server, "grid", &tenant).await.status, 403);
    assert_eq!(config(&server, "grid", &grid).await.status, 200);
    assert_eq!(config(&server, "org", &grid).await.status, 403);
}

#[tokio::test]
async fn the_object_says_who_may_do_what_until_when() {
    let server = TestServer::start().await;
    let token = token(&server, "12345").await;
    let mut data = config(&server, "org", &token).await.json()["data"].clone();
    // A digest of issuer and NameID.
    data["user"]["id"] = "…".into();
    insta::assert_snapshot!(serde_json::to_string_pretty(&data).unwrap(), @r#"
    {
      "account": {
        "capabilities": [
          "management"
        ],
        "id": "12345",
        "name": "Account 12345",
        "policy": {
          "allowPlatformServices": false,
          "allowSelectObjectContent": false,
          "quotaObjectBytes": null,
          "useAccountIdentitySource": false
        },
        "replica": false
      },
      "auto-logout": 0,
      "permissions": {
        "manageAllContainers": true,
        "manageEndpoints": true,
        "manageOwnContainerObjects": true,
        "manageOwnS3Credentials": true,
        "rootAccess": true
      },
      "restrictedPort": false,
      "token": {
        "expires": "2018-11-07T08:30:23.355Z"
      },
      "user": {
        "federated": true,
        "firstName": "Ana",
        "fullName": "Ana Souza",
        "id": "…",
        "managementReadOnly": false,
        "uniqueName": "federated-user/AAAAAAAAAAAAAAAAAAAADQ==",
        "username": "AAAAAAAAAAAAAAAAAAAADQ=="
      }
    }
    "#);
}

#[tokio::test]
async fn a_bad_token_is_unauthorized_whatever_is_bad() {
    let server = TestServer::start().await;
    let unknown = config(&server, "org", "00000000-0000-4000-8000-000000000000").await;
    insta::assert_snapshot!(unknown, @r#"
    401
    cache-control: no-store
    connection: close
    content-length: 205
    content-type: application/json
    referrer-policy: no-referrer
    strict-transport-security: max-age=31536000
    www-authenticate: Bearer
    x-content-type-options: nosniff

    {"apiVersion":"3.0","code":401,"errors":[{"key":"token.invalid","text":"Unauthorized."}],"message":{"key":"token.invalid","text":"Unauthorized."},"responseTime":"2018-11-06T16:30:23.355Z","status":"error"}
    "#);
    for header in [
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Bearer \u{e9}",
        "Bearer a b c",
    ] {
        let call = Call::get(GRID, "/api/v3/org/config").header("Authorization", header);
        assert_eq!(server.answer(call).await.status, 401, "{header:?}");
    }
    assert_eq!(
        server
            .answer(Call::get(GRID, "/api/v3/org/config"))
            .await
            .status,
        401
    );
    assert_eq!(config(&server, "org", &"a".repeat(9000)).await.status, 401);
}
