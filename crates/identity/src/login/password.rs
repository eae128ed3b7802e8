//! Passwords judged: one hash for every failure, and the same words.

use super::credentials::{Credentials, Secret, principal_name};
use super::failures::Guess;
use super::{Need, next_step};
use crate::audit::Event;
use crate::error::{Refused, Unavailable};
use crate::guard;
use crate::moment::Moment;
use crate::passwords::Verdict;
use crate::service::Service;
use crate::store::failures::Proof;
use crate::store::millis;
use crate::store::users::{self, User};
use crate::throttle::Attempt;
use saml::names;

impl Service {
    /// The person of that name and password, who may sign in. Refused with `login.credentials`, `login.throttled`, `login.busy`.
    pub(crate) async fn judge_password(
        &self,
        moment: &Moment,
        organization: &str,
        (name, password): (&str, &Secret),
    ) -> Result<Result<User, Refused>, Unavailable> {
        let attempt = Attempt {
            organization,
            account: name,
            client: moment.client,
        };
        let inner = &*self.inner;
        let refuse = |code: &'static str, detail: &str| {
            // Whoever is refused here has proved nothing: a log line, no row. The name may be a password typed into the wrong field.
            Event::new(moment, "sign_in.refused", organization, detail)
                .refused(code)
                .log();
            Ok(Err(Refused::new(code, detail)))
        };
        if !inner.attempts.admits(attempt, moment.now) && guard::stands("login.throttled") {
            return refuse(
                "login.throttled",
                "too many wrong passwords from there or for that name",
            );
        }
        let user = inner.store.user_by_name(organization, name).await?;
        let guess = Guess::at(organization, user.as_ref(), Proof::Password);
        let before = self.failures_before(moment, &guess).await?;
        let may = user
            .as_ref()
            .filter(|user| user.disabled_at.is_none() && !before.closed);
        let verdict = match inner
            .passwords
            .verify(
                moment,
                password,
                may.and_then(|user| user.password_hash.as_deref()),
            )
            .await?
        {
            Ok(verdict) => verdict,
            Err(busy) => return refuse(busy.code, &busy.detail),
        };
        // Guesses sent at once were all admitted before the first of them was counted: what was judged beyond the limit
        // stays untold.
        if !inner.attempts.admits(attempt, moment.now) && guard::stands("login.throttled") {
            return refuse(
                "login.throttled",
                "too many wrong passwords while this one was judged",
            );
        }
        let right = match (user, verdict) {
            (Some(user), Verdict::Right { replacement }) => Some((user, replacement)),
            _ => None,
        };
        let told = if right.is_some() {
            self.forgive(moment, (&guess, before)).await?
        } else {
            // At once, and before anything is waited for: the next guess may be judged meanwhile.
            inner.attempts.wrong(attempt, moment.now);
            self.count_failure(moment, (&guess, before)).await?
        };
        let Some((mut user, replacement)) = right.filter(|_| told) else {
            return refuse(
                "login.credentials",
                if before.closed || !told {
                    "too many wrong passwords in a row: for a day, or until an operator forgives them, none is right"
                } else {
                    "unknown name, wrong password, or a person who may not sign in"
                },
            );
        };
        inner.attempts.right(attempt, moment.now);
        if let Some(new) = replacement {
            self.replace_hash(organization, &user, new.clone()).await?;
            // What follows is sealed for the hash that is stored from now on.
            user.password_hash = Some(new);
        }
        Ok(Ok(user))
    }

    /// The person of those credentials where there is no second step: a code that is needed must come along.
    pub(crate) async fn judge_local(
        &self,
        moment: &Moment,
        organization: &str,
        credentials: &Credentials,
    ) -> Result<Result<User, Refused>, Unavailable> {
        let name = principal_name(&credentials.user_name, None);
        let user = match self
            .judge_password(moment, organization, (&name, &credentials.password))
            .await?
        {
            Ok(user) => user,
            Err(refused) => return Ok(Err(refused)),
        };
        let refused = || {
            Refused::new(
                "login.credentials",
                "the one-time code is missing, wrong or was used before",
            )
        };
        let code = match self
            .judge_code(moment, organization, &user, credentials.code.as_ref())
            .await?
        {
            Ok(code) => code,
            Err(refused) => return Ok(Err(refused)),
        };
        let first = names::PASSWORD_PROTECTED_TRANSPORT;
        let Need::Nothing(_, code) = next_step(&user, code, first) else {
            return Ok(Err(refused()));
        };
        let Some(code) = code else {
            return Ok(Ok(user));
        };
        let (organization, id, now) =
            (organization.to_owned(), user.id.clone(), millis(moment.now));
        let accepted = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    code.spend(connection, (&organization, &id), now)
                        .await
                        .map(Ok::<_, std::convert::Infallible>)
                })
            })
            .await
            .map(|Ok(accepted)| accepted)?;
        Ok(if accepted { Ok(user) } else { Err(refused()) })
    }

    async fn replace_hash(
        &self,
        organization: &str,
        user: &User,
        new: String,
    ) -> Result<(), Unavailable> {
        let (organization, id, old) = (
            organization.to_owned(),
            user.id.clone(),
            user.password_hash.clone().unwrap_or_default(),
        );
        self.inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    users::rehash(connection, &organization, &id, (&old, &new)).await?;
                    Ok(Ok::<_, std::convert::Infallible>(()))
                })
            })
            .await
            .map(|Ok(())| ())
    }
}
