//! Applications are told of a logout directly (OpenID Connect Back-Channel Logout §2.5): by a signed token, posted to an address
//! of theirs.
//!
//! Who must be told is written down in the transaction that ends the session. The first turn comes at once, while the person
//! waits; whoever cannot be reached has further turns, by any node, until a day is over.

use crate::audit::Event;
use crate::error::Unavailable;
use crate::grants::AuthorizationServer;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::logout_notices::{self, LogoutNotice};
use crate::store::{audit, millis};
use futures_util::future::{BoxFuture, join_all};
use jiff::SignedDuration;
use std::convert::Infallible;

/// How many one round takes on.
const ROUND: u32 = 100;
/// How long after the first turn and the following ones the next one comes; the last value repeats.
const PAUSES: [SignedDuration; 4] = [
    SignedDuration::from_secs(15),
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(10),
    SignedDuration::from_hours(1),
];

/// Why an application was not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTold {
    /// The address is none to which we post.
    #[error("its address is not one to which we post")]
    Address,
    /// No answer, or none in time.
    #[error("it did not answer")]
    NoAnswer,
    /// It answered something else than 200 or 204.
    #[error("it refused, with status {0}")]
    Refused(u16),
}

impl NotTold {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Address => "logout.address",
            Self::NoAnswer => "logout.no_answer",
            Self::Refused(_) => "logout.refused",
        }
    }
}

/// Something that posts logout tokens.
pub trait Messenger: Send + Sync {
    /// Posts `logout_token` to `url`, and waits for the answer not longer than a person would.
    fn post<'a>(
        &'a self,
        url: &'a str,
        logout_token: &'a str,
    ) -> BoxFuture<'a, Result<(), NotTold>>;
}

impl Service {
    /// Tells the applications of a session that ended just now, all at once.
    pub async fn tell_of_logout(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        (messenger, session): (&dyn Messenger, &str),
    ) -> Result<(), Unavailable> {
        let store = &self.inner.store;
        let mut notices = store.logout_notices(&server.organization, session).await?;
        notices.retain(|notice| !notice.told && notice.attempts == 0);
        self.tell_all(moment, server, (messenger, &notices)).await
    }

    /// Tells those whose turn it is; returns how many turns were taken.
    pub async fn tell_again_of_logouts(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        messenger: &dyn Messenger,
    ) -> Result<usize, Unavailable> {
        let store = &self.inner.store;
        let due = store
            .logout_notices_due(&server.organization, moment.now, ROUND)
            .await?;
        self.tell_all(moment, server, (messenger, &due)).await?;
        Ok(due.len())
    }

    async fn tell_all(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        (messenger, notices): (&dyn Messenger, &[LogoutNotice]),
    ) -> Result<(), Unavailable> {
        let told = notices
            .iter()
            .map(|notice| self.tell(moment, server, (messenger, notice)));
        join_all(told).await.into_iter().collect()
    }

    async fn tell(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        (messenger, notice): (&dyn Messenger, &LogoutNotice),
    ) -> Result<(), Unavailable> {
        if !self.take_turn(moment, server, notice).await? {
            return Ok(());
        }
        let about = (
            notice.application.as_str(),
            notice.user.as_str(),
            notice.session.as_str(),
        );
        let token = self.logout_token(moment, server, about).await?;
        if let Err(fault) = messenger.post(&notice.url, &token).await {
            let (application, code) = (&notice.application, fault.code());
            tracing::warn!(application, code, reason = %fault, "an application was not told of a logout yet");
            return Ok(());
        }
        let event = Event::new(
            moment,
            "logout.told",
            &server.organization,
            &notice.application,
        )
        .about(&notice.session);
        let (organization, notice, now) = (
            server.organization.clone(),
            notice.clone(),
            millis(moment.now),
        );
        let written = self.inner.store.write(move |connection| {
            Box::pin(async move {
                logout_notices::told(connection, &organization, &notice, now).await?;
                audit::append(connection, &event).await?;
                Ok(Ok::<_, Infallible>(()))
            })
        });
        written.await.map(|Ok(())| ())
    }

    /// Whether this turn is ours: of any number of nodes one has it.
    async fn take_turn(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        notice: &LogoutNotice,
    ) -> Result<bool, Unavailable> {
        let turn = usize::try_from(notice.attempts).unwrap_or(usize::MAX);
        let pause = PAUSES[turn.min(PAUSES.len() - 1)];
        let (organization, notice) = (server.organization.clone(), notice.clone());
        let next = millis(moment.now + pause);
        let taken = self.inner.store.write(move |connection| {
            Box::pin(async move {
                let taken = logout_notices::take(connection, &organization, &notice, next).await?;
                Ok(Ok::<_, Infallible>(taken))
            })
        });
        taken.await.map(|Ok(taken)| taken)
    }
}
