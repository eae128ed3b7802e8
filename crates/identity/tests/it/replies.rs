//! How one relying party is answered: with keys, algorithms, names and encryption of its own.

use crate::support::{World, code, ok};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::declare::Declaration;
use identity::declare::reply::Reply;
use identity::entities::NameIdSource;
use identity::keys::manage::{Rollover, Selection};
use identity::reply::{Digest, Signature, Signed, Source};
use identity::sso::PostBack;
use jiff::SignedDuration;
use saml::metadata::EntityDescriptor;
use xmldsig::keys::VerifyingKey;

impl World {
    /// Answers the StorageGRID door like that.
    async fn answering(&self, reply: Reply) {
        self.declare(|declared| declared.organization[0].application[0].reply = Some(reply))
            .await;
    }

    /// The response as XML.
    async fn written(&self) -> String {
        xml(&self.response().await.0)
    }

    /// Declares the identity provider at the grid with the metadata that the application would read.
    async fn told(&self, reply: &Reply) {
        let metadata = self.metadata_for_application().await;
        self.declare(|declared| {
            declared.organization[0].application[0].reply = Some(reply.clone());
            declared.organization[1].identity_provider[0].metadata = Some(metadata);
        })
        .await;
    }

    async fn metadata_for_application(&self) -> String {
        ok(self
            .service
            .metadata_for(&self.moment, &self.idp, "storagegrid")
            .await)
    }

    async fn signing_certificates(&self) -> Vec<Vec<u8>> {
        let xml = self.metadata_for_application().await;
        let read = EntityDescriptor::read(xml.as_bytes()).unwrap();
        read.identity_provider.unwrap().signing
    }

    async fn faults(&self, reply: Reply) -> Vec<String> {
        let mut declared: Declaration = self.declared().await;
        declared.organization[0].application[0].reply = Some(reply);
        let judged = self.service.declare(&self.moment, &declared).await.unwrap();
        let faults = judged.expect_err("faults").into_iter();
        faults
            .map(|fault| format!("{}: {}", fault.at, fault.what))
            .collect()
    }
}

fn xml(post: &PostBack) -> String {
    String::from_utf8(STANDARD.decode(&post.saml_response).unwrap()).unwrap()
}

fn posted(post: &PostBack, xml: &str) -> PostBack {
    PostBack {
        saml_response: STANDARD.encode(xml),
        ..post.clone()
    }
}

fn encrypted() -> Reply {
    Reply {
        encrypt: true,
        ..Reply::default()
    }
}

#[tokio::test]
async fn signatures_names_and_attributes_are_as_the_party_wants_them() {
    let world = World::new().await;
    let plain = world.written().await;
    assert_eq!(plain.matches("#rsa-sha256\"").count(), 1, "{plain}");
    let reply = Reply {
        signed: Some(Signed::Both),
        signature_algorithm: Some(Signature::RsaSha512),
        digest_algorithm: Some(Digest::Sha384),
        name_id: Some(NameIdSource::PrincipalName),
        name_id_format: Some("persistent".into()),
        attributes: Some(
            [
                ("login".to_owned(), Source::UserName),
                ("role".to_owned(), Source::Groups),
            ]
            .into(),
        ),
        ..Reply::default()
    };
    world
        .declare(|declared| {
            declared.organization[0].application[0].reply = Some(reply);
            declared.organization[1].identity_provider[0].groups_attribute = Some("role".into());
        })
        .await;
    let (post, _) = world.response().await;
    let xml = xml(&post);
    assert_eq!(xml.matches("#rsa-sha512\"").count(), 2, "{xml}");
    assert_eq!(xml.matches("xmldsig-more#sha384\"").count(), 2, "{xml}");
    assert!(
        xml.contains("nameid-format:persistent\">my-sso-username@my-domain</saml:NameID>"),
        "{xml}"
    );
    assert!(
        xml.contains("Name=\"login\"") && xml.contains(">my-sso-username</saml:AttributeValue>")
    );
    assert!(!xml.contains("claims"), "nothing else is told: {xml}");
    assert!(ok(world.finish(&post).await).account == "12345");
}

