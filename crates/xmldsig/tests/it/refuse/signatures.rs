//! Signatures that must not count.

use super::{
    DSIG, SAML, assert_guarded, assert_resigned_is_refused, assertion, judge, piece, replaced,
    resigned, response, signature_of, signed_assertion,
};
use crate::keys::{OTHER_RSA, P256, RSA};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use xmldsig::algorithms::{DigestAlgorithm, Method, SignatureAlgorithm};
use xmldsig::dom::Document;
use xmldsig::error::{KeyError, SignatureError};
use xmldsig::guard::{self, Guard};
use xmldsig::keys::{Assertions, Sha1, VerifyingKey};
use xmldsig::limits::Limits;
use xmldsig::sign::sign;
use xmldsig::verify::verify;

const USER: &str = "user@example.com";

#[test]
fn algorithms_outside_the_list_are_refused() {
    let ours = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    for other in [
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2007/05/xmldsig-more#rsa-pss",
        "HTTP://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "",
        "urn:none",
    ] {
        assert_resigned_is_refused(ours, other, Guard::Algorithm, "sig.algorithm");
    }
    let parameter = format!("{ours}\"><ds:HMACOutputLength>8</ds:HMACOutputLength>");
    assert_resigned_is_refused(
        &format!("{ours}\">"),
        &parameter,
        Guard::Algorithm,
        "sig.algorithm",
    );
    let sha1 = resigned(&replaced(
        &signed_assertion(),
        "http://www.w3.org/2001/04/xmlenc#sha256",
        "http://www.w3.org/2000/09/xmldsig#sha1",
    ));
    assert_eq!(judge(sha1.as_bytes()), Err("sig.algorithm"));
}

#[test]
fn sha_1_counts_where_it_is_switched_on_and_nowhere_else() {
    let key = RSA.signing::<Assertions>();
    let signed = |method: Method| {
        let node = sign(assertion(), "_assertion", &key, method).unwrap();
        node.to_xml().unwrap()
    };
    let judged = |xml: &str, key: VerifyingKey| {
        let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
        let verified = verify(document.root(), &[OTHER_RSA.verifying(), key]);
        verified.map(|_| ()).map_err(|refusal| refusal.code())
    };
    let believing = |signatures, digests| {
        RSA.verifying().believing(Sha1 {
            signatures,
            digests,
        })
    };
    let both = Method::from(SignatureAlgorithm::RsaSha1);
    let digest = Method {
        digest: DigestAlgorithm::Sha1,
        ..Method::from(SignatureAlgorithm::RsaSha256)
    };
    for (method, [signatures, digests]) in [(both, [true, true]), (digest, [false, true])] {
        let xml = signed(method);
        assert_eq!(judged(&xml, believing(signatures, digests)), Ok(()));
        // Half of a switch is none, and another party's switch is not this one's.
        for key in [
            believing(true, false),
            believing(false, !signatures && !digests),
            RSA.verifying(),
        ] {
            assert_eq!(judged(&xml, key.clone()), Err("sig.algorithm"));
            let weakened = guard::without(Guard::Algorithm, || judged(&xml, key));
            assert_eq!(weakened, Ok(()));
        }
        let legacy = Sha1 {
            signatures: true,
            digests: true,
        };
        let strangers = [OTHER_RSA.verifying().believing(legacy), RSA.verifying()];
        let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
        let refused = verify(document.root(), &strangers).unwrap_err();
        assert_eq!(refused.code(), "sig.key");
        let changed = xml.replace(USER, "root@example.com");
        assert_eq!(judged(&changed, believing(true, true)), Err("sig.digest"));
    }
    let strong = signed(Method::from(SignatureAlgorithm::RsaSha256));
    assert_eq!(judged(&strong, believing(true, true)), Ok(()));
}

#[test]
fn hmac_with_the_certificate_as_secret_is_refused() {
    let hmac = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
    let xml = replaced(
        &signed_assertion(),
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        hmac,
    );
    let signed_info = piece(&xml, "<ds:SignedInfo>", "</ds:SignedInfo>").replacen(
        "<ds:SignedInfo>",
        &format!("<ds:SignedInfo xmlns:ds=\"{DSIG}\">"),
        1,
    );
    let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &RSA.certificate);
    let value = STANDARD.encode(aws_lc_rs::hmac::sign(&secret, signed_info.as_bytes()));
    let old = piece(&xml, "<ds:SignatureValue>", "</ds:SignatureValue>");
    let forged = replaced(
        &xml,
        old,
        &format!("<ds:SignatureValue>{value}</ds:SignatureValue>"),
    );
    let chain = [
        (Guard::Algorithm, "sig.algorithm"),
        (Guard::Value, "sig.value"),
        (Guard::Key, "sig.key"),
    ];
    assert_guarded(
        "HMAC keyed with the certificate",
        forged.as_bytes(),
        &chain,
        USER,
    );
}

