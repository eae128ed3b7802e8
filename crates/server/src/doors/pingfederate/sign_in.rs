//! A request comes in, a person signs in on the form, the browser carries a response away.

use super::cookie::{self, Browser};
use super::pages::{Code, Frame, SignIn};
use super::transaction::{Start, Transaction};
use crate::http::body::{FORM, SAML};
use crate::http::{Fields, Form, answer};
use crate::pages::hand_over;
use crate::pages::notice::Notice;
use crate::sign_on::{Desk, Failure, Look, Visit, Wrong};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::SET_COOKIE;
use axum::http::{Response, StatusCode};
use identity::login::{Credentials, NextStep, Secret};
use identity::sso::{Asked, Came};
use identity::waiting::Waiting;
use std::sync::Arc;

/// A request by redirect.
pub(super) async fn get(State(desk): State<Arc<Desk>>, visit: Visit) -> Response<Body> {
    begin(&desk, &visit, Start::Partner, Came::Redirect(&visit.query)).await
}

/// A request by POST.
pub(super) async fn post(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Form(fields): Form<SAML>,
) -> Response<Body> {
    let one = |name| fields.one(name).map_err(|_| Failure::Form);
    let (saml_request, relay_state) = match (one("SAMLRequest"), one("RelayState")) {
        (Ok(saml_request), Ok(relay_state)) => (saml_request.unwrap_or_default(), relay_state),
        _ => return Failure::Form.page(visit.words, &visit.moment),
    };
    begin(
        &desk,
        &visit,
        Start::Partner,
        Came::Post {
            saml_request,
            relay_state,
        },
    )
    .await
}

/// A sign-on that starts here.
pub(super) async fn get_start(State(desk): State<Arc<Desk>>, visit: Visit) -> Response<Body> {
    let parameters = Fields::parse(&visit.query).unwrap_or_default();
    start(&desk, &visit, &parameters).await
}

/// The same, with the parameters in a form.
pub(super) async fn post_start(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    start(&desk, &visit, &fields).await
}

async fn start(desk: &Desk, visit: &Visit, parameters: &Fields) -> Response<Body> {
    // Each has two spellings; letter case matters.
    let either = |one, other| {
        parameters
            .one(one)
            .ok()
            .flatten()
            .or_else(|| parameters.one(other).ok().flatten())
    };
    let came = Came::Unsolicited {
        relying_party: either("PartnerSpId", "PARTNER").unwrap_or_default(),
        acs: None,
        relay_state: either("TargetResource", "TARGET"),
    };
    begin(desk, visit, Start::Here, came).await
}

/// The form again, for whoever reloads it; or its link for giving up.
pub(super) async fn get_resume(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Path(path): Path<(String, String)>,
) -> Response<Body> {
    // Credentials do not come in a URL, where logs and histories would keep them.
    let typed = match visit.parameter("pf.cancel") {
        Some(clicked) if !clicked.is_empty() => Typed::Cancelled,
        _ => Typed::Nothing,
    };
    resume(&desk, &visit, path, typed).await
}

/// What somebody typed.
pub(super) async fn post_resume(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Path(path): Path<(String, String)>,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    if visit.foreign() {
        return Failure::Foreign.page(visit.words, &visit.moment);
    }
    match Typed::read(&fields) {
        Ok(typed) => resume(&desk, &visit, path, typed).await,
        Err(failure) => failure.page(visit.words, &visit.moment),
    }
}

