//! Signing out: as a participant of a single logout, and from our own page.

use super::cookies;
use super::sign_in::set;
use crate::http::answer;
use crate::pages::notice::Notice;
use crate::sign_on::{Desk, Failure, Visit};
use axum::body::Body;
use axum::http::{Response, StatusCode};

/// Our own sign-out page.
pub(super) const PATH: &str = "/adfs/ls/?wa=wsignout1.0";

/// Whether somebody wishes to sign out of everything (WS-Federation §4.1).
pub(super) fn is_wished(visit: &Visit) -> bool {
    matches!(
        visit.parameter("wa").as_deref(),
        Some("wsignout1.0" | "wsignoutcleanup1.0")
    )
}

/// Ends the session of the cookie, and sends the browser through its participants.
pub(super) async fn begin(desk: &Desk, visit: &Visit) -> Result<Response<Body>, Failure> {
    let session = desk
        .session(&visit.moment, visit.cookies.one(cookies::SESSION))
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
    let mut response = match desk.sign_out(&visit.moment, &session).await? {
        Some(participant) => answer::found(&participant).ok_or(Failure::Form)?,
        None => over(visit),
    };
    set(&mut response, cookies::no_session());
    Ok(response)
}

/// Obeys a logout request, or takes a participant's answer. No cookie is asked for: the signed message names the session.
pub(super) async fn obey(desk: &Desk, visit: &Visit) -> Result<Response<Body>, Failure> {
    let Some(next) = desk.logout(&visit.moment, &visit.query).await? else {
        return Ok(over(visit));
    };
    let mut response = answer::found(&next).ok_or(Failure::Form)?;
    set(&mut response, cookies::sign_out_protocol(visit.moment.now));
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
