//! The second factor: plain forms, or the conversation in JSON that the page's script holds.

use super::cookies;
use super::door::{Door, Error, WRONG_CODE, Whose, set};
use super::giving_up;
use super::proofs::{Proof, Way};
use super::said::{self, Said};
use super::turn::{Question, Turn};
use crate::http::body::FORM;
use crate::http::{Fields, Form, answer};
use crate::sign_on::{Failure, Visit};
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use identity::approvals::{Method, Standing};
use identity::login::{NextStep, Secret};
use identity::sso::Asked;
use std::sync::Arc;

/// Begins one way.
pub(super) async fn post_begin(State(door): State<Arc<Door>>, turn: Turn) -> Response<Body> {
    let Turn { visit, question } = turn;
    match begin(&door, &visit, &question).await {
        Ok(said) => said.answer(&visit, &question),
        Err(failure) => ended(&failure, &visit, &question),
    }
}

async fn begin(door: &Door, visit: &Visit, question: &Question) -> Result<Said, Failure> {
    if visit.foreign() {
        return Err(Failure::Foreign);
    }
    let (context, pending) = (question.text("ctx"), question.text("flowtoken"));
    door.resume(visit, context)?;
    match Way::named(question.text("authmethodid")) {
        Some(Way::App) => Ok(Said::success(context, pending)),
        Some(Way::Telephone(method)) => {
            let begun = door
                .desk
                .ask_telephone(&visit.moment, (pending, method))
                .await??;
            let number = begun.number.unwrap_or_default();
            Ok(Said::success(context, &begun.pending).with_number(number))
        }
        None => Ok(Said::failure(said::NOT_AVAILABLE, context, pending)),
    }
}

/// Ends with a code, or asks whether the telephone has answered.
pub(super) async fn post_end(State(door): State<Arc<Door>>, turn: Turn) -> Response<Body> {
    let Turn { visit, question } = turn;
    match end(&door, &visit, &question).await {
        Ok(response) => response,
        Err(failure) => ended(&failure, &visit, &question),
    }
}

async fn end(door: &Door, visit: &Visit, question: &Question) -> Result<Response<Body>, Failure> {
    if visit.foreign() {
        return Err(Failure::Foreign);
    }
    let (context, pending) = (question.text("ctx"), question.text("flowtoken"));
    let asked = door.resume(visit, context)?;
    let code = Secret::new(question.text("additionalauthdata"));
    let step = match Way::named(question.text("authmethodid")) {
        Some(Way::Telephone(Method::Push)) => {
            match door.desk.approval(&visit.moment, pending).await? {
                Standing::Over(step) => step,
                Standing::Waiting(number) => {
                    return Ok(Said::waiting(&number, context, pending).answer(visit, question));
                }
                Standing::Denied => {
                    return Ok(
                        Said::failure(said::DENIED, context, pending).answer(visit, question)
                    );
                }
            }
        }
        way => judge(door, visit, (pending, way.unwrap_or(Way::App), &code)).await?,
    };
    match step {
        NextStep::SignedIn { cookie, .. } => {
            let sealed = door.seal(visit, Whose::Session(&cookie), &asked);
            let mut response = Said::success(sealed.as_str(), pending).answer(visit, question);
            set(&mut response, cookies::set_session(&cookie));
            Ok(response)
        }
        NextStep::AskSecondFactor { pending, .. } => {
            Ok(Said::failure(said::WRONG, context, &pending).answer(visit, question))
        }
        NextStep::Refused(refused) => Err(Failure::Refused(refused)),
    }
}

/// A code, of an application or sent.
async fn judge(
    door: &Door,
    visit: &Visit,
    (pending, way, code): (&str, Way, &Secret),
) -> Result<NextStep, Failure> {
    let moment = &visit.moment;
    Ok(match way {
        Way::Telephone(Method::Message) => door.desk.message_code(moment, (pending, code)).await?,
        _ => door.desk.second_factor(moment, pending, code).await?,
    })
}

/// A conversation that cannot go on: no more is said of why than its script can use.
fn ended(failure: &Failure, visit: &Visit, question: &Question) -> Response<Body> {
    let result = match failure {
        Failure::Unavailable(_) => return answer::unavailable(),
        Failure::Refused(refused) if refused.code == "login.throttled" => said::THROTTLED,
        Failure::Refused(refused) if refused.code == "login.method" => said::NOT_AVAILABLE,
        _ => said::EXPIRED,
    };
    Said::failure(result, "", "").answer(visit, question)
}

/// The forms: another way is chosen, a telephone has answered, a code was typed, or the conversation is over.
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
    let (context, pending, typed) = (one("request")?, one("flowToken")?, one("login")?);
    if fields.has("begin") {
        let way = Way::named(one("begin")?).ok_or(Failure::Form)?;
        let asked = door.resume(visit, context)?;
        return choose(door, visit, &asked, (way, pending, typed)).await;
    }
    if fields.has("answered") {
        let asked = door.resume(visit, context)?;
        return answered(door, visit, &asked, (pending, typed)).await;
    }
    if !fields.has("otc") {
        let (asked, _) = door.resume_signed_in(visit, context).await?;
        return Ok(door.ask_to_stay(visit, &asked));
    }
    let asked = door.resume(visit, context)?;
    let way = Way::named(one("mfaAuthMethod")?).unwrap_or(Way::App);
    let code = Secret::new(one("otc")?);
    let step = judge(door, visit, (pending, way, &code)).await?;
    door.proceed(visit, &asked, (typed, way, step)).await
}

/// Another way than the page showed.
async fn choose(
    door: &Door,
    visit: &Visit,
    asked: &Asked,
    (way, pending, typed): (Way, &str, &str),
) -> Result<Response<Body>, Failure> {
    let mut proof = Proof {
        way,
        pending,
        typed,
        number: "",
        error: None,
    };
    let Way::Telephone(method) = way else {
        return door.proof_page(visit, asked, proof).await;
    };
    match door
        .desk
        .ask_telephone(&visit.moment, (pending, method))
        .await?
    {
        Ok(begun) => {
            proof.pending = &begun.pending;
            proof.number = begun.number.as_deref().unwrap_or_default();
            door.proof_page(visit, asked, proof).await
        }
        // The code of an application can still be typed.
        Err(refused) if refused.code == "login.throttled" => {
            proof.way = Way::App;
            proof.error = Some(Error {
                code: WRONG_CODE,
                text: visit.words.throttled,
            });
            door.proof_page(visit, asked, proof).await
        }
        Err(refused) => {
            let step = NextStep::Refused(refused);
            door.proceed(visit, asked, (typed, way, step)).await
        }
    }
}

/// Somebody says that the telephone has answered.
async fn answered(
    door: &Door,
    visit: &Visit,
    asked: &Asked,
    (pending, typed): (&str, &str),
) -> Result<Response<Body>, Failure> {
    let words = visit.words;
    let page = |way, number, text| Proof {
        way,
        pending,
        typed,
        number,
        error: Some(Error {
            code: WRONG_CODE,
            text,
        }),
    };
    match door.desk.approval(&visit.moment, pending).await? {
        Standing::Over(step) => door.proceed(visit, asked, (typed, Way::App, step)).await,
        Standing::Waiting(number) => {
            let way = Way::Telephone(Method::Push);
            let proof = page(way, &number, words.approve_waiting);
            door.proof_page(visit, asked, proof).await
        }
        Standing::Denied => {
            let proof = page(Way::App, "", words.approve_denied);
            door.proof_page(visit, asked, proof).await
        }
    }
}
