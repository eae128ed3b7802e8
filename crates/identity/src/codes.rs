//! One-time codes judged: how often somebody may be wrong, and which time step a right one spends.
//!
//! This module owns the judgement; spending the step is part of whatever the code opens, in the same transaction.

use crate::audit::Event;
use crate::error::{Refused, Unavailable};
use crate::guard;
use crate::login::{Secret, TOTP_SEALED, user_bound};
use crate::moment::Moment;
use crate::service::Service;
use crate::store::users::User;
use crate::throttle::Attempt;
use crate::totp;

/// What is known of the second factor of somebody whose password is right.
pub(crate) enum Code {
    /// None came along.
    Missing,
    /// It is wrong, or was used before.
    Wrong,
    /// It is right, for this time step.
    Right(i64),
}

impl Service {
    /// Judges the code of somebody who is known, counting wrong ones under `counted`.
    pub(crate) fn judge_code(
        &self,
        moment: &Moment,
        organization: &str,
        (user, counted): (&User, &str),
        code: Option<&Secret>,
    ) -> Result<Code, Refused> {
        let (Some(sealed), Some(code)) = (&user.totp, code) else {
            return Ok(Code::Missing);
        };
        // Not by client: whoever knows the password could guess from many, and guesses of strangers never get here.
        let attempt = Attempt {
            organization,
            account: counted,
            client: None,
        };
        if !self.inner.codes.admits(attempt, moment.now) && guard::stands("login.throttled") {
            return Err(Refused::new("login.throttled", "too many wrong codes"));
        }
        let secret = self.inner.vault.open(
            TOTP_SEALED,
            user_bound(organization, &user.id).as_slice(),
            sealed,
        );
        let step = secret.and_then(|secret| totp::matching_step(&secret, code, moment.now));
        if step.is_none() {
            self.inner.codes.wrong(attempt, moment.now);
        }
        Ok(step.map_or(Code::Wrong, Code::Right))
    }

    /// The person of that name whose one-time code this is, and its time step, which the caller spends. For sign-ins that have
    /// no password (our PSC). Refused with `login.credentials` whatever the reason, and `login.throttled`.
    pub(crate) async fn judge_code_alone(
        &self,
        moment: &Moment,
        organization: &str,
        (name, code): (&str, &Secret),
    ) -> Result<Result<(User, i64), Refused>, Unavailable> {
        let user = self.inner.store.user_by_name(organization, name).await?;
        let judged = match user.filter(|user| user.disabled_at.is_none()) {
            Some(user) => {
                // A counter of its own: here anybody who knows the name may be wrong, and must not lock the person out of the
                // doors that ask for a password first.
                let counted = format!("code alone: {}", user.id);
                self.judge_code(moment, organization, (&user, &counted), Some(code))
                    .map(|code| (user, code))
            }
            None => Err(Refused::new("login.credentials", "unknown name")),
        };
        let right = judged.and_then(|(user, code)| match code {
            Code::Right(step) => Ok((user, step)),
            Code::Missing | Code::Wrong => {
                Err(Refused::new("login.credentials", "wrong one-time code"))
            }
        });
        if let Err(refused) = &right {
            Event::new(moment, "sign_in.refused", organization, &refused.detail)
                .refused(refused.code)
                .log();
        }
        Ok(right)
    }
}
