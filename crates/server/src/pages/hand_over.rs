//! The form that a browser posts to the relying party: at once with JavaScript, by a button without.

use super::policy::Policy;
use super::words::Words;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use identity::sso::PostBack;

/// The one script of these pages; its hash stands in the policy.
pub const SCRIPT: &str = "document.forms.hiddenform.submit();";

// Clients find the form by its exact opening tag and the fields by `name="…" value="…"` on one line; some compare the whole
// beginning of the page up to the form, therefore there is no doctype and nothing before the form.
#[derive(Template)]
#[template(path = "pages/hand_over.html")]
struct HandOver<'a> {
    words: &'a Words,
    post: &'a PostBack,
    script: &'static str,
}

/// The page that hands `post` over.
pub fn page(words: &Words, post: &PostBack) -> Response<Body> {
    let template = HandOver {
        words,
        post,
        script: SCRIPT,
    };
    super::answer(StatusCode::OK, &template, &Policy::hand_over(&post.acs))
}
