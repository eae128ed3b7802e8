//! `/v3.0/OS-FEDERATION/tokens`: a response of an identity provider buys an unscoped token.

use super::call::{Call, Failure, header};
use super::problem::Problem;
use super::{Cloud, document};
use crate::http::body::SAML;
use crate::http::{BodyFault, Form};
use axum::extract::State;
use axum::response::Response;
use hyper::HeaderMap;
use identity::Refused;
use identity::error::Answer;
use identity::federation::IssuedFederationToken;

/// `POST`. Other headers, such as those with which the vendor's SDKs sign every request, are not looked at.
pub(super) async fn create(
    State(cloud): State<Cloud>,
    call: Call,
    headers: HeaderMap,
    form: Result<Form<SAML>, BodyFault>,
) -> Result<Response, Failure> {
    let Form(fields) = form.map_err(|fault| call.body_fault(fault))?;
    let provider =
        header(&headers, "x-idp-id").ok_or_else(|| call.problem(Problem::missing("X-Idp-Id")))?;
    // Two values for one parameter: two readers could each take another (SAML bindings §3.5.4 knows one).
    let response = fields
        .one("SAMLResponse")
        .map_err(|_| call.problem(Problem::invalid("SAMLResponse")))?
        .filter(|response| !response.is_empty())
        .ok_or_else(|| call.problem(Problem::missing("SAMLResponse")))?;

    let redeemed = cloud
        .app
        .service
        .redeem_unsolicited(&call.moment, &cloud.door.federation, (provider, response))
        .await;
    finished(&cloud, &call, redeemed)
}

/// 201 with the token that a sign-on gave, or the face of its refusal.
pub(super) fn finished(
    cloud: &Cloud,
    call: &Call,
    outcome: Answer<IssuedFederationToken>,
) -> Result<Response, Failure> {
    let issued = counted(cloud, call, outcome)?;
    Ok(document::created(&issued, None))
}

/// What a sign-on gave; counted, and refused with its face.
pub(super) fn counted<T>(cloud: &Cloud, call: &Call, outcome: Answer<T>) -> Result<T, Failure> {
    let name = match &outcome {
        Ok(Ok(_)) => "ok",
        Ok(Err(refused)) => refused.code,
        Err(_) => "unavailable",
    };
    cloud.app.metrics.sign_on(super::NAME, name);
    let given = call.judged(outcome, face)?;
    cloud.app.metrics.token_issued(super::NAME);
    Ok(given)
}

/// What can be repaired by sending another form is a 400; who may not come in however the response looks is a 403; a response
/// that is not believed is a 401, without saying which of its properties was not.
pub(super) fn face(refused: &Refused) -> Problem {
    match refused.code {
        "protocol.unknown" => Problem::NOT_FOUND,
        "idp.disabled" | "unsolicited" => Problem::FORBIDDEN,
        code if code.starts_with("mapping.") => Problem::FORBIDDEN,
        code if code.starts_with("bind.") || code.starts_with("xml.") => {
            Problem::invalid("SAMLResponse")
        }
        code if code.starts_with("soap.") => Problem::BODY,
        _ => Problem::AUTHENTICATION,
    }
}
