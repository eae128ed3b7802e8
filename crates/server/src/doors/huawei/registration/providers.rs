//! `…/identity_providers`.

use super::{HERE, answer, desk, document, judged};
use crate::doors::huawei::Cloud;
use crate::doors::huawei::call::{Call, Failure};
use crate::doors::huawei::problem::Problem;
use crate::http::body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use hyper::{HeaderMap, StatusCode};
use identity::federation::registration::{Description, SsoType};
use identity::store::identity_providers::IdentityProvider;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Body {
    identity_provider: Told,
}

#[derive(Deserialize)]
struct Told {
    sso_type: Option<String>,
    description: Option<String>,
    enabled: Option<bool>,
}

impl Told {
    fn description(self, call: &Call) -> Result<Description, Failure> {
        let sso = match self.sso_type {
            Some(name) => {
                Some(SsoType::of(&name).ok_or_else(|| call.problem(Problem::invalid("sso_type")))?)
            }
            None => None,
        };
        Ok(Description {
            sso,
            description: self.description,
            enabled: self.enabled,
        })
    }
}

/// `GET`: all.
pub(super) async fn list(
    State(cloud): State<Cloud>,
    call: Call,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let desk = desk(&cloud, &call, &headers)?;
    let service = &cloud.app.service;
    let all = judged(
        &call,
        service.registered_providers(&call.moment, desk).await,
    )?;
    let all: Vec<Value> = all.iter().map(|one| shown(&cloud, one)).collect();
    let links = json!({"next": null, "previous": null, "self": format!("{}{HERE}/identity_providers", cloud.door.origin)});
    Ok(answer(
        StatusCode::OK,
        &json!({"identity_providers": all, "links": links}),
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
    let one = service.registered_provider(&call.moment, desk, &id).await;
    Ok(one_of(&cloud, StatusCode::OK, &judged(&call, one)?))
}

/// `PUT`: a new one.
pub(super) async fn create(
    State(cloud): State<Cloud>,
    call: Call,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let headers = request.headers().clone();
    let desk = desk(&cloud, &call, &headers)?;
    let body: Body = document(&call, (request, body::JSON)).await?;
    let told = body.identity_provider.description(&call)?;
    let service = &cloud.app.service;
    let added = service.add_provider(&call.moment, desk, (&id, told)).await;
    Ok(one_of(&cloud, StatusCode::CREATED, &judged(&call, added)?))
}

/// `PATCH`: described anew.
pub(super) async fn update(
    State(cloud): State<Cloud>,
    call: Call,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let headers = request.headers().clone();
    let desk = desk(&cloud, &call, &headers)?;
    let body: Body = document(&call, (request, body::JSON)).await?;
    let told = body.identity_provider.description(&call)?;
    let service = &cloud.app.service;
    let told = service
        .describe_provider(&call.moment, desk, (&id, told))
        .await;
    Ok(one_of(&cloud, StatusCode::OK, &judged(&call, told)?))
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
    judged(
        &call,
        service.remove_provider(&call.moment, desk, &id).await,
    )?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn one_of(cloud: &Cloud, status: StatusCode, provider: &IdentityProvider) -> Response {
    answer(
        status,
        &json!({"identity_provider": shown(cloud, provider)}),
    )
}

fn shown(cloud: &Cloud, provider: &IdentityProvider) -> Value {
    let own = format!(
        "{}{HERE}/identity_providers/{}",
        cloud.door.origin, provider.id
    );
    let known = !provider.metadata.is_empty();
    let remote_ids: Vec<&str> = known
        .then_some(provider.entity_id.as_str())
        .into_iter()
        .collect();
    json!({
        "sso_type": provider.sso.name(),
        "id": provider.id,
        "description": provider.description.as_deref().unwrap_or_default(),
        "enabled": provider.enabled,
        "remote_ids": remote_ids,
        "links": {"self": own, "protocols": format!("{own}/protocols")},
    })
}
