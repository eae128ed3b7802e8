//! `/v3/auth/tokens`: scoped tokens, and what any token says.

use super::call::{Call, Failure, header};
use super::problem::Problem;
use super::request::{Proof, TokenRequest};
use super::{Cloud, document};
use crate::config::huawei::CatalogService;
use crate::http::{Fields, body};
use axum::extract::{RawQuery, Request, State};
use axum::response::{IntoResponse, Response};
use hyper::{HeaderMap, StatusCode};
use identity::Refused;

/// `POST`: a scoped token for an unscoped one; a token for a password.
pub(super) async fn create(
    State(cloud): State<Cloud>,
    call: Call,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Failure> {
    let bytes = body::read(request, body::JSON)
        .await
        .map_err(|fault| call.body_fault(fault))?;
    let asked = TokenRequest::read(&bytes).ok_or_else(|| call.problem(Problem::BODY))?;
    let federation = &cloud.door.federation;
    let service = &cloud.app.service;
    let issued = match &asked.proof {
        Proof::Token(plain) => {
            // A token for a token must be for something.
            let wanted = asked
                .wanted
                .as_ref()
                .ok_or_else(|| call.problem(Problem::missing("scope")))?;
            let issued = service
                .scope_by_token(&call.moment, federation, (plain, wanted))
                .await;
            call.judged(issued, face)?
        }
        Proof::Password(proof) => {
            let issued = service
                .scope_by_password(&call.moment, federation, (proof, asked.wanted.as_ref()))
                .await;
            call.judged(issued, face)?
        }
    };
    cloud.app.metrics.token_issued(super::NAME);
    Ok(document::created(
        &issued,
        catalog(&cloud, query.as_deref()),
    ))
}

/// `GET` and `HEAD`: what the subject says.
pub(super) async fn show(
    State(cloud): State<Cloud>,
    call: Call,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (auth, subject) = tokens(&call, &headers)?;
    let federation = &cloud.door.federation;
    let shown = cloud
        .app
        .service
        .show_federation_token(&call.moment, federation, (auth, subject))
        .await;
    let token = call.judged(shown, face)?;
    Ok(document::shown(
        subject,
        &token,
        catalog(&cloud, query.as_deref()),
    ))
}

/// `DELETE`: ends the subject.
pub(super) async fn revoke(
    State(cloud): State<Cloud>,
    call: Call,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (auth, subject) = tokens(&call, &headers)?;
    let federation = &cloud.door.federation;
    let revoked = cloud
        .app
        .service
        .revoke_federation_token(&call.moment, federation, (auth, subject))
        .await;
    call.judged(revoked, face)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `X-Auth-Token` of whoever asks, and `X-Subject-Token` that they ask about.
fn tokens<'h>(call: &Call, headers: &'h HeaderMap) -> Result<(&'h str, &'h str), Failure> {
    let auth = header(headers, "x-auth-token").ok_or_else(|| call.problem(Problem::TOKEN))?;
    let subject = header(headers, "x-subject-token")
        .ok_or_else(|| call.problem(Problem::missing("X-Subject-Token")))?;
    Ok((auth, subject))
}

/// The catalog, unless the client does not want it.
pub(super) fn catalog<'c>(cloud: &'c Cloud, query: Option<&str>) -> Option<&'c [CatalogService]> {
    let unwanted = Fields::parse(query.unwrap_or_default())
        .is_ok_and(|parameters| parameters.has("nocatalog"));
    (!unwanted).then_some(cloud.door.catalog.as_slice())
}

pub(super) fn face(refused: &Refused) -> Problem {
    match refused.code {
        "token.invalid" => Problem::TOKEN,
        "token.unknown" => Problem::NO_TOKEN,
        "login.throttled" => Problem::THROTTLED,
        "login.busy" => Problem::UNAVAILABLE,
        code if code.starts_with("login.") => Problem::PASSWORD,
        _ => Problem::FORBIDDEN,
    }
}
