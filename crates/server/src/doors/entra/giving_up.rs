//! The page that gives up, with the number by which clients tell why.

use super::pages::GivingUp;
use super::settings::{ERROR, Settings};
use crate::sign_on::{Failure, Visit};
use axum::body::Body;
use axum::http::Response;
use serde_json::json;

/// The page for `failure`, and one line in the log.
pub(super) fn page(failure: &Failure, visit: &Visit) -> Response<Body> {
    failure.log(&visit.moment);
    let notice = failure.notice(visit.words, &visit.moment);
    let own = json!({
        "sErrorCode": number(failure.code()),
        "strMainMessage": notice.title,
        "strServiceExceptionMessage": notice.text,
    });
    let settings = Settings::new(ERROR, visit, own);
    let page = GivingUp {
        words: visit.words,
        settings: &settings,
        notice: &notice,
    };
    failure.completed(page.answer(failure.status()))
}

/// As clients know it; empty where they know none.
fn number(code: &str) -> &'static str {
    match code {
        "sign_on.expired" | "login.session" => "50089",
        "request.unknown_party" => "700016",
        "request.acs" => "50011",
        "bind.missing" => "750054",
        _ => "",
    }
}
