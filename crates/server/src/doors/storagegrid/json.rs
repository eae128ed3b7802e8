//! Request documents: JSON whatever the Content-Type says, because clients in use post it as `text/plain` or as a form -
//! except from a browser that is signed in, whose forms other sites can write.

use crate::doors::storagegrid::api::{Api, Failure};
use crate::doors::storagegrid::credential;
use crate::http::{BodyFault, body};
use axum::extract::Request;
use hyper::header::CONTENT_TYPE;
use hyper::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

/// How long an account's identifier may be; real ones have twenty digits.
const ACCOUNT: usize = 64;

/// A request document. Keys are found in any letter case: a script in use writes `AccountId`.
pub(super) struct Document(Map<String, Value>);

impl Document {
    /// Reads the body.
    pub(super) async fn read(api: &Api, request: Request) -> Result<Self, Failure> {
        if credential::by_browser(request.headers()) && !says_json(request.headers()) {
            return Err(api.body_fault(BodyFault::MediaType));
        }
        let bytes = body::read(request, body::JSON)
            .await
            .map_err(|fault| api.body_fault(fault))?;
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(map)) => Ok(Self(map)),
            _ => Err(api.body_fault(BodyFault::Malformed)),
        }
    }

    /// The text of `key`, none if absent or null.
    pub(super) fn text(&self, api: &Api, key: &str) -> Result<Option<String>, Failure> {
        let mut values = self
            .0
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(key))
            .map(|(_, value)| value);
        match (values.next(), values.next()) {
            (None | Some(Value::Null), None) => Ok(None),
            (Some(Value::String(text)), None) => Ok(Some(text.clone())),
            (Some(Value::Number(number)), None) => Ok(Some(number.to_string())),
            _ => Err(invalid(api)),
        }
    }

    /// The yes or no of `key`: no if absent or null.
    pub(super) fn switch(&self, api: &Api, key: &str) -> Result<bool, Failure> {
        let mut values = self
            .0
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(key))
            .map(|(_, value)| value);
        match (values.next(), values.next()) {
            (None | Some(Value::Null), None) => Ok(false),
            (Some(Value::Bool(switch)), None) => Ok(*switch),
            _ => Err(invalid(api)),
        }
    }

    /// The account: `0`, the grid, if absent or empty.
    pub(super) fn account(&self, api: &Api) -> Result<String, Failure> {
        let id = self.text(api, "accountId")?.unwrap_or_default();
        let plain = id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        match id.as_str() {
            "" => Ok("0".to_owned()),
            _ if plain && id.len() <= ACCOUNT => Ok(id),
            _ => Err(invalid(api)),
        }
    }

    /// The text of `key`, which must be there.
    pub(super) fn required(&self, api: &Api, key: &str) -> Result<String, Failure> {
        self.text(api, key)?.ok_or_else(|| invalid(api))
    }
}

fn says_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

fn invalid(api: &Api) -> Failure {
    api.failure(
        StatusCode::UNPROCESSABLE_ENTITY,
        "error.422",
        "The request is not valid.",
    )
}