#[tokio::test]
async fn party_with_keys_of_its_own_is_answered_with_them_and_reads_them_in_its_metadata() {
    for (kind, algorithm, uri) in [
        ("p-256", Signature::EcdsaSha256, "#ecdsa-sha256\""),
        ("p-384", Signature::EcdsaSha384, "#ecdsa-sha384\""),
    ] {
        let world = World::new().await;
        let of_door = world.signing_certificates().await;
        let reply = Reply {
            own_key: Some(kind.into()),
            signature_algorithm: Some(algorithm),
            ..Reply::default()
        };
        world.answering(reply.clone()).await;
        let own = world.signing_certificates().await;
        assert!(own.iter().all(|certificate| !of_door.contains(certificate)));
        // Declaring the same again changes nothing.
        world.answering(reply.clone()).await;
        assert_eq!(world.signing_certificates().await, own);

        let (post, _) = world.response().await;
        assert!(xml(&post).contains(uri));
        assert_eq!(
            code(world.finish(&post).await),
            "sig.key",
            "the door's keys do not vouch for it"
        );
        world.told(&reply).await;
        let (post, session) = world.response().await;
        let token = ok(world.finish(&post).await).plain;
        // It is told of a logout with its own key, too.
        let ask = ok(world
            .service
            .sign_out(&world.moment, &world.idp, &session)
            .await)
        .expect("a participant");
        ok(world
            .service
            .service_provider_logout(&world.moment, &world.sp, crate::support::query(&ask))
            .await);
        assert!(!world.is_live(&token).await);
    }
}

#[tokio::test]
async fn pair_that_is_brought_along_signs_and_follows_the_one_before() {
    let world = World::new().await;
    let (first, second) = (pair("first"), pair("second"));
    world.answering(first.clone()).await;
    let before = world.signing_certificates().await;
    assert_eq!(before.len(), 1, "one certificate for both roles");
    world.told(&first).await;
    let (post, _) = world.response().await;
    ok(world.finish(&post).await);

    world.answering(second.clone()).await;
    let both = world.signing_certificates().await;
    assert_eq!(both.len(), 2);
    assert_eq!(both[1], before[0], "the old one stays published");
    world.told(&second).await;
    let (post, _) = world.response().await;
    ok(world.finish(&post).await);

    // One that was killed does not come back.
    let keys = world
        .service
        .keys(&world.moment, "my-domain")
        .await
        .unwrap();
    let stolen = keys.iter().find(|key| key.certificate == both[0]).unwrap();
    ok(world
        .service
        .kill_key(&world.moment, "my-domain", &stolen.fingerprint)
        .await);
    assert_eq!(
        world.faults(second).await,
        [
            "organization[my-domain].application[storagegrid].reply.certificate: is that of a key that was killed"
        ]
    );
}

#[tokio::test]
async fn encrypted_assertion_is_read_by_its_service_provider_only() {
    let world = World::new().await;
    world.answering(encrypted()).await;
    let (post, _) = world.response().await;
    let written = xml(&post);
    assert!(
        written.contains("<saml:EncryptedAssertion>")
            || written.contains("<saml:EncryptedAssertion ")
    );
    assert!(!written.contains("<saml:NameID") && !written.contains("<saml:Assertion"));
    let issued = ok(world.finish(&post).await);
    assert_eq!(issued.account, "12345");
    assert_eq!(code(world.finish(&post).await), "assertion.replayed");
}

#[tokio::test]
async fn whether_decryption_or_a_signature_fails_looks_the_same() {
    let world = World::new().await;
    world.answering(encrypted()).await;
    let (good, _) = world.response().await;
    let written = xml(&good);
    let changed = |from: &str, to: &str| {
        assert!(written.contains(from), "{from}: {written}");
        posted(&good, &written.replacen(from, to, 1))
    };
    let at = written.rfind("<xenc:CipherValue>").unwrap() + 60;
    let other = if &written[at..=at] == "A" { "B" } else { "A" };
    let content = format!("{}{other}{}", &written[..at], &written[at + 1..]);
    let mut refusals = Vec::new();
    for damaged in [
        posted(&good, &content),
        changed("xmlenc11#aes256-gcm", "xmlenc11#aes128-gcm"),
        changed("xmlenc11#aes256-gcm", "xmlenc#aes256-cbc"),
        changed("xmlenc#rsa-oaep-mgf1p", "xmlenc#rsa-1_5"),
    ] {
        refusals.push(code(world.finish(&damaged).await));
    }
    // Encrypted well, and signed with a key that the service provider has not met.
    let selection = Selection {
        organization: "my-domain".into(),
        role: Some("assertions".into()),
        ..Selection::default()
    };
    let at_once = Rollover {
        algorithm: None,
        ahead: SignedDuration::ZERO,
        overlap: Rollover::OVERLAP,
    };
    ok(world
        .service
        .rotate_keys(&world.moment, &selection, at_once)
        .await);
    let (unknown, _) = world.response().await;
    refusals.push(code(world.finish(&unknown).await));
    assert_eq!(refusals, ["enc.refused"; 5]);
    // None of them used anything up.
    ok(world.finish(&good).await);
}

