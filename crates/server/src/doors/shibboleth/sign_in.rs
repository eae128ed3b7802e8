//! How a sign-on begins, and the form that ends it. The request waits, sealed, in the form's URL (`execution`).

use super::cookie;
use super::links;
use super::pages::{Code, SignIn};
use crate::http::body::{FORM, SAML};
use crate::http::{Fields, Form};
use crate::pages::hand_over;
use crate::sign_on::{Desk, Failure, Look, Visit, Wrong};
use axum::body::Body;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{Response, StatusCode};
use identity::login::{Credentials, NextStep, Secret};
use identity::sso::{Asked, Came};
use identity::waiting::Waiting;
use std::sync::Arc;

/// `GET …/Unsolicited/SSO`: with `execution` the form again, else a sign-on that begins here.
pub(super) async fn unsolicited(State(desk): State<Arc<Desk>>, visit: Visit) -> Response<Body> {
    let outcome = match visit.parameter("execution") {
        Some(_) => proceed(&desk, &visit, None).await,
        None => start(&desk, &visit).await,
    };
    or_page(&visit, outcome)
}

/// `GET …/Redirect/SSO`: a request by redirect.
pub(super) async fn redirected(State(desk): State<Arc<Desk>>, visit: Visit) -> Response<Body> {
    let outcome = begin(&desk, &visit, Came::Redirect(&visit.query)).await;
    or_page(&visit, outcome)
}

/// `POST …/Redirect/SSO`: a request by POST.
pub(super) async fn posted(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Form(fields): Form<SAML>,
) -> Response<Body> {
    let outcome = match (fields.one("SAMLRequest"), fields.one("RelayState")) {
        (Ok(request), Ok(relay_state)) => {
            let came = Came::Post {
                saml_request: request.unwrap_or_default(),
                relay_state,
            };
            begin(&desk, &visit, came).await
        }
        _ => Err(Failure::Form),
    };
    or_page(&visit, outcome)
}

/// `POST …/Unsolicited/SSO`: what somebody typed.
pub(super) async fn typed(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    let outcome = if visit.foreign() {
        Err(Failure::Foreign)
    } else {
        proceed(&desk, &visit, Some(&fields)).await
    };
    or_page(&visit, outcome)
}

pub(super) fn or_page(visit: &Visit, outcome: Result<Response<Body>, Failure>) -> Response<Body> {
    outcome.unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

/// `providerId`: the relying party; `shire`: one of its registered consumer URLs; `target`: RelayState; `time`: when the link
/// was made.
async fn start(desk: &Desk, visit: &Visit) -> Result<Response<Body>, Failure> {
    let parameters = Fields::parse(&visit.query).map_err(|_| Failure::Form)?;
    let one = |name| parameters.one(name).map_err(|_| Failure::Form);
    if let Some(made) = one("time")? {
        desk.app.service.judge_link_time(&visit.moment, made)?;
    }
    let came = Came::Unsolicited {
        relying_party: one("providerId")?.unwrap_or_default(),
        acs: one("shire")?,
        relay_state: one("target")?,
    };
    begin(desk, visit, came).await
}

async fn begin(desk: &Desk, visit: &Visit, came: Came<'_>) -> Result<Response<Body>, Failure> {
    let asked = desk.judge(&visit.moment, came).await?;
    let known = visit.cookies.one(cookie::NAME);
    match desk.look(&visit.moment, &asked, known).await? {
        Look::HandOver(_, post) | Look::Declined(post) => Ok(hand_over::page(visit.words, &post)),
        Look::Ask => {
            let (browser, told) = cookie::of_browser(visit);
            let service = &desk.app.service;
            let waiting = service.suspend(&visit.moment, &desk.entity, &browser, &asked);
            let mut response =
                Page::new(desk, visit, (&asked, &waiting)).sign_in("", None, StatusCode::OK);
            if let Some(told) = told {
                response.headers_mut().append(SET_COOKIE, told.header());
            }
            Ok(response)
        }
    }
}

async fn proceed(
    desk: &Desk,
    visit: &Visit,
    fields: Option<&Fields>,
) -> Result<Response<Body>, Failure> {
    let (moment, service) = (&visit.moment, &desk.app.service);
    let waiting = Waiting::new(visit.parameter("execution").unwrap_or_default());
    let browser = visit.cookies.one(cookie::NAME).unwrap_or_default();
    let asked = service
        .resume(moment, &desk.entity, browser, &waiting)
        .ok_or(Failure::Expired)?;
    let page = Page::new(desk, visit, (&asked, &waiting));
    let Some(fields) = fields else {
        return Ok(page.sign_in("", None, StatusCode::OK));
    };
    let one = |name| {
        let value = fields.one(name).map_err(|_| Failure::Form)?;
        Ok::<_, Failure>(value.unwrap_or_default())
    };
    let (user_name, pending) = (one("j_username")?, one("pending")?);
    let step = if pending.is_empty() {
        let credentials = Credentials {
            user_name: user_name.to_owned(),
            password: Secret::new(one("j_password")?),
            code: None,
        };
        desk.sign_in(moment, &credentials).await?
    } else {
        let code = Secret::new(one("j_tokenNumber")?);
        desk.second_factor(moment, pending, &code).await?
    };
    match step {
        NextStep::SignedIn { cookie, session } => {
            let post = desk.vouch(moment, &session, &asked).await?;
            let mut response = hand_over::page(visit.words, &post);
            let told = cookie::set(&cookie).header();
            response.headers_mut().append(SET_COOKIE, told);
            Ok(response)
        }
        NextStep::AskSecondFactor {
            pending,
            wrong_code,
        } => Ok(page.code(&pending, wrong_code)),
        NextStep::Refused(refused) => {
            let words = visit.words;
            let (status, text) = match Wrong::of(refused)? {
                Wrong::Credentials => (StatusCode::OK, words.adfs_wrong),
                Wrong::Throttled => (StatusCode::TOO_MANY_REQUESTS, words.throttled),
                Wrong::StartAgain => (StatusCode::OK, words.start_again),
            };
            Ok(page.sign_in(user_name, Some(text), status))
        }
    }
}

/// The forms of one request that waits.
pub(super) struct Page<'a> {
    visit: &'a Visit,
    asked: &'a Asked,
    action: String,
    link: Option<String>,
}

impl<'a> Page<'a> {
    pub(super) fn new(
        desk: &Desk,
        visit: &'a Visit,
        (asked, waiting): (&'a Asked, &Waiting),
    ) -> Self {
        let at = |path| format!("{path}?execution={}", waiting.as_str());
        Self {
            visit,
            asked,
            action: at(super::UNSOLICITED),
            link: desk.app.post.delivers().then(|| at(links::ASK)),
        }
    }

    fn sign_in(&self, user_name: &str, error: Option<&str>, status: StatusCode) -> Response<Body> {
        SignIn {
            words: self.visit.words,
            action: &self.action,
            application: &self.asked.entity_id,
            link: self.link.as_deref(),
            user_name,
            error,
        }
        .answer(status)
    }

    pub(super) fn code(&self, pending: &str, wrong: bool) -> Response<Body> {
        let words = self.visit.words;
        Code {
            words,
            action: &self.action,
            pending,
            error: wrong.then_some(words.code_wrong),
        }
        .answer()
    }
}
