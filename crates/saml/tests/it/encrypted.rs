//! Encrypted assertions: anybody can encrypt to a published key, so encryption must never stand in for a signature.

use crate::support::keys::{PROVIDER, STRANGER, THIRD, recipient};
use crate::support::response::{
    ACS, AUDIENCE, ISSUER, Off, PERSON, REQUEST, assertion, changed, explained, judged, person,
    signed, unsigned, without_all,
};
use crate::support::signing::sign;
use crate::support::{at, now};
use jiff::SignedDuration;
use saml::issue::{Form, Grant, Prefixes, Seal, Signed, sealed_response};
use saml::messages::NameId;
use saml::validate::Verdict;
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::build::Node;
use xmldsig::encrypt::{ContentAlgorithm, EncryptionKey, KeyTransport, encrypt};
use xmldsig::guard::Guard;

const REFUSED: &str = "enc.refused";

fn issued(signed: Signed, content: ContentAlgorithm, transport: KeyTransport) -> String {
    let name_id = NameId {
        value: PERSON.to_owned(),
        format: None,
        name_qualifier: None,
        sp_name_qualifier: None,
    };
    let grant = Grant {
        response_id: "_response",
        assertion_id: "_assertion",
        issuer: ISSUER,
        acs: ACS,
        audience: AUDIENCE,
        in_response_to: Some(REQUEST),
        name_id: &name_id,
        session_index: "_session",
        authn_instant: now(),
        class_ref: "urn:class",
        session_not_on_or_after: None,
        attributes: &[],
        now: now(),
        valid_for: SignedDuration::from_mins(5),
    };
    let form = Form {
        signed,
        method: SignatureAlgorithm::RsaSha256.into(),
        prefixes: Prefixes::Short,
        key: &PROVIDER.signing(),
    };
    sealed_response(
        &grant,
        form,
        Seal {
            key: &recipient(),
            content,
            transport,
        },
    )
    .unwrap()
}

/// A response around one encrypted assertion that says `ID`, `person` and whatever else `change` writes; not signed.
fn sealed_by_attacker(inner: &Node<'_>, key: &EncryptionKey) -> String {
    let data = encrypt(
        inner,
        key,
        ContentAlgorithm::Aes256Gcm,
        KeyTransport::OaepSha256,
    )
    .unwrap()
    .to_xml()
    .unwrap();
    changed(
        &unsigned(),
        &assertion("_assertion", PERSON),
        &format!("<saml:EncryptedAssertion>{data}</saml:EncryptedAssertion>"),
    )
}

fn saml(name: &'static str) -> Node<'static> {
    Node::new("saml", "urn:oasis:names:tc:SAML:2.0:assertion", name)
}

/// A good assertion about anybody, as an attacker builds it.
fn own_assertion() -> Node<'static> {
    let (start, end) = (saml::time::format(now()), saml::time::format(at(300)));
    let data = saml("SubjectConfirmationData")
        .attribute("NotOnOrAfter", end.clone())
        .attribute("Recipient", ACS)
        .attribute("InResponseTo", REQUEST);
    let confirmation = saml("SubjectConfirmation")
        .attribute("Method", saml::names::BEARER)
        .child(data);
    saml("Assertion")
        .attribute("ID", "_assertion")
        .attribute("Version", "2.0")
        .attribute("IssueInstant", start.clone())
        .child(saml("Issuer").text(ISSUER))
        .child(
            saml("Subject")
                .child(saml("NameID").text("admin"))
                .child(confirmation),
        )
        .child(
            saml("Conditions")
                .attribute("NotOnOrAfter", end)
                .child(saml("AudienceRestriction").child(saml("Audience").text(AUDIENCE))),
        )
        .child(saml("AuthnStatement").attribute("AuthnInstant", start))
}

#[track_caller]
fn refused(xml: &str, code: &str) {
    assert_eq!(
        judged(xml).map(|_| ()).map_err(|refusal| refusal.code()),
        Err(code)
    );
}

#[test]
fn an_assertion_signed_inside_or_in_a_signed_response_is_accepted() {
    for signed in [Signed::Assertion, Signed::Response, Signed::Both] {
        for (content, transport) in [
            (ContentAlgorithm::Aes128Gcm, KeyTransport::OaepSha1),
            (ContentAlgorithm::Aes256Gcm, KeyTransport::OaepSha256),
        ] {
            let xml = issued(signed, content, transport);
            assert!(!xml.contains(PERSON));
            assert_eq!(person(&judged(&xml).unwrap()), PERSON);
            assert!(
                explained(&xml)
                    .iter()
                    .all(|finding| finding.verdict == Verdict::Holds)
            );
        }
    }
}

#[test]
fn an_unsigned_assertion_that_anybody_encrypted_is_refused() {
    let xml = sealed_by_attacker(&own_assertion(), &recipient());
    refused(&xml, REFUSED);
    assert_eq!(
        person(&without_all(&[Off::Layer(Guard::Missing)], || judged(&xml)).unwrap()),
        "admin"
    );
    let by_stranger = xmldsig::sign::sign(
        own_assertion(),
        "_assertion",
        &STRANGER.signing::<xmldsig::keys::Assertions>(),
        SignatureAlgorithm::RsaSha256,
    )
    .unwrap();
    let xml = sealed_by_attacker(&by_stranger, &recipient());
    refused(&xml, REFUSED);
    assert_eq!(
        person(&without_all(&[Off::Layer(Guard::Key)], || judged(&xml)).unwrap()),
        "admin"
    );
}

