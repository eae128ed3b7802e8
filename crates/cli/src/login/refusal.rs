//! Why a sign-in ended without a token. Each reason has a stable code, an exit code, and a sentence that says what to do.

use crate::exit::{Exit, Failure};
use std::path::{Path, PathBuf};

/// A sign-in that ended without a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Something has to be asked, and there is nobody to ask.
    #[error("{what} is needed, and there is nobody to ask: {remedy}")]
    NobodyToAsk {
        what: &'static str,
        remedy: &'static str,
    },
    /// A person ended a question instead of answering it.
    #[error("not answered: {what}")]
    NotAnswered { what: String },
    /// A command or standard input should have given a secret, and did not.
    #[error("no {what}: {reason}")]
    SourceFailed { what: &'static str, reason: String },

    /// No connection.
    #[error("cannot reach {host}: {reason}")]
    Unreachable { host: String, reason: String },
    /// No answer in time.
    #[error("gave up waiting for {host} (--timeout gives it longer)")]
    TimedOut { host: String },
    /// Too much of an answer.
    #[error("{host} sent more than {limit} bytes, which no sign-in page needs; stopped reading")]
    TooLarge { host: String, limit: usize },
    /// Too many pages and redirects.
    #[error(
        "gave up after {steps} pages and redirects, the last one at {host}: the sign-in goes round in circles"
    )]
    Circles { host: String, steps: usize },

    /// A certificate that does not vouch for the host.
    #[error(
        "the certificate of {host} cannot be trusted: {reason}. Nothing was sent. A private certificate authority can be named in SSL_CERT_FILE"
    )]
    Certificate { host: String, reason: String },
    /// A host that nobody vouched for.
    #[error(
        "{host} wants to see the sign-in, and nobody has said that the password may go there; nothing was sent to it. If it is yours: --trust-host {host}"
    )]
    NotTrusted { host: String },
    /// An address without TLS.
    #[error("the sign-in leads to {host} without TLS, where a password may not go")]
    PlainText { host: String },
    /// A cookie for somebody else.
    #[error("{host} tried to set a cookie for {domain}, which is not its own domain; stopped")]
    ForeignCookie { host: String, domain: String },
    /// An assertion made out to somebody else.
    #[error(
        "{provider} signed an assertion for {recipient}, but {asked} was asked; it was posted to neither. If {recipient} is what you meant: --address {recipient}"
    )]
    ForeignRecipient {
        provider: String,
        recipient: String,
        asked: String,
    },

    /// The sign-in page came back.
    #[error("{host} refused the user name or the password{}", said(.text))]
    Password { host: String, text: String },
    /// The sign-in page says no, for good.
    #[error("{host} ended the sign-in{}", said(.text))]
    EndedByProvider { host: String, text: String },
    /// The transaction is over.
    #[error("the sign-in at {host} has expired{}; sign in again, and faster", said(.text))]
    Expired { host: String, text: String },
    /// StorageGRID does not accept the assertion, or the person.
    #[error("{host} refused the sign-in{}", said(.text))]
    Denied { host: String, text: String },
    /// A second factor is needed.
    #[error(
        "{host} asks for a second factor, and there is nobody to ask: set PORTARIA_OTP or --otp-command"
    )]
    SecondFactorNeeded { host: String },
    /// The second factor is wrong.
    #[error("{host} refused the second factor{}", said(.text))]
    SecondFactor { host: String, text: String },

    /// A page that the table does not know.
    #[error("{place} is not a page that portaria can follow{}{}. Try --browser, which goes through it with a real one; otherwise report it with that copy", titled(.title), copied(.copy.as_deref()))]
    UnknownPage {
        place: String,
        title: String,
        copy: Option<PathBuf>,
    },
    /// The browser cannot be driven.
    #[error("the browser cannot go through the sign-in: {reason}")]
    Browser { reason: String },
    /// StorageGRID answered, but not as documented.
    #[error("{host} answered {step} with status {status}{}", said(.text))]
    Undocumented {
        host: String,
        step: &'static str,
        status: u16,
        text: String,
    },
}

impl Refusal {
    /// A stable name, for logs and tests.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NobodyToAsk { .. } => "login.nobody-to-ask",
            Self::NotAnswered { .. } => "login.not-answered",
            Self::SourceFailed { .. } => "login.secret-source",
            Self::Unreachable { .. } => "login.unreachable",
            Self::TimedOut { .. } => "login.timeout",
            Self::TooLarge { .. } => "login.page-too-large",
            Self::Circles { .. } => "login.circles",
            Self::Certificate { .. } => "login.certificate",
            Self::NotTrusted { .. } => "login.not-trusted",
            Self::PlainText { .. } => "login.plain-text",
            Self::ForeignCookie { .. } => "login.foreign-cookie",
            Self::ForeignRecipient { .. } => "login.foreign-recipient",
            Self::Password { .. } => "login.password",
            Self::EndedByProvider { .. } => "login.ended-by-provider",
            Self::Expired { .. } => "login.expired",
            Self::Denied { .. } => "login.denied",
            Self::SecondFactorNeeded { .. } => "login.second-factor-needed",
            Self::SecondFactor { .. } => "login.second-factor",
            Self::UnknownPage { .. } => "login.unknown-page",
            Self::Browser { .. } => "login.browser",
            Self::Undocumented { .. } => "login.undocumented-answer",
        }
    }

    /// What a script sees of it.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::SourceFailed { .. } | Self::Undocumented { .. } | Self::Browser { .. } => {
                Exit::Failed
            }
            Self::Unreachable { .. } | Self::TimedOut { .. } => Exit::Network,
            Self::Password { .. }
            | Self::EndedByProvider { .. }
            | Self::Expired { .. }
            | Self::Denied { .. } => Exit::Refused,
            Self::NobodyToAsk { .. }
            | Self::NotAnswered { .. }
            | Self::SecondFactorNeeded { .. } => Exit::InteractionNeeded,
            Self::SecondFactor { .. } => Exit::SecondFactorRefused,
            Self::TooLarge { .. } | Self::Circles { .. } | Self::UnknownPage { .. } => {
                Exit::UnknownPage
            }
            Self::Certificate { .. }
            | Self::NotTrusted { .. }
            | Self::PlainText { .. }
            | Self::ForeignCookie { .. }
            | Self::ForeignRecipient { .. } => Exit::NotTrusted,
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let sentence = format!("{refusal} [{}]", refusal.code());
        Self::because(refusal.exit(), sentence)
    }
}

/// The words of another, short and harmless to a terminal: what a server sends may hold escape sequences.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 240;
    let mut words = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        let word: String = word.chars().filter(|c| !is_direction(*c)).collect();
        if word.is_empty() {
            continue;
        }
        if words.chars().count() + word.chars().count() > LONGEST {
            words.push('…');
            break;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(&word);
    }
    words
}

/// Characters that turn the direction of what follows, so that a text reads as another one.
fn is_direction(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn said(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!(": \"{text}\"")
}

fn titled(title: &str) -> String {
    if title.is_empty() {
        return String::new();
    }
    format!(" (it calls itself \"{title}\")")
}

fn copied(copy: Option<&Path>) -> String {
    match copy {
        Some(path) => format!("; a copy without its secrets is in {}", path.display()),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_server_cannot_steer_a_terminal() {
        assert_eq!(quoted("a\u{1b}[2Jb\r\n  c\u{202e}d"), "a [2Jb cd");
        assert!(quoted(&"word ".repeat(500)).chars().count() <= 241);
    }
}
