//! Our SAML metadata, from which an identity provider learns where to send people.

use super::Cloud;
use super::call::{Call, Failure};
use crate::http::Fields;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use hyper::header::{CONTENT_TYPE, HeaderValue};

/// `GET /v3-ext/auth/OS-FEDERATION/SSO/metadata`. Signed, unless `unsigned=true` asks for less.
pub(super) async fn show(
    State(cloud): State<Cloud>,
    call: Call,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let (service, provider) = (&cloud.app.service, &cloud.door.federation.provider);
    let unsigned = Fields::parse(query.as_deref().unwrap_or_default())
        .is_ok_and(|parameters| parameters.one("unsigned") == Ok(Some("true")));
    let metadata = if unsigned {
        let metadata = service.unsigned_service_provider_metadata(&call.moment, provider);
        metadata.await
    } else {
        let metadata = service.service_provider_metadata(&call.moment, provider);
        metadata.await
    };
    let metadata = metadata.map_err(|unavailable| call.unavailable(&unavailable))?;
    let mut response = Response::new(Body::from(metadata));
    // SAML metadata §4.1.1.
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/samlmetadata+xml"),
    );
    Ok(response)
}
