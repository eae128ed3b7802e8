//! One question of a page's script.

use crate::http::body::{self, BodyFault, JSON};
use crate::sign_on::Visit;
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::Response;
use axum::response::IntoResponse;
use serde_json::{Map, Value};

/// A question, and who asks.
pub(super) struct Turn {
    /// Who asks.
    pub(super) visit: Visit,
    /// What.
    pub(super) question: Question,
}

impl<S: Sync> FromRequest<S> for Turn {
    type Rejection = Response<Body>;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response<Body>> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, state).await?;
        let bytes = body::read(Request::from_parts(parts, body), JSON)
            .await
            .map_err(IntoResponse::into_response)?;
        let question =
            serde_json::from_slice(&bytes).map_err(|_| BodyFault::Malformed.into_response())?;
        Ok(Self {
            visit,
            question: Question(question),
        })
    }
}

/// A JSON object whose keys clients write in several letter cases.
pub(super) struct Question(Map<String, Value>);

impl Question {
    /// The text under `key`, which is given in lower case; empty if there is none.
    pub(super) fn text(&self, key: &str) -> &str {
        let found = self
            .0
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(key));
        found
            .and_then(|(_, value)| value.as_str())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_case_of_keys_does_not_matter() {
        for text in [
            r#"{"username":"ana"}"#,
            r#"{"Username":"ana"}"#,
            r#"{"userName":"ana"}"#,
        ] {
            let question = Question(serde_json::from_str(text).unwrap());
            assert_eq!(question.text("username"), "ana");
        }
        let question = Question(serde_json::from_str(r#"{"username":7}"#).unwrap());
        assert_eq!(question.text("username"), "");
    }
}
