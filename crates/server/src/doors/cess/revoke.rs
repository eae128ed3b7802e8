//! `POST /revoke` (CESS's document, "Revogar sessão").

use super::Cess;
use super::problem::{denied, problem, unavailable};
use crate::http::body::{self, JSON};
use crate::http::{At, BodyFault};
use crate::psc::wire::Revoke;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::header::{ALLOW, HeaderValue};
use identity::login::Secret;
use serde_json::json;

/// `{"token"}` → `{"revoked": true}`, whether there was such a session or not.
pub(super) async fn revoke(State(cess): State<Cess>, At(moment): At, request: Request) -> Response {
    let bytes = match body::read(request, JSON).await {
        Ok(bytes) => bytes,
        Err(fault) => return refuse(fault),
    };
    let token = match serde_json::from_slice::<Revoke>(&bytes) {
        Ok(revoke)
            if (1..=512).contains(&revoke.token.len())
                && revoke.token.bytes().all(|b| b.is_ascii_graphic()) =>
        {
            Secret::new(revoke.token)
        }
        _ => return refuse(BodyFault::Malformed),
    };
    match cess
        .app
        .service
        .revoke_gateway_session(&moment, &cess.gateway, &token)
        .await
    {
        Ok(Ok(())) => axum::Json(json!({ "revoked": true })).into_response(),
        Ok(Err(refused)) => denied(refused.code),
        Err(away) => unavailable(&away),
    }
}

/// Any other method than POST.
pub(super) async fn wrong_method() -> Response {
    let mut response = problem(
        StatusCode::METHOD_NOT_ALLOWED,
        "http.method",
        "Only POST is allowed here.",
    );
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static("POST"));
    response
}

fn refuse(fault: BodyFault) -> Response {
    problem(
        fault.status(),
        "http.body",
        "A JSON object with the member \"token\" is needed.",
    )
}
