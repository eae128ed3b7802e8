//! The sign-in that waited for a telephone goes on: once, and no other.

use super::asking::{asked_of, counted_under};
use super::{Method, PATIENCE, Standing, over};
use crate::codes::closed;
use crate::digest;
use crate::entities::IdentityProvider;
use crate::error::{Refused, Unavailable};
use crate::guard;
use crate::login::{Guess, NextStep, Pending, Secret};
use crate::moment::Moment;
use crate::service::Service;
use crate::sessions::Spent;
use crate::store::approvals::ApprovalRow;
use crate::store::failures::Proof;
use crate::store::millis;
use saml::names;
use subtle::ConstantTimeEq;

/// Authentication context: a second factor on a mobile telephone (SAML authentication context §3.4.5).
pub(crate) const MOBILE_TWO_FACTOR: &str =
    "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorUnregistered";

impl Service {
    /// How the approval stands that the sign-in waits for; approved, it completes the sign-in, once.
    pub async fn approval(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        pending: &str,
    ) -> Result<Standing, Unavailable> {
        let Some((sign_in, row)) = self
            .asked_of_telephone(moment, entity, (pending, Method::Push))
            .await?
        else {
            return Ok(Standing::Over(NextStep::Refused(over())));
        };
        match row.state.as_str() {
            "waiting" if guard::stands("login.waiting") => {
                return Ok(Standing::Waiting(self.content(&entity.organization, &row)));
            }
            "denied" if guard::stands("login.denied") => return Ok(Standing::Denied),
            _ => (),
        }
        self.complete(moment, entity, (&sign_in, &row, pending))
            .await
            .map(Standing::Over)
    }

    /// Judges the code that somebody received, of a sign-in that asked for one to be sent.
    pub async fn message_code(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        (pending, code): (&str, &Secret),
    ) -> Result<NextStep, Unavailable> {
        let Some((sign_in, row)) = self
            .asked_of_telephone(moment, entity, (pending, Method::Message))
            .await?
        else {
            return Ok(NextStep::Refused(over()));
        };
        // The same counter as for codes that an application shows: guesses at either add up.
        let attempt = counted_under(entity, &sign_in.user.id);
        if !self.inner.codes.admits(attempt, moment.now) && guard::stands("login.throttled") {
            return Ok(NextStep::Refused(Refused::new(
                "login.throttled",
                "too many wrong codes",
            )));
        }
        let guess = Guess::at(&entity.organization, Some(&sign_in.user), Proof::Code);
        let before = self.failures_before(moment, &guess).await?;
        if before.closed {
            return Ok(NextStep::Refused(closed()));
        }
        let sent = self.content(&entity.organization, &row);
        let right = bool::from(sent.as_bytes().ct_eq(code.expose().as_bytes()));
        if !right && guard::stands("login.code") {
            self.inner.codes.wrong(attempt, moment.now);
            if !self.count_failure(moment, (&guess, before)).await? {
                return Ok(NextStep::Refused(closed()));
            }
            return Ok(NextStep::AskSecondFactor {
                pending: self.pending_ticket(
                    moment,
                    entity,
                    (&sign_in.user, sign_in.first, Some(&row.id)),
                ),
                wrong_code: true,
            });
        }
        if !self.forgive(moment, (&guess, before)).await? {
            return Ok(NextStep::Refused(closed()));
        }
        self.complete(moment, entity, (&sign_in, &row, pending))
            .await
    }

    /// The sign-in under way, and what it asked of its person's telephone.
    async fn asked_of_telephone(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        (pending, method): (&str, Method),
    ) -> Result<Option<(Pending, ApprovalRow)>, Unavailable> {
        let Some(sign_in) = self.open_pending(moment, entity, pending).await? else {
            return Ok(None);
        };
        let Some(id) = &sign_in.approval else {
            return Ok(None);
        };
        let row = self.inner.store.approval(&entity.organization, id).await?;
        Ok(row
            .filter(|row| row.user == sign_in.user.id && row.door == entity.door)
            .filter(|row| row.method == method.name() && moment.now < row.expires_at)
            .map(|row| (sign_in, row)))
    }

    /// Opens the session, and uses the approval up with it.
    async fn complete(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        (sign_in, row, pending): (&Pending, &ApprovalRow, &str),
    ) -> Result<NextStep, Unavailable> {
        let user = &sign_in.user;
        // Two factors are claimed only where the first was a password.
        let class_ref = if sign_in.first == names::PASSWORD_PROTECTED_TRANSPORT {
            MOBILE_TWO_FACTOR
        } else {
            sign_in.first
        };
        let from = if row.method == Method::Push.name() {
            "approved"
        } else {
            "waiting"
        };
        let spent = Spent {
            used: Some((digest::of_secret(pending), millis(moment.now + PATIENCE))),
            approval: Some((row.id.clone(), from)),
            ..Spent::default()
        };
        let opened = self
            .open_session(moment, entity, user, (class_ref, spent))
            .await?;
        Ok(match opened {
            Ok((cookie, session)) => {
                let asked = asked_of(user);
                self.inner
                    .codes
                    .right(counted_under(entity, &asked), moment.now);
                NextStep::SignedIn { cookie, session }
            }
            Err(_) => NextStep::Refused(over()),
        })
    }
}
