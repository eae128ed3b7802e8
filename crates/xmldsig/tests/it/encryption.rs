//! What is encrypted comes out again, xmlsec1 agrees in both directions, and weak or ambiguous envelopes are refused.

use crate::keys::{OTHER_RSA, P256, RSA};
use crate::oracle::xmlsec1;
use crate::roundtrip::assertion;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fs;
use tempfile::TempDir;
use xmldsig::build::Node;
use xmldsig::dom::Document;
use xmldsig::encrypt::{
    ContentAlgorithm, DecryptionKey, EncryptionKey, KeyTransport, decrypt, encrypt,
};
use xmldsig::error::KeyError;
use xmldsig::guard::{self, Guard};
use xmldsig::limits::Limits;

const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

fn encrypted(content: ContentAlgorithm, transport: KeyTransport) -> String {
    let key = EncryptionKey::from_certificate(&RSA.certificate).unwrap();
    let data = encrypt(&assertion(), &key, content, transport).unwrap();
    Node::new("saml", SAML, "EncryptedAssertion")
        .child(data)
        .to_xml()
        .unwrap()
}

fn base() -> String {
    encrypted(ContentAlgorithm::Aes256Gcm, KeyTransport::OaepSha1)
}

fn keys() -> [DecryptionKey; 2] {
    [
        DecryptionKey::from_pkcs8(&OTHER_RSA.pkcs8).unwrap(),
        DecryptionKey::from_pkcs8(&RSA.pkcs8).unwrap(),
    ]
}

fn read(xml: &str) -> Result<String, &'static str> {
    let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
    decrypt(document.root(), &keys())
        .map(|bytes| String::from_utf8(bytes).unwrap())
        .map_err(|e| e.code())
}

fn plain() -> String {
    assertion().to_xml().unwrap()
}

fn replaced(from: &str, to: &str) -> String {
    let xml = base();
    assert_eq!(read(&xml), Ok(plain()), "the base must be accepted");
    assert!(xml.contains(from), "{from} is not in {xml}");
    xml.replacen(from, to, 1)
}

#[test]
fn every_pair_of_algorithms_returns_what_was_encrypted() {
    for content in [ContentAlgorithm::Aes128Gcm, ContentAlgorithm::Aes256Gcm] {
        for transport in [KeyTransport::OaepSha1, KeyTransport::OaepSha256] {
            let xml = encrypted(content, transport);
            assert!(!xml.contains("admins"));
            assert_eq!(read(&xml), Ok(plain()), "{content:?} {transport:?}");
        }
    }
}

#[test]
fn two_encryptions_of_the_same_differ() {
    assert_ne!(base(), base());
}

#[test]
fn key_beside_the_data_is_found() {
    let xml = base();
    let (start, end) = (
        xml.find("<xenc:EncryptedKey>").unwrap(),
        xml.find("</ds:KeyInfo>").unwrap(),
    );
    let declared = format!(
        "<xenc:EncryptedKey xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" xmlns:ds=\"{DSIG}\" Id=\"_k\">"
    );
    let key = xml[start..end].replacen("<xenc:EncryptedKey>", &declared, 1);
    let method =
        "<ds:RetrievalMethod Type=\"http://www.w3.org/2001/04/xmlenc#EncryptedKey\" URI=\"#_k\"/>";
    let end_of_holder = "</saml:EncryptedAssertion>";
    let moved = format!("{}{method}{}", &xml[..start], &xml[end..]).replacen(
        end_of_holder,
        &format!("{key}{end_of_holder}"),
        1,
    );
    assert_eq!(read(&moved), Ok(plain()), "{moved}");
}

#[test]
fn algorithms_that_leak_are_refused() {
    for (from, to) in [
        (
            "http://www.w3.org/2009/xmlenc11#aes256-gcm",
            "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
        ),
        (
            "http://www.w3.org/2009/xmlenc11#aes256-gcm",
            "http://www.w3.org/2001/04/xmlenc#tripledes-cbc",
        ),
        (
            "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
            "http://www.w3.org/2001/04/xmlenc#rsa-1_5",
        ),
        (
            "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
            "http://www.w3.org/2009/xmlenc11#rsa-oaep",
        ),
        (
            "http://www.w3.org/2000/09/xmldsig#sha1",
            "http://www.w3.org/2001/04/xmldsig-more#md5",
        ),
        (
            "<ds:DigestMethod ",
            "<xenc:OAEPparams>AAAA</xenc:OAEPparams><ds:DigestMethod ",
        ),
    ] {
        assert_eq!(read(&replaced(from, to)), Err("enc.algorithm"), "{to}");
    }
}

#[test]
fn more_than_one_key_is_refused() {
    let xml = base();
    let (start, end) = (
        xml.find("<xenc:EncryptedKey>").unwrap(),
        xml.find("</ds:KeyInfo>").unwrap(),
    );
    let key = &xml[start..end];
    for count in [1, 1000] {
        let several = xml.replacen(
            "</ds:KeyInfo>",
            &format!("{}</ds:KeyInfo>", key.repeat(count)),
            1,
        );
        // Also so large that the parser refuses first.
        let Ok(document) = Document::parse(several.as_bytes(), &Limits::MESSAGE) else {
            assert_eq!(count, 1000);
            continue;
        };
        assert_eq!(
            decrypt(document.root(), &keys()).unwrap_err().code(),
            "enc.key_count"
        );
        guard::without(Guard::EncryptedKeyCount, || {
            assert_eq!(read(&several), Ok(plain()));
        });
    }
    let without = format!("{}{}", &xml[..start], &xml[end..]);
    assert_eq!(read(&without), Err("enc.key_count"));
}

