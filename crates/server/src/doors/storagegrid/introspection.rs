//! `POST /oauth/introspect`: APIs ask what a token says (RFC 7662).

use crate::doors::storagegrid::Grid;
use crate::http::{At, answer, body};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, PRAGMA, WWW_AUTHENTICATE};
use hyper::{HeaderMap, StatusCode};
use identity::tokens::Token;
use oauth::error::{ErrorCode, Refusal};
use serde::Serialize;
use serde_json::json;

/// `POST /oauth/introspect`
pub(super) async fn introspect(
    State(grid): State<Grid>,
    At(moment): At,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    let authorization = match authorization(&headers) {
        Ok(authorization) => authorization,
        Err(refusal) => return refuse(&refusal),
    };
    if !is_form(&headers) {
        let text = "The parameters must come as application/x-www-form-urlencoded.";
        return refuse(&Refusal::request("oauth.form", text));
    }
    let form = match body::read(request, body::FORM).await {
        Ok(form) => form,
        Err(fault) => return fault.into_response(),
    };
    let Ok(form) = std::str::from_utf8(&form) else {
        return refuse(&Refusal::request(
            "oauth.form",
            "The parameters are no text.",
        ));
    };
    let entity = &grid.door.entity;
    let asked = grid
        .app
        .service
        .introspect_token(&moment, &entity.organization, (authorization, form))
        .await;
    match asked {
        Ok(Ok(Some(token))) => document(StatusCode::OK, &active(&entity.entity_id, &token)),
        // RFC 7662 §2.2: nothing else, whatever the reason.
        Ok(Ok(None)) => document(StatusCode::OK, &json!({ "active": false })),
        Ok(Err(refusal)) => {
            tracing::info!(code = refusal.code, correlation = %moment.correlation, "refused");
            refuse(&refusal)
        }
        // Neither active nor inactive: nobody knows (security: O9).
        Err(unavailable) => {
            let error = &unavailable as &dyn std::error::Error;
            tracing::error!(error, correlation = %moment.correlation, "the store is unavailable");
            answer::unavailable()
        }
    }
}

fn active(issuer: &str, token: &Token) -> serde_json::Value {
    json!({
        "account": token.account,
        "active": true,
        "exp": token.expires.as_second(),
        "groups": token.groups,
        "iat": token.issued.as_second(),
        "iss": issuer,
        "name": token.full_name,
        "sub": token.user_id,
        "token_type": "Bearer",
        "username": token.user_name,
    })
}

/// The one `Authorization` header; of two, somebody else could read the other.
fn authorization(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let refusal = Refusal::request(
        "oauth.authorization",
        "The Authorization header is malformed.",
    );
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| refusal),
        _ => Err(refusal),
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next());
    essence.map(str::trim) == Some("application/x-www-form-urlencoded")
}

fn refuse(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = document(status, &refusal.body());
    if refusal.error == ErrorCode::InvalidClient {
        answer::set(&mut response, WWW_AUTHENTICATE, "Basic realm=\"oauth\"");
    }
    response
}

fn document(status: StatusCode, content: &impl Serialize) -> Response {
    let text = serde_json::to_vec(content).expect("our documents have text keys only");
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
