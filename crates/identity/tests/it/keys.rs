//! Keys follow each other, and a stolen one is out at once.

use crate::support::{World, code, ok, postgresql};
use identity::guard;
use identity::keys::manage::{Facts, Rollover, Selection};
use identity::keys::{Holder, State};
use jiff::SignedDuration;
use saml::metadata::EntityDescriptor;
use xmldsig::generate::KeyAlgorithm;

const ROLLOVER: Rollover = Rollover {
    algorithm: None,
    ahead: Rollover::AHEAD,
    overlap: Rollover::OVERLAP,
};
const AT_ONCE: Rollover = Rollover {
    ahead: SignedDuration::ZERO,
    ..ROLLOVER
};

fn selection(organization: &str, role: &str) -> Selection {
    Selection {
        organization: organization.into(),
        role: Some(role.into()),
        ..Selection::default()
    }
}

impl World {
    async fn rotate(&self, organization: &str, role: &str, rollover: Rollover) -> Facts {
        let made = self
            .service
            .rotate_keys(&self.moment, &selection(organization, role), rollover)
            .await;
        let [made] = <[Facts; 1]>::try_from(ok(made)).unwrap();
        made
    }

    async fn keys(&self, organization: &str, role: &str) -> Vec<(State, String)> {
        let mut keys = self.service.keys(&self.moment, organization).await.unwrap();
        keys.retain(|key| key.role == role);
        keys.into_iter()
            .map(|key| (key.state, key.fingerprint))
            .collect()
    }

    async fn kill(&self, organization: &str, fingerprint: &str) {
        ok(self
            .service
            .kill_key(&self.moment, organization, fingerprint)
            .await);
    }

    /// The certificates for signatures in the metadata of the identity provider.
    async fn published(&self) -> Vec<Vec<u8>> {
        let xml = self
            .service
            .identity_provider_metadata(&self.moment, &self.idp)
            .await
            .unwrap();
        let read = EntityDescriptor::read(xml.as_bytes()).unwrap();
        read.identity_provider.unwrap().signing
    }

    async fn signs_on(&self) {
        let (post, _) = self.response().await;
        ok(self.finish(&post).await);
    }
}

#[tokio::test]
async fn ten_rotations_while_people_sign_on_lose_nobody() {
    let world = World::new().await;
    let other = world.another_node().await;
    ten_rotations(world, Some(other)).await;
}

/// Runs where `TEST_DATABASE_URL` names a PostgreSQL.
#[tokio::test]
async fn ten_rotations_on_postgresql_lose_nobody() {
    if let Some(url) = postgresql("rotations").await {
        ten_rotations(World::prepared(&url).await, None).await;
    }
}

async fn ten_rotations(mut world: World, mut other: Option<World>) {
    for _ in 0..10 {
        let old = world.published().await;
        let new = world.rotate("my-domain", "assertions", ROLLOVER).await;
        assert_eq!(new.state, State::Next);
        // Published beside the old one, which signs on; partners that have not read it again know nothing of it yet.
        assert!(world.published().await.contains(&new.certificate));
        assert!(world.published().await.contains(&old[0]));
        world.signs_on().await;
        // Partners read the metadata some time during the next day.
        world.pass(12 * 3600);
        world.signs_on().await;
        world.declare(|_| ()).await;
        world.signs_on().await;
        world.pass(12 * 3600);
        assert_eq!(world.published().await[0], new.certificate, "in use");
        // A response of the old key that is still on its way, and one of another node.
        world.signs_on().await;
        if let Some(other) = &mut other {
            other.moment.now = world.moment.now;
            other.signs_on().await;
        }
        world.pass(8 * 24 * 3600);
        assert!(!world.published().await.contains(&old[0]), "retired");
        world.declare(|_| ()).await;
    }
    assert_eq!(world.events("my-domain", "key.rotated").await.len(), 10);
}

#[tokio::test]
async fn response_of_the_old_key_is_accepted_during_the_overlap() {
    let world = World::new().await;
    let (before, _) = world.response().await;
    let new = world.rotate("my-domain", "assertions", AT_ONCE).await;
    assert_eq!(new.state, State::Current);
    // Signed with the new key, which the partner has not met: that is what the time ahead is for.
    let (unknown, _) = world.response().await;
    assert_eq!(code(world.finish(&unknown).await), "sig.key");
    world.declare(|_| ()).await;
    ok(world.finish(&before).await);
    ok(world.finish(&unknown).await);
}

