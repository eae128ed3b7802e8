//! What a service of the cloud needs to verify signed tokens without asking: the keys, and the list of revoked tokens.

use super::Cloud;
use super::call::{Call, Failure};
use super::problem::json;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
use hyper::{HeaderMap, StatusCode};
use identity::jwt_keys::PUBLISHED_AHEAD;

/// How long a list of revoked tokens may be kept, in seconds: a tenth of the time for which it may be believed.
const LIST_MAX_AGE: HeaderValue = HeaderValue::from_static("max-age=30");

/// `GET /v3-ext/auth/OS-FEDERATION/jwks` (RFC 7517 §5).
pub(super) async fn keys(State(cloud): State<Cloud>, call: Call) -> Result<Response, Failure> {
    let provider = &cloud.door.federation.provider;
    let keys = cloud
        .app
        .service
        .published_jwt_keys(&call.moment, &provider.organization, &provider.door)
        .await
        .map_err(|unavailable| call.unavailable(&unavailable))?;
    let mut response = json(
        StatusCode::OK,
        serde_json::to_vec(&keys).expect("keys have text members only"),
    );
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/jwk-set+json"),
    );
    let age = format!("max-age={}", PUBLISHED_AHEAD.as_secs());
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_str(&age).expect("a word and a number"),
    );
    Ok(response)
}

/// `GET /v3-ext/auth/OS-FEDERATION/revocations`: a compact JWS.
pub(super) async fn revocations(
    State(cloud): State<Cloud>,
    call: Call,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let list = cloud
        .app
        .service
        .revocations(&call.moment, &cloud.door.federation)
        .await
        .map_err(|unavailable| call.unavailable(&unavailable))?;
    let known = headers
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| tags.split(',').any(|tag| tag.trim() == list.tag));
    let mut response = if known {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        let mut response = Response::new(Body::from(list.signed.clone()));
        let kind = HeaderValue::from_static("application/jwt");
        response.headers_mut().insert(CONTENT_TYPE, kind);
        response
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, LIST_MAX_AGE);
    headers.insert(
        ETAG,
        HeaderValue::from_str(&list.tag).expect("base64 and a number"),
    );
    Ok(response)
}
