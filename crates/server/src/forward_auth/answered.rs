//! What a proxy passes on to the API, or sends back to the client.

use crate::doors::cess::headers::{DATA, HOLDER, PROVIDER};
use crate::http::answer::{found, plain};
use axum::body::Body;
use axum::response::Response;
use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue, WWW_AUTHENTICATE};
use identity::gateway::authorization::Holder;
use identity::gateway::sessions::Transaction;
use identity::tokens::Token;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use uuid::Uuid;

const ACCOUNT: HeaderName = HeaderName::from_static("x-portaria-account");
const USER: HeaderName = HeaderName::from_static("x-portaria-user");
const USER_ID: HeaderName = HeaderName::from_static("x-portaria-user-id");
const GROUPS: HeaderName = HeaderName::from_static("x-portaria-groups");
/// Where a browser signs in; for nginx, which makes the redirect itself.
const SIGN_IN: HeaderName = HeaderName::from_static("x-portaria-sign-in");
const CORRELATION: HeaderName = crate::front::headers::CORRELATION;

/// What stands encoded in our headers: everything that is not visible ASCII, the comma between groups, and the sign itself.
const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b',').add(b'%').add(b'"');

/// 200: the proxy passes the request on, with these headers in place of the client's own.
pub(super) fn admitted(token: &Token) -> Response {
    let mut response = Response::new(Body::empty());
    let groups: Vec<String> = token.groups.iter().map(|group| encoded(group)).collect();
    let values = [
        (ACCOUNT, encoded(&token.account)),
        (USER, encoded(&token.user_name)),
        (USER_ID, encoded(&token.user_id)),
        (GROUPS, groups.join(",")),
    ];
    for (name, value) in values {
        let value = HeaderValue::try_from(value).expect("percent-encoded text is visible ASCII");
        response.headers_mut().insert(name, value);
    }
    response
}

/// 200 for a transaction: who is behind it, and what its client asked to be told.
pub(super) fn passed(transaction: &Transaction) -> Response {
    let mut response = Response::new(Body::empty());
    let holder = transaction.holder.as_ref().map(Holder::as_str);
    let told = [
        (HOLDER, holder),
        (PROVIDER, Some(transaction.provider.as_str())),
        (DATA, transaction.schema_data.as_deref()),
    ];
    for (name, value) in told {
        // A holder's name and a provider's id have no character that a header could not carry.
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// Why a request is not passed on.
pub(super) enum Denial {
    /// No token, or none that lives.
    SignIn {
        /// Where a browser may sign in, if its cookie would come along afterwards.
        offer: Option<String>,
        /// Whether to send it there at once.
        redirect: bool,
    },
    /// A token would not help, or another one would be needed.
    Forbidden,
}

impl Denial {
    pub(super) fn answer(self, correlation: Uuid) -> Response {
        let mut response = match self {
            Self::Forbidden => plain(StatusCode::FORBIDDEN),
            Self::SignIn { offer, redirect } => sign_in(offer.as_deref(), redirect),
        };
        let correlation = HeaderValue::try_from(correlation.to_string());
        response
            .headers_mut()
            .insert(CORRELATION, correlation.expect("a UUID is visible ASCII"));
        response
    }
}

fn sign_in(offer: Option<&str>, redirect: bool) -> Response {
    if let Some(response) = offer.filter(|_| redirect).and_then(found) {
        return response;
    }
    let mut response = plain(StatusCode::UNAUTHORIZED);
    // RFC 9110 §15.5.2: a 401 names a scheme.
    let headers = response.headers_mut();
    headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    if let Some(offer) = offer {
        let offer = HeaderValue::try_from(offer).expect("percent-encoded text is visible ASCII");
        headers.insert(SIGN_IN, offer);
    }
    response
}
