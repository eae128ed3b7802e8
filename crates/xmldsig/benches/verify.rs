//! A 6.4 KiB response: read and verified, built and signed, each beside the raw RSA operation that nothing can avoid.

mod beside;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rcgen::{CertificateParams, PKCS_RSA_SHA256};
use std::hint::black_box;
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::build::Node;
use xmldsig::c14n::canonicalize;
use xmldsig::dom::Document;
use xmldsig::generate::KeyAlgorithm;
use xmldsig::keys::{Assertions, SigningKey, VerifyingKey};
use xmldsig::limits::Limits;
use xmldsig::sign::sign;
use xmldsig::verify::verify;

const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";

fn saml(name: &'static str) -> Node<'static> {
    Node::new("saml", SAML, name)
}

/// What an identity provider with a handful of group attributes sends.
fn response() -> Node<'static> {
    let instant = "2026-11-21T23:00:00.000Z";
    let mut attributes = saml("AttributeStatement");
    for number in 0..5 {
        let mut attribute = saml("Attribute")
            .attribute(
                "Name",
                format!("http://schemas.example.com/ws/2008/06/identity/claims/claim{number}"),
            )
            .attribute(
                "NameFormat",
                "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
            );
        for value in 0..2 {
            attribute = attribute.child(
                saml("AttributeValue")
                    .xsi_string()
                    .text(format!("group-{number}-{value}@example.com")),
            );
        }
        attributes = attributes.child(attribute);
    }
    let confirmation = saml("SubjectConfirmation")
        .attribute("Method", "urn:oasis:names:tc:SAML:2.0:cm:bearer")
        .child(
            saml("SubjectConfirmationData")
                .attribute("InResponseTo", "_0123456789abcdef0123456789abcdef")
                .attribute("NotOnOrAfter", instant)
                .attribute(
                    "Recipient",
                    "https://storagegrid.example.com/api/saml-response",
                ),
        );
    let assertion = saml("Assertion")
        .attribute("ID", "_assertion")
        .attribute("IssueInstant", instant)
        .attribute("Version", "2.0")
        .child(saml("Issuer").text("http://adfs.example.com/adfs/services/trust"))
        .child(
            saml("Subject")
                .child(saml("NameID").text("my-sso-username@my-domain"))
                .child(confirmation),
        )
        .child(
            saml("Conditions")
                .attribute("NotBefore", instant)
                .attribute("NotOnOrAfter", instant),
        )
        .child(attributes);
    Node::new("samlp", SAMLP, "Response")
        .attribute("ID", "_response")
        .attribute("InResponseTo", "_0123456789abcdef0123456789abcdef")
        .attribute("IssueInstant", instant)
        .attribute("Version", "2.0")
        .child(saml("Issuer").text("http://adfs.example.com/adfs/services/trust"))
        .child(
            Node::new("samlp", SAMLP, "Status").child(
                Node::new("samlp", SAMLP, "StatusCode")
                    .attribute("Value", "urn:oasis:names:tc:SAML:2.0:status:Success"),
            ),
        )
        .child(assertion)
}

/// Each operation beside the raw one, in turns.
fn in_turns(
    (raw, public, message, value): (&RsaKeyPair, &ParsedPublicKey, &[u8], &[u8]),
    (signing, keys, xml): (&SigningKey<Assertions>, &[VerifyingKey], &str),
) {
    beside::beside(
        "parse and verify",
        || {
            let _ = black_box(public.verify_sig(black_box(message), value));
        },
        || {
            let document =
                Document::parse(black_box(xml.as_bytes()), &Limits::MESSAGE).expect("parses");
            verify(document.root(), keys).expect("verifies");
        },
    );
    let mut other = vec![0; 256];
    beside::beside(
        "build and sign",
        || {
            raw.sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                black_box(message),
                &mut other,
            )
            .expect("signs");
        },
        || {
            let signed = sign(
                response(),
                "_response",
                signing,
                SignatureAlgorithm::RsaSha256,
            );
            black_box(signed.expect("signs").to_xml().expect("is XML"));
        },
    );
}

fn sso(criterion: &mut Criterion) {
    let pkcs8 = KeyAlgorithm::Rsa2048.generate();
    let pair =
        rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8.as_slice().into(), &PKCS_RSA_SHA256)
            .expect("a new key");
    let certificate = CertificateParams::default()
        .self_signed(&pair)
        .expect("a new key signs")
        .der()
        .to_vec();
    let signing =
        SigningKey::<Assertions>::from_pkcs8(&pkcs8, certificate.clone()).expect("a new key");
    let keys = [VerifyingKey::from_certificate(&certificate).expect("a new certificate")];
    let xml = sign(
        response(),
        "_response",
        &signing,
        SignatureAlgorithm::RsaSha256,
    )
    .expect("signs")
    .to_xml()
    .expect("is XML");
    println!("the signed response has {} bytes", xml.len());

    let raw = RsaKeyPair::from_pkcs8(&pkcs8).expect("a new key");
    let message = [7; 1000];
    let mut value = vec![0; 256];
    raw.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        &message,
        &mut value,
    )
    .expect("signs");
    let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, raw.public_key().as_ref())
        .expect("its public key");

    in_turns((&raw, &public, &message, &value), (&signing, &keys, &xml));

    let mut group = criterion.benchmark_group("verify");
    group.bench_function("raw RSA-2048 alone", |b| {
        b.iter(|| public.verify_sig(black_box(&message), &value));
    });
    group.bench_function("parse and verify", |b| {
        b.iter(|| {
            let document =
                Document::parse(black_box(xml.as_bytes()), &Limits::MESSAGE).expect("parses");
            verify(document.root(), &keys)
                .map(|verified| verified.into_inner().name().len())
                .expect("verifies")
        });
    });
    group.throughput(Throughput::Bytes(xml.len() as u64));
    group.bench_function("parse alone", |b| {
        b.iter(|| Document::parse(black_box(xml.as_bytes()), &Limits::MESSAGE).is_ok());
    });
    let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE).expect("parses");
    group.bench_function("canonicalise alone", |b| {
        b.iter(|| canonicalize(black_box(document.root()), None, &["xs"]));
    });
    group.finish();

    let mut group = criterion.benchmark_group("sign");
    group.bench_function("raw RSA-2048 alone", |b| {
        b.iter(|| {
            raw.sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                black_box(&message),
                &mut value,
            )
        });
    });
    group.bench_function("build and sign", |b| {
        b.iter(|| {
            sign(
                response(),
                "_response",
                &signing,
                SignatureAlgorithm::RsaSha256,
            )
            .and_then(|node| Ok(node.to_xml()?))
            .map(|xml| xml.len())
        });
    });
    group.finish();
}

criterion_group!(benches, sso);
criterion_main!(benches);
