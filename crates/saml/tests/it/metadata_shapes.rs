//! Metadata in the shapes that products give it. The documents are ours, written as those products write theirs.

use crate::support::keys::{PROVIDER, STRANGER};
use crate::support::now;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use saml::metadata::{EntityDescriptor, Import, Role};
use saml::names::REDIRECT;

/// A document with certificates in the places that wait for them.
fn document(template: &str) -> String {
    let certificate = STANDARD.encode(&PROVIDER.certificate);
    let lines: Vec<_> = certificate
        .as_bytes()
        .chunks(76)
        .map(String::from_utf8_lossy)
        .collect();
    template
        .replace("@WRAPPED@", &lines.join("\r\n"))
        .replace("@CERTIFICATE@", &certificate)
        .replace("@NEXT@", &STANDARD.encode(&STRANGER.certificate))
}

fn import(xml: &str, entity_id: Option<&str>) -> EntityDescriptor {
    let import = Import {
        entity_id,
        pinned: &[],
        now: now(),
    };
    EntityDescriptor::import(xml.as_bytes(), &import).unwrap()
}

/// What counts of an identity provider: its name, its keys for signatures, and where requests and logouts go.
fn summary(descriptor: &EntityDescriptor) -> (String, usize, Vec<String>) {
    let role = descriptor.identity_provider.as_ref().expect("a role");
    let redirect = |endpoints: &[saml::metadata::Endpoint]| {
        endpoints
            .iter()
            .find(|endpoint| endpoint.binding == REDIRECT)
            .map(|endpoint| endpoint.location.clone())
    };
    let places = [
        redirect(&role.single_sign_on),
        redirect(&role.single_logout),
    ];
    (
        descriptor.entity_id.clone(),
        role.signing.len(),
        places.into_iter().flatten().collect(),
    )
}

#[test]
fn adfs_describes_ws_federation_beside_both_roles_and_publishes_the_next_key() {
    let read = import(
        &document(include_str!("../fixtures/metadata/adfs.xml")),
        None,
    );
    let (name, keys, places) = summary(&read);
    assert_eq!(name, "http://sts.example.org/adfs/services/trust");
    assert_eq!((keys, places.len()), (2, 2));
    let sp = read.service_provider.expect("the other role");
    assert_eq!(sp.signing, std::slice::from_ref(&PROVIDER.certificate));
    assert_eq!(sp.assertion_consumer.len(), 2);
}

#[test]
fn pingfederate_wraps_its_certificate_and_says_how_long_to_keep_it() {
    let read = import(
        &document(include_str!("../fixtures/metadata/pingfederate.xml")),
        None,
    );
    assert_eq!(read.cache_duration, Some(SignedDuration::from_hours(24)));
    let role: &Role = read.identity_provider.as_ref().expect("a role");
    assert_eq!(role.signing, std::slice::from_ref(&PROVIDER.certificate));
    assert_eq!(summary(&read).2, ["https://pf.example.org/idp/SSO.saml2"]);
}

#[test]
fn entra_keeps_the_keys_of_ws_federation_apart() {
    let read = import(
        &document(include_str!("../fixtures/metadata/entra.xml")),
        None,
    );
    let role = read.identity_provider.as_ref().expect("a role");
    assert_eq!(role.signing, std::slice::from_ref(&PROVIDER.certificate));
    assert_eq!(summary(&read).2.len(), 2);
}

#[test]
fn keycloak_publishes_two_named_keys() {
    let read = import(
        &document(include_str!("../fixtures/metadata/keycloak.xml")),
        None,
    );
    let role = read.identity_provider.as_ref().expect("a role");
    assert_eq!(
        role.signing,
        [PROVIDER.certificate.clone(), STRANGER.certificate.clone()]
    );
    assert!(role.requests_signed);
}

