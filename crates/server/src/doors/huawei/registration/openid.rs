//! `…/identity-providers/{id}/openid-connect-config`.

use super::{answer, desk, document, judged};
use crate::doors::huawei::Cloud;
use crate::doors::huawei::call::{Call, Failure};
use crate::doors::huawei::problem::Problem;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use hyper::{HeaderMap, StatusCode};
use identity::federation::registration::OpenidConfig;
use identity::store::openid_providers::{Console, OpenidSettings};
use serde::Deserialize;
use serde_json::json;

/// Limit of a body: a set of keys, with certificates, every character of it escaped.
const LIMIT: usize = 64 * 1024;
/// People sign in at a console, or programs bring tokens.
const CONSOLE: &str = "program_console";
/// Programs bring tokens.
const PROGRAM: &str = "program";
/// What a console asks for.
const RESPONSE_TYPE: &str = "id_token";

#[derive(Deserialize)]
struct Body {
    openid_connect_config: Told,
}

#[derive(Deserialize)]
struct Told {
    access_mode: Option<String>,
    idp_url: Option<String>,
    client_id: Option<String>,
    authorization_endpoint: Option<String>,
    scope: Option<String>,
    response_type: Option<String>,
    response_mode: Option<String>,
    signing_key: Option<String>,
}

impl Told {
    /// What is told; the fault is the field that is wrong, or missing beside `access_mode`.
    fn config(self, replace: bool) -> Result<OpenidConfig, Problem> {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let console = match self.access_mode.as_deref() {
            Some(PROGRAM) => Some(None),
            Some(CONSOLE) => {
                let needed = |text, name| filled(text).ok_or_else(|| Problem::missing(name));
                if needed(self.response_type, "response_type")? != RESPONSE_TYPE {
                    return Err(Problem::invalid("response_type"));
                }
                Some(Some(Console {
                    authorization_endpoint: needed(
                        self.authorization_endpoint,
                        "authorization_endpoint",
                    )?,
                    scope: needed(self.scope, "scope")?,
                    response_mode: needed(self.response_mode, "response_mode")?,
                }))
            }
            Some(_) => return Err(Problem::invalid("access_mode")),
            None if replace => None,
            None => return Err(Problem::missing("access_mode")),
        };
        let needed = [
            ("idp_url", &self.idp_url),
            ("client_id", &self.client_id),
            ("signing_key", &self.signing_key),
        ];
        for (name, text) in needed {
            if text.is_none() && !replace {
                return Err(Problem::missing(name));
            }
        }
        Ok(OpenidConfig {
            issuer: self.idp_url,
            client: self.client_id,
            keys: self.signing_key,
            console,
        })
    }
}

/// `GET`.
pub(super) async fn show(
    State(cloud): State<Cloud>,
    call: Call,
    Path(provider): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let desk = desk(&cloud, &call, &headers)?;
    let service = &cloud.app.service;
    let found = service
        .registered_openid(&call.moment, desk, &provider)
        .await;
    Ok(one(StatusCode::OK, &judged(&call, found)?))
}

/// `POST`: the first.
pub(super) async fn create(
    State(cloud): State<Cloud>,
    call: Call,
    Path(provider): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    put(&cloud, &call, &provider, (request, false)).await
}

/// `PUT`: another.
pub(super) async fn update(
    State(cloud): State<Cloud>,
    call: Call,
    Path(provider): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    put(&cloud, &call, &provider, (request, true)).await
}

async fn put(
    cloud: &Cloud,
    call: &Call,
    provider: &str,
    (request, replace): (Request, bool),
) -> Result<Response, Failure> {
    let headers = request.headers().clone();
    let desk = desk(cloud, call, &headers)?;
    let body: Body = document(call, (request, LIMIT)).await?;
    let told = body.openid_connect_config.config(replace);
    let told = told.map_err(|problem| call.problem(problem))?;
    let service = &cloud.app.service;
    let put = service
        .put_openid(&call.moment, desk, (provider, told, replace))
        .await;
    let status = if replace {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok(one(status, &judged(call, put)?))
}

fn one(status: StatusCode, settings: &OpenidSettings) -> Response {
    let console = settings.console.as_ref();
    answer(
        status,
        &json!({"openid_connect_config": {
            "access_mode": if console.is_some() { CONSOLE } else { PROGRAM },
            "idp_url": settings.issuer,
            // A declared provider may have several clients; the API knows one.
            "client_id": settings.clients.first(),
            "authorization_endpoint": console.map(|console| &console.authorization_endpoint),
            "scope": console.map(|console| &console.scope),
            "response_type": console.map(|_| RESPONSE_TYPE),
            "response_mode": console.map(|console| &console.response_mode),
            "signing_key": settings.keys,
        }}),
    )
}
