//! Where a person is signed in, and the end of everything but what is in front of them.

use crate::audit::Event;
use crate::entities::IdentityProvider;
use crate::error::Unavailable;
use crate::login::Session;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::{audit, grants, millis, sessions};
use jiff::Timestamp;

/// A live session of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    /// Its identifier.
    pub id: String,
    /// The door at which it was opened.
    pub door: String,
    /// Since when.
    pub since: Timestamp,
    /// When it was last used, roughly.
    pub last_seen: Timestamp,
    /// How the browser named itself.
    pub browser: Option<String>,
    /// The address from which it was opened.
    pub client: Option<String>,
    /// Names of the applications that it was used for.
    pub parties: Vec<String>,
    /// Whether it is the one that asks.
    pub own: bool,
}

impl Service {
    /// The live sessions of whoever has `session`, at any door of the organization; the last used first.
    pub async fn sessions_of(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        session: &Session,
    ) -> Result<Vec<OpenSession>, Unavailable> {
        let (store, organization) = (&self.inner.store, entity.organization.as_str());
        let rows = store
            .sessions_of(organization, &session.user, moment.now)
            .await?;
        let parties = store.parties_of(organization, &session.user).await?;
        let of = |id: &str| {
            let those = parties.iter().filter(|(session, _)| session == id);
            those.map(|(_, party)| party.clone()).collect()
        };
        Ok(rows
            .into_iter()
            .map(|row| OpenSession {
                own: row.id == session.id,
                parties: of(&row.id),
                since: row.authenticated_at,
                last_seen: row.last_seen_at.unwrap_or(row.authenticated_at),
                id: row.id,
                door: row.door,
                browser: row.browser,
                client: row.client,
            })
            .collect())
    }

    /// Ends every other session of the person, with what was granted in them; returns how many there were.
    pub async fn sign_out_elsewhere(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        session: &Session,
    ) -> Result<u64, Unavailable> {
        let event = Event::new(
            moment,
            "session.ended",
            &entity.organization,
            "all but one, by the person",
        )
        .by(&session.user_name)
        .about(&session.id);
        let (organization, session) = (entity.organization.clone(), session.clone());
        let now = millis(moment.now);
        let written = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    let whose = (organization.as_str(), session.user.as_str());
                    let ended =
                        sessions::end_others_of(connection, whose, &session.id, now).await?;
                    grants::revoke_of_user(connection, whose, Some(&session.id), now).await?;
                    audit::append(connection, &event).await?;
                    Ok(Ok::<_, std::convert::Infallible>(ended))
                })
            })
            .await;
        self.forget_checks();
        written.map(|Ok(ended)| ended)
    }
}
