//! An authenticator is enrolled, and taken away. Nothing counts before a code of it was right; nothing is stored until then.

use super::change::{Change, Renewed};
use super::proof::{Proof, wrong_code};
use super::recovery::RecoveryCodes;
use crate::codes::attempt;
use crate::digest;
use crate::entities::IdentityProvider;
use crate::error::{Answer, Refused, Unavailable};
use crate::guard;
use crate::login::{Secret, Session, TOTP_SEALED, user_bound};
use crate::moment::Moment;
use crate::service::Service;
use crate::store::{consumed, millis, recovery_codes, users};
use crate::totp;
use jiff::SignedDuration;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// How long an enrolment may take.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);
/// What it is sealed for.
const SEALED: &str = "enrolment";
/// RFC 3986 §2.3: everything else is encoded in a label.
const LABEL: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A secret that somebody is about to enrol. Debug shows nothing of it.
pub struct Enrolment {
    /// The secret as base32, to type.
    pub secret: String,
    /// The same as an `otpauth://` URI, for the picture.
    pub uri: String,
    /// The secret, sealed for this session: travels in the form.
    pub sealed: String,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment(…)")
    }
}

impl Service {
    /// A fresh secret for the person of a session.
    pub async fn begin_enrolment(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        session: &Session,
    ) -> Result<Enrolment, Unavailable> {
        let secret = moment.bytes::<20>();
        let sealed = self.inner.vault.ticket(
            SEALED,
            &bound(entity, session),
            &secret,
            moment.now + PATIENCE,
            moment.bytes(),
        );
        self.shown(entity, session, (&secret, sealed)).await
    }

    /// The same secret again, for whoever mistyped; none if the enrolment is over or not of this session.
    pub async fn resume_enrolment(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        session: &Session,
        sealed: &str,
    ) -> Result<Option<Enrolment>, Unavailable> {
        match self.enrolling(moment, entity, session, sealed) {
            Some(secret) => self
                .shown(entity, session, (&secret, sealed.to_owned()))
                .await
                .map(Some),
            None => Ok(None),
        }
    }

    /// Enrols the secret whose code this is, in place of any other; recovery codes are drawn anew. Codes: `login.credentials`,
    /// `login.code` (of the factor that is replaced), `enrolment.code`, `enrolment.over`, `login.throttled`, `login.busy`,
    /// `account.session`.
    pub async fn enrol(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        session: &Session,
        (sealed, shown, proof): (&str, &Secret, &Proof),
    ) -> Answer<(RecoveryCodes, Renewed)> {
        let organization = entity.organization.as_str();
        let Some(secret) = self.enrolling(moment, entity, session, sealed) else {
            return Ok(Err(over()));
        };
        let (user, code) = match self.prove(moment, organization, (session, proof)).await? {
            Ok(proved) => proved,
            Err(refused) => return Ok(Err(refused)),
        };
        let counted = format!("enrolment: {}", user.id);
        let attempt = attempt(organization, &counted);
        if let Err(refused) = self.admit_code(moment, attempt) {
            return Ok(Err(refused));
        }
        let step = totp::matching_step(&secret, shown, moment.now);
        let guarded = guard::stands("enrolment.code");
        let Some(step) = step.or_else(|| (!guarded).then_some(0)) else {
            self.inner.codes.wrong(attempt, moment.now);
            let detail = "the authenticator shows another code";
            return Ok(Err(Refused::new("enrolment.code", detail)));
        };
        let vault = &self.inner.vault;
        let totp = vault.seal(
            TOTP_SEALED,
            &user_bound(organization, &user.id),
            &secret,
            moment.bytes(),
        );
        let (codes, fingerprints) = self.draw_recovery_codes(moment, organization, &user.id);
        let used = digest::of_secret(sealed);
        let expires = millis(moment.now + PATIENCE);
        let change = Change {
            organization,
            session,
            code,
            kind: "authenticator.enrolled",
        };
        let owner = organization.to_owned();
        let made = self
            .make(
                moment,
                change,
                Box::new(move |connection| {
                    Box::pin(async move {
                        if !consumed::consume(connection, "enrolment", &owner, &used, expires)
                            .await?
                        {
                            return Ok(false);
                        }
                        let whose = (owner.as_str(), user.id.as_str());
                        users::set_totp(connection, whose, Some((&totp, step))).await?;
                        recovery_codes::replace(connection, whose, &fingerprints).await?;
                        Ok(true)
                    })
                }),
            )
            .await?;
        Ok(made.map(|renewed| (codes, renewed)))
    }

    /// Takes the authenticator and the recovery codes away. Codes: `login.credentials`, `login.code`, `login.throttled`,
    /// `login.busy`, `account.session`.
    pub async fn remove_authenticator(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        session: &Session,
        proof: &Proof,
    ) -> Answer<Renewed> {
        let organization = entity.organization.as_str();
        let (user, code) = match self.prove(moment, organization, (session, proof)).await? {
            Ok(proved) => proved,
            Err(refused) => return Ok(Err(refused)),
        };
        if user.totp.is_none() {
            return Ok(Err(wrong_code()));
        }
        let change = Change {
            organization,
            session,
            code,
            kind: "authenticator.removed",
        };
        let owner = organization.to_owned();
        self.make(
            moment,
            change,
            Box::new(move |connection| {
                Box::pin(async move {
                    let whose = (owner.as_str(), user.id.as_str());
                    users::set_totp(connection, whose, None).await?;
                    recovery_codes::replace(connection, whose, &[]).await?;
                    Ok(true)
                })
            }),
        )
        .await
    }

    fn enrolling(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        session: &Session,
        sealed: &str,
    ) -> Option<Vec<u8>> {
        let bound = bound(entity, session);
        self.inner
            .vault
            .open_ticket(SEALED, &bound, sealed, moment.now)
    }

    async fn shown(
        &self,
        entity: &IdentityProvider,
        session: &Session,
        (secret, sealed): (&[u8], String),
    ) -> Result<Enrolment, Unavailable> {
        let store = &self.inner.store;
        let issuer = store.organization(&entity.organization).await?;
        let issuer = issuer.unwrap_or_else(|| entity.organization.clone());
        let secret = totp::write_secret(secret);
        Ok(Enrolment {
            uri: uri(&issuer, &session.user_name, &secret),
            secret,
            sealed,
        })
    }
}

/// As authenticator applications read it: SHA-1, six digits and thirty seconds are what they take where nothing is said.
fn uri(issuer: &str, account: &str, secret: &str) -> String {
    let [issuer, account] = [issuer, account].map(|text| utf8_percent_encode(text, LABEL));
    format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}")
}

/// An enrolment belongs to one session at one door.
fn bound(entity: &IdentityProvider, session: &Session) -> Vec<u8> {
    let parts = [
        &*entity.organization,
        &entity.door,
        &session.user,
        &session.id,
    ];
    digest::of_parts(&parts).to_vec()
}

fn over() -> Refused {
    Refused::new(
        "enrolment.over",
        "the enrolment took too long, or began in another session",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uri_carries_any_name() {
        assert_eq!(
            uri("Comércio & Cia", "ana:x@example.com", "GEZDGNBVGY3TQOJQ"),
            "otpauth://totp/Com%C3%A9rcio%20%26%20Cia:ana%3Ax%40example.com?secret=GEZDGNBVGY3TQOJQ&issuer=Com%C3%A9rcio%20%26%20Cia"
        );
    }
}