#[tokio::test]
async fn killed_key_is_out_on_every_node_within_a_second() {
    let mut world = World::new().await;
    let mut other = world.another_node().await;
    other.signs_on().await;
    let (stolen, _) = other.response().await;
    let [(State::Current, old)] = &world.keys("my-domain", "assertions").await[..] else {
        panic!("one key");
    };
    world.kill("my-domain", old).await;
    let keys = world.keys("my-domain", "assertions").await;
    assert_eq!(
        keys.iter().map(|(state, _)| *state).collect::<Vec<_>>(),
        [State::Current, State::Killed]
    );
    let published = world.published().await;
    assert!(!fingerprints(&published).contains(old));

    world.pass(1);
    other.moment.now = world.moment.now;
    assert!(!fingerprints(&other.published().await).contains(old));
    // Nothing that it signed is believed any more, although the partner's metadata still names it.
    assert_eq!(code(world.finish(&stolen).await), "sig.key");
    assert_eq!(code(other.finish(&stolen).await), "sig.key");
    {
        let _off = guard::off("sig.key");
        let mut weakened = world.another_node().await;
        weakened.moment.now = world.moment.now;
        ok(weakened.finish(&stolen).await);
    }
    world.declare(|_| ()).await;
    world.signs_on().await;
    other.pass(1);
    other.signs_on().await;
    // The private part is gone.
    let rows = world
        .service
        .store()
        .key_generations(&Holder::door("my-domain", "adfs"), "assertions")
        .await
        .unwrap();
    assert!(rows[1].sealed.is_empty() && rows[1].killed_at.is_some());
    assert_eq!(world.events("my-domain", "key.killed").await.len(), 1);
}

#[tokio::test]
async fn killing_a_key_brings_its_successor_into_use_at_once() {
    let world = World::new().await;
    let new = world.rotate("my-domain", "assertions", ROLLOVER).await;
    let old = world.keys("my-domain", "assertions").await[1].1.clone();
    world.kill("my-domain", &old[..8]).await;
    let keys = world.keys("my-domain", "assertions").await;
    assert_eq!(
        keys,
        [(State::Current, new.fingerprint), (State::Killed, old)]
    );
}

#[tokio::test]
async fn keys_are_named_exactly_and_by_their_own_organization() {
    let world = World::new().await;
    let key = world.keys("my-domain", "assertions").await[0].1.clone();
    for (organization, named) in [
        ("grid", key.as_str()),
        ("my-domain", &key[..7]),
        ("my-domain", ""),
        ("my-domain", "00000000"),
    ] {
        let killed = world
            .service
            .kill_key(&world.moment, organization, named)
            .await;
        assert_eq!(code(killed), "key.unknown", "{organization} {named}");
    }
    let nobody = world
        .service
        .rotate_keys(&world.moment, &selection("grid", "assertions"), ROLLOVER)
        .await;
    assert_eq!(code(nobody), "keys.none");
    assert_eq!(world.keys("my-domain", "assertions").await.len(), 1);
}

#[tokio::test]
async fn key_of_another_kind_can_follow_and_is_used_like_any() {
    let world = World::new().await;
    for algorithm in [
        KeyAlgorithm::P256,
        KeyAlgorithm::P384,
        KeyAlgorithm::Rsa3072,
    ] {
        let rollover = Rollover {
            algorithm: Some(algorithm),
            ..AT_ONCE
        };
        let made = world.rotate("my-domain", "assertions", rollover).await;
        assert_eq!(made.algorithm, algorithm.name());
        world.declare(|_| ()).await;
        world.signs_on().await;
    }
    let rollover = Rollover {
        algorithm: Some(KeyAlgorithm::P256),
        ..AT_ONCE
    };
    let refused = world
        .service
        .rotate_keys(&world.moment, &selection("grid", "encryption"), rollover)
        .await;
    assert_eq!(code(refused), "keys.algorithm");
}

#[tokio::test]
async fn metadata_is_published_while_the_store_is_away() {
    let mut world = World::new().await;
    let published = world.published().await;
    world.service.store().close().await;
    world.pass(60);
    assert_eq!(world.published().await, published);
}

fn fingerprints(certificates: &[Vec<u8>]) -> Vec<String> {
    use std::fmt::Write;
    let digits = |der: &Vec<u8>| {
        let mut text = String::new();
        for byte in xmldsig::certificate::fingerprint(der) {
            write!(text, "{byte:02x}").unwrap();
        }
        text
    };
    certificates.iter().map(digits).collect()
}