async fn begin(desk: &Desk, visit: &Visit, start: Start, came: Came<'_>) -> Response<Body> {
    let answer = match desk.judge(&visit.moment, came).await {
        Ok(asked) => greet(desk, visit, start, &asked).await,
        Err(failure) => Err(failure),
    };
    answer.unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

async fn greet(
    desk: &Desk,
    visit: &Visit,
    start: Start,
    asked: &Asked,
) -> Result<Response<Body>, Failure> {
    match desk
        .look(&visit.moment, asked, visit.cookies.one(cookie::NAME))
        .await?
    {
        Look::HandOver(_, post) | Look::Declined(post) => Ok(hand_over::page(visit.words, &post)),
        Look::Ask => {
            let browser = cookie::browser(visit);
            let waiting =
                desk.app
                    .service
                    .suspend(&visit.moment, &desk.entity, &browser.value, asked);
            let transaction = Transaction { waiting, start };
            let mut response = Adapter {
                desk,
                visit,
                asked,
                transaction,
            }
            .sign_in("", None, StatusCode::OK);
            tell(&mut response, &browser);
            Ok(response)
        }
    }
}

async fn resume(
    desk: &Desk,
    visit: &Visit,
    (waiting, page): (String, String),
    typed: Typed,
) -> Response<Body> {
    let Some(start) = Start::of(&page) else {
        return answer::plain(StatusCode::NOT_FOUND);
    };
    let waiting = Waiting::new(waiting);
    let browser = visit.cookies.one(cookie::NAME).unwrap_or_default();
    let Some(asked) = desk
        .app
        .service
        .resume(&visit.moment, &desk.entity, browser, &waiting)
    else {
        return Failure::Expired.page(visit.words, &visit.moment);
    };
    let transaction = Transaction { waiting, start };
    let page = Adapter {
        desk,
        visit,
        asked: &asked,
        transaction,
    };
    page.judge(typed)
        .await
        .unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

/// What the form brought.
enum Typed {
    /// User name and password, perhaps with the code at once.
    Password(Credentials),
    /// The code of a sign-in under way.
    Code { pending: String, code: Secret },
    /// The person gave up.
    Cancelled,
    /// Nothing.
    Nothing,
}

impl Typed {
    fn read(fields: &Fields) -> Result<Self, Failure> {
        let one = |name| {
            fields
                .one(name)
                .map(Option::unwrap_or_default)
                .map_err(|_| Failure::Form)
        };
        if !one("pf.cancel")?.is_empty() {
            return Ok(Self::Cancelled);
        }
        let (pending, code) = (one("csrfToken")?, one("otp")?);
        if !pending.is_empty() {
            return Ok(Self::Code {
                pending: pending.to_owned(),
                code: Secret::new(code),
            });
        }
        if !fields.has("pf.username") && !fields.has("pf.pass") {
            return Ok(Self::Nothing);
        }
        Ok(Self::Password(Credentials {
            user_name: one("pf.username")?.to_owned(),
            password: Secret::new(one("pf.pass")?),
            code: Some(code).filter(|code| !code.is_empty()).map(Secret::new),
        }))
    }
}

/// The form adapter in one transaction.
struct Adapter<'a> {
    desk: &'a Desk,
    visit: &'a Visit,
    asked: &'a Asked,
    transaction: Transaction,
}

impl Adapter<'_> {
    async fn judge(&self, typed: Typed) -> Result<Response<Body>, Failure> {
        let moment = &self.visit.moment;
        let (step, user_name) = match typed {
            Typed::Nothing => return Ok(self.sign_in("", None, StatusCode::OK)),
            Typed::Cancelled => return self.cancel().await,
            Typed::Password(credentials) => (
                self.desk.sign_in(moment, &credentials).await?,
                credentials.user_name,
            ),
            Typed::Code { pending, code } => (
                self.desk.second_factor(moment, &pending, &code).await?,
                String::new(),
            ),
        };
        let words = self.visit.words;
        match step {
            NextStep::SignedIn { cookie, session } => {
                let post = self.desk.vouch(moment, &session, self.asked).await?;
                let mut response = hand_over::page(words, &post);
                response
                    .headers_mut()
                    .append(SET_COOKIE, cookie::set(&cookie).header());
                Ok(response)
            }
            NextStep::AskSecondFactor {
                pending,
                wrong_code,
            } => Ok(self.code(&pending, wrong_code)),
            NextStep::Refused(refused) => {
                let (status, text) = match Wrong::of(refused)? {
                    Wrong::Credentials => (StatusCode::OK, words.pingfederate_wrong),
                    Wrong::Throttled => (StatusCode::TOO_MANY_REQUESTS, words.throttled),
                    Wrong::StartAgain => (StatusCode::OK, words.start_again),
                };
                Ok(self.sign_in(&user_name, Some(text), status))
            }
        }
    }

    /// SAML core §3.2.2.2: the relying party learns that nobody signed in. One that did not ask is not bothered.
    async fn cancel(&self) -> Result<Response<Body>, Failure> {
        let words = self.visit.words;
        if self.asked.in_response_to.is_some() {
            let post = self
                .desk
                .decline(&self.visit.moment, self.asked, saml::names::AUTHN_FAILED)
                .await?;
            return Ok(hand_over::page(words, &post));
        }
        let notice = Notice {
            words,
            title: words.cancelled,
            text: words.cancelled_text,
            mender: None,
            reference: None,
            link: None,
        };
        Ok(notice.answer(StatusCode::OK))
    }

    fn sign_in(&self, user_name: &str, error: Option<&str>, status: StatusCode) -> Response<Body> {
        let acs = url::Url::parse(&self.asked.acs).ok();
        let application = acs
            .as_ref()
            .and_then(url::Url::host_str)
            .unwrap_or(&self.asked.entity_id);
        let action = self.transaction.path();
        SignIn {
            frame: self.frame(&action),
            application,
            user_name,
            error,
        }
        .answer(status)
    }

    fn code(&self, pending: &str, wrong: bool) -> Response<Body> {
        let error = wrong.then_some(self.visit.words.code_wrong);
        let action = self.transaction.path();
        Code {
            frame: self.frame(&action),
            pending,
            error,
        }
        .answer()
    }

    fn frame<'a>(&'a self, action: &'a str) -> Frame<'a> {
        Frame {
            words: self.visit.words,
            origin: &self.desk.origin,
            action,
        }
    }
}

fn tell(response: &mut Response<Body>, browser: &Browser) {
    if browser.fresh {
        response
            .headers_mut()
            .append(SET_COOKIE, cookie::set(&browser.value).header());
    }
}
