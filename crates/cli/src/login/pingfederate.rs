//! `PingFederate`'s pages and those of `PingID`, its second factor: what marks them, and what to post. StorageGRID's document,
//! steps d to h.

use super::page::Page;
use super::transport::{Answer, Request};
use super::walk::Credentials;

/// The fields of the sign-in form.
pub(super) const CREDENTIALS: [&str; 2] = ["pf.username", "pf.pass"];
/// The hidden field by which `PingFederate` hands a person over to `PingID`.
pub(super) const HANDOVER: &str = "ppm_request";
/// The form that asks for a code, and its field.
pub(super) const CODE_FORM: &str = "otp-form";
/// See [`CODE_FORM`].
pub(super) const CODE: &str = "otp";
/// The form that waits for a telephone.
pub(super) const PUSH: &str = "form1";
/// The form that goes back when the telephone has answered (the product's own spelling).
pub(super) const DONE: &str = "reponseView";

/// Step h: `pf.ok=clicked` is what the page's button adds.
pub(super) fn sign_in(page: &Page, credentials: &Credentials) -> Option<Request> {
    let form = page.form_with(&CREDENTIALS)?;
    let filled = form
        .fill()
        .set("pf.username", &credentials.name)
        .set("pf.pass", credentials.password.expose())
        .set("pf.ok", "clicked")
        .set("pf.cancel", "");
    Some(filled.request())
}

/// Asks whether the telephone has answered.
pub(super) fn poll(page: &Page) -> Option<Request> {
    Some(page.form(|form| form.id == PUSH)?.fill().request())
}

/// Goes back when it has.
pub(super) fn done(page: &Page, status: Option<&str>) -> Option<Request> {
    let mut filled = page.form(|form| form.id == DONE)?.fill();
    if let Some(status) = status {
        filled = filled.set("status", status);
    }
    Some(filled.request())
}

/// Goes to the page that takes a code instead, where there is one.
pub(super) fn use_code(page: &Page) -> Option<Request> {
    let target = &page.form_with(&["useCodeUrl"])?.field("useCodeUrl")?.value;
    (!target.is_empty()).then(|| page.url.join(target).ok().map(Request::get))?
}

/// What a poll says: `ASYNC_AUTH_WAIT`, `OK`, or how it ended.
pub(super) fn poll_status(answer: &Answer) -> String {
    let status: Option<serde_json::Value> = serde_json::from_str(&answer.body).ok();
    let status = status
        .as_ref()
        .and_then(|status| status.get("status")?.as_str());
    status.unwrap_or("an answer without a status").to_owned()
}
