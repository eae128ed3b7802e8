//! What a token opens: `grid/config` for the grid, `org/config` for a tenant account.

use crate::doors::storagegrid::api::{Api, Failure, milliseconds};
use crate::doors::storagegrid::{Grid, NAME};
use axum::extract::State;
use axum::response::Response;
use hyper::{HeaderMap, StatusCode};
use identity::accounts::Account;
use identity::tokens::Token;
use serde_json::{Value, json};

/// The account that stands for the grid itself.
const GRID: &str = "0";

/// `GET /api/v3/org/config`.
pub(super) async fn org_config(
    State(grid): State<Grid>,
    api: Api,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    config(&grid, &api, &headers, |account| account != GRID).await
}

/// `GET /api/v3/grid/config`.
pub(super) async fn grid_config(
    State(grid): State<Grid>,
    api: Api,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    config(&grid, &api, &headers, |account| account == GRID).await
}

async fn config(
    grid: &Grid,
    api: &Api,
    headers: &HeaderMap,
    opens: fn(&str) -> bool,
) -> Result<Response, Failure> {
    let organization = &grid.door.entity.organization;
    let checked = match api.bearer(headers) {
        Ok(token) => {
            grid.app
                .service
                .check_token(&api.moment, organization, token)
                .await
        }
        Err(failure) => {
            grid.app.metrics.token_refused(NAME);
            return Err(failure);
        }
    };
    if matches!(checked, Ok(Err(_))) {
        grid.app.metrics.token_refused(NAME);
    }
    let token = api.judged(checked, |refused| {
        (StatusCode::UNAUTHORIZED, refused.code, "Unauthorized.")
    })?;
    if !opens(&token.account) {
        return Err(api.failure(
            StatusCode::FORBIDDEN,
            "token.account",
            "The token opens another side of the API.",
        ));
    }
    let account = grid
        .app
        .service
        .account(&api.moment, organization, &token.account)
        .await;
    // The account went away while its token lived: the token opens nothing any more.
    let account = api.judged(account, |_| {
        (StatusCode::UNAUTHORIZED, "token.invalid", "Unauthorized.")
    })?;
    Ok(api.success(&data(&token, &account)))
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
        "account": {
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
        },
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
