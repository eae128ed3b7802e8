//! Signing out: as a participant of a single logout, and from our own page.

use super::cookie;
use crate::http::answer;
use crate::pages::notice::Notice;
use crate::sign_on::{Desk, Failure, Visit};
use axum::body::Body;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{Response, StatusCode};
use std::sync::Arc;

const START: &str = "/idp/startSLO.ping";

/// A logout message by redirect. No cookie is asked for: the signed message names the session.
pub(super) async fn get(State(desk): State<Arc<Desk>>, visit: Visit) -> Response<Body> {
    obey(&desk, &visit)
        .await
        .unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

/// A person wishes to sign out of everything.
pub(super) async fn get_start(State(desk): State<Arc<Desk>>, visit: Visit) -> Response<Body> {
    begin(&desk, &visit)
        .await
        .unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

async fn obey(desk: &Desk, visit: &Visit) -> Result<Response<Body>, Failure> {
    let next = desk.logout(&visit.moment, &visit.query).await?;
    let mut response = match next {
        Some(next) => answer::found(&next).ok_or(Failure::Form)?,
        None => over(visit),
    };
    // The message may have ended another session than this browser's.
    let mine = visit.cookies.one(cookie::NAME);
    let lives = desk.session(&visit.moment, mine).await?.is_some();
    let value = mine
        .filter(|_| lives)
        .map_or_else(|| cookie::fresh(visit), str::to_owned);
    response
        .headers_mut()
        .append(SET_COOKIE, cookie::set(&value).header());
    Ok(response)
}

async fn begin(desk: &Desk, visit: &Visit) -> Result<Response<Body>, Failure> {
    let session = desk
        .session(&visit.moment, visit.cookies.one(cookie::NAME))
        .await?;
    let Some(session) = session else {
        return Ok(over(visit));
    };
    // Anybody can link to this URL; the person confirms what somebody else's page asked for.
    if visit.sent_by_another_site() {
        let words = visit.words;
        let link = Some((words.sign_out, START));
        let notice = Notice {
            words,
            title: words.sign_out,
            text: words.sign_out_question,
            mender: None,
            reference: None,
            link,
        };
        return Ok(notice.answer(StatusCode::OK));
    }
    let mut response = match desk.sign_out(&visit.moment, &session).await? {
        Some(participant) => answer::found(&participant).ok_or(Failure::Form)?,
        None => over(visit),
    };
    response
        .headers_mut()
        .append(SET_COOKIE, cookie::set(&cookie::fresh(visit)).header());
    Ok(response)
}

fn over(visit: &Visit) -> Response<Body> {
    let words = visit.words;
    Notice {
        words,
        title: words.signed_out,
        text: words.signed_out_text,
        mender: None,
        reference: None,
        link: None,
    }
    .answer(StatusCode::OK)
}
