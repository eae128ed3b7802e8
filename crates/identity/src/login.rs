//! A person proves who they are: password → second factor → done, for every sign-in door.

use crate::audit::Event;
use crate::codes::{Code, OneTimeCode};
use crate::digest;
use crate::entities::IdentityProvider;
use crate::error::{Refused, Unavailable};
use crate::guard;
use crate::moment::Moment;
use crate::passwords::Verdict;
use crate::service::Service;
use crate::sessions::Spent;
use crate::store::millis;
use crate::store::users::{self, User};
use crate::throttle::Attempt;
use jiff::{SignedDuration, Timestamp};
use saml::names;
use std::borrow::Cow;
use zeroize::Zeroize;

/// A password or code as typed. Never printed.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// As typed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What somebody typed.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// User name: UPN (`user@domain`), `domain\user`, or bare where the door takes it.
    pub user_name: String,
    /// Password.
    pub password: Secret,
    /// One-time code, if it came along.
    pub code: Option<Secret>,
}

/// A live session at one identity provider of ours.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its identifier in the store (not the cookie).
    pub id: String,
    /// The user's id.
    pub user: String,
    /// The user name for pages.
    pub user_name: String,
    /// When the person proved who they are.
    pub authenticated_at: Timestamp,
    /// How: an AuthnContextClassRef.
    pub class_ref: String,
}

/// The next step of a sign-in. Debug shows neither cookie nor pending state.
pub enum NextStep {
    /// Done: the new cookie value, and the session.
    SignedIn {
        /// What the browser keeps; stored only as a hash.
        cookie: String,
        /// The session.
        session: Session,
    },
    /// The password was right; a one-time code is needed. `pending` travels in the form.
    AskSecondFactor {
        /// Sealed, expiring, bound to this door and person.
        pending: String,
        /// A code that came along was wrong.
        wrong_code: bool,
    },
    /// No. Codes: `login.credentials` (one for every reason), `login.throttled`, `login.busy` (a door answers
    /// 503), `login.pending` (the pending sign-in expired or is not ours: begin again).
    Refused(Refused),
}

impl std::fmt::Debug for NextStep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SignedIn { session, .. } => f
                .debug_struct("SignedIn")
                .field("session", session)
                .finish_non_exhaustive(),
            Self::AskSecondFactor { wrong_code, .. } => f
                .debug_struct("AskSecondFactor")
                .field("wrong_code", wrong_code)
                .finish_non_exhaustive(),
            Self::Refused(refused) => f.debug_tuple("Refused").field(refused).finish(),
        }
    }
}

/// How long somebody may look for the telephone.
const PENDING: SignedDuration = SignedDuration::from_mins(5);
/// What a pending sign-in is sealed for.
const SEALED: &str = "second-factor";
/// What a TOTP secret is sealed for.
pub(crate) const TOTP_SEALED: &str = "totp";

/// A sign-in under way whose password was right.
pub(crate) struct Pending {
    /// The person, as they are now.
    pub(crate) user: User,
    /// What the first factor was as good as.
    pub(crate) first: &'static str,
    /// What their telephone was asked, if it was.
    pub(crate) approval: Option<String>,
}

/// What a sign-in needs next.
enum Need {
    Nothing(&'static str, Option<OneTimeCode>),
    Code { wrong: bool },
}

/// The one place that decides what follows a right first factor, which is as good as `first`.
fn next_step(user: &User, code: Code, first: &'static str) -> Need {
    match (&user.totp, code) {
        // Whoever declared a telephone is asked for a second factor, even where none can be proved.
        (None, _) if user.push || user.telephone.is_some() => Need::Code { wrong: false },
        (None, _) => Need::Nothing(first, None),
        (Some(_), Code::Right(code)) => Need::Nothing(code.class_ref(first), Some(code)),
        (Some(_), Code::Missing) => Need::Code { wrong: false },
        (Some(_), Code::Wrong) => Need::Code { wrong: true },
    }
}

impl Service {
    /// Judges user name and password, and the code if it came along.
    pub async fn sign_in(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        credentials: &Credentials,
    ) -> Result<NextStep, Unavailable> {
        let name = principal_name(&credentials.user_name, entity.default_domain.as_deref());
        let user = match self
            .judge_password(moment, &entity.organization, (&name, &credentials.password))
            .await?
        {
            Ok(user) => user,
            Err(refused) => return Ok(NextStep::Refused(refused)),
        };
        let code = match self
            .judge_code(
                moment,
                &entity.organization,
                &user,
                credentials.code.as_ref(),
            )
            .await?
        {
            Ok(code) => code,
            Err(refused) => return Ok(NextStep::Refused(refused)),
        };
        let first = names::PASSWORD_PROTECTED_TRANSPORT;
        self.proceed(moment, entity, &user, (first, code, None))
            .await
    }

    /// Judges the code of a sign-in whose password was right.
    pub async fn second_factor(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        pending: &str,
        code: &Secret,
    ) -> Result<NextStep, Unavailable> {
        let refused = || {
            NextStep::Refused(Refused::new(
                "login.pending",
                "the pending sign-in expired, was completed, or is not of this door",
            ))
        };
        let Some(Pending { user, first, .. }) = self.open_pending(moment, entity, pending).await?
        else {
            return Ok(refused());
        };
        match self
            .judge_code(moment, &entity.organization, &user, Some(code))
            .await?
        {
            Ok(code) => {
                let used = (digest::of_secret(pending), millis(moment.now + PENDING));
                self.proceed(moment, entity, &user, (first, code, Some(used)))
                    .await
            }
            Err(refused) => Ok(NextStep::Refused(refused)),
        }
    }

