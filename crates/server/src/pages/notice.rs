//! A page that only says something: what went wrong and who mends it, or that a session is over.

use super::policy::Policy;
use super::words::Words;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use uuid::Uuid;

/// What a notice says.
#[derive(Template)]
#[template(path = "pages/notice.html")]
pub struct Notice<'a> {
    /// Language.
    pub words: &'a Words,
    /// Heading.
    pub title: &'a str,
    /// What happened, in a sentence.
    pub text: &'a str,
    /// Who mends it, in a sentence.
    pub mender: Option<&'a str>,
    /// Stable code, and what ties the page to the log.
    pub reference: Option<Reference>,
    /// Where to go from here: a text and a path on this host.
    pub link: Option<(&'a str, &'a str)>,
}

/// What an operator searches for.
pub struct Reference {
    /// The stable code.
    pub code: &'static str,
    /// Ties the page to log lines and audit events.
    pub correlation: Uuid,
}

impl Notice<'_> {
    /// As an answer.
    pub fn answer(&self, status: StatusCode) -> Response<Body> {
        super::answer(status, self, &Policy::own_form())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::inspection::inspected;
    use crate::pages::words::{ENGLISH, PORTUGUESE, SPANISH};

    #[test]
    fn every_notice_keeps_what_pages_keep() {
        for words in [&ENGLISH, &PORTUGUESE, &SPANISH] {
            let refused = Notice {
                words,
                title: words.refused,
                text: words.refused_unknown_party,
                mender: Some(words.mender_operator),
                reference: Some(Reference {
                    code: "request.unknown_party",
                    correlation: Uuid::nil(),
                }),
                link: None,
            };
            inspected(&format!("refused-{}", words.language), &refused);
            let text = format!("{} <ana>@my-domain", words.signed_in_as);
            let link = Some((words.sign_out, "/adfs/ls/?wa=wsignout1.0"));
            let signed_in = Notice {
                title: words.signed_in,
                text: &text,
                mender: None,
                reference: None,
                link,
                ..refused
            };
            let html = inspected(&format!("signed-in-{}", words.language), &signed_in);
            assert!(html.contains("&#60;ana&#62;"), "{html}");
        }
    }
}
