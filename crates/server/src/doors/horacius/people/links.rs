//! Letters with links: to come in without a password, to set one anew.

use super::super::Door;
use super::super::cookies::{self, Browser};
use super::super::entrance::{self, set};
use super::account::{or_page, sentence};
use super::member::{one, secret};
use super::pages::{self, NewPassword};
use crate::http::body::FORM;
use crate::http::{Fields, Form};
use crate::pages::notice::Notice;
use crate::sign_on::links::{self, Ask, Enter, Over, Sent};
use crate::sign_on::{Failure, Visit};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use identity::login::NextStep;
use identity::people::Purpose;
use std::sync::Arc;

/// Asks for a link to come in, and where it leads.
const SIGN_IN: (&str, &str) = ("/link", "/enter");
/// Asks for a link to set a password, and where it leads.
const PASSWORD: (&str, &str) = ("/forgotten", "/new-password");
/// Takes the second factor of whoever came by a link.
const CODE: &str = "/enter/code";

/// The addresses that there are where letters leave.
pub(in super::super) fn routes() -> Router<Arc<Door>> {
    Router::new()
        .route(SIGN_IN.0, get(ask_sign_in).post(asked_sign_in))
        .route(SIGN_IN.1, get(enter).post(entered))
        .route(CODE, post(code))
        .route(PASSWORD.0, get(ask_password).post(asked_password))
        .route(PASSWORD.1, get(new_password).post(set_password))
}

async fn ask_sign_in(visit: Visit) -> Response<Body> {
    asking(&visit, Purpose::SignIn, "")
}

async fn ask_password(visit: Visit) -> Response<Body> {
    asking(&visit, Purpose::Password, "")
}

async fn asked_sign_in(
    State(door): State<Arc<Door>>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    or_page(
        &visit,
        asked(&door, &visit, (Purpose::SignIn, &fields)).await,
    )
}

async fn asked_password(
    State(door): State<Arc<Door>>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    or_page(
        &visit,
        asked(&door, &visit, (Purpose::Password, &fields)).await,
    )
}

/// `GET /enter?link=…`: asks for the click that a mail program does not do.
async fn enter(State(door): State<Arc<Door>>, visit: Visit) -> Response<Body> {
    let shown = async {
        let (browser, link) = (Browser::of(&visit), link_of(&visit));
        let looked = (Purpose::SignIn, link.as_str(), browser.value.as_str());
        if !works(&door, &visit, looked).await? {
            return Ok(over(&visit, Purpose::SignIn));
        }
        let page = Enter {
            words: visit.words,
            action: SIGN_IN.1,
            link: &link,
            visit: &browser.proof(),
            leads_to: None,
        };
        Ok(told(&browser, page.answer()))
    };
    or_page(&visit, shown.await)
}

/// `POST /enter`
async fn entered(
    State(door): State<Arc<Door>>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    let entered = async {
        let (browser, link) = (shown_to(&visit, &fields)?, one(&fields, "link")?);
        let desk = &door.desk;
        let step = desk
            .app
            .service
            .enter_by_link(&visit.moment, &desk.entity, (link, &browser.value))
            .await?;
        follow(&visit, &browser, step)
    };
    or_page(&visit, entered.await)
}

/// `POST /enter/code`: the second factor of whoever came by a link.
async fn code(
    State(door): State<Arc<Door>>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    let entered = async {
        let browser = shown_to(&visit, &fields)?;
        let (pending, code) = (one(&fields, "pending")?, secret(&fields, "code")?);
        let desk = &door.desk;
        let step = desk.second_factor(&visit.moment, pending, &code).await?;
        follow(&visit, &browser, step)
    };
    or_page(&visit, entered.await)
}

fn follow(visit: &Visit, browser: &Browser, step: NextStep) -> Result<Response<Body>, Failure> {
    match step {
        NextStep::SignedIn { cookie, .. } => {
            let mut response = go_on(visit, &cookies::remembered(visit));
            set(&mut response, cookies::session(&cookie));
            set(&mut response, cookies::no_way_back());
            Ok(response)
        }
        NextStep::AskSecondFactor {
            pending,
            wrong_code,
        } => {
            let error = wrong_code.then_some(visit.words.code_wrong);
            Ok(entrance::ask_code(
                visit,
                (browser, CODE),
                (&pending, error),
            ))
        }
        NextStep::Refused(refused) if refused.code == "link.over" => {
            Ok(over(visit, Purpose::SignIn))
        }
        NextStep::Refused(refused) => Err(Failure::Refused(refused)),
    }
}

