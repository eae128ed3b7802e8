//! `/v3/OS-FEDERATION`, `/v3-ext/OS-FEDERATION` and `/v3.0/OS-FEDERATION`: identity providers, protocols, mappings, metadata and issuers,
//! for administrators.
//!
//! This module owns the documents and status codes of these calls; who may make them and what is refused is for
//! `identity::federation::registration`.
//!
//! * [`providers`]: identity providers · [`protocols`]: their protocols · [`mappings`]: rules · [`metadata`]: import and query ·
//!   [`openid`]: who they are by OpenID Connect

mod mappings;
mod metadata;
mod openid;
mod protocols;
mod providers;

use super::Cloud;
use super::call::{Call, Failure, header};
use super::problem::{Problem, json};
use crate::http::body;
use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::get;
use hyper::{HeaderMap, StatusCode};
use identity::federation::registration::{Desk, Registered, Unregistered};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Where these calls stand.
const HERE: &str = "/v3/OS-FEDERATION";

/// Their routes.
pub(super) fn routes() -> Router<Cloud> {
    let provider = format!("{HERE}/identity_providers/{{id}}");
    let protocol = format!("{provider}/protocols/{{protocol}}");
    let mapping = format!("{HERE}/mappings/{{id}}");
    Router::new()
        .route(&format!("{HERE}/identity_providers"), get(providers::list))
        .route(
            &provider,
            get(providers::show)
                .put(providers::create)
                .patch(providers::update)
                .delete(providers::remove),
        )
        .route(&format!("{provider}/protocols"), get(protocols::list))
        .route(
            &protocol,
            get(protocols::show)
                .put(protocols::create)
                .patch(protocols::update)
                .delete(protocols::remove),
        )
        .route(&format!("{HERE}/mappings"), get(mappings::list))
        .route(
            &mapping,
            get(mappings::show)
                .put(mappings::create)
                .patch(mappings::update)
                .delete(mappings::remove),
        )
        .route(
            "/v3-ext/OS-FEDERATION/identity_providers/{id}/protocols/{protocol}/metadata",
            get(metadata::show).post(metadata::import),
        )
        .route(
            // Here alone the API has a hyphen.
            "/v3.0/OS-FEDERATION/identity-providers/{id}/openid-connect-config",
            get(openid::show).post(openid::create).put(openid::update),
        )
}

/// Who registers, here.
fn desk<'a>(cloud: &'a Cloud, call: &Call, headers: &'a HeaderMap) -> Result<Desk<'a>, Failure> {
    let auth = header(headers, "x-auth-token").ok_or_else(|| call.problem(Problem::TOKEN))?;
    Ok(Desk {
        federation: &cloud.door.federation,
        auth,
    })
}

/// The JSON document of a request.
async fn document<T: DeserializeOwned>(
    call: &Call,
    (request, limit): (Request, usize),
) -> Result<T, Failure> {
    let bytes = body::read(request, limit)
        .await
        .map_err(|fault| call.body_fault(fault))?;
    serde_json::from_slice(&bytes).map_err(|_| call.problem(Problem::BODY))
}

/// What came of it, or the face of why not. This is where that is logged.
fn judged<T>(call: &Call, registered: Registered<T>) -> Result<T, Failure> {
    let why = match registered {
        Ok(Ok(outcome)) => return Ok(outcome),
        Ok(Err(why)) => why,
        Err(unavailable) => return Err(call.unavailable(&unavailable)),
    };
    let (code, detail) = (why.code(), why.to_string());
    tracing::info!(code, detail, correlation = %call.moment.correlation, "refused");
    Err(call.problem(match &why {
        Unregistered::Refused(refused) if refused.code == "token.invalid" => Problem::TOKEN,
        Unregistered::Refused(_) => Problem::FORBIDDEN,
        Unregistered::Unknown(what) => Problem::unknown(what),
        Unregistered::Exists(_) | Unregistered::InUse(_) => Problem::conflict(&detail),
        Unregistered::Faulty(what) => Problem::faulty(what),
    }))
}

fn answer(status: StatusCode, document: &impl Serialize) -> Response {
    json(
        status,
        serde_json::to_vec(document).expect("documents have text keys only"),
    )
}
