//! On the way to somebody else's logout. Not a redirect: browsers hold the whole way that a form takes against `form-action`,
//! and the way goes to the other side and back.

use super::policy::Policy;
use super::words::Words;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};

/// The page that goes on to `url` by itself, and by a link.
#[derive(Template)]
#[template(path = "pages/leaving.html")]
pub struct Leaving<'a> {
    /// Language.
    pub words: &'a Words,
    /// Where to.
    pub url: &'a str,
}

impl Leaving<'_> {
    /// As an answer.
    pub fn answer(&self) -> Response<Body> {
        super::answer(StatusCode::OK, self, &Policy::own_form())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::inspection::inspected;
    use crate::pages::words::{ENGLISH, PORTUGUESE, SPANISH};

    #[test]
    fn address_stays_an_address() {
        for words in [&ENGLISH, &PORTUGUESE, &SPANISH] {
            let url = "https://adfs.example.com/?a=\"><b>";
            let html = inspected(
                &format!("leaving-{}", words.language),
                &Leaving { words, url },
            );
            assert!(!html.contains("<b>"));
        }
    }
}
