//! What a token opens: `grid/config` for the grid, `org/config` for a tenant account.

use crate::doors::storagegrid::Grid;
use crate::doors::storagegrid::access::opened;
use crate::doors::storagegrid::api::{Api, Failure, milliseconds};
use crate::doors::storagegrid::credential::Side;
use axum::extract::State;
use axum::response::Response;
use hyper::HeaderMap;
use identity::accounts::Account;
use identity::tokens::Token;
use serde_json::{Value, json};

/// `GET /api/v3/org/config`.
pub(super) async fn org_config(
    State(grid): State<Grid>,
    api: Api,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (token, account) = opened(&grid, &api, &headers, Side::Tenant).await?;
    Ok(api.success(&data(&token, &account)))
}

/// `GET /api/v3/grid/config`.
pub(super) async fn grid_config(
    State(grid): State<Grid>,
    api: Api,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (token, account) = opened(&grid, &api, &headers, Side::Grid).await?;
    Ok(api.success(&data(&token, &account)))
}

/// `GET /api/v3/org/config/product-version`.
pub(super) async fn org_product_version(
    State(grid): State<Grid>,
    api: Api,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    opened(&grid, &api, &headers, Side::Tenant).await?;
    Ok(api.success(&product_version()))
}

/// `GET /api/v3/grid/config/product-version`.
pub(super) async fn grid_product_version(
    State(grid): State<Grid>,
    api: Api,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    opened(&grid, &api, &headers, Side::Grid).await?;
    Ok(api.success(&product_version()))
}

/// Our own version: clients choose features by it, and those of a real grid of some version are not all here.
fn product_version() -> Value {
    json!({ "productVersion": env!("CARGO_PKG_VERSION") })
}

/// The described object. Who is admitted to an account may do everything there: there is no finer grade, and no S3.
fn data(token: &Token, account: &Account) -> Value {
    let name = token.full_name.as_deref().unwrap_or(&token.user_name);
    let prefix = if token.federated {
        "federated-user"
    } else {
        "user"
    };
    json!({
        "account": account_object(account),
        // Seconds without use after which a token ends; zero is the described value for "never".
        "auto-logout": 0,
        "permissions": {
            "manageAllContainers": true,
            "manageEndpoints": true,
            "manageOwnContainerObjects": true,
            "manageOwnS3Credentials": true,
            "rootAccess": true,
        },
        "restrictedPort": false,
        "token": { "expires": milliseconds(token.expires) },
        "user": {
            "federated": token.federated,
            "firstName": name.split(' ').next(),
            "fullName": name,
            "id": token.user_id,
            "managementReadOnly": false,
            "uniqueName": format!("{prefix}/{}", token.user_name),
            "username": token.user_name,
        },
    })
}

/// An account, as every list and configuration shows it.
pub(super) fn account_object(account: &Account) -> Value {
    json!({
        "capabilities": ["management"],
        "id": account.id,
        "name": account.name,
        "policy": {
            "allowPlatformServices": false,
            "allowSelectObjectContent": false,
            "quotaObjectBytes": null,
            "useAccountIdentitySource": false,
        },
        "replica": false,
    })
}
