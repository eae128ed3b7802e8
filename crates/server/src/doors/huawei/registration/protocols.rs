//! `…/identity_providers/{id}/protocols`.

use super::{HERE, answer, desk, document, judged};
use crate::doors::huawei::Cloud;
use crate::doors::huawei::call::{Call, Failure};
use crate::http::body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use hyper::{HeaderMap, StatusCode};
use identity::store::protocols::Protocol;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Body {
    protocol: Told,
}

#[derive(Deserialize)]
struct Told {
    mapping_id: String,
}

/// `GET`: all of a provider.
pub(super) async fn list(
    State(cloud): State<Cloud>,
    call: Call,
    Path(provider): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let desk = desk(&cloud, &call, &headers)?;
    let service = &cloud.app.service;
    let all = service
        .registered_protocols(&call.moment, desk, &provider)
        .await;
    let all = judged(&call, all)?;
    let all: Vec<Value> = all
        .iter()
        .map(|one| shown(&cloud, (&provider, one)))
        .collect();
    let own = format!("{}/protocols", place(&cloud, &provider));
    let links = json!({"next": null, "previous": null, "self": own});
    Ok(answer(
        StatusCode::OK,
        &json!({"protocols": all, "links": links}),
    ))
}

/// `GET`: one.
pub(super) async fn show(
    State(cloud): State<Cloud>,
    call: Call,
    Path((provider, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let desk = desk(&cloud, &call, &headers)?;
    let service = &cloud.app.service;
    let one = service
        .registered_protocol(&call.moment, desk, (&provider, &id))
        .await;
    let one = judged(&call, one)?;
    Ok(one_of(&cloud, StatusCode::OK, (&provider, &one)))
}

/// `PUT`: a new one.
pub(super) async fn create(
    State(cloud): State<Cloud>,
    call: Call,
    Path((provider, id)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Failure> {
    put(&cloud, &call, (&provider, id), (request, false)).await
}

/// `PATCH`: with other rules.
pub(super) async fn update(
    State(cloud): State<Cloud>,
    call: Call,
    Path((provider, id)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Failure> {
    put(&cloud, &call, (&provider, id), (request, true)).await
}

async fn put(
    cloud: &Cloud,
    call: &Call,
    (provider, id): (&str, String),
    (request, replace): (Request, bool),
) -> Result<Response, Failure> {
    let headers = request.headers().clone();
    let desk = desk(cloud, call, &headers)?;
    let body: Body = document(call, (request, body::JSON)).await?;
    let protocol = Protocol {
        id,
        mapping: body.protocol.mapping_id,
    };
    let service = &cloud.app.service;
    let put = service
        .put_protocol(&call.moment, desk, (provider, protocol, replace))
        .await;
    let status = if replace {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok(one_of(cloud, status, (provider, &judged(call, put)?)))
}

/// `DELETE`.
pub(super) async fn remove(
    State(cloud): State<Cloud>,
    call: Call,
    Path((provider, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let desk = desk(&cloud, &call, &headers)?;
    let service = &cloud.app.service;
    let removed = service
        .remove_protocol(&call.moment, desk, (&provider, &id))
        .await;
    judged(&call, removed)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn one_of(cloud: &Cloud, status: StatusCode, of: (&str, &Protocol)) -> Response {
    answer(status, &json!({"protocol": shown(cloud, of)}))
}

fn shown(cloud: &Cloud, (provider, protocol): (&str, &Protocol)) -> Value {
    let place = place(cloud, provider);
    json!({
        "mapping_id": protocol.mapping,
        "id": protocol.id,
        "links": {"identity_provider": place, "self": format!("{place}/protocols/{}", protocol.id)},
    })
}

fn place(cloud: &Cloud, provider: &str) -> String {
    format!("{}{HERE}/identity_providers/{provider}", cloud.door.origin)
}
