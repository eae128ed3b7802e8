//! That it is still the person who sits there: nobody changes a password or a factor with a found session alone (security: P7).

use crate::codes::{Code, OneTimeCode};
use crate::entities::IdentityProvider;
use crate::error::{Answer, Refused, Unavailable};
use crate::guard;
use crate::login::{Secret, Session};
use crate::moment::Moment;
use crate::service::Service;
use crate::store::users::User;

/// What a person has here to prove it with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Means {
    /// A password. Without one nothing of this can be changed: the person comes in through a partner, or by links.
    pub password: bool,
    /// A second factor.
    pub authenticator: bool,
    /// An e-mail address, to which a link goes that sets a password.
    pub letters: bool,
}

/// What somebody typed to prove it.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The password.
    pub password: Secret,
    /// A code, for whoever has a second factor.
    pub code: Option<Secret>,
}

impl Service {
    /// What the person of a session has.
    pub async fn means_of(
        &self,
        entity: &IdentityProvider,
        session: &Session,
    ) -> Result<Means, Unavailable> {
        let store = &self.inner.store;
        let user = store.user(&entity.organization, &session.user).await?;
        let has = |what: fn(&User) -> bool| user.as_ref().is_some_and(what);
        Ok(Means {
            password: has(|user| user.password_hash.is_some()),
            authenticator: has(|user| user.totp.is_some()),
            letters: has(|user| user.email.is_some()),
        })
    }

    /// The person of a session, whose password this is. Refused with `login.credentials`, `login.throttled`, `login.busy`.
    pub(crate) async fn prove_password(
        &self,
        moment: &Moment,
        organization: &str,
        (session, password): (&Session, &Secret),
    ) -> Answer<User> {
        let judged = self
            .judge_password(moment, organization, (&session.user_name, password))
            .await?;
        Ok(judged.and_then(|user| {
            // The name may have gone to somebody else since the session began.
            if user.id == session.user {
                Ok(user)
            } else {
                Err(Refused::new(
                    "login.credentials",
                    "another person has the name now",
                ))
            }
        }))
    }

    /// The person of a session, and the code that the change uses up: none for whoever has no second factor. Refused also with
    /// `login.code`.
    pub(crate) async fn prove(
        &self,
        moment: &Moment,
        organization: &str,
        (session, proof): (&Session, &Proof),
    ) -> Answer<(User, Option<OneTimeCode>)> {
        let user = match self
            .prove_password(moment, organization, (session, &proof.password))
            .await?
        {
            Ok(user) => user,
            Err(refused) => return Ok(Err(refused)),
        };
        if user.totp.is_none() || !guard::stands("login.code") {
            return Ok(Ok((user, None)));
        }
        let judged = self
            .judge_code(moment, organization, &user, proof.code.as_ref())
            .await?;
        Ok(match judged {
            Ok(Code::Right(code)) => Ok((user, Some(code))),
            Ok(Code::Missing | Code::Wrong) => Err(wrong_code()),
            Err(refused) => Err(refused),
        })
    }
}

/// A code that is missing, wrong, or was used before.
pub(super) fn wrong_code() -> Refused {
    Refused::new(
        "login.code",
        "the code is missing, wrong or was used before",
    )
}
