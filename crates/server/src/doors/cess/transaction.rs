//! A transaction: authenticate, forward, end. Any path but `/revoke`.

use super::Cess;
use super::ending::{Ending, EndingBody};
use super::forward::Forwarding;
use super::problem::{not_begun, problem, unavailable};
use crate::http::At;
use axum::extract::{Request, State};
use axum::response::Response;
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderName, HeaderValue};
use hyper::{HeaderMap, StatusCode};
use identity::gateway::authorization::{Credential, Malformed};
use identity::gateway::transaction::{BadWish, Wishes};

/// What a client asks of its session.
const CONFIGURATION: HeaderName = HeaderName::from_static("vcschemacfg");
/// What it is told.
const DATA: HeaderName = HeaderName::from_static("vcschemadata");

pub(super) async fn transaction(
    State(cess): State<Cess>,
    At(moment): At,
    request: Request,
) -> Response {
    let credential = match credential(request.headers()) {
        Ok(credential) => credential,
        Err(malformed) => {
            return problem(
                StatusCode::UNAUTHORIZED,
                malformed.code(),
                &malformed.to_string(),
            );
        }
    };
    let wishes = match wishes(request.headers()) {
        Ok(wishes) => wishes,
        Err(bad) => return problem(StatusCode::BAD_REQUEST, bad.code(), &bad.to_string()),
    };
    // Before a one-time password is spent on it: a path that leads nowhere.
    let Some(forwarding) = cess.upstreams.prepare(&request) else {
        return problem(
            StatusCode::NOT_FOUND,
            "gateway.no_upstream",
            "Nothing is configured for this path.",
        );
    };
    let begun = cess
        .app
        .service
        .begin_transaction(&moment, &cess.gateway, (credential, wishes))
        .await;
    let transaction = match begun {
        Ok(Ok(transaction)) => transaction,
        Ok(Err(why)) => return not_begun(&why),
        Err(away) => return unavailable(&away),
    };
    let data = transaction.schema_data.clone();
    // From here on the session ends, whatever happens: the guard ends it when it is dropped.
    let ending = Ending::new(&cess, transaction);
    let mut response = forward(forwarding, request, ending).await;
    // What an upstream writes under our name is not ours.
    response.headers_mut().remove(DATA);
    if let Some(value) = data.and_then(|data| HeaderValue::from_str(&data).ok()) {
        response.headers_mut().insert(DATA, value);
    }
    response
}

async fn forward(forwarding: Forwarding<'_>, request: Request, ending: Ending) -> Response {
    let sent = forwarding.send(request, ending.transaction()).await;
    match sent {
        Ok((answer, chunks)) => {
            let outcome = format!("upstream {}", answer.status().as_u16());
            let length = answer
                .headers()
                .get(CONTENT_LENGTH)
                .and_then(|v| v.to_str().ok()?.parse().ok());
            let body = EndingBody::begin(chunks, ending, (outcome, length)).await;
            answer.map(|()| body)
        }
        Err(fault) => {
            ending.end(fault.code()).await;
            problem(
                fault.status(),
                fault.code(),
                "The service behind the gateway gives no answer.",
            )
        }
    }
}

fn credential(headers: &HeaderMap) -> Result<Credential, Malformed> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Err(Malformed::Missing),
        (Some(value), None) => Credential::read(value.to_str().map_err(|_| Malformed::Header)?),
        (Some(_), Some(_)) => Err(Malformed::Header),
    }
}

/// A header that is doubled, or not text, asks for nothing that could be obeyed.
fn wishes(headers: &HeaderMap) -> Result<Wishes, BadWish> {
    let mut values = headers.get_all(CONFIGURATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(Wishes::default()),
        (Some(value), None) => Wishes::read(value.to_str().map_err(|_| BadWish("VCSchemaCfg"))?),
        (Some(_), Some(_)) => Err(BadWish("VCSchemaCfg")),
    }
}
