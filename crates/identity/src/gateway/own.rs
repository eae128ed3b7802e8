//! Being a PSC for our own people: sessions opened with a one-time code, checked and revoked.
//!
//! The holder is a person of the organization whose user name is the CPF or CNPJ; the code is that of the person's second
//! factor, and it is spent in the transaction that opens the session.

use super::authorization::Holder;
use super::psc::Opened;
use crate::audit::Event;
use crate::digest;
use crate::error::{Answer, Refused, Unavailable};
use crate::login::Secret;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::psc_sessions::{self, PscSession};
use crate::store::{audit, millis, users};
use jiff::SignedDuration;
use std::convert::Infallible;

/// What a session is opened for (IN ITI 2/2019: the scopes of a cloud PSC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One signature.
    SingleSignature,
    /// Several signatures of one request.
    MultiSignature,
    /// Signatures until the session ends.
    SignatureSession,
    /// Proof of who somebody is, no signature.
    AuthenticationSession,
}

impl Scope {
    /// By its name on the wire.
    pub fn read(name: &str) -> Option<Self> {
        [
            Self::SingleSignature,
            Self::MultiSignature,
            Self::SignatureSession,
            Self::AuthenticationSession,
        ]
        .into_iter()
        .find(|scope| scope.name() == name)
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Scope::SingleSignature => "single_signature",
            Scope::MultiSignature => "multi_signature",
            Scope::SignatureSession => "signature_session",
            Scope::AuthenticationSession => "authentication_session",
        }
    }

    /// The longest session: one request's worth of time for what is used up by a request, the holder's rule for the others.
    fn longest(self, holder: &Holder) -> SignedDuration {
        match self {
            Scope::SingleSignature | Scope::MultiSignature => SignedDuration::from_mins(10),
            Scope::SignatureSession | Scope::AuthenticationSession
                if holder.as_str().len() == 14 =>
            {
                SignedDuration::from_hours(30 * 24)
            }
            Scope::SignatureSession | Scope::AuthenticationSession => {
                SignedDuration::from_hours(7 * 24)
            }
        }
    }
}

/// What somebody asks our PSC for.
#[derive(Debug, Clone)]
pub struct PscRequest {
    /// For whom.
    pub holder: Holder,
    /// One-time code.
    pub otp: Secret,
    /// What for.
    pub scope: Scope,
    /// How long, if said.
    pub lifetime: Option<SignedDuration>,
}

/// How long a session lives if nothing is said.
const LIFETIME: SignedDuration = SignedDuration::from_hours(12);

impl Service {
    /// Opens a session. Codes: `login.credentials` (whatever the reason), `login.throttled`.
    pub async fn open_psc_session(
        &self,
        moment: &Moment,
        organization: &str,
        request: &PscRequest,
    ) -> Answer<Opened> {
        let (user, step) = match self
            .judge_code_alone(
                moment,
                organization,
                (request.holder.as_str(), &request.otp),
            )
            .await?
        {
            Ok(right) => right,
            Err(refused) => return Ok(Err(refused)),
        };
        let lifetime = request
            .lifetime
            .unwrap_or(LIFETIME)
            .min(request.scope.longest(&request.holder));
        let token = digest::hexadecimal(&moment.bytes::<20>());
        let hash = digest::of_secret(&token);
        let row = PscSession {
            user: user.id.clone(),
            holder: request.holder.as_str().to_owned(),
            scope: request.scope.name().to_owned(),
            opened_at: moment.now,
            expires_at: moment.now + lifetime,
            revoked_at: None,
        };
        let event = Event::new(moment, "psc.opened", organization, request.scope.name())
            .by(request.holder.masked());
        let owner = organization.to_owned();
        let opened = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    if !users::accept_totp_step(connection, &owner, &row.user, step).await? {
                        return Ok(Err(()));
                    }
                    psc_sessions::add(connection, &owner, (&hash, &row)).await?;
                    audit::append(connection, &event).await?;
                    Ok(Ok(()))
                })
            })
            .await?;
        Ok(opened
            .map(|()| Opened {
                token: Secret::new(token),
                lifetime,
            })
            .map_err(|()| Refused::new("login.credentials", "the code was used before")))
    }

    /// The live session of a token.
    pub async fn psc_session(
        &self,
        moment: &Moment,
        organization: &str,
        token: &Secret,
    ) -> Result<Option<PscSession>, Unavailable> {
        let hash = digest::of_secret(token.expose());
        let row = self.inner.store.psc_session(organization, &hash).await?;
        Ok(row.filter(|row| row.revoked_at.is_none() && moment.now < row.expires_at))
    }

    /// Revokes a session; nothing is said about whether there was one.
    pub async fn revoke_psc_session(
        &self,
        moment: &Moment,
        organization: &str,
        token: &Secret,
    ) -> Result<(), Unavailable> {
        let hash = digest::of_secret(token.expose());
        let event = Event::new(moment, "psc.revoked", organization, "by its token");
        let (owner, now) = (organization.to_owned(), millis(moment.now));
        self.inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    if psc_sessions::revoke(connection, &owner, &hash, now).await? {
                        audit::append(connection, &event).await?;
                    }
                    Ok(Ok::<_, Infallible>(()))
                })
            })
            .await
            .map(|Ok(())| ())
    }

    /// Whether a person of that name is kept here (user discovery).
    pub async fn psc_knows(
        &self,
        organization: &str,
        holder: &Holder,
    ) -> Result<bool, Unavailable> {
        let user = self
            .inner
            .store
            .user_by_name(organization, holder.as_str())
            .await?;
        Ok(user.is_some_and(|user| user.disabled_at.is_none() && user.totp.is_some()))
    }
}
