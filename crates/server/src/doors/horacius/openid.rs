//! OpenID Connect: what clients configure themselves from, the published keys, and userinfo.

use super::Door;
use super::device;
use super::end_session;
use crate::http::oauth::{self as http, Posted, is_form};
use crate::http::{At, Fields, authorization};
use ::oauth::discovery::{Metadata, OpenIdEndpoints};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, HeaderValue};
use axum::http::{HeaderMap, Response, StatusCode};
use identity::Moment;
use identity::applications::SCOPES;
use identity::jwt_keys::PUBLISHED_AHEAD;
use std::sync::Arc;

/// Where keys are published.
pub(super) const JWKS: &str = "/idp/oauth/jwks";
/// Where claims are read.
pub(super) const USER_INFO: &str = "/idp/oauth/userinfo";

/// `GET /.well-known/oauth-authorization-server` (RFC 8414 §3) and `GET /.well-known/openid-configuration` (OpenID Connect
/// Discovery §4): one document, so that they cannot disagree.
pub(super) async fn metadata(State(door): State<Arc<Door>>) -> Response<Body> {
    let at = |path: &str| format!("{}{path}", door.server.issuer);
    let mut document = Metadata::new(
        &door.server.issuer,
        at("/idp/oauth/token"),
        at("/idp/oauth/introspect"),
        at("/idp/oauth/revoke"),
    )
    .with_openid(OpenIdEndpoints {
        authorization: at("/idp/oauth/authorize"),
        userinfo: at(USER_INFO),
        jwks: at(JWKS),
        end_session: at(end_session::PATH),
    })
    .with_device(at(device::BEGIN));
    document.scopes_supported = SCOPES.to_vec();
    http::json(StatusCode::OK, &document)
}

/// `GET /idp/oauth/jwks`: cached as long as a key is published before it signs.
pub(super) async fn jwks(State(door): State<Arc<Door>>, At(moment): At) -> Response<Body> {
    let service = &door.desk.app.service;
    match service.jwk_set(&moment, &door.server).await {
        Ok(keys) => {
            let mut response = http::json(StatusCode::OK, &keys);
            let age = format!("public, max-age={}", PUBLISHED_AHEAD.as_secs());
            let age = HeaderValue::from_str(&age).expect("digits and letters are a header value");
            response.headers_mut().insert(CACHE_CONTROL, age);
            response
        }
        Err(unavailable) => http::away(&unavailable, &moment),
    }
}

/// `GET /idp/oauth/userinfo` (OpenID Connect Core §5.3)
pub(super) async fn user_info(
    State(door): State<Arc<Door>>,
    At(moment): At,
    headers: HeaderMap,
) -> Response<Body> {
    let token = authorization::bearer(&headers).unwrap_or_default();
    claims(&door, &moment, token).await
}

/// `POST /idp/oauth/userinfo`: the token in the header, or in the form (RFC 6750 §2.2), never in both.
pub(super) async fn posted_user_info(
    State(door): State<Arc<Door>>,
    At(moment): At,
    request: Request,
) -> Response<Body> {
    let bearer = authorization::bearer(request.headers()).map(str::to_owned);
    if !is_form(request.headers()) {
        return claims(&door, &moment, &bearer.unwrap_or_default()).await;
    }
    let posted = match Posted::read(request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let fields = Fields::parse(posted.text());
    let Ok(token) = fields
        .as_ref()
        .map_err(|_| ())
        .and_then(|fields| fields.one("access_token").map_err(|_| ()))
    else {
        return http::unreadable();
    };
    if token.is_some() && bearer.is_some() {
        return http::unreadable();
    }
    let token = token.or(bearer.as_deref()).unwrap_or_default();
    claims(&door, &moment, token).await
}

async fn claims(door: &Door, moment: &Moment, token: &str) -> Response<Body> {
    let service = &door.desk.app.service;
    match service.claims(moment, &door.server, token).await {
        Ok(Ok(claims)) => http::json(StatusCode::OK, &claims),
        Ok(Err(refused)) => http::unauthorized(&refused, moment),
        Err(unavailable) => http::away(&unavailable, moment),
    }
}
