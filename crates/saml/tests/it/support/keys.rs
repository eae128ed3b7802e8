//! Keys, made once for all tests.

use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use std::sync::LazyLock;
use xmldsig::encrypt::{DecryptionKey, EncryptionKey};
use xmldsig::generate::KeyAlgorithm;
use xmldsig::keys::{Purpose, SigningKey, VerifyingKey};

/// A key pair as its owner keeps it.
pub(crate) struct Pair {
    pkcs8: Vec<u8>,
    pub(crate) certificate: Vec<u8>,
}

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
    fn generate() -> Self {
        let pkcs8 = KeyAlgorithm::Rsa2048.generate();
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8.as_slice().into(), &PKCS_RSA_SHA256)
            .expect("a key");
        let certificate = CertificateParams::new(vec!["idp.example.org".to_owned()])
            .and_then(|parameters| parameters.self_signed(&key))
            .expect("a certificate");
        Pair {
            pkcs8,
            certificate: certificate.der().to_vec(),
        }
    }

    pub(crate) fn signing<P: Purpose>(&self) -> SigningKey<P> {
        SigningKey::from_pkcs8(&self.pkcs8, self.certificate.clone()).expect("a key pair")
    }

    pub(crate) fn verifying(&self) -> VerifyingKey {
        VerifyingKey::from_certificate(&self.certificate).expect("a certificate")
    }
}
