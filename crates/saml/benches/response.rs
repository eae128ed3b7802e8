//! Responses of 6.4 KB beside the raw RSA operation that they cannot do without, in the same run.

#[path = "../../xmldsig/benches/beside/mod.rs"]
mod beside;

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use saml::issue::{Form, Grant, Prefixes, Signed, response};
use saml::messages::{Attribute, NameId};
use saml::validate::response::{Expectations, accept};
use std::hint::black_box;
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::generate::KeyAlgorithm;
use xmldsig::keys::{Assertions, SigningKey, VerifyingKey};

const ACS: &str = "https://storagegrid.example.com:443/api/saml-response";
const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::RsaSha256;

fn attributes() -> Vec<Attribute> {
    let values = |name: &str, count: usize| Attribute {
        name: format!("http://schemas.xmlsoap.org/claims/{name}"),
        friendly_name: None,
        values: (0..count)
            .map(|at| format!("CN=Storage {name} {at},OU=Groups,DC=example,DC=com"))
            .collect(),
    };
    vec![
        values("Group", 23),
        values("EmailAddress", 1),
        values("CommonName", 1),
    ]
}

fn key() -> SigningKey<Assertions> {
    let pkcs8 = KeyAlgorithm::Rsa2048.generate();
    let pair = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8.as_slice().into(), &PKCS_RSA_SHA256)
        .expect("a key");
    let certificate = CertificateParams::new(vec!["adfs.example.com".to_owned()])
        .and_then(|parameters| parameters.self_signed(&pair))
        .expect("a certificate");
    SigningKey::from_pkcs8(&pkcs8, certificate.der().to_vec()).expect("a key pair")
}

fn responses(criterion: &mut Criterion) {
    let key = key();
    let now: Timestamp = "2026-11-21T12:00:00Z".parse().expect("a time");
    let name_id = NameId {
        value: "rx86rCfaJUqqUlwnIu2qnQ==".to_owned(),
        format: None,
        name_qualifier: None,
        sp_name_qualifier: None,
    };
    let attributes = attributes();
    let grant = Grant {
        response_id: "_1b671a64-40d5-491e-99b0-da01ff1f3341",
        assertion_id: "_2c782b75-51e6-4a2f-aac1-eb1200204452",
        issuer: "http://adfs.example.com/adfs/services/trust",
        acs: ACS,
        audience: "urn:storagegrid",
        in_response_to: Some("_3d893c86-62f7-4b30-bbd2-fc2311315563"),
        name_id: &name_id,
        session_index: "_2c782b75-51e6-4a2f-aac1-eb1200204452",
        authn_instant: now,
        class_ref: saml::names::PASSWORD_PROTECTED_TRANSPORT,
        session_not_on_or_after: None,
        attributes: &attributes,
        now,
        valid_for: SignedDuration::from_mins(5),
    };
    let form = Form {
        signed: Signed::Assertion,
        method: ALGORITHM.into(),
        prefixes: Prefixes::Short,
        key: &key,
    };
    let xml = response(&grant, form).expect("a response");
    println!("a response of {} bytes", xml.len());

    let keys = [VerifyingKey::from_certificate(key.certificate()).expect("a certificate")];
    let expected = Expectations {
        issuer: grant.issuer,
        keys: &keys,
        audience: grant.audience,
        acs: &[ACS],
        in_response_to: grant.in_response_to,
        decryption: &[],
        skew: SignedDuration::from_secs(30),
    };
    // As long as a SignedInfo is.
    let message = [b'x'; 700];
    let signature = key.sign(ALGORITHM, &message).expect("RSA");

    let verified = || {
        keys[0]
            .verify(ALGORITHM, black_box(&message), black_box(&signature))
            .expect("good");
    };
    beside::beside("accept", verified, || {
        accept(black_box(xml.as_bytes()), &expected, now).expect("good");
    });
    let signed = || drop(key.sign(ALGORITHM, black_box(&message)).expect("RSA"));
    beside::beside("issue", signed, || {
        black_box(response(black_box(&grant), form).expect("a response"));
    });

    let mut group = criterion.benchmark_group("response");
    group.bench_function("raw RSA-2048 verify", |bencher| {
        bencher.iter(|| {
            keys[0]
                .verify(ALGORITHM, black_box(&message), black_box(&signature))
                .expect("good");
        });
    });
    group.bench_function("accept", |bencher| {
        bencher.iter(|| accept(black_box(xml.as_bytes()), &expected, now).expect("good"));
    });
    group.bench_function("raw RSA-2048 sign", |bencher| {
        bencher.iter(|| key.sign(ALGORITHM, black_box(&message)).expect("RSA"));
    });
    group.bench_function("issue", |bencher| {
        bencher.iter(|| response(black_box(&grant), form).expect("a response"));
    });
    group.finish();
}

criterion_group!(benches, responses);
criterion_main!(benches);
