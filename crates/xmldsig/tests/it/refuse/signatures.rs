//! Signatures that must not count.

use super::{
    DSIG, SAML, assert_guarded, assertion, judge, piece, replaced, resigned, response,
    signature_of, signed_assertion,
};
use crate::keys::{OTHER_RSA, P256, RSA};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::error::{KeyError, SignatureError};
use xmldsig::guard::Guard;
use xmldsig::keys::{Assertions, VerifyingKey};
use xmldsig::sign::sign;

const USER: &str = "user@example.com";
const EVIL: &str = "evil@example.com";

/// Base with `from` replaced by `to` and signed anew by the true key, refused by `guard` alone.
fn assert_resigned_is_refused(from: &str, to: &str, guard: Guard, code: &str) {
    let xml = resigned(&replaced(&signed_assertion(), from, to));
    assert_guarded(to, xml.as_bytes(), &[(guard, code)], USER);
}

#[test]
fn two_signed_infos_are_refused() {
    let xml = signed_assertion();
    let signed_info = piece(&xml, "<ds:SignedInfo>", "</ds:SignedInfo>");
    let refused: &[(Guard, &str)] = &[(Guard::SignedInfoCount, "sig.signedinfo_count")];
    let after = replaced(
        &xml,
        "</ds:SignedInfo>",
        &format!("</ds:SignedInfo>{signed_info}"),
    );
    assert_guarded("second SignedInfo after", after.as_bytes(), refused, USER);
    let at_end = replaced(
        &xml,
        "</ds:Signature>",
        &format!("{signed_info}</ds:Signature>"),
    );
    assert_guarded(
        "second SignedInfo at the end",
        at_end.as_bytes(),
        refused,
        USER,
    );
    // Before: the first one is read, which then is not the one that was signed.
    let forged = replaced(signed_info, "#_assertion", "#_elsewhere");
    let before = replaced(&xml, "<ds:SignedInfo>", &format!("{forged}<ds:SignedInfo>"));
    let chain = [
        refused[0],
        (Guard::Reference, "sig.reference"),
        (Guard::Key, "sig.key"),
    ];
    assert_guarded("second SignedInfo before", before.as_bytes(), &chain, USER);
}

#[test]
fn comment_in_a_digest_value_is_refused() {
    let xml = replaced(&signed_assertion(), USER, EVIL);
    let commented = replaced(&xml, "<ds:DigestValue>", "<ds:DigestValue><!--forged-->");
    let chain = [
        (Guard::Comment, "xml.comment"),
        (Guard::Digest, "sig.digest"),
    ];
    assert_guarded(
        "comment in DigestValue, content changed",
        commented.as_bytes(),
        &chain,
        EVIL,
    );
}

#[test]
fn references_to_anything_but_the_parent_are_refused() {
    for uri in [
        " URI=\"\"",
        "",
        " URI=\"#_response\"",
        " URI=\"#xpointer(/)\"",
        " URI=\"#xpointer(id('_assertion'))\"",
        " URI=\"cid:x\"",
        " URI=\"http://127.0.0.1:9/\"",
        " URI=\"file:///etc/hostname\"",
        " URI=\"_assertion\"",
        " URI=\"#\"",
        " URI=\"# _assertion\"",
    ] {
        assert_resigned_is_refused(
            " URI=\"#_assertion\"",
            uri,
            Guard::Reference,
            "sig.reference",
        );
    }
}

#[test]
fn several_references_are_refused() {
    let xml = signed_assertion();
    let reference = piece(&xml, "<ds:Reference ", "</ds:Reference>");
    for second in [
        reference.to_owned(),
        reference.replace("#_assertion", "#_response"),
    ] {
        assert_resigned_is_refused(
            reference,
            &format!("{reference}{second}"),
            Guard::ReferenceCount,
            "sig.reference_count",
        );
    }
    let manifest = "<ds:Reference Type=\"http://www.w3.org/2000/09/xmldsig#Manifest\"";
    assert_resigned_is_refused(
        "<ds:Reference",
        manifest,
        Guard::ReferenceCount,
        "sig.reference_count",
    );
    let none = resigned(&replaced(&xml, reference, ""));
    assert_eq!(judge(none.as_bytes()), Err("sig.reference_count"));
}