#[test]
fn keys_that_the_message_brings_are_not_believed() {
    let forged = sign(
        assertion(),
        "_assertion",
        &OTHER_RSA.signing::<Assertions>(),
        SignatureAlgorithm::RsaSha256,
    )
    .unwrap();
    let xml = replaced(&response(forged).to_xml().unwrap(), "", "");
    let chain = [(Guard::Key, "sig.key")];
    assert_guarded("own certificate", xml.as_bytes(), &chain, USER);
    let key_info = piece(&xml, "<ds:KeyInfo>", "</ds:KeyInfo>");
    let true_certificate = STANDARD.encode(&RSA.certificate);
    for other in [
        format!("<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{true_certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"),
        "<ds:KeyInfo><ds:KeyName>idp.example.com</ds:KeyName></ds:KeyInfo>".to_owned(),
        "<ds:KeyInfo><ds:RetrievalMethod URI=\"file:///etc/hostname\"/></ds:KeyInfo>".to_owned(),
        "<ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus></ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo>".to_owned(),
        String::new(),
    ] {
        assert_guarded(&other, replaced(&xml, key_info, &other).as_bytes(), &chain, USER);
    }
}

#[test]
fn missing_signatures_are_refused() {
    let xml = signed_assertion();
    let chain = [(Guard::Missing, "sig.missing")];
    assert_guarded(
        "dropped",
        replaced(&xml, signature_of(&xml), "").as_bytes(),
        &chain,
        USER,
    );
    let elsewhere = signature_of(&xml).replace(DSIG, "urn:other");
    assert_guarded(
        "in another namespace",
        replaced(&xml, signature_of(&xml), &elsewhere).as_bytes(),
        &chain,
        USER,
    );
    let renamed = signature_of(&xml)
        .replace("ds:Signature ", "ds:Signatur ")
        .replace("ds:Signature>", "ds:Signatur>");
    assert_guarded(
        "renamed",
        replaced(&xml, signature_of(&xml), &renamed).as_bytes(),
        &chain,
        USER,
    );
}

#[test]
fn values_that_are_no_signatures_are_refused() {
    let xml = signed_assertion();
    let old = piece(&xml, "<ds:SignatureValue>", "</ds:SignatureValue>");
    let chain = [(Guard::Value, "sig.value"), (Guard::Key, "sig.key")];
    for bad in [
        "",
        "AAAA",
        "?",
        "AA=A",
        "MAYCAQACAQA=",
        &STANDARD.encode([1; 255]),
    ] {
        let forged = replaced(
            &xml,
            old,
            &format!("<ds:SignatureValue>{bad}</ds:SignatureValue>"),
        );
        assert_guarded(bad, forged.as_bytes(), &chain, USER);
    }
}

#[test]
fn ecdsa_values_with_a_zero_half_or_another_length_are_refused() {
    let key = P256.verifying();
    let signing = P256.signing::<Assertions>();
    let good = signing
        .sign(SignatureAlgorithm::EcdsaSha256, b"message")
        .unwrap();
    key.verify(SignatureAlgorithm::EcdsaSha256, b"message", &good)
        .unwrap();
    let zero_r = [&[0; 32], &good[32..]].concat();
    let zero_s = [&good[..32], &[0; 32]].concat();
    for bad in [
        zero_r,
        zero_s,
        vec![0; 64],
        good[..63].to_vec(),
        [&good[..], &[0]].concat(),
        Vec::new(),
    ] {
        assert_eq!(
            key.verify(SignatureAlgorithm::EcdsaSha256, b"message", &bad),
            Err(SignatureError::Value)
        );
    }
    assert_eq!(
        key.verify(SignatureAlgorithm::EcdsaSha256, b"massage", &good),
        Err(SignatureError::Key)
    );
    assert_eq!(
        signing.sign(SignatureAlgorithm::RsaSha256, b"message"),
        Err(KeyError::Unfit)
    );
}

#[test]
fn certificates_of_weak_keys_are_refused() {
    let weak = include_bytes!("../../../testdata/refuse/rsa-1024.der");
    assert_eq!(
        VerifyingKey::from_certificate(weak).unwrap_err(),
        KeyError::Weak
    );
    let curve = include_bytes!("../../../testdata/refuse/p-521.der");
    assert_eq!(
        VerifyingKey::from_certificate(curve).unwrap_err(),
        KeyError::Weak
    );
    assert!(
        VerifyingKey::from_certificate(&[&RSA.certificate[..], &[0]].concat()).is_err(),
        "something after the certificate"
    );
    assert!(VerifyingKey::from_certificate(b"").is_err());
}

#[test]
fn second_signature_beside_the_first_is_refused() {
    let xml = signed_assertion();
    let signature = signature_of(&xml);
    let twice = replaced(&xml, signature, &format!("{signature}{signature}"));
    assert_guarded(
        "twice",
        twice.as_bytes(),
        &[
            (Guard::Position, "sig.position"),
            (Guard::Digest, "sig.digest"),
        ],
        USER,
    );
    let third = replaced(
        &xml,
        "</samlp:Response>",
        &format!("<x>{signature}{signature}</x></samlp:Response>"),
    );
    assert_eq!(judge(third.as_bytes()), Err("xml.limit"));
}

#[test]
fn signature_after_other_children_is_refused() {
    let xml = signed_assertion();
    let signature = signature_of(&xml).to_owned();
    let late = replaced(
        &replaced(&xml, &signature, ""),
        "</saml:Assertion>",
        &format!("{signature}</saml:Assertion>"),
    );
    assert!(late.contains(SAML));
    assert_guarded(
        "late",
        late.as_bytes(),
        &[(Guard::Position, "sig.position")],
        USER,
    );
}
