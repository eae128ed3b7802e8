//! What partners say about themselves: read as they write it, imported only when it may be trusted.

use crate::support::keys::{PROVIDER, STRANGER};
use crate::support::{at, now};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml::guard::without;
use saml::metadata::{Endpoint, EntityDescriptor, Import, Role};
use saml::names::{POST, REDIRECT};
use xmldsig::keys::VerifyingKey;

fn endpoint(binding: &str, location: &str, index: Option<u16>) -> Endpoint {
    Endpoint {
        binding: binding.to_owned(),
        location: location.to_owned(),
        response_location: None,
        index,
        is_default: index == Some(0),
    }
}

fn entity() -> EntityDescriptor {
    let certificate = PROVIDER.certificate.clone();
    EntityDescriptor {
        entity_id: "https://idp.example.org/shibboleth".to_owned(),
        valid_until: Some(at(3600)),
        cache_duration: None,
        identity_provider: Some(Role {
            signing: vec![certificate.clone(), STRANGER.certificate.clone()],
            encryption: vec![certificate.clone()],
            single_sign_on: vec![endpoint(REDIRECT, "https://idp.example.org/sso", None)],
            single_logout: vec![Endpoint {
                response_location: Some("https://idp.example.org/slo/done".to_owned()),
                ..endpoint(REDIRECT, "https://idp.example.org/slo", None)
            }],
            name_id_formats: vec!["urn:oasis:names:tc:SAML:2.0:nameid-format:transient".to_owned()],
            requests_signed: true,
            ..Role::default()
        }),
        service_provider: Some(Role {
            signing: vec![certificate],
            assertion_consumer: vec![
                endpoint(POST, "https://sp.example.org/acs", Some(0)),
                endpoint(POST, "https://sp.example.org:443/acs", Some(1)),
            ],
            want_assertions_signed: true,
            ..Role::default()
        }),
    }
}

fn import(pinned: &[VerifyingKey]) -> Import<'_> {
    Import {
        entity_id: None,
        pinned,
        now: now(),
    }
}

fn code(xml: &str, import: &Import<'_>) -> &'static str {
    EntityDescriptor::import(xml.as_bytes(), import)
        .expect_err("a refusal")
        .code()
}

/// The same document as a vendor writes it: other prefixes, comments, wrapped base64, parts that we do not know.
fn shibboleth_like() -> String {
    let certificate = STANDARD.encode(&PROVIDER.certificate);
    let wrapped = certificate
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect::<Vec<_>>()
        .join("\n            ");
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- This is example metadata only. -->
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"
    xmlns:shibmd="urn:mace:shibboleth:metadata:1.0" entityID="https://idp.example.org/shibboleth">
  <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol urn:mace:shibboleth:1.0">
    <Extensions><shibmd:Scope regexp="false">example.org</shibmd:Scope></Extensions>
    <!-- back channel -->
    <KeyDescriptor>
      <ds:KeyInfo><ds:X509Data>
        <ds:X509Certificate>
            {wrapped}
        </ds:X509Certificate>
      </ds:X509Data></ds:KeyInfo>
    </KeyDescriptor>
    <NameIDFormat> urn:oasis:names:tc:SAML:2.0:nameid-format:transient </NameIDFormat>
    <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.org/idp/profile/SAML2/Redirect/SSO"/>
  </IDPSSODescriptor>
  <AttributeAuthorityDescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:1.1:protocol"/>
</EntityDescriptor>
"#
    )
}

/// A group as federations publish it.
fn group(entities: &[&str], until: &str) -> String {
    let inner = entities
        .iter()
        .map(|xml| xml.split_once("?>").map_or(*xml, |(_, rest)| rest))
        .collect::<String>();
    format!(
        r#"<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" validUntil="{until}">{inner}</md:EntitiesDescriptor>"#
    )
}

#[test]
fn what_is_written_is_read_back_signed_or_not() {
    let key = PROVIDER.signing();
    for key in [None, Some(&key)] {
        let xml = entity().to_xml("_m", key).unwrap();
        assert_eq!(EntityDescriptor::read(xml.as_bytes()).unwrap(), entity());
        assert_eq!(
            EntityDescriptor::import(xml.as_bytes(), &import(&[])).unwrap(),
            entity()
        );
    }
}

#[test]
fn comments_wrapped_certificates_and_unknown_parts_are_read_and_a_missing_use_means_both() {
    let read = EntityDescriptor::import(shibboleth_like().as_bytes(), &import(&[])).unwrap();
    let role = read.identity_provider.unwrap();
    assert_eq!(role.signing, std::slice::from_ref(&PROVIDER.certificate));
    assert_eq!(role.encryption, role.signing);
    assert_eq!(
        role.name_id_formats,
        ["urn:oasis:names:tc:SAML:2.0:nameid-format:transient"]
    );
    assert_eq!(read.service_provider, None);
}

