//! A password is changed by whoever knows the old one, or set anew by whoever reads the person's mail.

use super::change::{Change, Renewed};
use super::choice;
use super::links::Purpose;
use crate::audit::Event;
use crate::entities::IdentityProvider;
use crate::error::{Answer, Refused};
use crate::guard;
use crate::login::{Secret, Session};
use crate::moment::Moment;
use crate::service::Service;
use crate::store::{audit, consumed, grants, millis, sessions, users};

impl Service {
    /// Changes the password of whoever knows the old one. Everything else that is signed in as the person ends. Codes:
    /// `login.credentials`, `login.throttled`, `login.busy`, `password.short`, `password.long`, `password.common`,
    /// `account.session`, `account.overtaken`.
    pub async fn change_password(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        session: &Session,
        (old, new): (&Secret, &Secret),
    ) -> Answer<Renewed> {
        let organization = entity.organization.as_str();
        let user = match self
            .prove_password(moment, organization, (session, old))
            .await?
        {
            Ok(user) => user,
            Err(refused) => return Ok(Err(refused)),
        };
        if let Err(refused) = choice::judge(new, &user, organization) {
            return Ok(Err(refused));
        }
        let hash = self.inner.passwords.hash(moment, new).await?;
        let change = Change {
            organization,
            session,
            code: None,
            kind: "password.changed",
        };
        let (owner, id) = (organization.to_owned(), user.id);
        let known = user.password_hash;
        self.make(
            moment,
            change,
            Box::new(move |connection| {
                Box::pin(async move {
                    users::set_password(connection, (&owner, &id), (known.as_deref(), &hash)).await
                })
            }),
        )
        .await
    }

    /// Sets the password that somebody chose who was sent a link, once; everything that is signed in as the person ends. A
    /// second factor stays. Codes: `link.over`, `password.short`, `password.long`, `password.common`.
    pub async fn set_password_by_link(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        (link, new): (&str, &Secret),
    ) -> Answer<()> {
        let opened = self
            .open_link(moment, entity, (Purpose::Password, link, ""))
            .await?;
        let (user, used) = match opened {
            Ok(opened) => opened,
            Err(refused) => return Ok(Err(refused)),
        };
        let organization = entity.organization.as_str();
        if let Err(refused) = choice::judge(new, &user, organization) {
            return Ok(Err(refused));
        }
        let hash = self.inner.passwords.hash(moment, new).await?;
        let event = Event::new(
            moment,
            "password.changed",
            organization,
            "by an e-mailed link",
        )
        .by(&user.name)
        .about(&user.id);
        let (owner, now) = (organization.to_owned(), millis(moment.now));
        let written = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    let (key, expires_at) = used;
                    if !consumed::consume(connection, "sign-in", &owner, &key, expires_at).await?
                        && guard::stands("link.over")
                    {
                        return Ok(Err(()));
                    }
                    let whose = (owner.as_str(), user.id.as_str());
                    let known = user.password_hash.as_deref();
                    if !users::set_password(connection, whose, (known, &hash)).await? {
                        return Ok(Err(()));
                    }
                    sessions::end_all_of(connection, whose.0, whose.1, now).await?;
                    grants::revoke_of_user(connection, whose, None, now).await?;
                    audit::append(connection, &event).await?;
                    Ok(Ok(()))
                })
            })
            .await?;
        self.forget_checks();
        Ok(written.map_err(|()| Refused::new("link.over", "the link was used before")))
    }
}
