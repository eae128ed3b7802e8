//! Keys, made once for all tests.

use super::pair::Pair;
use std::sync::LazyLock;
use xmldsig::encrypt::{DecryptionKey, EncryptionKey};
use xmldsig::keys::VerifyingKey;

/// The identity provider of the tests.
pub(crate) static PROVIDER: LazyLock<Pair> = LazyLock::new(Pair::generate);
/// A third party, whom nobody knows.
pub(crate) static THIRD: LazyLock<Pair> = LazyLock::new(Pair::generate);
/// Somebody else.
pub(crate) static STRANGER: LazyLock<Pair> = LazyLock::new(Pair::generate);

/// The service provider, to whom assertions are encrypted.
static RECIPIENT: LazyLock<Pair> = LazyLock::new(Pair::generate);
/// Its keys: one that nobody uses any more, and the current one.
pub(crate) static DECRYPTION: LazyLock<[DecryptionKey; 2]> = LazyLock::new(|| {
    [&*STRANGER, &*RECIPIENT].map(|pair| DecryptionKey::from_pkcs8(&pair.pkcs8).expect("a key"))
});

/// The key that the service provider publishes.
pub(crate) fn recipient() -> EncryptionKey {
    EncryptionKey::from_certificate(&RECIPIENT.certificate).expect("a certificate")
}

impl Pair {
    pub(crate) fn verifying(&self) -> VerifyingKey {
        VerifyingKey::from_certificate(&self.certificate).expect("a certificate")
    }
}
