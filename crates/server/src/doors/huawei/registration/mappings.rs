//! `…/mappings`.

use super::{HERE, answer, desk, document, judged};
use crate::doors::huawei::Cloud;
use crate::doors::huawei::call::{Call, Failure};
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use hyper::{HeaderMap, StatusCode};
use identity::mapping::Dialect;
use identity::store::mappings::NamedMapping;
use serde::Deserialize;
use serde_json::{Value, json};

/// Limit of a body: rules of the largest size that is read, escaped.
const LIMIT: usize = 2 * identity::mapping::LONGEST;

#[derive(Deserialize)]
struct Body {
    mapping: Told,
}

#[derive(Deserialize)]
struct Told {
    rules: Value,
    /// Keystone's mappings have it, Huawei's do not.
    schema_version: Option<String>,
}

/// `GET`: all.
pub(super) async fn list(
    State(cloud): State<Cloud>,
    call: Call,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let desk = desk(&cloud, &call, &headers)?;
    let service = &cloud.app.service;
    let all = judged(&call, service.registered_mappings(&call.moment, desk).await)?;
    let all: Vec<Value> = all.iter().map(|one| shown(&cloud, one)).collect();
    let own = format!("{}{HERE}/mappings", cloud.door.origin);
    let links = json!({"next": null, "previous": null, "self": own});
    Ok(answer(
        StatusCode::OK,
        &json!({"mappings": all, "links": links}),
    ))
}

/// `GET`: one.
pub(super) async fn show(
    State(cloud): State<Cloud>,
    call: Call,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let desk = desk(&cloud, &call, &headers)?;
    let service = &cloud.app.service;
    let one = service.registered_mapping(&call.moment, desk, &id).await;
    Ok(one_of(&cloud, StatusCode::OK, &judged(&call, one)?))
}

/// `PUT`: new rules.
pub(super) async fn create(
    State(cloud): State<Cloud>,
    call: Call,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    put(&cloud, &call, id, (request, false)).await
}

/// `PATCH`: other rules of that name.
pub(super) async fn update(
    State(cloud): State<Cloud>,
    call: Call,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    put(&cloud, &call, id, (request, true)).await
}

async fn put(
    cloud: &Cloud,
    call: &Call,
    id: String,
    (request, replace): (Request, bool),
) -> Result<Response, Failure> {
    let headers = request.headers().clone();
    let desk = desk(cloud, call, &headers)?;
    let body: Body = document(call, (request, LIMIT)).await?;
    let told = body.mapping;
    let mapping = NamedMapping {
        id,
        rules: told.rules.to_string(),
        dialect: if told.schema_version.is_some() {
            Dialect::Keystone
        } else {
            Dialect::Huawei
        },
    };
    let service = &cloud.app.service;
    let put = service
        .put_mapping(&call.moment, desk, (mapping, replace))
        .await;
    let status = if replace {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok(one_of(cloud, status, &judged(call, put)?))
}

/// `DELETE`.
pub(super) async fn remove(
    State(cloud): State<Cloud>,
    call: Call,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let desk = desk(&cloud, &call, &headers)?;
    let service = &cloud.app.service;
    judged(&call, service.remove_mapping(&call.moment, desk, &id).await)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn one_of(cloud: &Cloud, status: StatusCode, mapping: &NamedMapping) -> Response {
    answer(status, &json!({"mapping": shown(cloud, mapping)}))
}

fn shown(cloud: &Cloud, mapping: &NamedMapping) -> Value {
    let rules: Value = serde_json::from_str(&mapping.rules).unwrap_or_default();
    let own = format!("{}{HERE}/mappings/{}", cloud.door.origin, mapping.id);
    json!({"id": mapping.id, "rules": rules, "links": {"self": own}})
}
