//! `/v3-ext/auth/OS-FEDERATION/SSO/SAML2/POST` and `…/ECP`: where browsers and enhanced clients bring the response that was
//! asked for.

use super::call::{Call, Failure};
use super::federation::{counted, finished};
use super::problem::Problem;
use super::{Cloud, binding, document};
use crate::http::body::SAML;
use crate::http::{BodyFault, Form, body};
use crate::pages::{hand_over, language};
use axum::extract::{Request, State};
use axum::response::Response;
use hyper::HeaderMap;
use hyper::header::{CONTENT_TYPE, SET_COOKIE};
use saml::ecp;

/// `POST …/POST`: the token, as JSON, or posted on to the page where the browser wanted it.
pub(super) async fn posted(
    State(cloud): State<Cloud>,
    call: Call,
    headers: HeaderMap,
    form: Result<Form<SAML>, BodyFault>,
) -> Result<Response, Failure> {
    let Form(fields) = form.map_err(|fault| call.body_fault(fault))?;
    let response = fields
        .one("SAMLResponse")
        .map_err(|_| call.problem(Problem::invalid("SAMLResponse")))?
        .filter(|response| !response.is_empty())
        .ok_or_else(|| call.problem(Problem::missing("SAMLResponse")))?;
    let shown = binding::shown(&headers);
    let bindings: Vec<&str> = shown.iter().map(String::as_str).collect();
    let outcome = cloud
        .app
        .service
        .finish_federation_in_browser(&call.moment, &cloud.door.federation, response, &bindings)
        .await;
    let finished = counted(&cloud, &call, outcome)?;
    let mut response = match &finished.dashboard {
        Some(dashboard) => {
            let words = language::words(&headers);
            hand_over::token(words, dashboard, &finished.issued.plain)
        }
        None => document::created(&finished.issued, None),
    };
    response.headers_mut().append(SET_COOKIE, binding::clear());
    Ok(response)
}

/// `POST …/ECP`: the token.
pub(super) async fn carried(
    State(cloud): State<Cloud>,
    call: Call,
    request: Request,
) -> Result<Response, Failure> {
    let media_type = request.headers().get(CONTENT_TYPE);
    let essence = media_type.and_then(|value| value.to_str().ok()?.split(';').next());
    // SAML bindings §3.3.2: a page of somebody else cannot make a browser send this type unasked.
    if !essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(ecp::MEDIA_TYPE)) {
        return Err(call.body_fault(BodyFault::MediaType));
    }
    let envelope = body::read(request, SAML)
        .await
        .map_err(|fault| call.body_fault(fault))?;
    let outcome = cloud
        .app
        .service
        .finish_federation_by_client(&call.moment, &cloud.door.federation, &envelope)
        .await;
    finished(&cloud, &call, outcome)
}