#[test]
fn of_a_group_the_only_entity_or_the_one_asked_for_is_read() {
    let until = saml::time::format(at(60));
    let other = EntityDescriptor {
        entity_id: "urn:other".to_owned(),
        ..entity()
    }
    .to_xml("_o", None)
    .unwrap();
    let one = group(&[&shibboleth_like()], &until);
    assert_eq!(
        EntityDescriptor::read(one.as_bytes()).unwrap().valid_until,
        Some(at(60))
    );
    let two = group(&[&shibboleth_like(), &other], &until);
    assert_eq!(code(&two, &import(&[])), "metadata.entity");
    let asked = Import {
        entity_id: Some("urn:other"),
        ..import(&[])
    };
    assert_eq!(
        EntityDescriptor::import(two.as_bytes(), &asked)
            .unwrap()
            .entity_id,
        "urn:other"
    );
    let twice = group(&[&shibboleth_like(), &shibboleth_like()], &until);
    assert_eq!(
        code(
            &twice,
            &Import {
                entity_id: Some("https://idp.example.org/shibboleth"),
                ..import(&[])
            }
        ),
        "metadata.entity"
    );
}

#[test]
fn a_pinned_key_must_vouch_for_the_document() {
    let pinned = [PROVIDER.verifying()];
    let signed = entity().to_xml("_m", Some(&PROVIDER.signing())).unwrap();
    assert_eq!(
        EntityDescriptor::import(signed.as_bytes(), &import(&pinned)).unwrap(),
        entity()
    );
    let in_group = group(&[&signed], &saml::time::format(at(60)));
    let read = EntityDescriptor::import(in_group.as_bytes(), &import(&pinned)).unwrap();
    assert_eq!(read.valid_until, Some(at(60)));

    assert_eq!(
        code(&entity().to_xml("_m", None).unwrap(), &import(&pinned)),
        "sig.missing"
    );
    assert_eq!(
        code(
            &entity().to_xml("_m", Some(&STRANGER.signing())).unwrap(),
            &import(&pinned)
        ),
        "sig.key"
    );
    assert_eq!(
        code(&signed.replace("/acs", "/axs"), &import(&pinned)),
        "sig.digest"
    );
    // Wrapping: the signed entity moved aside, a forged one in its place.
    let forged = shibboleth_like();
    let wrapped = group(&[&forged, &signed], &saml::time::format(at(60)));
    let asked = Import {
        entity_id: Some("https://idp.example.org/shibboleth"),
        ..import(&pinned)
    };
    assert_eq!(code(&wrapped, &asked), "metadata.entity");
}

#[test]
fn ended_metadata_is_refused_at_its_last_instant() {
    let ended = EntityDescriptor {
        valid_until: Some(at(0)),
        ..entity()
    }
    .to_xml("_m", None)
    .unwrap();
    assert_eq!(code(&ended, &import(&[])), "metadata.expired");
    assert!(
        without("metadata.expired", || EntityDescriptor::import(
            ended.as_bytes(),
            &import(&[])
        ))
        .is_ok()
    );
    let alive = EntityDescriptor {
        valid_until: Some(at(1)),
        ..entity()
    }
    .to_xml("_m", None)
    .unwrap();
    assert!(EntityDescriptor::import(alive.as_bytes(), &import(&[])).is_ok());
}

#[test]
fn a_role_without_a_usable_key_is_refused() {
    for signing in [vec![], vec![b"no certificate".to_vec()]] {
        let mut keyless = entity();
        keyless.identity_provider.as_mut().unwrap().signing = signing;
        let xml = keyless.to_xml("_m", None).unwrap();
        assert_eq!(code(&xml, &import(&[])), "metadata.key");
        assert!(
            without("metadata.key", || EntityDescriptor::import(
                xml.as_bytes(),
                &import(&[])
            ))
            .is_ok()
        );
    }
}

#[test]
fn endpoints_that_are_not_https_are_refused() {
    for location in [
        "http://sp.example.org/acs",
        "javascript:alert(1)",
        "https://",
        "https://sp.example.org/\"><script>",
        "",
        "//sp.example.org/acs",
    ] {
        let mut open = entity();
        open.service_provider.as_mut().unwrap().assertion_consumer[1].location =
            location.to_owned();
        let xml = open.to_xml("_m", None).unwrap();
        assert_eq!(code(&xml, &import(&[])), "metadata.endpoint", "{location}");
        assert!(
            without("metadata.endpoint", || EntityDescriptor::import(
                xml.as_bytes(),
                &import(&[])
            ))
            .is_ok()
        );
    }
}

#[test]
fn a_document_of_more_than_a_mebibyte_or_with_a_doctype_is_refused() {
    let xml = shibboleth_like();
    let padding = " ".repeat(1024 * 1024);
    assert_eq!(code(&format!("{xml}{padding}"), &import(&[])), "xml.limit");
    let declared = xml.replacen(
        "<!-- This",
        "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><!-- This",
        1,
    );
    assert_eq!(code(&declared, &import(&[])), "xml.doctype");
}
