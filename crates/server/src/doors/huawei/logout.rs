//! The identity provider ends a session: the tokens that came from it end too.

use super::Cloud;
use super::call::{Call, Failure};
use super::problem::Problem;
use crate::http::answer;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use identity::logout::LogoutOutcome;

/// `GET /v3-ext/auth/OS-FEDERATION/SSO/SAML2/SLO`: a LogoutRequest by redirect (SAML bindings §3.4), which is answered.
pub(super) async fn saml_logout(
    State(cloud): State<Cloud>,
    call: Call,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let provider = &cloud.door.federation.provider;
    let judged = cloud
        .app
        .service
        // The detached signature covers the parameters as they were sent (SAML bindings §3.4.4.1), so they stay raw.
        .service_provider_logout(&call.moment, provider, query.as_deref().unwrap_or_default())
        .await;
    let outcome = call.judged(judged, |refused| match refused.code {
        "bind.missing" => Problem::missing("SAMLRequest"),
        code if code.starts_with("bind.") || code.starts_with("xml.") => {
            Problem::invalid("SAMLRequest")
        }
        _ => Problem::AUTHENTICATION,
    })?;
    match outcome {
        LogoutOutcome::Done => Ok(StatusCode::NO_CONTENT.into_response()),
        LogoutOutcome::Redirect(url) => {
            answer::found(&url).ok_or_else(|| call.problem(Problem::invalid("SAMLRequest")))
        }
    }
}
