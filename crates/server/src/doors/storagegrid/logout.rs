//! The end of a token, and single logout.

use crate::doors::storagegrid::Grid;
use crate::doors::storagegrid::api::{Api, Failure};
use crate::doors::storagegrid::browser;
use crate::doors::storagegrid::credential::{self, CSRF_HEADER, CSRF_PARAMETER, Credential};
use crate::http::{BodyFault, Cookies, Form, answer, body};
use axum::extract::{FromRequest, RawQuery, Request, State};
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::header::CONTENT_TYPE;
use identity::logout::LogoutOutcome;

/// `DELETE /api/v3/authorize`: with the cookie `sso=true` the URL that signs out everywhere, which revokes nothing by itself;
/// without it the end of this token.
pub(super) async fn deauthorize(
    State(grid): State<Grid>,
    api: Api,
    cookies: Cookies,
    request: Request,
) -> Result<Response, Failure> {
    let headers = request.headers().clone();
    let companion = companion(&api, request).await?;
    let credential = Credential::of_any(&api, &headers, companion.as_deref())?;
    credential.may_change(&api, companion.as_deref())?;
    let token = credential.token.as_str();
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
    let mut response = StatusCode::NO_CONTENT.into_response();
    credential::clear_cookies(&mut response, &headers, token);
    Ok(response)
}

/// The companion of a cookie: in its header, or in a form.
async fn companion(api: &Api, request: Request) -> Result<Option<String>, Failure> {
    if let Some(value) = request.headers().get(CSRF_HEADER) {
        return Ok(value.to_str().ok().map(str::to_owned));
    }
    if !request.headers().contains_key(CONTENT_TYPE) {
        return Ok(None);
    }
    let form = Form::<{ body::FORM }>::from_request(request, &()).await;
    // Of another body nothing is wanted.
    let Ok(Form(fields)) = form else {
        return Ok(None);
    };
    let value = fields.one(CSRF_PARAMETER);
    let value = value.map_err(|_| api.body_fault(BodyFault::Malformed))?;
    Ok(value.map(str::to_owned))
}

/// `GET|POST /api/saml-logout`: a LogoutResponse ends the tokens of its session, a LogoutRequest is obeyed and answered.
pub(super) async fn saml_logout(
    State(grid): State<Grid>,
    api: Api,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Failure> {
    let headers = request.headers().clone();
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
        LogoutOutcome::Done if browser::wants_page(&headers) => Ok(browser::signed_out(&headers)),
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