    /// The sign-in under way in `pending`; none if it expired, is not of this door, or its person was disabled or got other
    /// credentials meanwhile.
    pub(crate) async fn open_pending(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        pending: &str,
    ) -> Result<Option<Pending>, Unavailable> {
        let opened = self
            .inner
            .vault
            .open_ticket(SEALED, &bound(entity), pending, moment.now);
        let Some((id, stamp, first, approval)) = opened.as_deref().and_then(read_pending) else {
            return Ok(None);
        };
        let user = self.inner.store.user(&entity.organization, id).await?;
        Ok(user
            .filter(|user| user.disabled_at.is_none() && credential_stamp(user) == stamp)
            .map(|user| Pending {
                user,
                first,
                approval: approval.map(str::to_owned),
            }))
    }

    /// Seals a sign-in under way, with what its person's telephone was asked.
    pub(crate) fn pending_ticket(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        (user, first, approval): (&User, &str, Option<&str>),
    ) -> String {
        let mut plain = format!("{}\n{}\n{first}", user.id, credential_stamp(user));
        if let Some(approval) = approval {
            plain.push('\n');
            plain.push_str(approval);
        }
        self.inner.vault.ticket(
            SEALED,
            &bound(entity),
            plain.as_bytes(),
            moment.now + PENDING,
            moment.bytes(),
        )
    }

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
        let may = user.as_ref().filter(|user| user.disabled_at.is_none());
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
        let (Some(mut user), Verdict::Right { replacement }) = (user, verdict) else {
            inner.attempts.wrong(attempt, moment.now);
            return refuse(
                "login.credentials",
                "unknown name, wrong password, or a person who may not sign in",
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

    /// What follows a first factor that was right: `first` is its authentication context, `used` the fingerprint and expiry of
    /// what may be completed once (a pending sign-in, an e-mailed link).
    pub(crate) async fn proceed(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        user: &User,
        (first, code, used): (&'static str, Code, Option<(String, i64)>),
    ) -> Result<NextStep, Unavailable> {
        let ask = |wrong_code| NextStep::AskSecondFactor {
            pending: self.pending_ticket(moment, entity, (user, first, None)),
            wrong_code,
        };
        let (class_ref, code) = match next_step(user, code, first) {
            Need::Nothing(class_ref, code) => (class_ref, code),
            Need::Code { wrong } => return Ok(ask(wrong)),
        };
        let spent = Spent {
            code,
            used,
            approval: None,
        };
        match self
            .open_session(moment, entity, user, (class_ref, spent))
            .await?
        {
            Ok((cookie, session)) => Ok(NextStep::SignedIn { cookie, session }),
            // The code was used before: like a wrong one.
            Err(_) => Ok(ask(true)),
        }
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

/// What a TOTP secret is bound to: it opens for no other person.
pub(crate) fn user_bound(organization: &str, user: &str) -> Vec<u8> {
    digest::of_parts(&[organization, user]).to_vec()
}

/// `user@domain` for a user principal name, for `domain\user`, and for a bare name where the door has a domain for those.
pub(crate) fn principal_name<'a>(typed: &'a str, default_domain: Option<&str>) -> Cow<'a, str> {
    if let Some((domain, user)) = typed.split_once('\\') {
        return Cow::Owned(format!("{user}@{domain}"));
    }
    match default_domain {
        Some(domain) if !typed.contains('@') => Cow::Owned(format!("{typed}@{domain}")),
        _ => Cow::Borrowed(typed),
    }
}

/// A pending sign-in belongs to one door of one organization.
fn bound(entity: &IdentityProvider) -> Vec<u8> {
    digest::of_parts(&[&entity.organization, &entity.door]).to_vec()
}

/// What a pending sign-in is sealed with: person, credential stamp, what the first factor was as good as, and what the person's
/// telephone was asked.
fn read_pending(plain: &[u8]) -> Option<(&str, &str, &'static str, Option<&str>)> {
    let mut lines = std::str::from_utf8(plain).ok()?.split('\n');
    let (id, stamp, first) = (lines.next()?, lines.next()?, lines.next()?);
    let known = [names::PASSWORD_PROTECTED_TRANSPORT, names::AC_UNSPECIFIED];
    let first = known.into_iter().find(|class_ref| *class_ref == first)?;
    Some((id, stamp, first, lines.next()))
}

/// Changes whenever password or second factor do.
pub(crate) fn credential_stamp(user: &User) -> String {
    let totp = user.totp.as_deref().map(|sealed| format!("{sealed:x?}"));
    digest::key(&[
        user.password_hash.as_deref().unwrap_or_default(),
        totp.as_deref().unwrap_or_default(),
        if user.push { "push" } else { "" },
        user.telephone.as_deref().unwrap_or_default(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_spellings_of_a_name_are_one() {
        assert_eq!(
            principal_name("user@my-domain", Some("other")),
            "user@my-domain"
        );
        assert_eq!(
            principal_name("my-domain\\user", Some("other")),
            "user@my-domain"
        );
        assert_eq!(principal_name("user", Some("my-domain")), "user@my-domain");
        assert_eq!(principal_name("user", None), "user");
    }
}