#[tokio::test]
async fn keys_to_encrypt_to_follow_each_other_and_a_killed_one_opens_nothing() {
    let mut world = World::new().await;
    world.answering(encrypted()).await;
    let (before, _) = world.response().await;
    let selection = Selection {
        organization: "grid".into(),
        role: Some("encryption".into()),
        ..Selection::default()
    };
    let rollover = Rollover {
        algorithm: None,
        ahead: Rollover::AHEAD,
        overlap: Rollover::OVERLAP,
    };
    let made = ok(world
        .service
        .rotate_keys(&world.moment, &selection, rollover)
        .await);
    // Encrypted to the old key, which is no longer published.
    ok(world.finish(&before).await);
    let metadata = world
        .service
        .service_provider_metadata(&world.moment, &world.sp)
        .await
        .unwrap();
    let role = EntityDescriptor::read(metadata.as_bytes())
        .unwrap()
        .service_provider
        .unwrap();
    assert_eq!(role.encryption, [made[0].certificate.clone()]);
    world.answering(encrypted()).await;
    let (new, _) = world.response().await;
    ok(world
        .service
        .kill_key(&world.moment, "grid", &made[0].fingerprint)
        .await);
    assert_eq!(code(world.finish(&new).await), "enc.refused");
    // Nobody encrypts to it any more, also before the party is declared again.
    world.pass(1);
    let (_, session) = world
        .sign_in("my-sso-username@my-domain", "my-password")
        .await;
    let url = world.begin().await;
    let asked = ok(world
        .service
        .judge_request(
            &world.moment,
            &world.idp,
            identity::sso::Came::Redirect(crate::support::query(&url)),
        )
        .await);
    let unreadable = world
        .service
        .vouch(&world.moment, &world.idp, &session, &asked)
        .await;
    assert_eq!(code(unreadable), "issue.encryption");
    world.answering(encrypted()).await;
    let (post, _) = world.response().await;
    ok(world.finish(&post).await);
}

#[tokio::test]
async fn sha_1_is_written_behind_its_switch_audited_and_never_believed() {
    let world = World::new().await;
    world
        .answering(Reply {
            signature_algorithm: Some(Signature::RsaSha1),
            sha1: true,
            ..Reply::default()
        })
        .await;
    let (post, _) = world.response().await;
    let written = xml(&post);
    assert!(written.contains("xmldsig#rsa-sha1\"") && written.contains("xmldsig#sha1\""));
    assert_eq!(code(world.finish(&post).await), "sig.algorithm");
    let issued = world.events("my-domain", "assertion.issued").await;
    assert!(issued.last().unwrap().detail.ends_with("signed with SHA-1"));
}

#[tokio::test]
async fn what_cannot_be_done_is_found_before_anything_is_written() {
    let world = World::new().await;
    let here = "organization[my-domain].application[storagegrid].reply";
    for (reply, fault) in [
        (
            Reply {
                signature_algorithm: Some(Signature::RsaSha1),
                ..Reply::default()
            },
            "sha1: must be true for SHA-1: forged signatures are affordable",
        ),
        (
            Reply {
                sha1: true,
                ..Reply::default()
            },
            "sha1: allows something that is not asked for",
        ),
        (
            Reply {
                signature_algorithm: Some(Signature::EcdsaSha256),
                ..Reply::default()
            },
            "signature_algorithm: needs an own_key: the keys of doors are RSA",
        ),
        (
            Reply {
                signature_algorithm: Some(Signature::RsaSha256),
                own_key: Some("p-256".into()),
                ..Reply::default()
            },
            "signature_algorithm: does not fit the own key",
        ),
        (
            Reply {
                own_key: Some("dsa".into()),
                ..Reply::default()
            },
            "own_key: must be rsa-2048, rsa-3072, rsa-4096, p-256 or p-384",
        ),
        (
            Reply {
                private_key: None,
                ..pair("half")
            },
            "private_key: and certificate belong together",
        ),
        (
            Reply {
                private_key: pair("other").private_key,
                ..pair("one")
            },
            "private_key: not a certificate or key: the certificate is of another key",
        ),
    ] {
        assert_eq!(world.faults(reply).await, [format!("{here}.{fault}")]);
    }
    let mut without = World::new().await;
    without.sp.takes_encrypted = false;
    assert_eq!(
        without.faults(encrypted()).await,
        [format!(
            "{here}.encrypt: needs an RSA key for encryption in the party's metadata"
        )]
    );
}

/// A key pair that an operator brings along.
fn pair(name: &str) -> Reply {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::new([name.to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    assert!(VerifyingKey::from_certificate(certificate.der()).is_ok());
    Reply {
        certificate: Some(certificate.pem()),
        private_key: Some(key.serialize_pem()),
        ..Reply::default()
    }
}
