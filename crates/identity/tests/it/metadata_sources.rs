//! Metadata that is fetched again: used when somebody vouches for it, and otherwise left alone.

use crate::support::{World, code, ok, postgresql};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::error::Answer;
use identity::metadata_sources::{Fetched, Kind, MetadataSource};
use identity::{Refused, entities};
use jiff::{SignedDuration, Timestamp};
use saml::metadata::{EntityDescriptor, Role};

const URL: &str = "https://adfs.example.com/FederationMetadata/2007-06/FederationMetadata.xml";

/// A world whose grid fetches AD FS's metadata, with a certificate pinned or not.
async fn fetching(world: World, certificate: Option<String>) -> World {
    world
        .declare(|declared| {
            let provider = &mut declared.organization[1].identity_provider[0];
            provider.metadata_url = Some(URL.to_owned());
            provider.metadata_certificate = certificate;
        })
        .await;
    world
}

/// The only source, when its time has come.
async fn due(world: &mut World) -> MetadataSource {
    world.pass(24 * 3600);
    let mut claimed = world.service.claim_metadata(&world.moment).await.unwrap();
    assert_eq!(claimed.len(), 1);
    claimed.remove(0)
}

async fn take(world: &World, source: &MetadataSource, document: &str) -> Answer<bool> {
    let fetched = Fetched::Document {
        bytes: document.as_bytes().to_vec(),
        etag: Some("\"1\"".to_owned()),
        last_modified: None,
    };
    world
        .service
        .take_metadata(&world.moment, source, fetched)
        .await
}

/// AD FS, as metadata of its door describes it: with the keys of another door, signed with that door's metadata key.
async fn metadata(world: &World, door: &str) -> String {
    let entity = entities::IdentityProvider {
        door: door.to_owned(),
        ..world.idp.clone()
    };
    let service = &world.service;
    service
        .ensure_identity_provider(&world.moment, &entity)
        .await
        .unwrap();
    service
        .identity_provider_metadata(&world.moment, &entity)
        .await
        .unwrap()
}

/// The document, unsigned, after a change.
fn changed(metadata: &str, change: impl FnOnce(&mut EntityDescriptor)) -> String {
    let mut descriptor = EntityDescriptor::read(metadata.as_bytes()).unwrap();
    change(&mut descriptor);
    descriptor.to_xml("_m", None).unwrap()
}

fn role(descriptor: &mut EntityDescriptor) -> &mut Role {
    descriptor.identity_provider.as_mut().expect("a role")
}

/// The certificate of the key that signed a document.
async fn certificate(world: &World, door: &str) -> String {
    let keys = world.service.store().keys_of("my-domain").await.unwrap();
    let key = keys
        .into_iter()
        .find(|key| key.holder.door == door && key.role == "metadata")
        .expect("a key");
    STANDARD.encode(key.certificate)
}

async fn state(world: &World) -> MetadataSource {
    let at = (Kind::IdentityProvider, "adfs");
    let source = world.service.store().metadata_source("grid", at).await;
    source.unwrap().expect("a source")
}

async fn in_use(world: &World) -> String {
    let provider = world
        .service
        .store()
        .identity_provider("grid", "adfs")
        .await;
    provider.unwrap().unwrap().metadata
}

fn after(world: &World, seconds: i64) -> Timestamp {
    world.moment.now + SignedDuration::from_secs(seconds)
}

#[tokio::test]
async fn a_rollover_with_two_keys_passes_without_a_sign_on_that_fails() {
    rollover(World::new().await).await;
}

/// Runs where `TEST_DATABASE_URL` names a PostgreSQL.
#[tokio::test]
async fn postgresql_refreshes_as_sqlite_does() {
    if let Some(url) = postgresql("metadata").await {
        rollover(World::prepared(&url).await).await;
    }
}

async fn rollover(world: World) {
    let mut world = fetching(world, None).await;
    let old = metadata(&world, "adfs").await;
    let new = metadata(&world, "next").await;
    let next_keys = EntityDescriptor::read(new.as_bytes()).unwrap();
    let both = changed(&old, |descriptor| {
        let next = next_keys.identity_provider.as_ref().expect("a role");
        role(descriptor).signing.extend(next.signing.clone());
    });
    let (post, _) = world.response().await;
    ok(world.finish(&post).await);

    // Signed with the next key before anybody has heard of it, with both keys published, and when the old one has gone.
    let next_door = entities::IdentityProvider {
        door: "next".to_owned(),
        ..world.idp.clone()
    };
    let current = std::mem::replace(&mut world.idp, next_door);
    let (early, _) = world.response().await;
    assert_eq!(code(world.finish(&early).await), "sig.key");
    let source = due(&mut world).await;
    assert!(ok(take(&world, &source, &both).await), "new keys");
    for door in [&current, &world.idp.clone()] {
        let idp = std::mem::replace(&mut world.idp, door.clone());
        let (post, _) = world.response().await;
        ok(world.finish(&post).await);
        world.idp = idp;
    }
    let source = due(&mut world).await;
    assert!(ok(take(&world, &source, &new).await));
    assert!(!ok(take(&world, &source, &new).await), "nothing new");
    let (post, _) = world.response().await;
    ok(world.finish(&post).await);
    world.idp = current;
    let (late, _) = world.response().await;
    assert_eq!(code(world.finish(&late).await), "sig.key");
    assert_eq!(world.events("grid", "metadata.refreshed").await.len(), 2);
}

