//! A transaction: authenticate, forward, end. Any path but `/revoke`.

use super::Cess;
use super::ending::{Ending, EndingBody};
use super::forward::Forwarding;
use super::headers::{DATA, Demand};
use super::problem::{not_begun, problem, unavailable};
use crate::http::At;
use axum::extract::{Request, State};
use axum::response::Response;
use hyper::StatusCode;
use hyper::header::{CONTENT_LENGTH, HeaderValue};
use std::net::IpAddr;

pub(super) async fn transaction(
    State(cess): State<Cess>,
    At(moment): At,
    request: Request,
) -> Response {
    let demand = match Demand::read(request.headers()) {
        Ok(demand) => demand,
        Err(response) => return *response,
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
        .begin_transaction(&moment, &cess.gateway, demand.parts())
        .await;
    let transaction = match begun {
        Ok(Ok(transaction)) => transaction,
        Ok(Err(why)) => return not_begun(&why),
        Err(away) => return unavailable(&away),
    };
    let data = transaction.schema_data.clone();
    // From here on the session ends, whatever happens: the guard ends it when it is dropped.
    let ending = Ending::new(&cess, transaction);
    let mut response = forward(forwarding, (request, moment.client), ending).await;
    // What an upstream writes under our name is not ours.
    response.headers_mut().remove(DATA);
    if let Some(value) = data.and_then(|data| HeaderValue::from_str(&data).ok()) {
        response.headers_mut().insert(DATA, value);
    }
    response
}

async fn forward(
    forwarding: Forwarding<'_>,
    (request, client): (Request, Option<IpAddr>),
    ending: Ending,
) -> Response {
    let from = (ending.transaction(), client);
    let sent = forwarding.send(request, from).await;
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