#[test]
fn an_assertion_exchanged_in_a_signed_response_is_refused() {
    let good = issued(
        Signed::Response,
        ContentAlgorithm::Aes256Gcm,
        KeyTransport::OaepSha256,
    );
    let cut = |xml: &str| {
        xml[xml.find("<saml:EncryptedAssertion").unwrap()
            ..xml.find("</saml:EncryptedAssertion>").unwrap()]
            .to_owned()
    };
    let own = sealed_by_attacker(&own_assertion(), &recipient());
    let exchanged = changed(
        &good,
        &cut(&good),
        &cut(&own).replacen(
            "<saml:EncryptedAssertion>",
            "<saml:EncryptedAssertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">",
            1,
        ),
    );
    refused(&exchanged, "sig.digest");
    assert_eq!(
        person(&without_all(&[Off::Layer(Guard::Digest)], || judged(&exchanged)).unwrap()),
        "admin"
    );
    // Signed by somebody else as a whole: nothing is decrypted for a stranger.
    refused(&sign(&own, "_response", &STRANGER), "sig.key");
}

#[test]
fn an_encrypted_assertion_beside_or_inside_another_is_refused() {
    let own = sealed_by_attacker(&own_assertion(), &recipient());
    let beside = changed(
        &own,
        "</samlp:Response>",
        &format!(
            "{}</samlp:Response>",
            sign(&assertion("_plain", PERSON), "_plain", &PROVIDER)
        ),
    );
    refused(&beside, "assertion.count");
    let plain = signed(&unsigned(), Signed::Assertion);
    let sealed = own[own.find("<saml:EncryptedAssertion").unwrap()..].to_owned();
    refused(
        &changed(&plain, "</samlp:Response>", &sealed),
        "assertion.count",
    );

    let nested = saml("EncryptedAssertion").child(
        encrypt(
            &own_assertion(),
            &recipient(),
            ContentAlgorithm::Aes256Gcm,
            KeyTransport::OaepSha256,
        )
        .unwrap(),
    );
    refused(&sealed_by_attacker(&nested, &recipient()), REFUSED);
    let advice =
        own_assertion().child(saml("Advice").child(own_assertion().attribute("ID", "_inner")));
    refused(&sealed_by_attacker(&advice, &recipient()), REFUSED);
    refused(&sealed_by_attacker(&saml("Subject"), &recipient()), REFUSED);
}

#[test]
fn whatever_is_wrong_inside_the_refusal_is_the_same() {
    let good = issued(
        Signed::Assertion,
        ContentAlgorithm::Aes256Gcm,
        KeyTransport::OaepSha256,
    );
    assert!(judged(&good).is_ok(), "the base is good");
    let value = |at: usize| {
        good.match_indices("<xenc:CipherValue>").nth(at).unwrap().0
            + "<xenc:CipherValue>".len()
            + 20
    };
    let flipped = |at: usize| {
        let byte = if &good[at..=at] == "A" { "B" } else { "A" };
        format!("{}{byte}{}", &good[..at], &good[at + 1..])
    };
    let key = &good[good.find("<xenc:EncryptedKey").unwrap()
        ..good.find("</xenc:EncryptedKey>").unwrap() + "</xenc:EncryptedKey>".len()];
    for damaged in [
        flipped(value(0)),
        flipped(value(1)),
        changed(&good, "xmlenc11#aes256-gcm", "xmlenc11#aes128-gcm"),
        changed(
            &good,
            "http://www.w3.org/2009/xmlenc11#aes256-gcm",
            "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
        ),
        changed(
            &good,
            "http://www.w3.org/2009/xmlenc11#rsa-oaep",
            "http://www.w3.org/2001/04/xmlenc#rsa-1_5",
        ),
        changed(
            &good,
            "http://www.w3.org/2001/04/xmlenc#sha256",
            "http://www.w3.org/2000/09/xmldsig#sha1",
        ),
        changed(&good, key, ""),
        changed(&good, key, &key.repeat(2)),
        changed(&good, key, &key.repeat(100)),
        sealed_by_attacker(
            &own_assertion(),
            &EncryptionKey::from_certificate(&THIRD.certificate).unwrap(),
        ),
        sealed_by_attacker(&own_assertion(), &recipient()),
    ] {
        let refusal = judged(&damaged).unwrap_err();
        assert_eq!(
            (refusal.code(), refusal.to_string()),
            (
                REFUSED,
                "the encrypted assertion is not acceptable".to_owned()
            )
        );
        let broken = explained(&damaged)
            .into_iter()
            .find(|finding| finding.verdict == Verdict::Broken);
        assert_eq!(broken.map(|finding| finding.code), Some(REFUSED));
    }
}
