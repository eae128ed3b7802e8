//! xmlsec1 verifies what we sign, and we verify what it signs.

use crate::keys::{P256, P384, RSA, TestKey};
use crate::oracle::xmlsec1;
use crate::roundtrip::assertion;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::dom::Document;
use xmldsig::keys::Assertions;
use xmldsig::limits::Limits;
use xmldsig::sign::sign;
use xmldsig::verify::verify;

const ALGORITHMS: [SignatureAlgorithm; 5] = [
    SignatureAlgorithm::RsaSha256,
    SignatureAlgorithm::RsaSha384,
    SignatureAlgorithm::RsaSha512,
    SignatureAlgorithm::EcdsaSha256,
    SignatureAlgorithm::EcdsaSha384,
];

fn key_for(algorithm: SignatureAlgorithm) -> &'static TestKey {
    match algorithm {
        SignatureAlgorithm::EcdsaSha256 => &P256,
        SignatureAlgorithm::EcdsaSha384 => &P384,
        _ => &RSA,
    }
}

fn written(folder: &TempDir, name: &str, bytes: &[u8]) -> String {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn xmlsec1_verifies_what_we_sign() {
    let folder = TempDir::new().unwrap();
    for algorithm in ALGORITHMS {
        let key = key_for(algorithm);
        let xml = sign(assertion(), "_a1", &key.signing::<Assertions>(), algorithm)
            .unwrap()
            .to_xml()
            .unwrap();
        let certificate = written(&folder, "certificate.der", &key.certificate);
        let verified = |xml: &str| {
            let file = written(&folder, "signed.xml", xml.as_bytes());
            let arguments = [
                "--verify",
                "--pubkey-cert-der",
                &certificate,
                "--id-attr:ID",
                "urn:oasis:names:tc:SAML:2.0:assertion:Assertion",
                &file,
            ];
            xmlsec1(arguments)
        };
        let output = verified(&xml);
        assert!(
            output.status.success(),
            "{algorithm:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(
            !verified(&xml.replace("admins", "adminz")).status.success(),
            "{algorithm:?}: a changed document must not verify"
        );
    }
}

/// A document with an empty signature for xmlsec1 to fill in.
fn template(algorithm: SignatureAlgorithm, prefixes: &str) -> String {
    let exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
    let inclusive = if prefixes.is_empty() {
        String::new()
    } else {
        format!("<InclusiveNamespaces xmlns=\"{exclusive}\" PrefixList=\"{prefixes}\"/>")
    };
    format!(
        r##"<r:Response xmlns:r="urn:r" xmlns:unused="urn:unused" xmlns="urn:default" xmlns:xs="http://www.w3.org/2001/XMLSchema" ID="_r">
  <r:Issuer>a &amp; b</r:Issuer>
  <saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" Version="2.0" ID="_a1">
    <saml:Issuer>João &lt;x&gt; "y"</saml:Issuer>
    <Signature xmlns="http://www.w3.org/2000/09/xmldsig#">
      <SignedInfo>
        <CanonicalizationMethod Algorithm="{exclusive}">{inclusive}</CanonicalizationMethod>
        <SignatureMethod Algorithm="{}"/>
        <Reference URI="#_a1">
          <Transforms>
            <Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
            <Transform Algorithm="{exclusive}">{inclusive}</Transform>
          </Transforms>
          <DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>
          <DigestValue/>
        </Reference>
      </SignedInfo>
      <SignatureValue/>
    </Signature>
    <saml:Data xmlns="" b='"' a="&#9;&#10;&#13;" xs:type='xs:string' xml:lang="pt"><plain xmlns="urn:default"/>&#13;<![CDATA[<&>]]></saml:Data>
    <saml:Empty xmlns:unused="urn:again"/>
  </saml:Assertion>
</r:Response>"##,
        algorithm.uri()
    )
}

fn pem(pkcs8: &[u8]) -> String {
    let lines: Vec<String> = STANDARD
        .encode(pkcs8)
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        lines.join("\n")
    )
}

fn signed_by_xmlsec1(folder: &Path, key: &TestKey, template: &str) -> String {
    let (unsigned, private, signed) = (
        folder.join("template.xml"),
        folder.join("key.pem"),
        folder.join("signed.xml"),
    );
    fs::write(&unsigned, template).unwrap();
    fs::write(&private, pem(&key.pkcs8)).unwrap();
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let output = xmlsec1([
        "--sign",
        "--privkey-pem",
        &path(&private),
        "--id-attr:ID",
        "urn:oasis:names:tc:SAML:2.0:assertion:Assertion",
        "--output",
        &path(&signed),
        &path(&unsigned),
    ]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    fs::read_to_string(&signed).unwrap()
}

#[test]
fn we_verify_what_xmlsec1_signs() {
    let folder = TempDir::new().unwrap();
    for algorithm in ALGORITHMS {
        for prefixes in ["", "xs", "#default xs", "r unused saml #default", "nowhere"] {
            let key = key_for(algorithm);
            let xml = signed_by_xmlsec1(folder.path(), key, &template(algorithm, prefixes));
            let judge = |xml: &str| {
                let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
                let assertion = document
                    .root()
                    .child("urn:oasis:names:tc:SAML:2.0:assertion", "Assertion")
                    .unwrap();
                verify(assertion, &[key.verifying()])
                    .map(|verified| verified.get().name().to_owned())
            };
            assert_eq!(
                judge(&xml).as_deref(),
                Ok("Assertion"),
                "{algorithm:?}, prefixes {prefixes:?}: {xml}"
            );
            assert_eq!(
                judge(&xml.replace("&lt;x&gt;", "&lt;z&gt;"))
                    .unwrap_err()
                    .code(),
                "sig.digest"
            );
        }
    }
}