/// `GET /new-password?link=…`
async fn new_password(State(door): State<Arc<Door>>, visit: Visit) -> Response<Body> {
    let shown = async {
        let link = link_of(&visit);
        if !works(&door, &visit, (Purpose::Password, &link, "")).await? {
            return Ok(over(&visit, Purpose::Password));
        }
        Ok(choosing(&visit, &link, None))
    };
    or_page(&visit, shown.await)
}

/// `POST /new-password`
async fn set_password(
    State(door): State<Arc<Door>>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    let done = async {
        shown_to(&visit, &fields)?;
        let (link, new) = (one(&fields, "link")?, secret(&fields, "new")?);
        let words = visit.words;
        if new.expose() != one(&fields, "again")? {
            return Ok(choosing(&visit, link, Some(words.people.password_differs)));
        }
        let desk = &door.desk;
        let done = desk
            .app
            .service
            .set_password_by_link(&visit.moment, &desk.entity, (link, &new))
            .await?;
        match done {
            Ok(()) => {
                let notice = Notice {
                    words,
                    title: words.people.password_set_done,
                    text: words.people.password_set_done_text,
                    mender: None,
                    reference: None,
                    link: Some((words.sign_in, "/")),
                };
                Ok(notice.answer(StatusCode::OK))
            }
            Err(refused) if refused.code == "link.over" => Ok(over(&visit, Purpose::Password)),
            Err(refused) => Ok(choosing(&visit, link, Some(sentence(refused, words)?))),
        }
    };
    or_page(&visit, done.await)
}

/// Asks for a letter. Without a name the page asks for one.
async fn asked(
    door: &Door,
    visit: &Visit,
    (purpose, fields): (Purpose, &Fields),
) -> Result<Response<Body>, Failure> {
    let browser = shown_to(visit, fields)?;
    let (name, back) = (one(fields, "username")?, one(fields, "back")?);
    if name.is_empty() {
        return Ok(asking(visit, purpose, back));
    }
    let wish = (purpose, name, browser.value.as_str());
    links::ask(&door.desk, visit, wish, paths(purpose).1).await?;
    let mut response = Sent { words: visit.words }.answer();
    if let Some(cookie) = cookies::way_back(back) {
        set(&mut response, cookie);
    }
    Ok(response)
}

fn asking(visit: &Visit, purpose: Purpose, back: &str) -> Response<Body> {
    let browser = Browser::of(visit);
    let page = Ask {
        words: visit.words,
        purpose,
        action: paths(purpose).0,
        visit: &browser.proof(),
        back,
    };
    told(&browser, page.answer())
}

fn choosing(visit: &Visit, link: &str, error: Option<&str>) -> Response<Body> {
    let browser = Browser::of(visit);
    let page = NewPassword {
        words: visit.words,
        action: PASSWORD.1,
        link,
        visit: &browser.proof(),
        error,
    };
    told(&browser, pages::show(&page))
}

/// On to where the browser wanted to go. Not a redirect: the way may lead on to an application, and browsers hold the whole
/// way that a form takes against `form-action`.
fn go_on(visit: &Visit, back: &str) -> Response<Body> {
    let words = visit.words;
    crate::pages::leaving::Leaving { words, url: back }.answer()
}

fn over(visit: &Visit, purpose: Purpose) -> Response<Body> {
    Over {
        words: visit.words,
        again: paths(purpose).0,
    }
    .answer()
}

async fn works(door: &Door, visit: &Visit, looked: (Purpose, &str, &str)) -> Result<bool, Failure> {
    let desk = &door.desk;
    let works = desk
        .app
        .service
        .link_works(&visit.moment, &desk.entity, looked)
        .await?;
    Ok(works.is_ok())
}

/// The browser to which the form was shown that it sends back.
fn shown_to(visit: &Visit, fields: &Fields) -> Result<Browser, Failure> {
    let browser = Browser::of(visit);
    if visit.foreign() || !browser.was_shown(one(fields, "visit")?) {
        return Err(Failure::Foreign);
    }
    Ok(browser)
}

fn told(browser: &Browser, mut response: Response<Body>) -> Response<Body> {
    if let Some(cookie) = browser.cookie() {
        set(&mut response, cookie);
    }
    response
}

fn link_of(visit: &Visit) -> String {
    visit.parameter("link").unwrap_or_default()
}

fn paths(purpose: Purpose) -> (&'static str, &'static str) {
    match purpose {
        Purpose::SignIn => SIGN_IN,
        Purpose::Password => PASSWORD,
    }
}
