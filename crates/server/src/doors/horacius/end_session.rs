//! Sign-outs that applications ask for (OpenID Connect RP-Initiated Logout §2).

use super::Door;
use super::answers;
use super::cookies::{self, Browser};
use super::entrance::set;
use super::farewell;
use crate::http::oauth::Posted;
use crate::pages::notice::Notice;
use crate::sign_on::{Failure, Visit};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use std::sync::Arc;

/// The path.
pub(super) const PATH: &str = "/idp/oauth/logout";
/// The parameter in which the question page says that it was this browser's person who said yes.
const CONFIRMED: &str = "confirmed";

/// `GET /idp/oauth/logout`
pub(super) async fn get(State(door): State<Arc<Door>>, visit: Visit) -> Response<Body> {
    let answer = end(&door, &visit).await;
    answer.unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

/// The same by POST: from the application's page, with which a browser sends no session cookie (SameSite=Lax). It comes back
/// with a GET, with which it does.
pub(super) async fn post(visit: Visit, request: Request) -> Response<Body> {
    let posted = match Posted::read(request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    answers::see_other(&format!("{PATH}?{}", posted.text()))
        .unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

async fn end(door: &Door, visit: &Visit) -> Result<Response<Body>, Failure> {
    let cookie = visit.cookies.one(cookies::SESSION);
    let session = door.desk.session(&visit.moment, cookie).await?;
    let service = &door.desk.app.service;
    let request = (visit.query.as_str(), session.as_ref());
    let asked = service
        .end_session(&visit.moment, &door.server, request)
        .await??;
    let Some(session) = session else {
        return farewell::gone(visit, asked.back_to.as_deref());
    };
    let confirmed = visit.parameter(CONFIRMED);
    let confirmed = confirmed.is_some_and(|proof| Browser::of(visit).was_shown(&proof));
    if asked.vouched || confirmed {
        return farewell::leave(door, visit, (&session, asked.back_to)).await;
    }
    Ok(question(visit))
}

/// Asks the person. The link is this request again, with a proof that only a page of ours shown to this browser could hold.
fn question(visit: &Visit) -> Response<Body> {
    let browser = Browser::of(visit);
    let kept = visit
        .query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with(CONFIRMED));
    let query: String = kept.map(|pair| format!("{pair}&")).collect();
    let link = format!("{PATH}?{query}{CONFIRMED}={}", browser.proof());
    let words = visit.words;
    let notice = Notice {
        words,
        title: words.sign_out,
        text: words.sign_out_question,
        mender: None,
        reference: None,
        link: Some((words.sign_out, &link)),
    };
    let mut response = notice.answer(StatusCode::OK);
    if let Some(cookie) = browser.cookie() {
        set(&mut response, cookie);
    }
    response
}
