//! Coming in by an e-mailed link: "login sem senha é suportado" (Huawei's document). The sign-on that waits stands in a cookie
//! while the person reads their mail.

use super::cookie;
use super::sign_in::{Page, or_page};
use crate::http::body::FORM;
use crate::http::{Fields, Form};
use crate::pages::hand_over;
use crate::sign_on::links::{self, Enter, Over, Sent};
use crate::sign_on::{Desk, Failure, Visit};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use axum::http::header::SET_COOKIE;
use axum::routing::{get, post};
use identity::login::NextStep;
use identity::people::Purpose;
use identity::sso::Asked;
use identity::waiting::Waiting;
use std::sync::Arc;

/// Asks for a letter.
pub(super) const ASK: &str = "/idp/link";
/// Where its link leads.
const ENTER: &str = "/idp/link/enter";

/// The addresses that there are where letters leave.
pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route(ASK, post(ask))
        .route(ENTER, get(enter).post(entered))
}

/// `POST /idp/link?execution=…`: the second button of the sign-in form. What waits opens only in the browser that it was
/// sealed for, so no other page can have this browser ask.
async fn ask(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    let asked = async {
        let execution = visit.parameter("execution").unwrap_or_default();
        let browser = browser(&visit);
        waiting(&desk, &visit, (&execution, &browser))?;
        let name = one(&fields, "j_username")?;
        let wish = (Purpose::SignIn, name, browser.as_str());
        links::ask(&desk, &visit, wish, ENTER).await?;
        let mut response = Sent { words: visit.words }.answer();
        if let Some(cookie) = cookie::waiting(&execution) {
            response.headers_mut().append(SET_COOKIE, cookie.header());
        }
        Ok(response)
    };
    or_page(&visit, asked.await)
}

/// `GET /idp/link/enter?link=…`
async fn enter(State(desk): State<Arc<Desk>>, visit: Visit) -> Response<Body> {
    let shown = async {
        let link = visit.parameter("link").unwrap_or_default();
        let looked = (Purpose::SignIn, link.as_str(), &*browser(&visit));
        let service = &desk.app.service;
        let works = service
            .link_works(&visit.moment, &desk.entity, looked)
            .await?;
        if works.is_err() {
            return Err(Failure::Expired);
        }
        let page = Enter {
            words: visit.words,
            action: ENTER,
            link: &link,
            // The link itself is of this browser alone.
            visit: "",
            leads_to: None,
        };
        Ok(page.answer())
    };
    or_page(&visit, shown.await)
}

/// `POST /idp/link/enter`
async fn entered(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    let entered = async {
        let browser = browser(&visit);
        let execution = visit.cookies.one(cookie::WAITING).unwrap_or_default();
        let (asked, waiting) = waiting(&desk, &visit, (execution, &browser))?;
        let link = one(&fields, "link")?;
        let step = desk
            .app
            .service
            .enter_by_link(&visit.moment, &desk.entity, (link, &browser))
            .await?;
        match step {
            NextStep::SignedIn { cookie, session } => {
                let post = desk.vouch(&visit.moment, &session, &asked).await?;
                let mut response = hand_over::page(visit.words, &post);
                for told in [cookie::set(&cookie), cookie::no_longer_waiting()] {
                    response.headers_mut().append(SET_COOKIE, told.header());
                }
                Ok(response)
            }
            NextStep::AskSecondFactor {
                pending,
                wrong_code,
            } => Ok(Page::new(&desk, &visit, (&asked, &waiting)).code(&pending, wrong_code)),
            NextStep::Refused(refused) if refused.code == "link.over" => {
                let again = format!("{}?execution={execution}", super::UNSOLICITED);
                let (words, again) = (visit.words, again.as_str());
                Ok(Over { words, again }.answer())
            }
            NextStep::Refused(refused) => Err(Failure::Refused(refused)),
        }
    };
    or_page(&visit, entered.await)
}

/// What waits, if it waits in this browser.
fn waiting(
    desk: &Desk,
    visit: &Visit,
    (execution, browser): (&str, &str),
) -> Result<(Asked, Waiting), Failure> {
    let waiting = Waiting::new(execution);
    let service = &desk.app.service;
    let asked = service
        .resume(&visit.moment, &desk.entity, browser, &waiting)
        .ok_or(Failure::Expired)?;
    Ok((asked, waiting))
}

fn browser(visit: &Visit) -> String {
    visit
        .cookies
        .one(cookie::NAME)
        .unwrap_or_default()
        .to_owned()
}

fn one<'f>(fields: &'f Fields, name: &str) -> Result<&'f str, Failure> {
    let value = fields.one(name).map_err(|_| Failure::Form)?;
    Ok(value.unwrap_or_default())
}