#[tokio::test]
async fn a_refresh_is_refused_and_the_last_good_document_stays_in_use() {
    let mut world = fetching(World::new().await, None).await;
    let good = metadata(&world, "adfs").await;
    let over = after(&world, 24 * 3600);
    let source = due(&mut world).await;
    let before = in_use(&world).await;
    let cases: [(&str, String); 7] = [
        (
            "metadata.entity",
            changed(&good, |d| d.entity_id = "https://other.example.com".into()),
        ),
        (
            "metadata.expired",
            changed(&good, |d| d.valid_until = Some(over)),
        ),
        ("metadata.key", changed(&good, |d| role(d).signing.clear())),
        (
            "metadata.endpoint",
            changed(&good, |d| {
                role(d).single_sign_on[0].location = "http://adfs.example.com/adfs/ls/".into();
            }),
        ),
        (
            "metadata.unfit",
            changed(&good, |d| role(d).single_sign_on.clear()),
        ),
        (
            "metadata.role",
            changed(&good, |d| d.identity_provider = None),
        ),
        ("xml.malformed", "<html>maintenance</html".to_owned()),
    ];
    for (wanted, document) in cases {
        assert_eq!(code(take(&world, &source, &document).await), wanted);
        assert_eq!(in_use(&world).await, before, "{wanted}");
        let kept = state(&world).await.kept;
        assert_eq!(kept.fault.as_deref(), Some(wanted));
        assert!(kept.next_at <= after(&world, 600), "it is tried again soon");
    }
    let refused = Fetched::Failed(Refused::new("metadata.unreachable", "no answer"));
    let failed = world.service.take_metadata(&world.moment, &source, refused);
    assert_eq!(code(failed.await), "metadata.unreachable");
    assert_eq!(in_use(&world).await, before);
    // The control: the good one is taken, and nothing is wrong any more.
    ok(take(&world, &source, &good).await);
    assert_eq!(state(&world).await.kept.fault, None);
    let (post, _) = world.response().await;
    ok(world.finish(&post).await);
}

#[tokio::test]
async fn a_pinned_key_must_have_signed_every_document() {
    let world = World::new().await;
    let good = metadata(&world, "adfs").await;
    let certificate = certificate(&world, "adfs").await;
    let mut world = fetching(world, Some(certificate)).await;
    let source = due(&mut world).await;
    ok(take(&world, &source, &good).await);
    let before = in_use(&world).await;
    let stranger = metadata(&world, "stranger").await;
    let unsigned = changed(&good, |_| ());
    // Wrapping: the signed entity stands beside a forged one of the same name.
    let group = |first: &str, second: &str| {
        format!(
            "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">{first}{second}</md:EntitiesDescriptor>"
        )
    };
    for (wanted, document) in [
        ("sig.key", stranger),
        ("sig.missing", unsigned.clone()),
        ("sig.digest", good.replace("/adfs/ls/", "/evil/ls/")),
        ("metadata.entity", group(&unsigned, &good)),
    ] {
        assert_eq!(code(take(&world, &source, &document).await), wanted);
        assert_eq!(in_use(&world).await, before, "{wanted}");
    }
}

#[tokio::test]
async fn of_two_nodes_one_fetches_and_another_takes_over_when_it_dies() {
    let mut world = fetching(World::new().await, None).await;
    world.pass(24 * 3600);
    let mut other = world.another_node().await;
    other.moment.now = world.moment.now;
    let (one, two) = tokio::join!(
        world.service.claim_metadata(&world.moment),
        other.service.claim_metadata(&other.moment)
    );
    assert_eq!(one.unwrap().len() + two.unwrap().len(), 1);
    other.pass(60);
    let early = other.service.claim_metadata(&other.moment).await;
    assert!(early.unwrap().is_empty(), "it may be on its way");
    other.pass(60);
    let later = other.service.claim_metadata(&other.moment).await;
    assert_eq!(later.unwrap().len(), 1);
}

