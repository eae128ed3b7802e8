//! A key pair as its owner keeps it.

use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use xmldsig::generate::KeyAlgorithm;
use xmldsig::keys::{Purpose, SigningKey};

/// A key and its certificate.
pub(crate) struct Pair {
    pub(super) pkcs8: Vec<u8>,
    pub(crate) certificate: Vec<u8>,
}

impl Pair {
    pub(crate) fn generate() -> Self {
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
}
