//! What the page's script asks between user name and password: where does this person sign in?

use super::settings::token;
use super::turn::Turn;
use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The same for every name: whether somebody exists is for whoever knows the password.
pub(super) async fn post(turn: Turn) -> Response {
    let Turn { visit, question } = turn;
    let name = question.text("username");
    Json(json!({
        "Username": name,
        "Display": name,
        "IfExistsResult": 0,
        "IsUnmanaged": false,
        "ThrottleStatus": 0,
        "Credentials": { "PrefCredential": 1, "HasPassword": true, "RemoteNgcParams": null, "FidoParams": null, "SasParams": null },
        "EstsProperties": { "UserTenantBranding": null, "DomainType": 3 },
        "FlowToken": question.text("flowtoken"),
        "IsSignupDisallowed": true,
        "apiCanary": token(&visit),
    }))
    .into_response()
}
