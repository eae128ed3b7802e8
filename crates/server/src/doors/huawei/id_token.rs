//! An ID token buys a token: `POST …/identity_providers/{provider}/protocols/{protocol}/auth`, and `POST
//! /v3.0/OS-AUTH/id-token/tokens`.

use super::Cloud;
use super::call::{Call, Failure, header};
use super::federation::{counted, finished};
use super::problem::Problem;
use super::request::IdTokenRequest;
use super::{document, tokens};
use crate::http::authorization::bearer;
use crate::http::body;
use axum::extract::{Path, RawQuery, Request, State};
use axum::response::Response;
use hyper::HeaderMap;
use identity::federation::OPENID;

/// `POST …/auth`: the ID token is the bearer token of the request.
pub(super) async fn redeem(
    State(cloud): State<Cloud>,
    call: Call,
    Path((provider, protocol)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let id_token =
        bearer(&headers).ok_or_else(|| call.problem(Problem::missing("Authorization")))?;
    let outcome = cloud
        .app
        .service
        .redeem_id_token(
            &call.moment,
            &cloud.door.federation,
            (&provider, &protocol, id_token),
        )
        .await;
    finished(&cloud, &call, outcome)
}

/// `POST /v3.0/OS-AUTH/id-token/tokens`: it stands in the document, perhaps with what its token is to open.
pub(super) async fn redeem_document(
    State(cloud): State<Cloud>,
    call: Call,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Failure> {
    let headers = request.headers().clone();
    let provider =
        header(&headers, "x-idp-id").ok_or_else(|| call.problem(Problem::missing("X-Idp-Id")))?;
    let bytes = body::read(request, body::JSON)
        .await
        .map_err(|fault| call.body_fault(fault))?;
    let asked = IdTokenRequest::read(&bytes).ok_or_else(|| call.problem(Problem::BODY))?;
    let (service, federation) = (&cloud.app.service, &cloud.door.federation);
    let shown = (provider, OPENID, asked.id_token.as_str());
    let redeemed = service
        .redeem_id_token(&call.moment, federation, shown)
        .await;
    let unscoped = counted(&cloud, &call, redeemed)?;
    let Some(wanted) = &asked.wanted else {
        return Ok(document::created(&unscoped, None));
    };
    let scoped = service
        .scope_by_token(&call.moment, federation, (&unscoped.plain, wanted))
        .await;
    let scoped = call.judged(scoped, tokens::face)?;
    cloud.app.metrics.token_issued(super::NAME);
    let catalog = tokens::catalog(&cloud, query.as_deref());
    Ok(document::created(&scoped, catalog))
}
