//! How the applications that took part in a session took its end, whatever they speak: for the last page of a sign-out.

use crate::entities::IdentityProvider;
use crate::error::Unavailable;
use crate::service::Service;
use crate::store::participants::LogoutState;

/// How an application took part in a logout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parting {
    /// Its name.
    pub application: String,
    /// How it went.
    pub outcome: Outcome,
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It knows: it took our message, or said so itself.
    Told,
    /// It was not reached, and will be tried again.
    NotYet,
    /// It answered that it did not sign the person out.
    Refused,
    /// The browser was sent there, and has brought no answer.
    Unanswered,
    /// It has no address at which it could be told.
    Unreachable,
    /// Its own page signs out whoever visits it ("URL de Logout" of HORACIUS's document): this one, which a browser has to visit.
    Called(String),
}

impl Parting {
    /// The page that a browser has to visit, if it is one that browsers can show inside another.
    pub fn page(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Called(page) if page.starts_with("http") => Some(page),
            _ => None,
        }
    }

    /// The same, however it is opened.
    pub fn address(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Called(page) => Some(page),
            _ => None,
        }
    }
}

impl Service {
    /// How the applications of a session that ended took it: first those that are told directly, then the parties that the
    /// browser passed, then those that have a page for it.
    pub async fn partings(
        &self,
        entity: &IdentityProvider,
        session: &str,
    ) -> Result<Vec<Parting>, Unavailable> {
        let (store, organization) = (&self.inner.store, entity.organization.as_str());
        let notices = store.logout_notices(organization, session).await?;
        let parties = store.logout_states(organization, session).await?;
        let mut pages = store.logout_pages(organization, session).await?;
        // Whoever is told directly needs no visit.
        pages.retain(|page| {
            notices
                .iter()
                .all(|told| told.application != page.application)
        });
        let told = notices.into_iter().map(|notice| Parting {
            application: notice.name,
            outcome: if notice.told {
                Outcome::Told
            } else {
                Outcome::NotYet
            },
        });
        let passed = parties.into_iter().map(|(application, state)| Parting {
            application,
            outcome: match state {
                Some(LogoutState::Done) => Outcome::Told,
                Some(LogoutState::Failed) => Outcome::Refused,
                Some(LogoutState::Unreachable) => Outcome::Unreachable,
                Some(LogoutState::Asked) | None => Outcome::Unanswered,
            },
        });
        let called = pages.into_iter().map(|page| Parting {
            application: page.name,
            outcome: Outcome::Called(page.url),
        });
        Ok(told.chain(passed).chain(called).collect())
    }
}
