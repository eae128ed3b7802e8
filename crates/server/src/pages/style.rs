//! The one stylesheet, served by every door from its own host so that pages load nothing from elsewhere.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};

/// Where pages find it.
pub const PATH: &str = "/static/portaria.css";

const STYLE: &str = include_str!("../../static/portaria.css");
/// The text changes only with the program, so its version names it.
const TAG: &str = concat!("\"", env!("CARGO_PKG_VERSION"), "\"");

/// The route of the stylesheet.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route(PATH, get(serve))
}

async fn serve(headers: HeaderMap) -> Response {
    let fixed = [
        (header::ETAG, TAG),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|seen| seen == TAG)
    {
        return (StatusCode::NOT_MODIFIED, fixed).into_response();
    }
    (
        fixed,
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        STYLE,
    )
        .into_response()
}
