//! A person proves who they are: password → second factor → done, for every sign-in door. This module owns what comes next in a
//! sign-in; it does not know pages, and what a session is belongs to [`crate::sessions`].
//!
//! * [`credentials`]: what somebody typed · [`password`]: judging it · [`failures`]: how many in a row, durably
//! * [`pending`]: a sign-in under way, between its factors

mod credentials;
mod failures;
mod password;
mod pending;

pub(crate) use credentials::principal_name;
pub use credentials::{Credentials, Secret};
pub use failures::Failing;
pub(crate) use failures::Guess;
pub(crate) use pending::{Pending, credential_stamp};

use crate::codes::{Code, OneTimeCode};
use crate::digest;
use crate::entities::IdentityProvider;
use crate::error::{Refused, Unavailable};
use crate::moment::Moment;
use crate::service::Service;
use crate::sessions::Spent;
use crate::store::millis;
use crate::store::users::User;
use jiff::Timestamp;
use pending::PENDING;
use saml::names;

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

/// What a TOTP secret is sealed for.
pub(crate) const TOTP_SEALED: &str = "totp";

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
}

/// What a TOTP secret is bound to: it opens for no other person.
pub(crate) fn user_bound(organization: &str, user: &str) -> Vec<u8> {
    digest::of_parts(&[organization, user]).to_vec()
}
