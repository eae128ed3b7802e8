//! A sign-in under way, sealed into what the browser brings back: somebody who has not signed in yet writes no row.

use crate::digest;
use crate::entities::IdentityProvider;
use crate::error::Unavailable;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::failures::Proof;
use crate::store::users::User;
use jiff::SignedDuration;
use saml::names;

/// How long somebody may look for the telephone.
pub(super) const PENDING: SignedDuration = SignedDuration::from_mins(5);
/// What a pending sign-in is sealed for.
const SEALED: &str = "second-factor";

/// A sign-in under way whose password was right.
pub(crate) struct Pending {
    /// The person, as they are now.
    pub(crate) user: User,
    /// What the first factor was as good as.
    pub(crate) first: &'static str,
    /// What their telephone was asked, if it was.
    pub(crate) approval: Option<String>,
}

impl Service {
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

/// Changes whenever what `proof` proves does.
pub(super) fn credential_of(user: &User, proof: Proof) -> String {
    let totp = user.totp.as_deref().map(|sealed| format!("{sealed:x?}"));
    match proof {
        Proof::Password => digest::key(&[
            "password",
            user.password_hash.as_deref().unwrap_or_default(),
        ]),
        Proof::Code | Proof::CodeAlone => digest::key(&[
            "code",
            totp.as_deref().unwrap_or_default(),
            user.telephone.as_deref().unwrap_or_default(),
        ]),
    }
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
