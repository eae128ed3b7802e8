//! Our SAML metadata, from which an identity provider learns where to send people.

use super::Cloud;
use super::call::{Call, Failure};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use hyper::header::{CONTENT_TYPE, HeaderValue};

/// `GET /v3-ext/auth/OS-FEDERATION/SSO/metadata`. Always signed: who asks with `unsigned` can leave the signature alone.
pub(super) async fn show(State(cloud): State<Cloud>, call: Call) -> Result<Response, Failure> {
    let metadata = cloud
        .app
        .service
        .service_provider_metadata(&call.moment, &cloud.door.federation.provider)
        .await
        .map_err(|unavailable| call.unavailable(&unavailable))?;
    let mut response = Response::new(Body::from(metadata));
    // SAML metadata §4.1.1.
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/samlmetadata+xml"),
    );
    Ok(response)
}
