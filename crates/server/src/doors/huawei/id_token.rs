//! `POST …/identity_providers/{provider}/protocols/{protocol}/auth`: an ID token buys an unscoped token.

use super::Cloud;
use super::call::{Call, Failure};
use super::federation::finished;
use super::problem::Problem;
use crate::http::authorization::bearer;
use axum::extract::{Path, State};
use axum::response::Response;
use hyper::HeaderMap;

/// `POST`: the ID token is the bearer token of the request.
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
