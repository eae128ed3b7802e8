//! Links by e-mail, as every door does that offers them. A door owns its addresses and cookies, and what follows a sign-in.

use super::{Desk, Failure, Visit};
use crate::pages::policy::Policy;
use crate::pages::words::Words;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use identity::people::Purpose;

/// Asks for a letter whose link leads to `path` of this door. What is answered does not depend on whether one is sent.
/// `browser` is what tells this browser from another.
pub async fn ask(
    desk: &Desk,
    visit: &Visit,
    (purpose, name, browser): (Purpose, &str, &str),
    path: &str,
) -> Result<(), Failure> {
    let service = &desk.app.service;
    let letter = service
        .ask_for_link(&visit.moment, &desk.entity, (purpose, name), browser)
        .await?;
    if let Some(letter) = letter {
        // From configuration, whatever host the request named (security: P07).
        let url = format!("{}{path}?link={}", desk.origin, letter.link);
        desk.app
            .post
            .put(&visit.moment, &letter, (visit.words, &url));
    }
    Ok(())
}

/// Asks for a name to write to.
#[derive(Template)]
#[template(path = "links/ask.html")]
pub struct Ask<'a> {
    /// Language.
    pub words: &'a Words,
    /// What the letter is for.
    pub purpose: Purpose,
    /// Where the form goes.
    pub action: &'a str,
    /// Proof that the form was shown to this browser.
    pub visit: &'a str,
    /// Where the person wanted to go.
    pub back: &'a str,
}

/// Says that a letter is on its way, if there is one.
#[derive(Template)]
#[template(path = "links/sent.html")]
pub struct Sent<'a> {
    /// Language.
    pub words: &'a Words,
}

/// Asks for the click that a mail program does not do.
#[derive(Template)]
#[template(path = "links/enter.html")]
pub struct Enter<'a> {
    /// Language.
    pub words: &'a Words,
    /// Where the form goes.
    pub action: &'a str,
    /// The link's value.
    pub link: &'a str,
    /// Proof that the form was shown to this browser.
    pub visit: &'a str,
    /// Where the answer goes on to, if somewhere else.
    pub leads_to: Option<&'a str>,
}

/// A link that does not work, and where to ask for another one.
#[derive(Template)]
#[template(path = "links/over.html")]
pub struct Over<'a> {
    /// Language.
    pub words: &'a Words,
    /// Where to ask.
    pub again: &'a str,
}

impl Ask<'_> {
    /// As an answer.
    pub fn answer(&self) -> Response<Body> {
        crate::pages::answer(StatusCode::OK, self, &Policy::own_form())
    }
}

impl Sent<'_> {
    /// As an answer.
    pub fn answer(&self) -> Response<Body> {
        crate::pages::answer(StatusCode::OK, self, &Policy::own_form())
    }
}

impl Enter<'_> {
    /// As an answer.
    pub fn answer(&self) -> Response<Body> {
        let policy = match self.leads_to {
            Some(target) => Policy::own_form().leading_to(target),
            None => Policy::own_form(),
        };
        crate::pages::answer(StatusCode::OK, self, &policy)
    }
}

impl Over<'_> {
    /// As an answer.
    pub fn answer(&self) -> Response<Body> {
        crate::pages::answer(StatusCode::BAD_REQUEST, self, &Policy::own_form())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::inspection::inspected;
    use crate::pages::words::{ENGLISH, PORTUGUESE, SPANISH};

    #[test]
    fn every_page_keeps_what_pages_keep() {
        for words in [&ENGLISH, &PORTUGUESE, &SPANISH] {
            let name = |page: &str| format!("link-{page}-{}", words.language);
            let (action, visit) = ("/link", "proof");
            for purpose in [Purpose::SignIn, Purpose::Password] {
                let page = Ask {
                    words,
                    purpose,
                    action,
                    visit,
                    back: "/\"><b>",
                };
                let html = inspected(&name(&format!("ask-{purpose:?}")), &page);
                assert!(!html.contains("<b>"));
            }
            inspected(&name("sent"), &Sent { words });
            let enter = Enter {
                words,
                action,
                link: "sealed",
                visit,
                leads_to: None,
            };
            inspected(&name("enter"), &enter);
            inspected(
                &name("over"),
                &Over {
                    words,
                    again: "/link",
                },
            );
        }
    }
}
