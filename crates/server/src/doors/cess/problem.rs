//! Refusals as problem documents, in the shape of the API behind CESS: `type`, `title`, `status`, `detail`, and our stable code.

use axum::body::Body;
use axum::response::Response;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use identity::Unavailable;
use identity::gateway::psc::PscFault;
use identity::gateway::sessions::NotBegun;
use serde_json::json;

/// Where the status is explained, as that API writes it.
const TYPE: &str = "http://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html";

/// A problem of that status.
pub(crate) fn problem(status: StatusCode, code: &str, detail: &str) -> Response {
    let title = match status {
        StatusCode::UNAUTHORIZED => "invalid_grant",
        status => status.canonical_reason().unwrap_or_default(),
    };
    let body = json!({ "type": TYPE, "title": title, "status": status.as_u16(), "detail": detail, "code": code });
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    if status == StatusCode::UNAUTHORIZED {
        // RFC 9110 §11.6.1: every scheme that would do.
        for scheme in [
            r#"Basic realm="gateway", charset="UTF-8""#,
            r#"Bearer realm="gateway""#,
            r#"VCSchema realm="gateway""#,
        ] {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
        }
    }
    if matches!(
        status,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
    ) {
        headers.insert(RETRY_AFTER, crate::http::answer::RETRY_AFTER_SECONDS);
    }
    response
}

/// Why a transaction did not begin. A wrong credential is told nothing about which part of it is wrong.
pub(crate) fn not_begun(why: &NotBegun) -> Response {
    match why {
        NotBegun::Refused(refused) => denied(refused.code),
        NotBegun::Away { fault, .. } => {
            let status = match fault {
                PscFault::NoAnswer => StatusCode::GATEWAY_TIMEOUT,
                PscFault::LeftAlone => StatusCode::SERVICE_UNAVAILABLE,
                PscFault::NotReached | PscFault::Fails | PscFault::Refused => {
                    StatusCode::BAD_GATEWAY
                }
            };
            problem(
                status,
                fault.code(),
                "The provider of the session gives no answer.",
            )
        }
    }
}

/// A rule said no.
pub(crate) fn denied(code: &str) -> Response {
    match code {
        "gateway.throttled" => problem(
            StatusCode::TOO_MANY_REQUESTS,
            code,
            "Too many tokens that no provider knows.",
        ),
        "gateway.unending" => problem(
            StatusCode::FORBIDDEN,
            code,
            "Here only a Bearer token is taken, or autoRevoke=false in VCSchemaCfg.",
        ),
        _ => problem(
            StatusCode::UNAUTHORIZED,
            code,
            "The credential is not accepted.",
        ),
    }
}

/// The store is away, which says nothing about the request.
pub(crate) fn unavailable(unavailable: &Unavailable) -> Response {
    let error = unavailable as &dyn std::error::Error;
    tracing::error!(error, "the store is unavailable");
    problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "store.unavailable",
        "The service is temporarily unavailable.",
    )
}
