//! What every page has: a language, a layout, headers that keep a browser on the rails.
//!
//! This module owns how pages look and which headers they carry; it does not know the fields of any door's form (those stand
//! in the door's own folder) and it decides nothing.
//!
//! * [`language`]: which language a visitor reads · [`words`]: every text, once per language
//! * [`policy`]: Content-Security-Policy and the other headers · [`style`]: the one stylesheet
//! * [`hand_over`]: the form that a browser posts to the relying party
//! * [`leaving`]: on the way to somebody else's logout · [`picture`]: what a telephone reads
//! * [`notice`]: a page that only says something: errors, the end of a session

pub mod hand_over;
#[cfg(test)]
pub(crate) mod inspection;
pub mod language;
pub mod leaving;
pub mod notice;
pub mod picture;
pub mod policy;
pub mod style;
pub mod words;

use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use policy::Policy;

/// Renders `template` as an answer with `policy`.
pub fn answer(status: StatusCode, template: &impl Template, policy: &Policy) -> Response<Body> {
    let mut html = template
        .render()
        .expect("templates write to a String, which does not fail");
    // `curl -c -` writes its cookies after the page; a last line without an end would swallow the first of them.
    if !html.ends_with('\n') {
        html.push('\n');
    }
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    policy.write(response.headers_mut());
    response
}
