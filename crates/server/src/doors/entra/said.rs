//! One answer of the conversation that a page's script holds about a second factor.

use super::turn::Question;
use crate::sign_on::Visit;
use axum::Json;
use axum::body::Body;
use axum::http::Response;
use axum::response::IntoResponse;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The number for a second factor that is not right, as clients know it.
const FAILED: u32 = 500_121;

/// A code that is wrong.
pub(super) const WRONG: &str = "OathCodeIncorrect";
/// The telephone said no.
pub(super) const DENIED: &str = "PhoneAppDenied";
/// The person has no such way.
pub(super) const NOT_AVAILABLE: &str = "AuthMethodNotAvailable";
/// There were too many attempts.
pub(super) const THROTTLED: &str = "AuthenticationThrottled";
/// The sign-in is over, or another browser's.
pub(super) const EXPIRED: &str = "AuthenticationExpired";
/// The telephone has not answered.
const PENDING: &str = "AuthenticationPending";

/// One answer.
pub(super) struct Said {
    number: String,
    result: &'static str,
    context: String,
    flow_token: String,
}

impl Said {
    /// It went well.
    pub(super) fn success(context: &str, flow_token: &str) -> Self {
        Self::failure("Success", context, flow_token)
    }

    /// Ask again in a moment.
    pub(super) fn waiting(number: &str, context: &str, flow_token: &str) -> Self {
        Self::failure(PENDING, context, flow_token).with_number(number.to_owned())
    }

    /// With the number that the telephone asks for; empty where there is none.
    pub(super) fn with_number(self, number: String) -> Self {
        Self { number, ..self }
    }

    /// It did not.
    pub(super) fn failure(result: &'static str, context: &str, flow_token: &str) -> Self {
        Self {
            number: String::new(),
            result,
            context: context.to_owned(),
            flow_token: flow_token.to_owned(),
        }
    }

    /// As an answer to `question`.
    pub(super) fn answer(&self, visit: &Visit, question: &Question) -> Response<Body> {
        let (success, waiting) = (self.result == "Success", self.result == PENDING);
        let message = match self.result {
            "Success" | PENDING => Value::Null,
            DENIED => visit.words.approve_denied.into(),
            THROTTLED => visit.words.throttled.into(),
            EXPIRED => visit.words.start_again.into(),
            _ => visit.words.code_wrong.into(),
        };
        let said: Value = json!({
            "Success": success,
            "ResultValue": self.result,
            "Message": message,
            "AuthMethodId": question.text("authmethodid"),
            "ErrCode": if success || waiting { 0 } else { FAILED },
            "Retry": waiting,
            "FlowToken": self.flow_token,
            "Ctx": self.context,
            "SessionId": visit.moment.correlation,
            "CorrelationId": visit.moment.correlation,
            "Timestamp": second(visit.moment.now),
            "Entropy": self.number.parse::<u32>().unwrap_or_default(),
        });
        Json(said).into_response()
    }
}

fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