#[tokio::test]
async fn how_soon_a_document_is_fetched_again_is_its_own_wish_within_bounds() {
    let mut world = fetching(World::new().await, None).await;
    let good = metadata(&world, "adfs").await;
    let cached = |duration: &str| {
        changed(&good, |_| ()).replacen(
            "entityID=",
            &format!("cacheDuration=\"{duration}\" entityID="),
            1,
        )
    };
    let until =
        |world: &World, seconds| changed(&good, |d| d.valid_until = Some(after(world, seconds)));
    let source = due(&mut world).await;
    for (document, seconds) in [
        (changed(&good, |_| ()), 6 * 3600),
        (cached("PT2H"), 2 * 3600),
        (cached("PT1S"), 600),
        (cached("P30D"), 24 * 3600),
        (cached("nonsense"), 6 * 3600),
        (until(&world, 4 * 3600), 2 * 3600),
    ] {
        ok(take(&world, &source, &document).await);
        let wait = state(&world)
            .await
            .kept
            .next_at
            .duration_since(world.moment.now);
        // Up to a tenth sooner, so that nobody asks together with everybody else.
        let wanted = SignedDuration::from_secs(seconds);
        assert!(
            wait <= wanted && wait >= wanted - wanted / 10,
            "{wait} {wanted}"
        );
    }
}

#[tokio::test]
async fn an_unchanged_document_counts_until_it_is_over() {
    let mut world = fetching(World::new().await, None).await;
    let good = metadata(&world, "adfs").await;
    let source = due(&mut world).await;
    let end = after(&world, 30 * 3600);
    let ending = changed(&good, |d| d.valid_until = Some(end));
    ok(take(&world, &source, &ending).await);
    assert_eq!(state(&world).await.kept.etag.as_deref(), Some("\"1\""));
    for (fault, etag) in [(None, true), (Some("metadata.expired"), false)] {
        let source = due(&mut world).await;
        let unchanged = world
            .service
            .take_metadata(&world.moment, &source, Fetched::Unchanged);
        assert!(!ok(unchanged.await));
        let kept = state(&world).await.kept;
        assert_eq!((kept.fault.as_deref(), kept.etag.is_some()), (fault, etag));
    }
}

#[tokio::test]
async fn an_address_that_is_declared_anew_is_not_answered_by_the_old_one() {
    let mut world = fetching(World::new().await, None).await;
    let source = due(&mut world).await;
    let before = in_use(&world).await;
    world
        .declare(|declared| {
            let provider = &mut declared.organization[1].identity_provider[0];
            provider.metadata_url = Some(format!("{URL}?new"));
        })
        .await;
    let next = metadata(&world, "next").await;
    take(&world, &source, &next).await.unwrap().unwrap();
    assert_eq!(in_use(&world).await, before);
    // Without an address there is nothing to fetch.
    world.declare(|_| ()).await;
    assert!(
        world
            .service
            .store()
            .metadata_sources()
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn what_was_fetched_before_serves_when_the_address_does_not_answer_a_declaration() {
    let world = fetching(World::new().await, None).await;
    let before = in_use(&world).await;
    let without = async |url: &str| {
        let mut declared = world.declared().await;
        let provider = &mut declared.organization[1].identity_provider[0];
        provider.metadata = None;
        provider.metadata_url = Some(url.to_owned());
        world
            .service
            .declare(&world.moment, &declared)
            .await
            .unwrap()
    };
    without(URL).await.expect("the last good one");
    assert_eq!(in_use(&world).await, before);
    let faults = without("https://elsewhere.example.com/")
        .await
        .expect_err("a fault");
    assert_eq!(
        faults[0].at,
        "organization[grid].identity_provider[adfs].metadata"
    );
}

#[tokio::test]
async fn one_entity_of_many_is_declared_by_its_name() {
    let world = World::new().await;
    let good = metadata(&world, "adfs").await;
    let one = changed(&good, |_| ());
    let other = changed(&good, |d| d.entity_id = "https://other.example.com".into());
    let group = format!(
        "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">{}{}</md:EntitiesDescriptor>",
        one.replace("\"_m\"", "\"_1\""),
        other.replace("\"_m\"", "\"_2\"")
    );
    world
        .declare(|declared| {
            let provider = &mut declared.organization[1].identity_provider[0];
            provider.metadata = Some(group);
            provider.metadata_entity = Some(world.idp.entity_id.clone());
        })
        .await;
    assert!(!in_use(&world).await.contains("other.example.com"));
    let (post, _) = world.response().await;
    ok(world.finish(&post).await);
}
