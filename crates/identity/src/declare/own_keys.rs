//! Keys that an application shall have for itself: which of them are new.

use super::judge::Finder;
use super::reply::Keys;
use super::{Application, Organization};
use crate::error::Unavailable;
use crate::keys::manage::Rollover;
use crate::keys::{Generation, Holder, algorithm, following, imported, made};
use crate::moment::Moment;
use crate::service::Service;
use xmldsig::keys::{Assertions, Logout, Purpose};

/// The roles of an application's keys. A pair that is brought along serves both, because its party knows one certificate: what
/// is signed for logout is signed beside the message (SAML bindings §3.4.4.1), and never looks like a signed assertion.
const ROLES: [&str; 2] = [Assertions::NAME, Logout::NAME];

/// A key that was killed must not come back.
pub(super) async fn judge(
    finder: &mut Finder,
    service: &Service,
    (organization, application): (&Organization, &Application),
) -> Result<(), Unavailable> {
    let keys = application
        .reply
        .as_ref()
        .and_then(super::reply::Reply::keys);
    let Some(Keys::Brought(own)) = keys else {
        return Ok(());
    };
    let killed = service.inner.store.killed_certificates().await?;
    let here = super::judge::place(organization);
    finder.unless(
        !killed.contains(&own.certificate),
        &format!("{here}.application[{}].reply.certificate", application.id),
        "is that of a key that was killed",
    );
    Ok(())
}

/// The generations to add for an application. Declaring the same again adds none.
pub(super) async fn drafted(
    service: &Service,
    moment: &Moment,
    (organization, application): (&str, &Application),
) -> Result<Vec<Generation>, Unavailable> {
    let keys = application
        .reply
        .as_ref()
        .and_then(super::reply::Reply::keys);
    let Some(keys) = keys else {
        return Ok(Vec::new());
    };
    let holder = Holder::application(organization, &application.id);
    let (store, vault) = (&service.inner.store, &service.inner.vault);
    let mut added = Vec::new();
    for role in ROLES {
        let rows = store.key_generations(&holder, role).await?;
        let place = (&holder, role, following(&rows));
        let mut living = rows.iter().filter(|row| row.is_live(moment.now));
        match &keys {
            Keys::Brought(own) => {
                if !living.any(|row| row.certificate == own.certificate) {
                    added.push(imported(moment, vault, place, own));
                }
            }
            Keys::Made(wanted) => {
                let newest = living.next();
                if newest.is_some_and(|row| algorithm(std::slice::from_ref(row)) == *wanted) {
                    continue;
                }
                let mut key = made(moment, vault, place, *wanted).await?;
                if newest.is_some() {
                    // The party knows the old one: it meets the new one first.
                    key.signs_from = moment.now + Rollover::AHEAD;
                }
                added.push(key);
            }
        }
    }
    Ok(added)
}
