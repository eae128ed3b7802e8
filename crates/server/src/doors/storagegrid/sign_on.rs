//! Single sign-on: where to begin, and what the response buys.

use crate::doors::storagegrid::Grid;
use crate::doors::storagegrid::api::{Api, Face, Failure};
use crate::doors::storagegrid::browser;
use crate::doors::storagegrid::json::Document;
use crate::http::body::SAML;
use crate::http::date::imf_fixdate;
use crate::http::fields::Doubled;
use crate::http::{BodyFault, Form};
use axum::extract::{Request, State};
use axum::response::Response;
use hyper::header::{CACHE_CONTROL, EXPIRES, HeaderValue};
use hyper::{HeaderMap, StatusCode};
use identity::Refused;
use identity::error::Answer;
use identity::providers::IssuedToken;

/// `POST /api/v3/authorize-saml`: the signed URL at which a sign-on begins (the document's step b).
pub(super) async fn authorize_saml(
    State(grid): State<Grid>,
    api: Api,
    request: Request,
) -> Result<Response, Failure> {
    let account = Document::read(&api, request).await?.account(&api)?;
    let begun = grid
        .app
        .service
        .begin_sign_on(&api.moment, &grid.door.entity, &account)
        .await;
    let url = api.judged(begun, |refused| match refused.code {
        "sso_disabled" => SSO_DISABLED,
        "account.unknown" => (
            StatusCode::NOT_FOUND,
            refused.code,
            "The account does not exist.",
        ),
        _ => (
            StatusCode::BAD_REQUEST,
            refused.code,
            "Single sign-on is not possible.",
        ),
    })?;
    Ok(api.success(&url))
}

/// `POST /api/saml-response`: one response buys one token (the document's step j). Values go to the rules as they were sent,
/// decoded once: a `+` that became a space can then be named.
pub(super) async fn saml_response(
    State(grid): State<Grid>,
    api: Api,
    headers: HeaderMap,
    form: Result<Form<SAML>, BodyFault>,
) -> Result<Response, Failure> {
    let Form(fields) = form.map_err(|fault| api.body_fault(fault))?;
    let doubled = |_: Doubled| ambiguous(&api);
    let (response, relay_state) = (
        fields.one("SAMLResponse").map_err(doubled)?,
        fields.one("RelayState").map_err(doubled)?,
    );
    if fields.has("SAMLRequest") && response.is_some() {
        return Err(ambiguous(&api));
    }
    let response = response.ok_or_else(|| {
        api.failure(
            StatusCode::BAD_REQUEST,
            "bind.missing",
            "The parameter SAMLResponse is required.",
        )
    })?;

    if browser::wants_page(&headers) {
        return Ok(browser::finish(&grid, &api, &headers, (response, relay_state)).await);
    }
    let finished = grid
        .app
        .service
        .finish_sign_on(&api.moment, &grid.door.entity, response, relay_state)
        .await;
    grid.app.metrics.sign_on(super::NAME, outcome(&finished));
    let token = api.judged(finished, |refused| match refused.code {
        "sso_disabled" => SSO_DISABLED,
        _ => (
            StatusCode::UNAUTHORIZED,
            public_key(refused.code),
            public_text(refused),
        ),
    })?;
    Ok(issued(&grid, &api, &token))
}

/// 200 with the new token, and for how long it lives.
pub(super) fn issued(grid: &Grid, api: &Api, token: &IssuedToken) -> Response {
    grid.app.metrics.token_issued(super::NAME);
    let mut response = api.success(&token.plain);
    // The described API says how many whole seconds are left once the answer has arrived: 57599 of 16 hours.
    let left = token
        .expires
        .duration_since(api.moment.now)
        .as_secs()
        .saturating_sub(1)
        .max(0);
    let cache = HeaderValue::try_from(format!("private, no-cache, max-age={left}"));
    let expires = HeaderValue::try_from(imf_fixdate(token.expires));
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, cache.expect("a number is visible ASCII"));
    headers.insert(EXPIRES, expires.expect("a date is visible ASCII"));
    response
}

/// The outcome as a label: `ok`, or the stable code.
pub(super) fn outcome<T>(answer: &Answer<T>) -> &'static str {
    match answer {
        Ok(Ok(_)) => "ok",
        Ok(Err(refused)) => refused.code,
        Err(_) => "unavailable",
    }
}

const SSO_DISABLED: Face = (
    StatusCode::BAD_REQUEST,
    "sso_disabled",
    "Single sign-on is not enabled.",
);

/// Two values for one parameter: two readers could each take another (SAML bindings §3.5.4 knows one).
fn ambiguous(api: &Api) -> Failure {
    api.failure(
        StatusCode::UNAUTHORIZED,
        "bind.ambiguous",
        "A parameter is doubled.",
    )
}

/// Which signature or decryption step failed is for the operator only: told to a stranger it is an oracle.
pub(super) fn public_key(code: &'static str) -> &'static str {
    if code.starts_with("sig.") || code.starts_with("enc.") {
        "saml.signature"
    } else {
        code
    }
}

fn public_text(refused: &Refused) -> &'static str {
    refused
        .documented_text
        .unwrap_or("The SAML response was refused.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_and_decryption_failures_look_the_same() {
        assert_eq!(public_key("assertion.audience"), "assertion.audience");
        for code in ["sig.value", "sig.key", "sig.digest", "enc.refused"] {
            assert_eq!(public_key(code), "saml.signature");
        }
    }
}
