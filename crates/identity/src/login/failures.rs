//! How often in a row somebody may be wrong about one person, durably: after a hundred times a day passes before the next guess
//! (NIST SP 800-63B §5.2.2). The counters of [`crate::throttle`] slow guessing down and forget with the process; this one bounds it
//! and does not forget.
//!
//! Whoever fails has proved nothing, and still a number is written. It cannot make the store grow: there is one row for each
//! proof of each person, and one for everybody whom nobody knows, so that a name which somebody has is not betrayed by the time
//! that a commit takes. It cannot make it wait: a guess costs a password hash first, and those are admitted a few at a time.
//!
//! A person who was closed by strangers keeps their sessions, comes in by a link to their mailbox or a trusted identity provider,
//! begins anew with a new password, and is reopened by an operator. What they are told does not differ from a wrong password:
//! otherwise a hundred guesses would tell who exists.

use super::pending::credential_of;
use crate::audit::Event;
use crate::error::{Refused, Unavailable};
use crate::guard;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::audit;
use crate::store::failures::{self, Proof};
use crate::store::millis;
use crate::store::users::User;
use jiff::SignedDuration;

pub use crate::store::failures::Failing;

/// How long nothing is judged after too many failures.
const CLOSED: SignedDuration = SignedDuration::from_hours(24);
/// Whose failures those are that concern nobody whom we know.
const NOBODY: &str = "";

/// What is guessed, of whom.
#[derive(Debug, Clone)]
pub(crate) struct Guess {
    organization: String,
    user: String,
    proof: Proof,
    /// What would be right: another password or authenticator begins anew.
    credential: String,
}

impl Guess {
    /// `proof` of that person; of nobody if nobody has the name.
    pub(crate) fn at(organization: &str, user: Option<&User>, proof: Proof) -> Self {
        Self {
            organization: organization.to_owned(),
            user: user.map_or(NOBODY, |user| &user.id).to_owned(),
            proof,
            credential: user
                .map(|user| credential_of(user, proof))
                .unwrap_or_default(),
        }
    }

    /// The same as if nobody had the name.
    fn of_nobody(&self) -> Self {
        Self {
            user: NOBODY.to_owned(),
            credential: String::new(),
            ..self.clone()
        }
    }

    /// By what its failures are counted.
    fn key(&self) -> (&str, &str, Proof) {
        (&self.organization, &self.user, self.proof)
    }

    fn concerns_somebody(&self) -> bool {
        self.user != NOBODY
    }
}

/// What was counted before a guess.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Before {
    /// Whether there is something to forgive.
    some: bool,
    /// Nothing is judged now.
    pub(crate) closed: bool,
}

impl Service {
    /// Reads what was counted before this guess.
    pub(crate) async fn failures_before(
        &self,
        moment: &Moment,
        guess: &Guess,
    ) -> Result<Before, Unavailable> {
        let counted = self
            .inner
            .store
            .failures(&guess.organization, &guess.user, guess.proof)
            .await?
            .filter(|counted| counted.credential == guess.credential);
        let closed = counted
            .as_ref()
            .and_then(|counted| counted.closed_until)
            .is_some_and(|until| moment.now < until);
        Ok(Before {
            some: counted.is_some(),
            closed: closed && guard::stands("login.closed"),
        })
    }

    /// Counts a wrong guess. False: guesses that were judged at the same time have used up what was left, and the outcome of this
    /// one stays untold.
    pub(crate) async fn count_failure(
        &self,
        moment: &Moment,
        (guess, before): (&Guess, Before),
    ) -> Result<bool, Unavailable> {
        // A guess at somebody who is closed does not keep them closed, and takes as long as one at nobody.
        let guess = if before.closed {
            guess.of_nobody()
        } else {
            guess.clone()
        };
        let limit = i64::from(self.inner.settings.failures_in_a_row);
        let (now, until) = (millis(moment.now), millis(moment.now + CLOSED));
        let detail = format!("{limit} failures in a row: closed for a day");
        let event = Event::new(moment, "sign_in.closed", &guess.organization, detail)
            .refused("login.closed")
            .about(guess.user.as_str());
        let told = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    let key = guess.key();
                    let failures = failures::add(connection, key, (&guess.credential, now)).await?;
                    if guess.concerns_somebody() && failures >= limit {
                        failures::close(connection, key, until).await?;
                    }
                    // One row for each time that somebody is closed, which is once a day at most.
                    if guess.concerns_somebody() && failures == limit {
                        audit::append(connection, &event).await?;
                    }
                    let told = !guess.concerns_somebody() || failures <= limit;
                    Ok(Ok::<_, std::convert::Infallible>(told))
                })
            })
            .await
            .map(|Ok(told)| told)?;
        Ok(told || !guard::stands("login.closed"))
    }

    /// Forgets what was counted before a right guess. False: guesses that were judged at the same time have used up what was left.
    pub(crate) async fn forgive(
        &self,
        moment: &Moment,
        (guess, before): (&Guess, Before),
    ) -> Result<bool, Unavailable> {
        if !before.some || !guard::stands("login.closed") {
            return Ok(true);
        }
        let (guess, now) = (guess.clone(), millis(moment.now));
        self.inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    failures::forgive(connection, guess.key(), now)
                        .await
                        .map(Ok::<_, std::convert::Infallible>)
                })
            })
            .await
            .map(|Ok(forgiven)| forgiven)
    }

    /// People of an organization whose passwords or codes were wrong since they were last right.
    pub async fn failing(&self, organization: &str) -> Result<Vec<Failing>, Unavailable> {
        self.inner.store.failing(organization).await
    }

    /// An operator forgives a person all failures. Refused with `person.unknown`.
    pub async fn reopen(
        &self,
        moment: &Moment,
        organization: &str,
        name: &str,
    ) -> Result<Result<(), Refused>, Unavailable> {
        let Some(user) = self.inner.store.user_by_name(organization, name).await? else {
            let detail = format!("nobody of {organization} has the name {name}");
            return Ok(Err(Refused::new("person.unknown", detail)));
        };
        let event = Event::new(moment, "sign_in.reopened", organization, "by an operator")
            .about(user.id.as_str());
        let organization = organization.to_owned();
        let Ok(()) = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    failures::forget(connection, &organization, &user.id).await?;
                    audit::append(connection, &event).await?;
                    Ok(Ok::<_, std::convert::Infallible>(()))
                })
            })
            .await?;
        Ok(Ok(()))
    }
}
