//! `/v3-ext/…/protocols/{protocol}/metadata`: import and query.

use super::{answer, desk, document, judged};
use crate::doors::huawei::Cloud;
use crate::doors::huawei::call::{Call, Failure};
use axum::extract::{Path, Request, State};
use axum::response::Response;
use hyper::{HeaderMap, StatusCode};
use identity::federation::registration::Imported;
use serde::Deserialize;
use serde_json::json;

/// Limit of a body: a document of 500 KB, every second character of it escaped.
const LIMIT: usize = 1024 * 1024;

/// `xaccount_type` is read by the vendor's own accounts only.
#[derive(Deserialize)]
struct Body {
    metadata: String,
    domain_id: String,
}

/// `POST`: import.
pub(super) async fn import(
    State(cloud): State<Cloud>,
    call: Call,
    Path((provider, protocol)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Failure> {
    let headers = request.headers().clone();
    let desk = desk(&cloud, &call, &headers)?;
    let body: Body = document(&call, (request, LIMIT)).await?;
    let imported = Imported {
        metadata: body.metadata,
        domain: body.domain_id,
    };
    let imported = cloud
        .app
        .service
        .import_metadata(&call.moment, desk, (&provider, &protocol, imported))
        .await;
    judged(&call, imported)?;
    Ok(answer(
        StatusCode::CREATED,
        &json!({"message": "Import metadata successful"}),
    ))
}

/// `GET`: query.
pub(super) async fn show(
    State(cloud): State<Cloud>,
    call: Call,
    Path((provider, protocol)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let desk = desk(&cloud, &call, &headers)?;
    let found = cloud
        .app
        .service
        .imported_metadata(&call.moment, desk, (&provider, &protocol))
        .await;
    let found = judged(&call, found)?;
    let at = found.metadata_at;
    Ok(answer(
        StatusCode::OK,
        &json!({
            "id": format!("{}:{protocol}", found.id),
            "idp_id": found.id,
            "entity_id": found.entity_id,
            "protocol_id": protocol,
            "domain_id": cloud.door.federation.provider.organization,
            "xaccount_type": "",
            "update_time": at.map(|at| at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()).unwrap_or_default(),
            "data": found.metadata,
        }),
    ))
}
