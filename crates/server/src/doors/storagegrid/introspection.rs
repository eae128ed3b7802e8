//! `POST /oauth/introspect`: APIs ask what a token says (RFC 7662).

use crate::doors::storagegrid::Grid;
use crate::http::{At, oauth};
use axum::extract::{Request, State};
use axum::response::Response;
use hyper::StatusCode;
use identity::tokens::Token;
use serde::Serialize;
use serde_json::json;

/// `POST /oauth/introspect`
pub(super) async fn introspect(
    State(grid): State<Grid>,
    At(moment): At,
    request: Request,
) -> Response {
    let posted = match oauth::Posted::read(request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let entity = &grid.door.entity;
    let asked = grid
        .app
        .service
        .introspect_token(
            &moment,
            &entity.organization,
            (posted.authorization(), posted.text()),
        )
        .await;
    match asked {
        Ok(Ok(Some(token))) => oauth::json(StatusCode::OK, &active(&entity.entity_id, &token)),
        // RFC 7662 §2.2: nothing else, whatever the reason.
        Ok(Ok(None)) => oauth::json(StatusCode::OK, &json!({ "active": false })),
        Ok(Err(refusal)) => {
            tracing::info!(code = refusal.code, correlation = %moment.correlation, "refused");
            oauth::refuse(&refusal)
        }
        Err(unavailable) => oauth::away(&unavailable, &moment),
    }
}

/// RFC 7662 §2.2, with the account and the groups that this door knows of.
#[derive(Serialize)]
struct Active<'a> {
    account: &'a str,
    active: bool,
    exp: i64,
    groups: &'a [String],
    iat: i64,
    iss: &'a str,
    name: Option<&'a str>,
    sub: &'a str,
    token_type: &'static str,
    username: &'a str,
}

fn active<'a>(issuer: &'a str, token: &'a Token) -> Active<'a> {
    Active {
        account: &token.account,
        active: true,
        exp: token.expires.as_second(),
        groups: &token.groups,
        iat: token.issued.as_second(),
        iss: issuer,
        name: token.full_name.as_deref(),
        sub: &token.user_id,
        token_type: "Bearer",
        username: &token.user_name,
    }
}
