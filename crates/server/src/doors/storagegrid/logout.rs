//! The end of a token, and single logout.

use crate::doors::storagegrid::Grid;
use crate::doors::storagegrid::api::{Api, Failure};
use crate::http::{BodyFault, Cookies, answer, body};
use axum::extract::{RawQuery, Request, State};
use axum::response::{IntoResponse, Response};
use hyper::{HeaderMap, StatusCode};
use identity::logout::LogoutOutcome;

/// `DELETE /api/v3/authorize`: with the cookie `sso=true` the URL that signs out everywhere, which revokes nothing by itself;
/// without it the end of this token.
pub(super) async fn deauthorize(
    State(grid): State<Grid>,
    api: Api,
    cookies: Cookies,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let token = api.bearer(&headers)?;
    let entity = &grid.door.entity;
    if cookies.one("sso") == Some("true") {
        let url = grid
            .app
            .service
            .begin_logout(&api.moment, entity, token)
            .await;
        let url = api.judged(url, |refused| match refused.code {
            "token.invalid" => (StatusCode::UNAUTHORIZED, refused.code, "Unauthorized."),
            _ => (
                StatusCode::BAD_REQUEST,
                refused.code,
                "Single logout is not possible.",
            ),
        })?;
        return Ok(api.success(&url));
    }
    let revoked = grid
        .app
        .service
        .revoke_token(&api.moment, &entity.organization, token)
        .await;
    api.judged(revoked, |refused| {
        (StatusCode::UNAUTHORIZED, refused.code, "Unauthorized.")
    })?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET|POST /api/saml-logout`: a LogoutResponse ends the tokens of its session, a LogoutRequest is obeyed and answered.
pub(super) async fn saml_logout(
    State(grid): State<Grid>,
    api: Api,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Failure> {
    // The detached signature covers the parameters as they were sent (SAML bindings §3.4.4.1), so they stay raw.
    let parameters = if let Some(query) = query {
        query
    } else {
        let bytes = body::read(request, body::SAML)
            .await
            .map_err(|fault| api.body_fault(fault))?;
        String::from_utf8(bytes.into()).map_err(|_| api.body_fault(BodyFault::Malformed))?
    };
    let judged = grid
        .app
        .service
        .service_provider_logout(&api.moment, &grid.door.entity, &parameters)
        .await;
    let outcome = api.judged(judged, |refused| match refused.code {
        "bind.missing" => (
            StatusCode::BAD_REQUEST,
            refused.code,
            "A logout message is required.",
        ),
        code => (
            StatusCode::UNAUTHORIZED,
            super::sign_on::public_key(code),
            "The logout message was refused.",
        ),
    })?;
    match outcome {
        LogoutOutcome::Done => Ok(api.success(&serde_json::Value::Null)),
        LogoutOutcome::Redirect(url) => answer::found(&url).ok_or_else(|| {
            api.failure(
                StatusCode::BAD_REQUEST,
                "logout.location",
                "The provider cannot be reached.",
            )
        }),
    }
}
