//! Sessions: open with a one-time code, check, revoke; and whether somebody is known.

use super::Psc;
use crate::http::authorization::bearer;
use crate::http::body::{self, JSON};
use crate::http::{At, Fields, answer};
use crate::psc::wire::{
    Authorized, Certificates, Discovered, PasswordAuthorize, Revoke, Slot, UserDiscovery,
};
use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use hyper::header::{CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use hyper::{HeaderMap, StatusCode};
use identity::gateway::authorization::Holder;
use identity::gateway::own::{PscRequest, Scope};
use identity::login::Secret;
use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// `POST /v0/oauth/pwd_authorize`.
pub(super) async fn open(State(psc): State<Psc>, At(moment): At, request: Request) -> Response {
    let asked: PasswordAuthorize = match document(request).await {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    if !psc.is_client(&asked.client_id, &asked.client_secret) {
        return refuse(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "client_id or client_secret is wrong",
        );
    }
    if asked.grant_type != "password" {
        return refuse(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "grant_type must be password",
        );
    }
    let scope = asked
        .scope
        .as_deref()
        .filter(|scope| !scope.is_empty())
        .map_or(Some(Scope::SingleSignature), Scope::read);
    let lifetime = match asked.lifetime {
        None => Some(None),
        Some(seconds @ 1..=100_000_000) => Some(Some(SignedDuration::from_secs(seconds))),
        Some(_) => None,
    };
    let (Some(scope), Some(lifetime)) = (scope, lifetime) else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "scope or lifetime is none that is offered",
        );
    };
    let Some(holder) = Holder::new(&asked.username) else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "invalid_grant",
            "username or password is wrong",
        );
    };
    let request = PscRequest {
        holder,
        otp: Secret::new(asked.password),
        scope,
        lifetime,
    };
    match psc
        .app
        .service
        .open_psc_session(&moment, &psc.organization, &request)
        .await
    {
        Ok(Ok(opened)) => Json(Authorized {
            access_token: opened.token.expose().to_owned(),
            token_type: "bearer".to_owned(),
            expires_in: opened.lifetime.as_secs(),
            scope: scope.name().to_owned(),
            authorized_identification: None,
            authorized_identification_type: None,
        })
        .into_response(),
        Ok(Err(refused)) if refused.code == "login.throttled" => refuse(
            StatusCode::TOO_MANY_REQUESTS,
            "slow_down",
            "too many wrong codes",
        ),
        Ok(Err(_)) => refuse(
            StatusCode::BAD_REQUEST,
            "invalid_grant",
            "username or password is wrong",
        ),
        Err(_) => answer::unavailable(),
    }
}

/// `POST /v0/oauth/revoke`: 200 whether there was such a session or not (RFC 7009 §2.2).
pub(super) async fn revoke(State(psc): State<Psc>, At(moment): At, request: Request) -> Response {
    let asked: Revoke = match document(request).await {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    match psc
        .app
        .service
        .revoke_psc_session(&moment, &psc.organization, &Secret::new(asked.token))
        .await
    {
        Ok(()) => Json(json!({})).into_response(),
        Err(_) => answer::unavailable(),
    }
}

/// `GET /v0/oauth/certificate-discovery`: whose session it is. We keep no certificates.
pub(super) async fn check(State(psc): State<Psc>, At(moment): At, headers: HeaderMap) -> Response {
    let Some(token) = bearer(&headers) else {
        return refuse(
            StatusCode::UNAUTHORIZED,
            "invalid_token",
            "a bearer token is needed",
        );
    };
    match psc
        .app
        .service
        .use_psc_session(&moment, &psc.organization, &Secret::new(token))
        .await
    {
        Ok(Some(session)) => Json(Certificates {
            status: "S".to_owned(),
            certificates: Vec::new(),
            authorized_identification: Some(session.holder),
            scope: Some(session.scope),
        })
        .into_response(),
        Ok(None) => refuse(StatusCode::UNAUTHORIZED, "invalid_token", "no live session"),
        Err(_) => answer::unavailable(),
    }
}

/// `POST /v0/oauth/user-discovery`.
pub(super) async fn find(State(psc): State<Psc>, request: Request) -> Response {
    let asked: UserDiscovery = match document(request).await {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    if !psc.is_client(&asked.client_id, &asked.client_secret) {
        return refuse(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "client_id or client_secret is wrong",
        );
    }
    let known = match Holder::new(&asked.val_cpf_cnpj) {
        Some(holder) => psc.app.service.psc_knows(&psc.organization, &holder).await,
        None => Ok(false),
    };
    match known {
        Ok(true) => Json(Discovered {
            status: "S".to_owned(),
            slots: vec![Slot {
                slot_alias: asked.val_cpf_cnpj,
                label: "portaria".to_owned(),
            }],
        })
        .into_response(),
        Ok(false) => Json(Discovered {
            status: "N".to_owned(),
            slots: Vec::new(),
        })
        .into_response(),
        Err(_) => answer::unavailable(),
    }
}

impl Psc {
    /// Both are compared whole and in constant time.
    pub(super) fn is_client(&self, id: &str, secret: &str) -> bool {
        let same = |a: &str, b: &str| {
            aws_lc_rs::constant_time::verify_slices_are_equal(a.as_bytes(), b.as_bytes()).is_ok()
        };
        same(id, &self.client.id) & same(secret, self.secret.expose())
    }
}

/// A JSON document, or the same as a form.
async fn document<T: DeserializeOwned>(request: Request) -> Result<T, Response> {
    let form = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value
                .to_ascii_lowercase()
                .starts_with("application/x-www-form-urlencoded")
        });
    let bytes = body::read(request, JSON)
        .await
        .map_err(IntoResponse::into_response)?;
    let value = if form {
        from_form(&bytes)
    } else {
        serde_json::from_slice(&bytes).ok()
    };
    value
        .and_then(|value: Value| serde_json::from_value(value).ok())
        .ok_or_else(|| {
            refuse(
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "the document is malformed or lacks a member",
            )
        })
}

fn from_form(bytes: &[u8]) -> Option<Value> {
    let fields = Fields::parse(std::str::from_utf8(bytes).ok()?).ok()?;
    let mut object = Map::new();
    for name in [
        "client_id",
        "client_secret",
        "username",
        "password",
        "grant_type",
        "scope",
        "lifetime",
        "token",
        "user_cpf_cnpj",
        "val_cpf_cnpj",
    ] {
        if let Some(value) = fields.one(name).ok()? {
            object.insert(name.to_owned(), Value::from(value));
        }
    }
    Some(Value::Object(object))
}

pub(super) fn refuse(status: StatusCode, error: &str, detail: &str) -> Response {
    let mut response = (
        status,
        Json(json!({ "error": error, "error_description": detail })),
    )
        .into_response();
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(
            WWW_AUTHENTICATE,
            HeaderValue::from_static(r#"Bearer realm="psc""#),
        );
    }
    response
}
