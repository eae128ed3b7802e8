//! Browser sessions: one person at one door, for a time, known by a cookie of which only a hash is kept.

use crate::audit::Event;
use crate::codes::OneTimeCode;
use crate::digest;
use crate::entities::IdentityProvider;
use crate::error::Unavailable;
use crate::guard;
use crate::login::Session;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::sessions::SessionRow;
use crate::store::users::User;
use crate::store::{approvals, audit, consumed, millis, sessions};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What is used up by opening a session, in the transaction that opens it.
#[derive(Debug, Default)]
pub(crate) struct Spent {
    /// A one-time code.
    pub(crate) code: Option<OneTimeCode>,
    /// Fingerprint and expiry of the pending sign-in or the e-mailed link that this completes.
    pub(crate) used: Option<(String, i64)>,
    /// What a telephone proved, and the state in which that may be used.
    pub(crate) approval: Option<(String, &'static str)>,
}

/// The code, or the sign-in that it completes, was used before.
#[derive(Debug)]
pub(crate) struct AlreadySpent;

impl Service {
    /// The live session of a cookie at this door.
    pub async fn session(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        cookie: &str,
    ) -> Result<Option<Session>, Unavailable> {
        let store = &self.inner.store;
        let Some(row) = store
            .session_by_cookie(
                &entity.organization,
                &entity.door,
                &digest::of_secret(cookie),
            )
            .await?
        else {
            return Ok(None);
        };
        let now = moment.now;
        if row.ended_at.is_some() || now >= row.expires_at || now >= row.idle_expires_at {
            return Ok(None);
        }
        let idle = self.inner.settings.session_idle;
        // Putting the end off costs a write, so it happens only once a tenth of the idle time has passed.
        if row.idle_expires_at.duration_since(now) < idle - idle / 10 {
            store
                .touch_session(&entity.organization, &row.id, (now, now + idle))
                .await?;
        }
        Ok(Some(row.into()))
    }

    /// Opens a session with an identifier and a cookie that nobody knew before (security: P5).
    pub(crate) async fn open_session(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        user: &User,
        (class_ref, spent): (&str, Spent),
    ) -> Result<Result<(String, Session), AlreadySpent>, Unavailable> {
        let (cookie, hash) = fresh_cookie(moment);
        let row = SessionRow {
            id: moment.uuid().to_string(),
            door: entity.door.clone(),
            user: user.id.clone(),
            user_name: user.name.clone(),
            authenticated_at: moment.now,
            class_ref: class_ref.to_owned(),
            idle_expires_at: moment.now + self.inner.settings.session_idle,
            expires_at: moment.now + self.inner.settings.session_lifetime,
            ended_at: None,
            browser: moment.browser.as_deref().map(str::to_owned),
            client: moment.client.map(|address| address.to_string()),
            last_seen_at: Some(moment.now),
        };
        let event = Event::new(
            moment,
            "session.opened",
            &entity.organization,
            format!("door {}, {class_ref}", entity.door),
        )
        .by(&user.name)
        .about(&row.id);
        let (organization, written) = (entity.organization.clone(), row.clone());
        let now = millis(moment.now);
        let opened = self
            .inner
            .store
            .record(move |connection| {
                Box::pin(async move {
                    if let Some((key, expires_at)) = spent.used
                        && !consumed::consume(
                            connection,
                            "sign-in",
                            &organization,
                            &key,
                            expires_at,
                        )
                        .await?
                        && guard::stands("login.pending")
                    {
                        return Ok(Err(AlreadySpent));
                    }
                    if let Some(code) = spent.code
                        && !code
                            .spend(connection, (&organization, &written.user), now)
                            .await?
                        && guard::stands("login.code_reuse")
                    {
                        return Ok(Err(AlreadySpent));
                    }
                    if let Some((id, from)) = spent.approval
                        && !approvals::advance(connection, (&organization, &id), (from, "used"))
                            .await?
                        && guard::stands("login.approval_reuse")
                    {
                        return Ok(Err(AlreadySpent));
                    }
                    sessions::add(connection, &organization, &written, &hash).await?;
                    audit::append(connection, &event).await?;
                    Ok(Ok(()))
                })
            })
            .await?;
        Ok(opened.map(|()| (cookie, row.into())))
    }
}

/// A cookie that nobody knew before, and its hash.
pub(crate) fn fresh_cookie(moment: &Moment) -> (String, String) {
    let cookie = URL_SAFE_NO_PAD.encode(moment.bytes::<32>());
    let hash = digest::of_secret(&cookie);
    (cookie, hash)
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: row.id,
            user: row.user,
            user_name: row.user_name,
            authenticated_at: row.authenticated_at,
            class_ref: row.class_ref,
        }
    }
}
