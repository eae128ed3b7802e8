//! Proofs that come from a person's telephone: a request that is approved there, or a code that was sent there.
//!
//! This module owns how such a proof begins, what the telephone may answer, and which sign-in it completes; it dials nothing:
//! how a telephone is reached is for whoever runs us, and without such a way (`Settings::telephones`) nothing is offered.
//!
//! * `asking`: a sign-in asks a telephone · `replying`: the telephone answers · `completing`: the sign-in that waited
//! * [`number`]: telephone numbers

mod asking;
mod completing;
pub(crate) mod number;
mod replying;

pub(crate) use completing::MOBILE_TWO_FACTOR;

use crate::digest;
use crate::error::Refused;
use crate::login::NextStep;
use crate::service::Service;
use crate::store::approvals::ApprovalRow;
use jiff::SignedDuration;

/// How long the telephone may take.
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);
/// What number and code are sealed for.
const SEALED: &str = "approval";

/// How a telephone proves something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// An application there asks to approve, and for the number that the sign-in page shows.
    Push,
    /// It receives a code.
    Message,
}

impl Method {
    /// As the store has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Message => "message",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Push, Self::Message]
            .into_iter()
            .find(|method| method.name() == name)
    }
}

/// What a person's telephone can be asked, as far as a sign-in page may say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Telephone {
    /// Whether it can approve.
    pub push: bool,
    /// The number to which a code can go: its last two digits, the rest hidden.
    pub message_to: Option<String>,
}

impl Telephone {
    fn offers(&self, method: Method) -> bool {
        match method {
            Method::Push => self.push,
            Method::Message => self.message_to.is_some(),
        }
    }
}

/// A telephone was asked.
#[derive(Clone)]
pub struct Begun {
    /// The sign-in under way, which only this proof completes.
    pub pending: String,
    /// The number that the sign-in page shows and the telephone asks for; none for a message.
    pub number: Option<String>,
}

impl std::fmt::Debug for Begun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Begun").finish_non_exhaustive()
    }
}

/// How an approval stands.
#[derive(Debug)]
pub enum Standing {
    /// The telephone has not answered; the number that the page shows.
    Waiting(String),
    /// It said no. The sign-in may go on another way.
    Denied,
    /// What follows.
    Over(NextStep),
}

/// What waits for a telephone, for whoever plays or reaches one.
#[derive(Clone)]
pub struct Waiting {
    /// Identifier.
    pub id: String,
    /// Whose telephone.
    pub user_name: String,
    /// The door at which the sign-in is under way.
    pub door: String,
    /// How it proves something.
    pub method: Method,
    /// The number to enter, or the code that was sent.
    pub content: String,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiting")
            .field("id", &self.id)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// What a telephone answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply<'a> {
    /// It was I, and the page shows this number.
    Approve(&'a str),
    /// It was not.
    Deny,
}

impl Service {
    /// The number to match, or the code that was sent.
    fn content(&self, organization: &str, row: &ApprovalRow) -> String {
        let opened = self
            .inner
            .vault
            .open(SEALED, &bound(organization, &row.id), &row.sealed);
        opened
            .and_then(|plain| String::from_utf8(plain).ok())
            .unwrap_or_default()
    }
}

fn over() -> Refused {
    Refused::new(
        "login.pending",
        "the pending sign-in expired, was completed, or is not of this door",
    )
}

fn bound(organization: &str, id: &str) -> [u8; 32] {
    digest::of_parts(&[organization, id])
}
