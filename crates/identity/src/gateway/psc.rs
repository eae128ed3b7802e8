//! The port through which the rules talk to a cloud PSC. What dials stands in the server.

use super::authorization::Holder;
use super::providers::Provider;
use crate::login::Secret;
use futures_util::future::BoxFuture;
use jiff::SignedDuration;

/// A cloud PSC, or all of them: the provider is an argument.
pub trait Psc: Send + Sync {
    /// Opens a session. Sends the one-time password at most once, whatever happens.
    fn open<'a>(
        &'a self,
        provider: &'a Provider,
        request: OpenRequest<'a>,
    ) -> BoxFuture<'a, Result<Opened, PscFault>>;
    /// Ends a session. Safe to repeat.
    fn revoke<'a>(
        &'a self,
        provider: &'a Provider,
        token: &'a Secret,
    ) -> BoxFuture<'a, Result<(), PscFault>>;
    /// Whether a session that was opened elsewhere lives, and whose it is.
    fn check<'a>(
        &'a self,
        provider: &'a Provider,
        token: &'a Secret,
    ) -> BoxFuture<'a, Result<Checked, PscFault>>;
    /// Whether it knows the holder.
    fn knows<'a>(
        &'a self,
        provider: &'a Provider,
        holder: &'a Holder,
    ) -> BoxFuture<'a, Result<bool, PscFault>>;
}

/// What opening a session takes.
#[derive(Debug, Clone, Copy)]
pub struct OpenRequest<'a> {
    /// For whom.
    pub holder: &'a Holder,
    /// One-time password.
    pub otp: &'a Secret,
    /// How long it may live.
    pub lifetime: SignedDuration,
}

/// A session that a PSC opened.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Access token.
    pub token: Secret,
    /// How long it lives from now.
    pub lifetime: SignedDuration,
}

/// What a PSC says of a token that was opened elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// Not a live session.
    Dead,
    /// A live session.
    Live {
        /// Whose, if the PSC says so.
        holder: Option<Holder>,
        /// Whether it served its one request by being shown.
        used_up: bool,
    },
}

/// Why a PSC gave no answer that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PscFault {
    /// It said no: wrong, expired or used password, unknown holder.
    #[error("the provider refuses")]
    Refused,
    /// No connection came about: nothing was sent.
    #[error("the provider cannot be reached")]
    NotReached,
    /// Something was sent and no whole answer came back in time. What was sent may have acted.
    #[error("the provider did not answer")]
    NoAnswer,
    /// It answered with a failure of its own, or with something that is no answer.
    #[error("the provider fails")]
    Fails,
    /// It failed so often just now that it is left alone for a while.
    #[error("the provider is left alone after repeated failures")]
    LeftAlone,
}

impl PscFault {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            PscFault::Refused => "gateway.credentials",
            PscFault::NotReached => "gateway.provider_unreachable",
            PscFault::NoAnswer => "gateway.provider_timeout",
            PscFault::Fails => "gateway.provider_failure",
            PscFault::LeftAlone => "gateway.provider_left_alone",
        }
    }
}
