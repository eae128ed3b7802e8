//! Recovery codes: shown once, kept as keyed fingerprints, each good once in place of an authenticator's code.

use super::change::{Change, Renewed};
use super::proof::Proof;
use crate::digest;
use crate::entities::IdentityProvider;
use crate::error::{Answer, Refused, Unavailable};
use crate::login::{Secret, Session};
use crate::moment::Moment;
use crate::service::Service;
use crate::store::recovery_codes;

/// How many codes somebody is given.
const COUNT: usize = 10;
/// Digits of a code: only digits, so that it fits where a one-time code is asked for, on any keyboard. 53 bits against a
/// counter of wrong codes; what is stolen with the database cannot be tried without the key.
const DIGITS: usize = 16;
/// What the fingerprints are for.
const PURPOSE: &str = "recovery-code";

/// Codes in plain text, exactly once. Debug shows none.
pub struct RecoveryCodes(Vec<String>);

impl RecoveryCodes {
    /// Each, in groups of four digits.
    pub fn shown(&self) -> &[String] {
        &self.0
    }
}

impl std::fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCodes(…)")
    }
}

/// The digits of what may be a recovery code, however somebody grouped them; none if it cannot be one.
pub(crate) fn digits(code: &Secret) -> Option<String> {
    let typed = code.expose();
    let digits: String = typed.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    (digits.len() == DIGITS && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

impl Service {
    /// How many codes a person has left.
    pub async fn recovery_codes_left(
        &self,
        entity: &IdentityProvider,
        session: &Session,
    ) -> Result<u64, Unavailable> {
        self.inner
            .store
            .recovery_codes_left(&entity.organization, &session.user)
            .await
    }

    /// Replaces the codes of a person who has a second factor. Codes: `login.credentials`, `login.code`, `login.throttled`,
    /// `login.busy`, `account.no_factor`, `account.session`.
    pub async fn replace_recovery_codes(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        session: &Session,
        proof: &Proof,
    ) -> Answer<(RecoveryCodes, Renewed)> {
        let organization = entity.organization.as_str();
        let (user, code) = match self.prove(moment, organization, (session, proof)).await? {
            Ok(proved) => proved,
            Err(refused) => return Ok(Err(refused)),
        };
        if user.totp.is_none() {
            let detail = "recovery codes stand in for an authenticator, and there is none";
            return Ok(Err(Refused::new("account.no_factor", detail)));
        }
        let (codes, fingerprints) = self.draw_recovery_codes(moment, organization, &user.id);
        let change = Change {
            organization,
            session,
            code,
            kind: "recovery_codes.replaced",
        };
        let owner = organization.to_owned();
        let made = self
            .make(
                moment,
                change,
                Box::new(move |connection| {
                    Box::pin(async move {
                        recovery_codes::replace(connection, (&owner, &user.id), &fingerprints)
                            .await?;
                        Ok(true)
                    })
                }),
            )
            .await?;
        Ok(made.map(|renewed| (codes, renewed)))
    }

    /// Fresh codes, and what is kept of them.
    pub(super) fn draw_recovery_codes(
        &self,
        moment: &Moment,
        organization: &str,
        user: &str,
    ) -> (RecoveryCodes, Vec<String>) {
        let plain: Vec<String> = (0..COUNT).map(|_| draw(moment)).collect();
        let kept = plain
            .iter()
            .map(|digits| self.fingerprint(organization, user, digits))
            .collect();
        let shown = plain.iter().map(|digits| grouped(digits)).collect();
        (RecoveryCodes(shown), kept)
    }

    /// The fingerprint of a code of that person, whether or not it was used.
    pub(crate) async fn recovery_code(
        &self,
        organization: &str,
        user: &str,
        digits: &str,
    ) -> Result<Option<String>, Unavailable> {
        let fingerprint = self.fingerprint(organization, user, digits);
        let known = self
            .inner
            .store
            .has_recovery_code(organization, user, &fingerprint)
            .await?;
        Ok(known.then_some(fingerprint))
    }

    fn fingerprint(&self, organization: &str, user: &str, digits: &str) -> String {
        let bound = digest::of_parts(&[organization, user]);
        self.inner.vault.fingerprint(PURPOSE, &bound, digits)
    }
}

/// Sixteen digits, each equally likely to one part in 2^64.
fn draw(moment: &Moment) -> String {
    let number = u128::from_be_bytes(moment.bytes()) % 10u128.pow(16);
    format!("{number:016}")
}

fn grouped(digits: &str) -> String {
    let groups: Vec<&str> = (0..DIGITS)
        .step_by(4)
        .map(|at| &digits[at..at + 4])
        .collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_however_they_are_grouped_and_nothing_else_is_one() {
        let read = |text: &str| digits(&Secret::new(text));
        for text in [
            "1234 5678 9012 3456",
            "1234-5678-9012-3456",
            "1234567890123456",
        ] {
            assert_eq!(read(text).as_deref(), Some("1234567890123456"));
        }
        for text in [
            "123456",
            "12345678901234567",
            "1234 5678 9012 345x",
            "",
            "１２３４５６７８９０１２３４５６",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(grouped("1234567890123456"), "1234 5678 9012 3456");
    }
}
