//! `POST /idp/profile/SAML2/SOAP/ECP`: an enhanced client brings a request and its person's password (SAML profiles §4.2).
//!
//! There is no page and nobody to ask: a person with a second factor is told that they must sign in with a browser.

use crate::http::authorization::basic;
use crate::http::body;
use crate::sign_on::{Desk, Failure, Visit, Wrong};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use axum::http::{Response, StatusCode};
use identity::login::{Credentials, NextStep, Secret};
use identity::sso::Came;
use identity::{Moment, Refused, Unavailable};
use saml::bindings::{post, soap};
use saml::ecp;
use std::sync::Arc;

/// SOAP 1.1 §6.1.1.
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("text/xml; charset=utf-8");
/// The document has no name for whom one signs in to; RFC 7617 §2.1 asks for UTF-8.
const CHALLENGE: HeaderValue =
    HeaderValue::from_static("Basic realm=\"identity provider\", charset=\"UTF-8\"");

/// Why there is no response.
enum Denied {
    /// No name and password came along, or they are wrong.
    Credentials,
    /// There were too many attempts.
    Throttled,
    /// A one-time code is needed, and this profile has no place for one.
    SecondFactor,
    /// The body is no envelope in time and size.
    Body(body::BodyFault),
    /// Everything else.
    Failure(Failure),
}

impl From<Failure> for Denied {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<Refused> for Denied {
    fn from(refused: Refused) -> Self {
        Self::Failure(refused.into())
    }
}

impl From<Unavailable> for Denied {
    fn from(unavailable: Unavailable) -> Self {
        Self::Failure(unavailable.into())
    }
}

/// `POST`
pub(super) async fn carried(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    request: Request,
) -> Response<Body> {
    match answered(&desk, &visit, request).await {
        Ok(envelope) => written(StatusCode::OK, envelope),
        Err(denied) => denied.fault(&visit.moment),
    }
}

async fn answered(desk: &Desk, visit: &Visit, request: Request) -> Result<String, Denied> {
    // A browser may know the password for this address; a page of somebody else must not make use of it.
    if visit.foreign() {
        return Err(Failure::Foreign.into());
    }
    let typed = basic(request.headers());
    let envelope = body::read(request, body::SAML)
        .await
        .map_err(Denied::Body)?;
    let moment = &visit.moment;
    let asked = desk.judge(moment, Came::Soap(&envelope)).await?;
    let (user_name, password) = typed.ok_or(Denied::Credentials)?;
    let credentials = Credentials {
        user_name,
        password: Secret::new(password.expose()),
        code: None,
    };
    let session = match desk.sign_in(moment, &credentials).await? {
        NextStep::SignedIn { session, .. } => session,
        NextStep::AskSecondFactor { .. } => return Err(Denied::SecondFactor),
        NextStep::Refused(refused) => {
            return Err(match Wrong::of(refused)? {
                Wrong::Throttled => Denied::Throttled,
                Wrong::Credentials | Wrong::StartAgain => Denied::Credentials,
            });
        }
    };
    let vouched = desk.vouch(moment, &session, &asked).await?;
    let response = post::decode(&vouched.saml_response).map_err(Refused::from)?;
    let envelope = ecp::response(&vouched.acs, &response);
    Ok(envelope.map_err(|error| Unavailable(Box::new(error)))?)
}

impl Denied {
    /// A SOAP fault. Its HTTP status says whose fault it is, as everywhere here; SOAP 1.1 §6.2 would have 500 for all of them, and
    /// nobody could tell a wrong password from a broken server.
    fn fault(self, moment: &Moment) -> Response<Body> {
        let (status, code, sentence) = match &self {
            Self::Credentials => (
                StatusCode::UNAUTHORIZED,
                "login.credentials",
                "User name and password are missing or wrong.",
            ),
            Self::Throttled => (
                StatusCode::TOO_MANY_REQUESTS,
                "login.throttled",
                "There were too many attempts. Try again later.",
            ),
            Self::SecondFactor => (
                StatusCode::FORBIDDEN,
                "login.second_factor",
                "A one-time code is needed, and this client cannot give one. Sign in with a browser.",
            ),
            Self::Body(fault) => (
                fault.status(),
                "soap.envelope",
                "The request cannot be read.",
            ),
            Self::Failure(failure) => {
                failure.log(moment);
                (failure.status(), failure.code(), "The request was refused.")
            }
        };
        if !matches!(self, Self::Failure(_)) {
            tracing::info!(code, correlation = %moment.correlation, "sign-on refused");
        }
        let blame = match code {
            "soap.must_understand" => soap::Blame::MustUnderstand,
            _ if status.is_server_error() => soap::Blame::Server,
            _ => soap::Blame::Client,
        };
        let fault = soap::fault(blame, sentence, code).expect("codes and sentences are plain text");
        let mut response = written(status, fault);
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, CHALLENGE);
        }
        match self {
            Self::Failure(failure) => failure.completed(response),
            _ => response,
        }
    }
}

fn written(status: StatusCode, envelope: String) -> Response<Body> {
    let mut response = Response::new(Body::from(envelope));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, MEDIA_TYPE);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