#[test]
fn shibboleth_writes_comments_scopes_pictures_and_a_key_without_use() {
    let read = import(
        &document(include_str!("../fixtures/metadata/shibboleth.xml")),
        None,
    );
    let role = read.identity_provider.as_ref().expect("a role");
    assert_eq!(role.signing.len(), 2);
    assert_eq!(role.encryption, std::slice::from_ref(&STRANGER.certificate));
    assert_eq!(
        summary(&read).2,
        [
            "https://idp.example.edu/idp/profile/SAML2/Redirect/SSO",
            "https://idp.example.edu/idp/profile/SAML2/Redirect/SLO"
        ]
    );
}

/// A federation of so many members, and one more.
fn federation(members: usize, one: &str) -> String {
    let member = document(include_str!("../fixtures/metadata/pingfederate.xml"));
    let all: String = (0..members)
        .map(|number| {
            member
                .replace("wZ0.qJ8r2", &format!("_{number}"))
                .replace("entityID=\"pf", &format!("entityID=\"pf{number}"))
        })
        .collect();
    let body = one.split_once("?>").map_or(one, |(_, body)| body);
    format!(
        "<EntitiesDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" Name=\"https://federation.example\" cacheDuration=\"PT6H\">\
         <EntitiesDescriptor>{all}</EntitiesDescriptor>{body}</EntitiesDescriptor>"
    )
}

#[test]
fn one_member_is_read_out_of_half_a_megabyte_of_a_federation() {
    let wanted = document(include_str!("../fixtures/metadata/adfs.xml"));
    let all = federation(230, &wanted);
    assert!((500_000..1_000_000).contains(&all.len()), "{}", all.len());
    let name = "http://sts.example.org/adfs/services/trust";
    let read = import(&all, Some(name));
    assert_eq!(summary(&read), summary(&import(&wanted, None)));
    assert_eq!(read.cache_duration, Some(SignedDuration::from_hours(6)));
    // The shorter wish of both.
    let member = import(&all, Some("pf7.example.org"));
    assert_eq!(member.cache_duration, Some(SignedDuration::from_hours(6)));
}

#[test]
fn hostile_documents_in_the_same_shapes_are_refused() {
    let good = document(include_str!("../fixtures/metadata/shibboleth.xml"));
    import(&good, None);
    let refused = |xml: String| {
        let import = Import {
            entity_id: None,
            pinned: &[],
            now: now(),
        };
        EntityDescriptor::import(xml.as_bytes(), &import)
            .expect_err("a refusal")
            .code()
    };
    for (wanted, xml) in [
        (
            "xml.doctype",
            good.replacen(
                "<EntityDescriptor",
                "<!DOCTYPE x [<!ENTITY e 'x'>]><EntityDescriptor",
                1,
            ),
        ),
        (
            "metadata.expired",
            good.replacen(
                "<IDPSSODescriptor ",
                "<IDPSSODescriptor validUntil=\"2001-01-01T00:00:00Z\" ",
                1,
            ),
        ),
        (
            "metadata.endpoint",
            good.replace(
                "https://idp.example.edu/idp/profile/SAML2/Redirect/SSO",
                "http://idp.example.edu/",
            ),
        ),
        (
            "metadata.endpoint",
            good.replace(
                "https://idp.example.edu/idp/profile/SAML2/Redirect/SLO",
                "javascript:alert(1)",
            ),
        ),
        (
            "metadata.key",
            good.replace("use=\"signing\"", "use=\"both\""),
        ),
        (
            "metadata.role",
            good.replace("urn:oasis:names:tc:SAML:2.0:protocol ", ""),
        ),
        ("metadata.entity", federation(2, &good)),
        (
            "metadata.entity",
            good.replace("https://idp.example.edu/idp/shibboleth", " "),
        ),
        ("xml.malformed", good.replace("&#169;", "&copyright;")),
        (
            "xml.limit",
            good.replace(
                "example.edu</shibmd:Scope>",
                &format!("{}</shibmd:Scope>", "x".repeat(1 << 20)),
            ),
        ),
    ] {
        assert_eq!(refused(xml), wanted);
    }
}
