//! What every change of a password or a factor does beside itself: all other sessions end, everything that was granted is
//! revoked, and this session goes on under another cookie (security: P5). One transaction, with the code that proved it.

use super::proof::wrong_code;
use crate::audit::Event;
use crate::codes::OneTimeCode;
use crate::error::{Answer, Refused};
use crate::guard;
use crate::login::Session;
use crate::moment::Moment;
use crate::service::Service;
use crate::sessions::fresh_cookie;
use crate::store::{Connection, audit, grants, millis, sessions};
use futures_util::future::BoxFuture;

/// A session under another cookie.
pub struct Renewed {
    /// What the browser keeps from now on; stored only as a hash.
    pub cookie: String,
}

impl std::fmt::Debug for Renewed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Renewed(…)")
    }
}

/// Why a change did not happen after all, found out in its transaction.
pub(super) enum Undone {
    /// The code was used before.
    Code,
    /// The session ended meanwhile.
    Session,
    /// Somebody changed the same thing at the same time.
    Overtaken,
}

impl From<Undone> for Refused {
    fn from(undone: Undone) -> Self {
        match undone {
            Undone::Code => wrong_code(),
            Undone::Session => Refused::new("account.session", "the session has ended"),
            Undone::Overtaken => Refused::new("account.overtaken", "it was changed meanwhile"),
        }
    }
}

/// What is written of a change; false if it was overtaken.
pub(super) type Writing =
    Box<dyn for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<bool, sqlx::Error>> + Send>;

/// A change that was proved.
pub(super) struct Change<'a> {
    pub(super) organization: &'a str,
    pub(super) session: &'a Session,
    /// The code that proved it.
    pub(super) code: Option<OneTimeCode>,
    /// Kind of the audit event.
    pub(super) kind: &'static str,
}

impl Service {
    /// Makes a change, or nothing. Refused with `login.code`, `account.session`, `account.overtaken`.
    pub(super) async fn make(
        &self,
        moment: &Moment,
        change: Change<'_>,
        writing: Writing,
    ) -> Answer<Renewed> {
        let (cookie, hash) = fresh_cookie(moment);
        let Change {
            organization,
            session,
            code,
            kind,
        } = change;
        let event = Event::new(moment, kind, organization, "by the person")
            .by(&session.user_name)
            .about(&session.user);
        let (organization, user, id) = (
            organization.to_owned(),
            session.user.clone(),
            session.id.clone(),
        );
        let now = millis(moment.now);
        let written = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    let whose = (organization.as_str(), user.as_str());
                    if let Some(code) = code
                        && !code.spend(connection, whose, now).await?
                        && guard::stands("login.code_reuse")
                    {
                        return Ok(Err(Undone::Code));
                    }
                    if !sessions::renew(connection, whose, (&id, &hash), now).await? {
                        return Ok(Err(Undone::Session));
                    }
                    if !writing(connection).await? {
                        return Ok(Err(Undone::Overtaken));
                    }
                    sessions::end_others_of(connection, whose, &id, now).await?;
                    grants::revoke_of_user(connection, whose, None, now).await?;
                    audit::append(connection, &event).await?;
                    Ok(Ok(()))
                })
            })
            .await?;
        self.forget_checks();
        Ok(written.map(|()| Renewed { cookie }).map_err(Refused::from))
    }
}