#[test]
fn digest_of_nothing_is_refused() {
    let xml = signed_assertion();
    let digest = piece(&xml, "<ds:DigestValue>", "</ds:DigestValue>");
    let nothing = "<ds:DigestValue>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=</ds:DigestValue>";
    assert_resigned_is_refused(digest, nothing, Guard::Digest, "sig.digest");
    // Even asked for with a namespace that makes other canonicalisers give up.
    let relative = replaced(
        &xml,
        "<samlp:Response ",
        "<samlp:Response xmlns:r=\"relative\" ",
    );
    assert_guarded(
        "relative namespace on an ancestor",
        relative.as_bytes(),
        &[(Guard::RelativeNamespace, "xml.ns_relative")],
        USER,
    );
}

#[test]
fn foreign_elements_of_the_same_names_do_not_stand_in() {
    let xml = signed_assertion();
    let impostor = "<x:Signature xmlns:x=\"urn:x\"/><ds:Signature ";
    assert_eq!(
        judge(replaced(&xml, "<ds:Signature ", impostor).as_bytes()),
        Err("sig.position"),
        "the true one is third then"
    );
    let impostor = "<x:SignedInfo xmlns:x=\"urn:x\"/><ds:SignedInfo>";
    let chain = [(Guard::SignedInfoCount, "sig.signedinfo_count")];
    assert_guarded(
        "foreign SignedInfo first",
        replaced(&xml, "<ds:SignedInfo>", impostor).as_bytes(),
        &chain,
        USER,
    );
    // The prefix means something else inside: then it is no Signature of the standard at all.
    let redefined = replaced(
        &xml,
        "<ds:SignedInfo>",
        "<ds:SignedInfo xmlns:ds=\"urn:x\">",
    );
    assert_eq!(judge(redefined.as_bytes()), Err("sig.signedinfo_count"));
}

#[test]
fn other_transforms_are_refused() {
    let enveloped =
        format!("<ds:Transform Algorithm=\"{DSIG}enveloped-signature\"></ds:Transform>");
    let exclusive =
        "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform>";
    let both = format!("{enveloped}{exclusive}");
    let transform = |uri: &str, inside: &str| {
        format!("<ds:Transform Algorithm=\"{uri}\">{inside}</ds:Transform>")
    };
    let xpath = transform(
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "<ds:XPath>self::x</ds:XPath>",
    );
    let variants = [
        format!("{both}{xpath}"),
        format!("{xpath}{both}"),
        format!(
            "{enveloped}{}",
            transform("http://www.w3.org/2002/06/xmldsig-filter2", "")
        ),
        format!(
            "{enveloped}{}",
            transform("http://www.w3.org/TR/1999/REC-xslt-19991116", "")
        ),
        format!(
            "{enveloped}{}",
            transform("http://www.w3.org/2000/09/xmldsig#base64", "")
        ),
        format!(
            "{enveloped}{}",
            transform("http://www.w3.org/2001/10/xml-exc-c14n#WithComments", "")
        ),
        format!(
            "{enveloped}{}",
            transform("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "")
        ),
        format!("{enveloped}{}", transform("urn:unknown", "")),
        format!("{exclusive}{enveloped}"),
        format!("{enveloped}{enveloped}{exclusive}"),
        enveloped.clone(),
        exclusive.to_owned(),
        String::new(),
        enveloped.repeat(100),
    ];
    for variant in variants {
        assert_resigned_is_refused(&both, &variant, Guard::Transform, "sig.transform");
    }
}

#[test]
fn other_canonicalisation_of_signed_info_is_refused() {
    let method = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"";
    for other in [
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "",
    ] {
        let other = format!("<ds:CanonicalizationMethod Algorithm=\"{other}\"");
        assert_resigned_is_refused(method, &other, Guard::Transform, "sig.transform");
    }
}

#[test]
fn seventeen_inclusive_prefixes_are_refused_and_sixteen_are_not() {
    let method =
        "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">";
    for (count, expected) in [(16, Ok(USER.to_owned())), (17, Err("sig.transform"))] {
        let list = (0..count)
            .map(|n| format!("p{n}"))
            .collect::<Vec<_>>()
            .join(" ");
        let inclusive = format!(
            "{method}<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"{list}\"/>"
        );
        assert_eq!(
            judge(resigned(&replaced(&signed_assertion(), method, &inclusive)).as_bytes()),
            expected
        );
    }
}

#[test]
fn algorithms_outside_the_list_are_refused() {
    let ours = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    for other in [
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
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
fn changed_content_is_refused() {
    let xml = replaced(&signed_assertion(), USER, EVIL);
    assert_guarded(
        "changed name",
        xml.as_bytes(),
        &[(Guard::Digest, "sig.digest")],
        EVIL,
    );
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
