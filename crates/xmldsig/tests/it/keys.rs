//! Keys made once for all tests.

use rcgen::{
    CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256,
    SignatureAlgorithm,
};
use std::sync::LazyLock;
use xmldsig::generate::KeyAlgorithm;
use xmldsig::keys::{Purpose, SigningKey, VerifyingKey};

pub(crate) struct TestKey {
    pub(crate) pkcs8: Vec<u8>,
    pub(crate) certificate: Vec<u8>,
}

impl TestKey {
    pub(crate) fn signing<P: Purpose>(&self) -> SigningKey<P> {
        SigningKey::from_pkcs8(&self.pkcs8, self.certificate.clone()).unwrap()
    }

    pub(crate) fn verifying(&self) -> VerifyingKey {
        VerifyingKey::from_certificate(&self.certificate).unwrap()
    }
}

pub(crate) static RSA: LazyLock<TestKey> =
    LazyLock::new(|| from_pkcs8(&PKCS_RSA_SHA256, KeyAlgorithm::Rsa2048.generate()));
pub(crate) static OTHER_RSA: LazyLock<TestKey> =
    LazyLock::new(|| from_pkcs8(&PKCS_RSA_SHA256, KeyAlgorithm::Rsa2048.generate()));
pub(crate) static P256: LazyLock<TestKey> = LazyLock::new(|| generated(&PKCS_ECDSA_P256_SHA256));
pub(crate) static P384: LazyLock<TestKey> = LazyLock::new(|| generated(&PKCS_ECDSA_P384_SHA384));

fn from_pkcs8(algorithm: &'static SignatureAlgorithm, pkcs8: Vec<u8>) -> TestKey {
    let pair = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8.as_slice().into(), algorithm).unwrap();
    certified(&pair, pkcs8)
}

fn generated(algorithm: &'static SignatureAlgorithm) -> TestKey {
    let pair = KeyPair::generate_for(algorithm).unwrap();
    let pkcs8 = pair.serialize_der();
    certified(&pair, pkcs8)
}

fn certified(pair: &KeyPair, pkcs8: Vec<u8>) -> TestKey {
    let certificate = CertificateParams::new(vec!["idp.example.com".to_owned()])
        .unwrap()
        .self_signed(pair)
        .unwrap();
    TestKey {
        pkcs8,
        certificate: certificate.der().to_vec(),
    }
}
