//! The one sign-in of this door: whatever a visitor came for, it asks for a person once.

use super::Door;
use super::cookies::{self, Browser};
use super::pages::{Code, Frame, Offers, SignIn};
use crate::http::{Fields, SetCookie};
use crate::sign_on::{Failure, Visit, Wrong};
use axum::body::Body;
use axum::http::header::SET_COOKIE;
use axum::http::{Response, StatusCode};
use identity::login::{Credentials, NextStep, Secret, Session};

/// What a visitor came for.
pub(super) trait Errand: Sync {
    /// What becomes of it. `session` is the live session, `fresh` whether it was opened just now.
    fn settle(
        &self,
        session: Option<&Session>,
        fresh: bool,
    ) -> impl Future<Output = Result<Settled, Failure>> + Send;
}

/// What became of an errand.
pub(super) enum Settled {
    /// The answer.
    Answer(Response<Body>),
    /// Somebody must sign in first.
    Ask(Question),
}

/// What the sign-in page says about the application.
pub(super) struct Question {
    /// Its name.
    pub(super) application: String,
    /// Where the answer goes by redirect.
    pub(super) leads_to: Option<String>,
    /// Who will probably sign in, as the application says.
    pub(super) login_hint: Option<String>,
}

/// Looks in: with a live session the errand is done without a question.
pub(super) async fn look(
    door: &Door,
    visit: &Visit,
    errand: &impl Errand,
) -> Result<Response<Body>, Failure> {
    let cookie = visit.cookies.one(cookies::SESSION);
    let session = door.desk.session(&visit.moment, cookie).await?;
    Ok(match errand.settle(session.as_ref(), false).await? {
        Settled::Answer(response) => response,
        Settled::Ask(question) => {
            let hint = question.login_hint.clone().unwrap_or_default();
            Page::of(door, visit, question)
                .await?
                .sign_in(&hint, None, StatusCode::OK)
        }
    })
}

/// Takes what somebody typed.
pub(super) async fn prove(
    door: &Door,
    visit: &Visit,
    (errand, fields): (&impl Errand, &Fields),
) -> Result<Response<Body>, Failure> {
    let typed = Typed::read(fields)?;
    if visit.foreign() || !Browser::of(visit).was_shown(&typed.visit) {
        return Err(Failure::Foreign);
    }
    let question = match errand.settle(None, false).await? {
        Settled::Answer(response) => return Ok(response),
        Settled::Ask(question) => question,
    };
    let page = Page::of(door, visit, question).await?;
    let step = match &typed.what {
        What::Password(credentials) => door.desk.sign_in(&visit.moment, credentials).await?,
        What::Code { pending, code } => {
            door.desk
                .second_factor(&visit.moment, pending, code)
                .await?
        }
    };
    match step {
        NextStep::SignedIn { cookie, session } => {
            let mut response = match errand.settle(Some(&session), true).await? {
                Settled::Answer(response) => response,
                Settled::Ask(question) => {
                    Page::of(door, visit, question)
                        .await?
                        .sign_in("", None, StatusCode::OK)
                }
            };
            set(&mut response, cookies::session(&cookie));
            Ok(response)
        }
        NextStep::AskSecondFactor {
            pending,
            wrong_code,
        } => Ok(page.code(&pending, wrong_code)),
        NextStep::Refused(refused) => {
            let words = visit.words;
            let (status, text) = match Wrong::of(refused)? {
                Wrong::Credentials => (StatusCode::OK, words.horacius_wrong),
                Wrong::StartAgain => (StatusCode::OK, words.start_again),
                Wrong::Throttled => (StatusCode::TOO_MANY_REQUESTS, words.throttled),
            };
            Ok(page.sign_in(typed.user_name(), Some(text), status))
        }
    }
}

/// Asks for a code that is sent to `action`, where a sign-in goes on that is no errand's.
pub(super) fn ask_code(
    visit: &Visit,
    (browser, action): (&Browser, &str),
    (pending, error): (&str, Option<&str>),
) -> Response<Body> {
    let page = Code {
        frame: Frame {
            words: visit.words,
            action,
            visit: &browser.proof(),
            application: "",
            leads_to: None,
            offers: &Offers::default(),
        },
        pending,
        error,
    };
    page.answer()
}

/// Appends a cookie.
pub(super) fn set(response: &mut Response<Body>, cookie: SetCookie) {
    response.headers_mut().append(SET_COOKIE, cookie.header());
}

/// What a form of ours brought.
struct Typed {
    visit: String,
    what: What,
}

enum What {
    Password(Credentials),
    Code { pending: String, code: Secret },
}

impl Typed {
    fn read(fields: &Fields) -> Result<Self, Failure> {
        let one = |name| {
            fields
                .one(name)
                .map_err(|_| Failure::Form)
                .map(Option::unwrap_or_default)
        };
        let visit = one("visit")?.to_owned();
        if fields.has("pending") {
            let (pending, code) = (one("pending")?.to_owned(), Secret::new(one("code")?));
            let what = What::Code { pending, code };
            return Ok(Self { visit, what });
        }
        let what = What::Password(Credentials {
            user_name: one("username")?.to_owned(),
            password: Secret::new(one("password")?),
            code: None,
        });
        Ok(Self { visit, what })
    }

    fn user_name(&self) -> &str {
        match &self.what {
            What::Password(credentials) => &credentials.user_name,
            What::Code { .. } => "",
        }
    }
}

/// A page of the sign-in, for one visit.
struct Page<'a> {
    visit: &'a Visit,
    question: Question,
    action: String,
    offers: Offers,
}

impl<'a> Page<'a> {
    async fn of(door: &Door, visit: &'a Visit, question: Question) -> Result<Self, Failure> {
        let action = match visit.query.as_str() {
            "" => visit.path.clone(),
            query => format!("{}?{query}", visit.path),
        };
        Ok(Self {
            offers: door.offers(&action).await?,
            visit,
            question,
            action,
        })
    }

    fn sign_in(&self, user_name: &str, error: Option<&str>, status: StatusCode) -> Response<Body> {
        self.framed(|frame| {
            let page = SignIn {
                frame,
                user_name,
                error,
            };
            page.answer(status)
        })
    }

    fn code(&self, pending: &str, wrong: bool) -> Response<Body> {
        let error = wrong.then_some(self.visit.words.code_wrong);
        self.framed(|frame| {
            let page = Code {
                frame,
                pending,
                error,
            };
            page.answer()
        })
    }

    fn framed(&self, render: impl FnOnce(Frame<'_>) -> Response<Body>) -> Response<Body> {
        let browser = Browser::of(self.visit);
        let mut response = render(Frame {
            words: self.visit.words,
            action: &self.action,
            visit: &browser.proof(),
            application: &self.question.application,
            leads_to: self.question.leads_to.as_deref(),
            offers: &self.offers,
        });
        if let Some(cookie) = browser.cookie() {
            set(&mut response, cookie);
        }
        response
    }
}
