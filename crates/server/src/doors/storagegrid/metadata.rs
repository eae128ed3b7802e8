//! Our SAML metadata, from which an identity provider learns where to send people and with which keys.

use crate::doors::storagegrid::Grid;
use crate::doors::storagegrid::api::{Api, Failure};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use hyper::header::{CONTENT_TYPE, HeaderValue};

/// `GET /api/saml-metadata`.
pub(super) async fn saml_metadata(State(grid): State<Grid>, api: Api) -> Result<Response, Failure> {
    let metadata = grid
        .app
        .service
        .service_provider_metadata(&api.moment, &grid.door.entity)
        .await;
    let metadata = metadata.map_err(|unavailable| api.unavailable(&unavailable))?;
    let mut response = Response::new(Body::from(metadata));
    // SAML metadata §4.1.1.
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/samlmetadata+xml"),
    );
    Ok(response)
}
