//! The one script of these pages: it shows the sign-in in stages and waits for an approval. Without it they are plain forms.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};

/// Where pages find it.
pub(super) const PATH: &str = "/static/entra.js";

const SCRIPT: &str = include_str!("../../../static/entra.js");

pub(super) async fn serve() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=3600"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, SCRIPT).into_response()
}
