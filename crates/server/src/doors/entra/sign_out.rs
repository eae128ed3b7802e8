//! Signing out: as a participant of a single logout, and from our own page.

use super::cookies;
use super::door::{Door, set};
use super::giving_up;
use crate::http::answer;
use crate::pages::notice::Notice;
use crate::sign_on::{Failure, Visit};
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use std::sync::Arc;

const PATH: &str = "/common/oauth2/v2.0/logout";

/// A person wishes to sign out of everything.
pub(super) async fn get(State(door): State<Arc<Door>>, visit: Visit) -> Response<Body> {
    begin(&door, &visit)
        .await
        .unwrap_or_else(|failure| giving_up::page(&failure, &visit))
}

/// Obeys a logout request, or takes a participant's answer. No cookie is asked for: the signed message names the session.
pub(super) async fn obey(door: &Door, visit: &Visit) -> Result<Response<Body>, Failure> {
    match door.desk.logout(&visit.moment, &visit.query).await? {
        Some(next) => answer::found(&next).ok_or(Failure::Form),
        None => Ok(over(visit)),
    }
}

async fn begin(door: &Door, visit: &Visit) -> Result<Response<Body>, Failure> {
    let session = door
        .desk
        .session(&visit.moment, cookies::session(visit))
        .await?;
    let Some(session) = session else {
        return Ok(over(visit));
    };
    // Anybody can link to this URL; the person confirms what somebody else's page asked for.
    if visit.sent_by_another_site() {
        let words = visit.words;
        let link = Some((words.sign_out, PATH));
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
    let mut response = match door.desk.sign_out(&visit.moment, &session).await? {
        Some(participant) => answer::found(&participant).ok_or(Failure::Form)?,
        None => over(visit),
    };
    for cookie in cookies::none() {
        set(&mut response, cookie);
    }
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
