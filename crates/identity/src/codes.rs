//! One-time codes judged: how often somebody may be wrong, and what a right one uses up.
//!
//! This module owns the judgement; spending the code is part of whatever it opens, in the same transaction.

use crate::audit::Event;
use crate::error::{Answer, Refused, Unavailable};
use crate::guard;
use crate::login::{Guess, Secret, TOTP_SEALED, user_bound};
use crate::moment::Moment;
use crate::people::recovery;
use crate::service::Service;
use crate::store::failures::{self, Proof};
use crate::store::users::{self, User};
use crate::store::{Connection, recovery_codes};
use crate::throttle::Attempt;
use crate::totp;

/// What is known of the second factor of somebody whose password is right.
pub(crate) enum Code {
    /// None came along.
    Missing,
    /// It is wrong, or was used before.
    Wrong,
    /// It is right, and opens something if it can still be spent.
    Right(OneTimeCode),
}

/// A right code, as far as spending it needs to know.
#[derive(Debug, Clone)]
pub(crate) enum OneTimeCode {
    /// The time step of an authenticator's code.
    Step(i64),
    /// The fingerprint of a recovery code.
    Recovery(String),
}

/// Authentication context: a code that changes with time (SAML authentication context §3.4.23).
pub(crate) const TIME_SYNC_TOKEN: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken";

impl OneTimeCode {
    /// How the person proved who they are, whose first factor was as good as `first`. No class of SAML's describes a list of
    /// recovery codes, so nothing more than the first factor is claimed for one.
    pub(crate) fn class_ref(&self, first: &'static str) -> &'static str {
        match self {
            Self::Step(_) => TIME_SYNC_TOKEN,
            Self::Recovery(_) => first,
        }
    }

    /// Uses it up; false if it was used before.
    pub(crate) async fn spend(
        &self,
        connection: &mut Connection,
        (organization, user): (&str, &str),
        now: i64,
    ) -> Result<bool, sqlx::Error> {
        let spent = match self {
            Self::Step(step) => {
                users::accept_totp_step(connection, organization, user, *step).await?
            }
            Self::Recovery(fingerprint) => {
                recovery_codes::use_up(connection, (organization, user), fingerprint, now).await?
            }
        };
        // Only a code that is spent forgives the wrong ones before it, and only while there is anything to forgive: guesses that
        // were judged at the same time may have used up what was left.
        let key = (organization, user, Proof::Code);
        let open = spent && failures::forgive(connection, key, now).await?;
        Ok(open || spent && !guard::stands("login.closed"))
    }
}

impl Service {
    /// Judges the code of somebody who is known: an authenticator's or a recovery code. Refused with `login.throttled`.
    pub(crate) async fn judge_code(
        &self,
        moment: &Moment,
        organization: &str,
        user: &User,
        code: Option<&Secret>,
    ) -> Answer<Code> {
        let (Some(_), Some(code)) = (&user.totp, code) else {
            return Ok(Ok(Code::Missing));
        };
        let attempt = attempt(organization, &user.id);
        if let Err(refused) = self.admit_code(moment, attempt) {
            return Ok(Err(refused));
        }
        let guess = Guess::at(organization, Some(user), Proof::Code);
        let before = self.failures_before(moment, &guess).await?;
        if before.closed {
            return Ok(Err(closed()));
        }
        if let Some(step) = self.step(moment, organization, (user, code)) {
            return Ok(Ok(Code::Right(OneTimeCode::Step(step))));
        }
        let recovery = match recovery::digits(code) {
            Some(digits) => self.recovery_code(organization, &user.id, &digits).await?,
            None => None,
        };
        if recovery.is_none() {
            self.inner.codes.wrong(attempt, moment.now);
            if !self.count_failure(moment, (&guess, before)).await? {
                return Ok(Err(closed()));
            }
        }
        Ok(Ok(recovery.map_or(Code::Wrong, |fingerprint| {
            Code::Right(OneTimeCode::Recovery(fingerprint))
        })))
    }

    /// The person of that name whose authenticator's code this is, and its time step, which the caller spends. For sign-ins
    /// that have no password (our PSC): a recovery code stands in for an authenticator, never for everything. Refused with
    /// `login.credentials` whatever the reason, and `login.throttled`.
    pub(crate) async fn judge_code_alone(
        &self,
        moment: &Moment,
        organization: &str,
        (name, code): (&str, &Secret),
    ) -> Result<Result<(User, i64), Refused>, Unavailable> {
        let user = self.inner.store.user_by_name(organization, name).await?;
        let guess = Guess::at(organization, user.as_ref(), Proof::CodeAlone);
        let before = self.failures_before(moment, &guess).await?;
        let mut right = match user.filter(|user| user.disabled_at.is_none() && !before.closed) {
            Some(user) => self
                .judge_step(moment, organization, (&user, code))
                .map(|step| (user, step)),
            None => Err(Refused::new(
                "login.credentials",
                "unknown name, or too many wrong codes in a row",
            )),
        };
        let told = match &right {
            Ok(_) => self.forgive(moment, (&guess, before)).await?,
            Err(refused) if refused.code == "login.throttled" => true,
            Err(_) => self.count_failure(moment, (&guess, before)).await?,
        };
        if !told {
            right = Err(Refused::new(
                "login.credentials",
                "too many wrong codes in a row",
            ));
        }
        if let Err(refused) = &right {
            Event::new(moment, "sign_in.refused", organization, &refused.detail)
                .refused(refused.code)
                .log();
        }
        Ok(right)
    }

    fn judge_step(
        &self,
        moment: &Moment,
        organization: &str,
        (user, code): (&User, &Secret),
    ) -> Result<i64, Refused> {
        // A counter of its own: here anybody who knows the name may be wrong, and must not lock the person out of the doors
        // that ask for a password first.
        let counted = format!("code alone: {}", user.id);
        let attempt = attempt(organization, &counted);
        self.admit_code(moment, attempt)?;
        self.step(moment, organization, (user, code))
            .ok_or_else(|| {
                self.inner.codes.wrong(attempt, moment.now);
                Refused::new("login.credentials", "wrong one-time code")
            })
    }

    /// Whether another code of that person may be judged. Refused with `login.throttled`.
    pub(crate) fn admit_code(&self, moment: &Moment, attempt: Attempt<'_>) -> Result<(), Refused> {
        if !self.inner.codes.admits(attempt, moment.now) && guard::stands("login.throttled") {
            return Err(Refused::new("login.throttled", "too many wrong codes"));
        }
        Ok(())
    }

    fn step(
        &self,
        moment: &Moment,
        organization: &str,
        (user, code): (&User, &Secret),
    ) -> Option<i64> {
        let bound = user_bound(organization, &user.id);
        let secret = self
            .inner
            .vault
            .open(TOTP_SEALED, &bound, user.totp.as_deref()?)?;
        totp::matching_step(&secret, code, moment.now)
    }
}

/// What is said of a code that nobody judged. Whoever hears it knows the password: there is nothing to hide from them.
pub(crate) fn closed() -> Refused {
    Refused::new(
        "login.throttled",
        "too many wrong codes in a row: for a day, or until an operator forgives them, none is judged",
    )
}

/// Not by client: whoever knows the password could guess from many, and guesses of strangers never get here.
pub(crate) fn attempt<'a>(organization: &'a str, account: &'a str) -> Attempt<'a> {
    Attempt {
        organization,
        account,
        client: None,
    }
}
