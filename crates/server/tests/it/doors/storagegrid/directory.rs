//! Groups, users and accounts, to read.

use crate::support::sign_on::token;
use crate::support::{Answer, Call, GRID, TestServer};

async fn get(server: &TestServer, path: &str, token: &str) -> Answer {
    server
        .answer(Call::get(GRID, &format!("/api/v4/{path}")).bearer(token))
        .await
}

async fn local_token(server: &TestServer) -> String {
    let password = TestServer::PASSWORD;
    let body = format!(r#"{{"accountId": "55555", "username": "root", "password": "{password}"}}"#);
    server
        .answer(Call::post(GRID, "/api/v4/authorize").json(&body))
        .await
        .data()
}

/// One member of every object of a list.
fn each(answer: &Answer, member: &str) -> Vec<String> {
    let list = answer.json()["data"].as_array().unwrap().clone();
    list.iter()
        .map(|item| item[member].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_tenant_reads_its_groups_and_users() {
    let server = TestServer::start().await;
    let token = local_token(&server).await;
    let groups = get(&server, "org/groups", &token).await;
    assert_eq!(
        each(&groups, "groupURN"),
        ["urn:sgws:identity::55555:group/storage-admins"]
    );
    let users = get(&server, "org/users", &token).await;
    assert_eq!(each(&users, "uniqueName"), ["user/root"]);
    assert_eq!(each(&users, "fullName"), ["Ana Souza"]);
    let me = get(&server, "org/users/current-user", &token).await.json();
    assert_eq!(me["data"]["userURN"], "urn:sgws:identity::55555:user/root");
    assert_eq!(me["data"]["memberOf"][0], each(&groups, "groupURN")[0]);
    assert_eq!(me["data"]["id"], users.json()["data"][0]["id"]);
}

#[tokio::test]
async fn people_of_an_identity_provider_are_not_listed_here() {
    let server = TestServer::start().await;
    let token = token(&server, "12345").await;
    let groups = get(&server, "org/groups", &token).await;
    assert_eq!(
        each(&groups, "uniqueName"),
        ["federated-group/storage-admins"]
    );
    let local = get(&server, "org/groups?type=local", &token).await;
    assert!(each(&local, "id").is_empty());
    assert!(each(&get(&server, "org/users", &token).await, "id").is_empty());
    let me = get(&server, "org/users/current-user", &token).await.json();
    assert_eq!(me["data"]["federated"], true);
}

#[tokio::test]
async fn the_grid_reads_its_accounts_page_by_page() {
    let server = TestServer::start().await;
    let token = token(&server, "0").await;
    let ids = async |query: &str| {
        each(
            &get(&server, &format!("grid/accounts{query}"), &token).await,
            "id",
        )
    };
    assert_eq!(ids("").await, ["12345", "24680", "55555", "67890"]);
    assert_eq!(ids("?limit=1").await, ["12345"]);
    assert_eq!(ids("?limit=1&marker=12345").await, ["24680"]);
    assert_eq!(ids("?order=desc&limit=2").await, ["67890", "55555"]);
    for limit in ["0", "-1", "501", "9223372036854775808", "x"] {
        let answer = get(&server, &format!("grid/accounts?limit={limit}"), &token).await;
        assert_eq!((answer.status, answer.key().as_str()), (400, "error.400"));
    }
    let me = get(&server, "grid/users/current-user", &token).await.json();
    assert_eq!(me["data"]["accountId"], "0");
}

#[tokio::test]
async fn each_list_wants_a_token_of_its_side() {
    let server = TestServer::start().await;
    let (tenant, grid) = (token(&server, "12345").await, token(&server, "0").await);
    let tenants = [
        "org/groups",
        "org/users",
        "org/users/current-user",
        "org/config/product-version",
    ];
    let grids = [
        "grid/accounts",
        "grid/users/current-user",
        "grid/config/product-version",
    ];
    for (paths, right, wrong) in [(&tenants[..], &tenant, &grid), (&grids[..], &grid, &tenant)] {
        for path in paths {
            assert_eq!(get(&server, path, right).await.status, 200, "{path}");
            assert_eq!(get(&server, path, wrong).await.status, 403, "{path}");
            assert_eq!(get(&server, path, "nonsense").await.status, 401, "{path}");
        }
    }
}
