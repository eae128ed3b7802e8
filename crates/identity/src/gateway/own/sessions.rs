//! Sessions: opened with a one-time code, checked, revoked.

use super::scope::Scope;
use crate::audit::Event;
use crate::digest;
use crate::error::{Answer, Refused, Unavailable};
use crate::gateway::authorization::Holder;
use crate::gateway::psc::Opened;
use crate::guard;
use crate::login::Secret;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::psc_sessions::{self, PscSession};
use crate::store::{audit, millis, users};
use jiff::SignedDuration;
use std::convert::Infallible;

/// What somebody asks our PSC for.
#[derive(Debug, Clone)]
pub struct PscRequest {
    /// For whom.
    pub holder: Holder,
    /// One-time code.
    pub otp: Secret,
    /// What for.
    pub scope: Scope,
    /// How long, if said.
    pub lifetime: Option<SignedDuration>,
}

/// A session that was drawn and is not written yet.
pub(super) struct Drawn {
    pub(super) opened: Opened,
    pub(super) hash: String,
    pub(super) row: PscSession,
}

impl Drawn {
    pub(super) fn new(
        moment: &Moment,
        (user, holder): (&str, &Holder),
        scope: Scope,
        wished: Option<SignedDuration>,
    ) -> Self {
        let lifetime = scope.lifetime(holder, wished);
        let token = digest::hexadecimal(&moment.bytes::<20>());
        Self {
            hash: digest::of_secret(&token),
            row: PscSession {
                user: user.to_owned(),
                holder: holder.as_str().to_owned(),
                scope: scope.name().to_owned(),
                opened_at: moment.now,
                expires_at: moment.now + lifetime,
                revoked_at: None,
                code: None,
            },
            opened: Opened {
                token: Secret::new(token),
                lifetime,
            },
        }
    }
}

impl Service {
    /// Opens a session. Codes: `login.credentials` (whatever the reason), `login.throttled`.
    pub async fn open_psc_session(
        &self,
        moment: &Moment,
        organization: &str,
        request: &PscRequest,
    ) -> Answer<Opened> {
        let (user, step) = match self
            .judge_code_alone(
                moment,
                organization,
                (request.holder.as_str(), &request.otp),
            )
            .await?
        {
            Ok(right) => right,
            Err(refused) => return Ok(Err(refused)),
        };
        let Drawn { opened, hash, row } = Drawn::new(
            moment,
            (&user.id, &request.holder),
            request.scope,
            request.lifetime,
        );
        let event = Event::new(moment, "psc.opened", organization, request.scope.name())
            .by(request.holder.masked());
        let owner = organization.to_owned();
        let written = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    if !users::accept_totp_step(connection, &owner, &row.user, step).await? {
                        return Ok(Err(()));
                    }
                    psc_sessions::add(connection, &owner, (&hash, &row)).await?;
                    audit::append(connection, &event).await?;
                    Ok(Ok(()))
                })
            })
            .await?;
        Ok(written
            .map(|()| opened)
            .map_err(|()| Refused::new("login.credentials", "the code was used before")))
    }

    /// The live session of a token that somebody shows. One that serves a single request ends with this.
    pub async fn use_psc_session(
        &self,
        moment: &Moment,
        organization: &str,
        token: &Secret,
    ) -> Result<Option<PscSession>, Unavailable> {
        let hash = digest::of_secret(token.expose());
        let row = self.inner.store.psc_session(organization, &hash).await?;
        let Some(row) = row.filter(|row| row.revoked_at.is_none() && moment.now < row.expires_at)
        else {
            return Ok(None);
        };
        let once = Scope::read(&row.scope).is_some_and(Scope::serves_once);
        if !once || !guard::stands("psc.used") {
            return Ok(Some(row));
        }
        let event = Event::new(moment, "psc.used", organization, &row.scope);
        let first = self.close_psc_session(moment, organization, (hash, event));
        Ok(first.await?.then_some(row))
    }

    /// Revokes a session; nothing is said about whether there was one.
    pub async fn revoke_psc_session(
        &self,
        moment: &Moment,
        organization: &str,
        token: &Secret,
    ) -> Result<(), Unavailable> {
        let hash = digest::of_secret(token.expose());
        let event = Event::new(moment, "psc.revoked", organization, "by its token");
        self.close_psc_session(moment, organization, (hash, event))
            .await
            .map(|_| ())
    }

    /// Ends a session and writes down why; false if it was over.
    async fn close_psc_session(
        &self,
        moment: &Moment,
        organization: &str,
        (hash, event): (String, Event),
    ) -> Result<bool, Unavailable> {
        let (owner, now) = (organization.to_owned(), millis(moment.now));
        self.inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    let ended = psc_sessions::revoke(connection, &owner, &hash, now).await?;
                    if ended {
                        audit::append(connection, &event).await?;
                    }
                    Ok(Ok::<_, Infallible>(ended))
                })
            })
            .await
            .map(|Ok(ended)| ended)
    }

    /// Whether a person of that name is kept here (user discovery).
    pub async fn psc_knows(
        &self,
        organization: &str,
        holder: &Holder,
    ) -> Result<bool, Unavailable> {
        let user = self
            .inner
            .store
            .user_by_name(organization, holder.as_str())
            .await?;
        Ok(user.is_some_and(|user| user.disabled_at.is_none() && user.totp.is_some()))
    }
}
