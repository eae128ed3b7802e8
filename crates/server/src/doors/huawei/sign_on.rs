//! `…/identity_providers/{provider}/protocols/{protocol}/auth` and `…/websso`: a sign-on that begins here.

use super::call::{Call, Failure, header};
use super::federation::face;
use super::problem::Problem;
use super::{Cloud, binding};
use crate::http::{Fields, answer};
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use hyper::HeaderMap;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, SET_COOKIE, VARY};
use saml::ecp;

/// `GET …/auth`: an enhanced client says by its headers that it is one (SAML profiles §4.2.3); anything else is a browser, which
/// is sent to the identity provider.
pub(super) async fn begin(
    State(cloud): State<Cloud>,
    call: Call,
    Path((provider, protocol)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let text = |name| header(&headers, name).unwrap_or_default();
    let mut response = if ecp::is_spoken(text("accept"), text("paos")) {
        ask_client(&cloud, &call, (&provider, &protocol)).await?
    } else {
        send_browser(&cloud, &call, (&provider, &protocol), None).await?
    };
    answer::set(&mut response, VARY, "Accept, PAOS");
    Ok(response)
}

/// `GET …/websso`: `origin` is the page where the browser wants its token posted, one of the configured ones.
pub(super) async fn begin_for_dashboard(
    State(cloud): State<Cloud>,
    call: Call,
    Path((provider, protocol)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let fields = Fields::parse(query.as_deref().unwrap_or_default());
    let invalid = || call.problem(Problem::invalid("origin"));
    let fields = fields.map_err(|_| invalid())?;
    let origin = fields.one("origin").map_err(|_| invalid())?;
    let origin = origin.ok_or_else(|| call.problem(Problem::missing("origin")))?;
    // Letter for letter: whoever gets the token is whoever the operator wrote down.
    if !cloud.door.dashboards.iter().any(|known| known == origin) {
        tracing::info!(code = "dashboard.unknown", correlation = %call.moment.correlation, "refused");
        return Err(call.problem(Problem::FORBIDDEN));
    }
    send_browser(&cloud, &call, (&provider, &protocol), Some(origin)).await
}

async fn ask_client(cloud: &Cloud, call: &Call, asked: (&str, &str)) -> Result<Response, Failure> {
    let begun = cloud
        .app
        .service
        .begin_federation_by_client(&call.moment, &cloud.door.federation.provider, asked)
        .await;
    let envelope = call.judged(begun, face)?;
    let mut response = Response::new(Body::from(envelope));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(ecp::MEDIA_TYPE));
    // SAML bindings §3.3.6: what is asked is for one client, once.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

async fn send_browser(
    cloud: &Cloud,
    call: &Call,
    asked: (&str, &str),
    dashboard: Option<&str>,
) -> Result<Response, Failure> {
    let begun = cloud
        .app
        .service
        .begin_federation_in_browser(
            &call.moment,
            &cloud.door.federation.provider,
            asked,
            dashboard,
        )
        .await;
    let begun = call.judged(begun, face)?;
    let mut response =
        answer::found(&begun.url).ok_or_else(|| call.problem(Problem::UNAVAILABLE))?;
    let headers = response.headers_mut();
    let cookie = binding::set(&begun.binding, call.moment.now + begun.lifetime);
    headers.append(SET_COOKIE, cookie);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
