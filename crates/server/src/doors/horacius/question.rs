//! Signing out is asked for by links, and anybody can link: the person says yes on a page of ours, whose own link holds a proof
//! that nobody else's page can know, whatever the browser says or does not say about where it comes from (security: L4).

use super::cookies::Browser;
use super::entrance::set;
use crate::pages::notice::Notice;
use crate::sign_on::Visit;
use axum::body::Body;
use axum::http::{Response, StatusCode};

/// The parameter in which the page says that it was this browser's person who said yes.
const CONFIRMED: &str = "confirmed";

/// Whether the person of this browser said yes.
pub(super) fn confirmed(visit: &Visit) -> bool {
    let proof = visit.parameter(CONFIRMED);
    proof.is_some_and(|proof| Browser::of(visit).was_linked(&proof))
}

/// Asks; `text` says what for. The link is the request at `path` again, with the proof.
pub(super) fn ask(visit: &Visit, path: &str, text: &str) -> Response<Body> {
    let browser = Browser::of(visit);
    let kept = visit
        .query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with(CONFIRMED));
    let mut link = format!("{path}?");
    for pair in kept {
        link.push_str(pair);
        link.push('&');
    }
    link.push_str(CONFIRMED);
    link.push('=');
    link.push_str(&browser.link_proof());
    let words = visit.words;
    let notice = Notice {
        words,
        title: words.sign_out,
        text,
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
