//! A sign-in whose password was right asks the person's telephone.

use super::number::hidden;
use super::{Begun, Method, PATIENCE, SEALED, Telephone, bound, over};
use crate::audit::Event;
use crate::entities::IdentityProvider;
use crate::error::{Answer, Refused, Unavailable};
use crate::guard;
use crate::login::Pending;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::approvals::{self, ApprovalRow};
use crate::store::audit;
use crate::store::users::User;
use crate::throttle::Attempt;

impl Service {
    /// What the telephone of whoever signs in can be asked; nothing if the sign-in is over.
    pub async fn telephone(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        pending: &str,
    ) -> Result<Telephone, Unavailable> {
        let opened = self.open_pending(moment, entity, pending).await?;
        Ok(opened
            .map(|pending| self.telephone_of(&pending.user))
            .unwrap_or_default())
    }

    /// Asks the telephone of whoever signs in. Refused with `login.pending`, `login.method` (it cannot be asked so) and
    /// `login.throttled`.
    pub async fn ask_telephone(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        (pending, method): (&str, Method),
    ) -> Answer<Begun> {
        let Some(Pending { user, first, .. }) = self.open_pending(moment, entity, pending).await?
        else {
            return Ok(Err(over()));
        };
        if !self.telephone_of(&user).offers(method) && guard::stands("login.method") {
            return Ok(Err(Refused::new(
                "login.method",
                "no telephone of that person can be asked so",
            )));
        }
        // Whoever knows a password could let a telephone ring until somebody approves to have peace.
        let counted = asked_of(&user);
        let attempt = counted_under(entity, &counted);
        if !self.inner.codes.admits(attempt, moment.now) && guard::stands("login.throttled") {
            return Ok(Err(Refused::new(
                "login.throttled",
                "the telephone was asked too often",
            )));
        }
        self.inner.codes.wrong(attempt, moment.now);

        let id = moment.uuid().to_string();
        let content = drawn(moment, method);
        let row = ApprovalRow {
            sealed: self.inner.vault.seal(
                SEALED,
                &bound(&entity.organization, &id),
                content.as_bytes(),
                moment.bytes(),
            ),
            door: entity.door.clone(),
            user: user.id.clone(),
            user_name: user.name.clone(),
            method: method.name().to_owned(),
            asked_at: moment.now,
            expires_at: moment.now + PATIENCE,
            state: "waiting".to_owned(),
            id,
        };
        let event = Event::new(
            moment,
            "approval.asked",
            &entity.organization,
            format!("door {}, {}", entity.door, method.name()),
        )
        .by(&user.name)
        .about(&row.id);
        let (organization, written) = (entity.organization.clone(), row.clone());
        self.inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    approvals::add(connection, &organization, &written).await?;
                    audit::append(connection, &event).await?;
                    Ok(Ok::<_, std::convert::Infallible>(()))
                })
            })
            .await
            .map(|Ok(())| ())?;
        Ok(Ok(Begun {
            pending: self.pending_ticket(moment, entity, (&user, first, Some(&row.id))),
            number: (method == Method::Push).then_some(content),
        }))
    }

    fn telephone_of(&self, user: &User) -> Telephone {
        if !self.inner.settings.telephones {
            return Telephone::default();
        }
        Telephone {
            push: user.push,
            message_to: user.telephone.as_deref().map(hidden),
        }
    }
}

/// Under what is counted how often a telephone was asked: not what counts wrong codes.
pub(super) fn asked_of(user: &User) -> String {
    format!("telephone: {}", user.id)
}

pub(super) fn counted_under<'a>(entity: &'a IdentityProvider, account: &'a str) -> Attempt<'a> {
    Attempt {
        organization: &entity.organization,
        account,
        client: None,
    }
}

/// A number of two digits, or a code of six.
fn drawn(moment: &Moment, method: Method) -> String {
    // Of 64 random bits the remainder by a million is even enough.
    let random = u64::from_be_bytes(moment.bytes());
    match method {
        Method::Push => (10 + random % 90).to_string(),
        Method::Message => format!("{:06}", random % 1_000_000),
    }
}
