//! A person proves who they are: password → second factor → done, for every sign-in door.

use crate::entities::IdentityProvider;
use crate::error::{Refused, Unavailable};
use crate::moment::Moment;
use crate::service::Service;
use jiff::Timestamp;

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

/// The next step of a sign-in.
#[derive(Debug)]
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
    /// No. Codes: `login.credentials` (one for every reason), `login.throttled`, `login.pending`.
    Refused(Refused),
}

impl Service {
    /// Judges user name and password, and the code if it came along.
    pub async fn sign_in(
        &self,
        _moment: &Moment,
        _entity: &IdentityProvider,
        _credentials: &Credentials,
    ) -> Result<NextStep, Unavailable> {
        todo!()
    }
    /// Judges the code of a sign-in whose password was right.
    pub async fn second_factor(
        &self,
        _moment: &Moment,
        _entity: &IdentityProvider,
        _pending: &str,
        _code: &Secret,
    ) -> Result<NextStep, Unavailable> {
        todo!()
    }
    /// The live session of a cookie at this door.
    pub async fn session(
        &self,
        _moment: &Moment,
        _entity: &IdentityProvider,
        _cookie: &str,
    ) -> Result<Option<Session>, Unavailable> {
        todo!()
    }
}
