//! The second factor: a plain form with the code, or the conversation in JSON that the page's script holds.

use super::cookies;
use super::door::{Door, Whose, set};
use super::giving_up;
use super::turn::{Question, Turn};
use crate::http::body::FORM;
use crate::http::{Fields, Form, answer};
use crate::sign_on::{Failure, Visit};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use axum::response::IntoResponse;
use identity::login::{NextStep, Secret};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;

/// The number for a code that is not right, as clients know it.
const WRONG_CODE: u32 = 500_121;

/// Begins with one method.
pub(super) async fn post_begin(State(door): State<Arc<Door>>, turn: Turn) -> Response<Body> {
    let Turn { visit, question } = turn;
    if visit.foreign() || door.resume(&visit, question.text("ctx")).is_err() {
        return over(&visit, &question);
    }
    let known = question.text("authmethodid") == "PhoneAppOTP";
    let said = Said {
        success: known,
        result: if known {
            "Success"
        } else {
            "AuthMethodNotAvailable"
        },
        code: u32::from(!known) * WRONG_CODE,
        retry: false,
    };
    said.answer(
        &visit,
        &question,
        (question.text("ctx"), question.text("flowtoken")),
    )
}

/// Ends with the code.
pub(super) async fn post_end(State(door): State<Arc<Door>>, turn: Turn) -> Response<Body> {
    let Turn { visit, question } = turn;
    match end(&door, &visit, &question).await {
        Ok(response) => response,
        Err(Failure::Unavailable(_)) => answer::unavailable(),
        Err(_) => over(&visit, &question),
    }
}

async fn end(door: &Door, visit: &Visit, question: &Question) -> Result<Response<Body>, Failure> {
    if visit.foreign() {
        return Err(Failure::Foreign);
    }
    let asked = door.resume(visit, question.text("ctx"))?;
    let code = Secret::new(question.text("additionalauthdata"));
    match door
        .desk
        .second_factor(&visit.moment, question.text("flowtoken"), &code)
        .await?
    {
        NextStep::SignedIn { cookie, .. } => {
            let context = door.seal(visit, Whose::Session(&cookie), &asked);
            let said = Said {
                success: true,
                result: "Success",
                code: 0,
                retry: false,
            };
            let mut response = said.answer(
                visit,
                question,
                (context.as_str(), question.text("flowtoken")),
            );
            set(&mut response, cookies::set_session(&cookie));
            Ok(response)
        }
        NextStep::AskSecondFactor { pending, .. } => {
            let said = Said {
                success: false,
                result: "OathCodeIncorrect",
                code: WRONG_CODE,
                retry: false,
            };
            Ok(said.answer(visit, question, (question.text("ctx"), &pending)))
        }
        NextStep::Refused(refused) => Err(Failure::Refused(refused)),
    }
}

/// The form: with a code of its own, or after the conversation.
pub(super) async fn post_process(
    State(door): State<Arc<Door>>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    process(&door, &visit, &fields)
        .await
        .unwrap_or_else(|failure| giving_up::page(&failure, &visit))
}

async fn process(door: &Door, visit: &Visit, fields: &Fields) -> Result<Response<Body>, Failure> {
    if visit.foreign() {
        return Err(Failure::Foreign);
    }
    let one = |name| {
        fields
            .one(name)
            .map(Option::unwrap_or_default)
            .map_err(|_| Failure::Form)
    };
    let (context, code, login) = (one("request")?, one("otc")?, one("login")?);
    if code.is_empty() && !fields.has("otc") {
        let (asked, _) = door.resume_signed_in(visit, context).await?;
        return Ok(door.ask_to_stay(visit, &asked));
    }
    let asked = door.resume(visit, context)?;
    let step = door
        .desk
        .second_factor(&visit.moment, one("flowToken")?, &Secret::new(code))
        .await?;
    door.proceed(visit, &asked, login, step)
}

/// One answer of the conversation.
struct Said {
    success: bool,
    result: &'static str,
    code: u32,
    retry: bool,
}

impl Said {
    fn answer(
        &self,
        visit: &Visit,
        question: &Question,
        (context, flow_token): (&str, &str),
    ) -> Response<Body> {
        let said: Value = json!({
            "Success": self.success,
            "ResultValue": self.result,
            "Message": if self.success { Value::Null } else { visit.words.code_wrong.into() },
            "AuthMethodId": question.text("authmethodid"),
            "ErrCode": self.code,
            "Retry": self.retry,
            "FlowToken": flow_token,
            "Ctx": context,
            "SessionId": visit.moment.correlation,
            "CorrelationId": visit.moment.correlation,
            "Timestamp": second(visit.moment.now),
            "Entropy": 0,
        });
        Json(said).into_response()
    }
}

/// The sign-in is over, or another browser's: no more is said of why.
fn over(visit: &Visit, question: &Question) -> Response<Body> {
    let said = Said {
        success: false,
        result: "AuthenticationExpired",
        code: WRONG_CODE,
        retry: false,
    };
    said.answer(visit, question, ("", ""))
}

fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
