//! Every way in which a visit ends early, as a page: a stable code, a sentence, and who must mend it.

use crate::http::answer::RETRY_AFTER_SECONDS;
use crate::pages::notice::{Notice, Reference};
use crate::pages::words::Words;
use axum::body::Body;
use axum::http::{Response, StatusCode, header};
use identity::{Moment, Refused, Unavailable};

/// Why a visit cannot be answered as the visitor wished.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The store is away.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// A page of somebody else posted our form.
    #[error("the form came from another site")]
    Foreign,
    /// The relying party sends the browser back again and again.
    #[error("the browser goes around in circles")]
    Loop,
    /// The transaction is not known, or not this browser's, or over.
    #[error("the transaction is over or belongs to another browser")]
    Expired,
    /// The form lacks or doubles a field.
    #[error("the form is incomplete")]
    Form,
}

impl Failure {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refused) => refused.code,
            Self::Unavailable(_) => "store.unavailable",
            Self::Foreign => "sign_on.cross_site",
            Self::Loop => "sign_on.loop",
            Self::Expired => "sign_on.expired",
            Self::Form => "sign_on.form",
        }
    }

    /// The page, and one line in the log.
    pub fn page(&self, words: &Words, moment: &Moment) -> Response<Body> {
        self.log(moment);
        let response = self.notice(words, moment).answer(self.status());
        self.completed(response)
    }

    /// What a page says of it; a door whose clients look for more puts this into a page of its own.
    pub fn notice<'a>(&self, words: &'a Words, moment: &Moment) -> Notice<'a> {
        let away = self.status() == StatusCode::SERVICE_UNAVAILABLE;
        let (text, mender) = self.sentences(words);
        Notice {
            words,
            title: if away {
                words.unavailable
            } else {
                words.refused
            },
            text: if away { words.unavailable_text } else { text },
            mender: (!away).then_some(mender),
            reference: Some(Reference {
                code: self.code(),
                correlation: moment.correlation,
            }),
            link: None,
        }
    }

    /// Says when to come back, where that helps.
    pub fn completed(&self, mut response: Response<Body>) -> Response<Body> {
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        response
    }

    /// The status of the page.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Refused(refused) if refused.code == "login.busy" => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Foreign => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    fn sentences<'a>(&self, words: &'a Words) -> (&'a str, &'a str) {
        match self {
            Self::Refused(refused) => refusal(refused.code, words),
            Self::Unavailable(_) => (words.unavailable_text, words.mender_person),
            Self::Foreign => (words.refused_foreign, words.mender_person),
            Self::Loop => (words.refused_loop, words.mender_application),
            Self::Expired => (words.refused_expired, words.mender_person),
            Self::Form => (words.refused_form, words.mender_person),
        }
    }

    /// One line in the log.
    pub fn log(&self, moment: &Moment) {
        let (code, correlation) = (self.code(), moment.correlation);
        match self {
            Self::Unavailable(unavailable) => {
                let reason = &unavailable.0;
                tracing::error!(code, %correlation, %reason, "cannot answer: the store is away");
            }
            other => tracing::info!(code, %correlation, reason = %other, "sign-on refused"),
        }
    }
}

/// By families of codes: a page has room for what a person can do about it, the log has the facts.
fn refusal<'a>(code: &str, words: &'a Words) -> (&'a str, &'a str) {
    match code {
        "request.unknown_party" | "request.acs" | "application.unknown" | "oauth.redirect_uri" => {
            (words.refused_unknown_party, words.mender_operator)
        }
        "bind.signature" => (words.refused_signature, words.mender_application),
        _ if code.starts_with("sig.") || code.contains("signature") => {
            (words.refused_signature, words.mender_application)
        }
        _ if code.starts_with("bind.") || code.starts_with("xml.") => {
            (words.refused_unreadable, words.mender_application)
        }
        _ if code.starts_with("login.") => (words.refused_expired, words.mender_person),
        _ => (words.refused_rule, words.mender_application),
    }
}
