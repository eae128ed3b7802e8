//! A judged request that waits for a person: no row is written for it; it travels, sealed, in the pages of the sign-in.

use crate::digest;
use crate::entities::IdentityProvider;
use crate::moment::Moment;
use crate::service::Service;
use crate::sso::Asked;
use jiff::SignedDuration;

/// How long a sign-in page may stay open.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);
/// What it is sealed for.
const SEALED: &str = "waiting-request";

/// The sealed text of a request that waits: letters and digits only, so that it may stand in a path. Not a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting(String);

impl Waiting {
    /// As it came back with a visitor; only [`Service::resume`] tells whether it is one.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Service {
    /// Seals `asked` for this door and `browser` (what tells one browser from another, such as a cookie).
    pub fn suspend(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        browser: &str,
        asked: &Asked,
    ) -> Waiting {
        let expires = (moment.now + PATIENCE).as_millisecond();
        let plain = serde_json::json!([expires, asked]);
        let bound = bound(entity, browser);
        let sealed =
            self.inner
                .vault
                .seal(SEALED, &bound, plain.to_string().as_bytes(), moment.bytes());
        Waiting(hexadecimal(&sealed))
    }

    /// The request again; none if it is another door's or browser's, expired, or not ours.
    pub fn resume(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        browser: &str,
        waiting: &Waiting,
    ) -> Option<Asked> {
        let sealed = bytes(waiting.as_str())?;
        let plain = self
            .inner
            .vault
            .open(SEALED, &bound(entity, browser), &sealed)?;
        let (expires, asked): (i64, Asked) = serde_json::from_slice(&plain).ok()?;
        (moment.now.as_millisecond() < expires).then_some(asked)
    }
}

fn bound(entity: &IdentityProvider, browser: &str) -> [u8; 32] {
    digest::of_parts(&[&entity.organization, &entity.door, browser])
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

fn bytes(hexadecimal: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = hexadecimal
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_bytes_survive_their_text() {
        assert_eq!(hexadecimal(&[0, 0xab, 255]), "00abff");
        assert_eq!(bytes("00abff").as_deref(), Some([0, 0xab, 255].as_slice()));
        assert_eq!(bytes("0"), None);
        assert_eq!(bytes("zz"), None);
    }
}