#[test]
fn wrong_key_and_changed_content_are_the_same_refusal() {
    let xml = base();
    let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
    assert_eq!(
        decrypt(document.root(), &keys()[..1]).unwrap_err().code(),
        "enc.failed"
    );
    assert_eq!(
        decrypt(document.root(), &[]).unwrap_err().code(),
        "enc.failed"
    );
    let values: Vec<usize> = xml
        .match_indices("<xenc:CipherValue>")
        .map(|(at, tag)| at + tag.len())
        .collect();
    assert_eq!(values.len(), 2);
    for at in values {
        for (offset, with) in [(0, "AAAA"), (40, "BBBB"), (0, "")] {
            let mut changed = xml.clone();
            changed.replace_range(at + offset..at + offset + 4, with);
            assert_eq!(read(&changed), Err("enc.failed"));
        }
    }
}

#[test]
fn other_structures_are_refused() {
    for (from, to) in [
        ("<xenc:EncryptedData ", "<xenc:Encrypted "),
        (
            "Type=\"http://www.w3.org/2001/04/xmlenc#Element\"",
            "Type=\"http://www.w3.org/2001/04/xmlenc#Content\"",
        ),
        (
            "<xenc:CipherValue>",
            "<xenc:CipherReference URI=\"file:///etc/hostname\"/><xenc:CipherValue>?",
        ),
    ] {
        let xml = replaced(from, to).replacen(
            if from.contains("Data") {
                "</xenc:EncryptedData>"
            } else {
                "\0"
            },
            "</xenc:Encrypted>",
            1,
        );
        assert_eq!(read(&xml), Err("enc.structure"), "{to}");
    }
    let two = base();
    let data = &two
        [two.find("<xenc:EncryptedData").unwrap()..two.find("</saml:EncryptedAssertion>").unwrap()];
    assert_eq!(
        read(&two.replacen(data, &data.repeat(2), 1)),
        Err("enc.structure")
    );
}

#[test]
fn keys_of_another_kind_are_refused() {
    assert_eq!(
        EncryptionKey::from_certificate(&P256.certificate).unwrap_err(),
        KeyError::Weak
    );
    assert!(DecryptionKey::from_pkcs8(&P256.pkcs8).is_err());
    assert!(
        EncryptionKey::from_certificate(include_bytes!("../../testdata/refuse/rsa-1024.der"))
            .is_err()
    );
}

fn private_key(folder: &TempDir) -> String {
    let path = folder.path().join("key.pem");
    fs::write(
        &path,
        format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(&RSA.pkcs8)
        ),
    )
    .unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn xmlsec1_decrypts_what_we_encrypt() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("encrypted.xml");
    for content in [ContentAlgorithm::Aes128Gcm, ContentAlgorithm::Aes256Gcm] {
        fs::write(&file, encrypted(content, KeyTransport::OaepSha1)).unwrap();
        let output = xmlsec1([
            "--decrypt",
            "--privkey-pem",
            &private_key(&folder),
            file.to_str().unwrap(),
        ]);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("admins"), "{text}");
    }
}

#[test]
fn we_decrypt_what_xmlsec1_encrypts() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("certificate.der"), &RSA.certificate).unwrap();
    fs::write(
        path("plain.xml"),
        format!(
            "<saml:EncryptedAssertion xmlns:saml=\"{SAML}\">{}</saml:EncryptedAssertion>",
            plain()
        ),
    )
    .unwrap();
    for content in [ContentAlgorithm::Aes128Gcm, ContentAlgorithm::Aes256Gcm] {
        let bits = if content == ContentAlgorithm::Aes128Gcm {
            "aes-128"
        } else {
            "aes-256"
        };
        let template = format!(
            r#"<EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element">
  <EncryptionMethod Algorithm="{}"/>
  <KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#">
    <EncryptedKey xmlns="http://www.w3.org/2001/04/xmlenc#">
      <EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"/>
      <CipherData><CipherValue/></CipherData>
    </EncryptedKey>
  </KeyInfo>
  <CipherData><CipherValue/></CipherData>
</EncryptedData>"#,
            content.uri()
        );
        fs::write(path("template.xml"), template).unwrap();
        let output = xmlsec1([
            "--encrypt",
            "--pubkey-cert-der",
            &path("certificate.der"),
            "--session-key",
            bits,
            "--xml-data",
            &path("plain.xml"),
            "--node-name",
            &format!("{SAML}:Assertion"),
            "--output",
            &path("encrypted.xml"),
            &path("template.xml"),
        ]);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let decrypted = read(&fs::read_to_string(path("encrypted.xml")).unwrap()).unwrap();
        assert!(decrypted.contains("admins"), "{decrypted}");
        Document::parse(decrypted.as_bytes(), &Limits::MESSAGE).unwrap();
    }
}
