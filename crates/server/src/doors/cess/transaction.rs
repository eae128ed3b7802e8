//! A transaction: authenticate, forward, end. Any path but `/revoke`.

use super::Cess;
use super::ending::{Ending, EndingBody};
use super::forward::Forwarding;
use super::headers::{DATA, Demand};
use super::onward::Way;
use super::problem::{not_begun, problem, unavailable};
use crate::http::{At, Scheme};
use axum::extract::{Request, State};
use axum::response::Response;
use hyper::StatusCode;
use hyper::header::{CONTENT_LENGTH, HeaderValue};
use identity::gateway::authorization::Credential;
use identity::gateway::sessions::NotBegun;
use identity::gateway::transaction::Wishes;
use identity::{Moment, Unavailable};

pub(super) async fn transaction(
    State(cess): State<Cess>,
    At(moment): At,
    scheme: Scheme,
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
    let way = Way {
        client: moment.client,
        scheme,
    };
    let demand = demand.of_application(forwarding.lifetime());
    let ending = match begin(&cess, moment, demand).await {
        Ok(Ok(ending)) => ending,
        Ok(Err(why)) => return not_begun(&why),
        Err(away) => return unavailable(&away),
    };
    let data = ending.transaction().schema_data.clone();
    let mut response = forward(forwarding, (request, way), ending).await;
    // What an upstream writes under our name is not ours.
    response.headers_mut().remove(DATA);
    if let Some(value) = data.and_then(|data| HeaderValue::from_str(&data).ok()) {
        response.headers_mut().insert(DATA, value);
    }
    response
}

/// Begins it. From then on the session ends, whatever happens: the guard ends it when it is dropped. In a task of its own,
/// because a client that goes away takes its request's future along, and with it the token of a session that a PSC is opening.
async fn begin(
    cess: &Cess,
    moment: Moment,
    demand: (Credential, Wishes),
) -> Result<Result<Ending, NotBegun>, Unavailable> {
    let cess = cess.clone();
    let beginning = tokio::spawn(async move {
        let begun = cess
            .app
            .service
            .begin_transaction(&moment, &cess.gateway, demand)
            .await?;
        Ok(begun.map(|transaction| Ending::new(&cess, transaction)))
    });
    beginning
        .await
        .unwrap_or_else(|lost| Err(Unavailable::because(lost.to_string())))
}

async fn forward(
    forwarding: Forwarding<'_>,
    (request, way): (Request, Way),
    ending: Ending,
) -> Response {
    let sent = forwarding.send(request, (ending.transaction(), way)).await;
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
            ending.end(fault.code().to_owned()).await;
            problem(
                fault.status(),
                fault.code(),
                "The service behind the gateway gives no answer.",
            )
        }
    }
}
