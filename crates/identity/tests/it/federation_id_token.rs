//! ID tokens of an OpenID provider, and the tokens that they buy.

use crate::federation::federation;
use crate::support::{World, code, ok};
use identity::declare::settings::{Mapping, Openid};
use identity::declare::{Account, IdentityProvider};
use identity::error::Answer;
use identity::federation::registration::{Desk, OpenidConfig};
use identity::federation::{IssuedFederationToken, Named, Wanted};
use identity::guard;
use identity::metadata_sources::{Fetched, Kind, MetadataSource};
use identity::store::openid_providers::Console;
use identity::store::protocols::Protocol;
use oauth::jwks::JwkSet;
use oauth::jwt::{Claims, IdToken, KeyPair, sign};

const ISSUER: &str = "https://accounts.example.com";
const RULES: &str = r#"[
  {"local": [{"user": {"name": "{0}"}}], "remote": [{"type": "email"}]},
  {"local": [{"groups": "{0}"}], "remote": [{"type": "groups"}]}
]"#;

struct Provider(KeyPair<IdToken>);

impl Provider {
    fn new() -> Self {
        Self::named("k1")
    }

    fn named(kid: &str) -> Self {
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let pkcs8 = pair.to_pkcs8v1().unwrap();
        Self(KeyPair::from_pkcs8(kid, pkcs8.as_ref()).unwrap())
    }

    fn declared(&self, id: &str, issuer: &str) -> IdentityProvider {
        IdentityProvider {
            id: id.to_owned(),
            openid: Some(Openid {
                issuer: issuer.to_owned(),
                clients: vec!["portaria".to_owned()],
                keys: serde_json::to_string(&JwkSet::publish([self.0.public()])).unwrap(),
                keys_url: None,
            }),
            mapping: Some(Mapping {
                rules: RULES.to_owned(),
                ..Mapping::default()
            }),
            ..IdentityProvider::default()
        }
    }

    fn token(&self, world: &World, issuer: &str) -> String {
        let now = world.moment.now.as_second();
        let claims = Claims::new()
            .with("iss", issuer)
            .with("aud", "portaria")
            .with("sub", "248289761001")
            .with("email", "ana@example.com")
            .with("groups", vec!["admins", "strangers"])
            .with("iat", now)
            .with("exp", now + 300);
        sign(&claims, &self.0)
    }
}

async fn cloud() -> (World, Provider) {
    let world = World::new().await;
    let provider = declared_in(&world).await;
    (world, provider)
}

async fn declared_in(world: &World) -> Provider {
    let provider = Provider::new();
    let declared = provider.declared("accounts", ISSUER);
    world
        .declare(|declaration| declaration.organization[1].identity_provider.push(declared))
        .await;
    provider
}

/// Every query of this file, on any store.
pub(crate) async fn everything(world: &World) {
    let provider = declared_in(world).await;
    let id_token = provider.token(world, ISSUER);
    let issued = ok(redeem(world, ("accounts", "oidc"), &id_token).await);
    assert_eq!(issued.token.protocol.as_deref(), Some("oidc"));
    let store = world.service.store();
    let source = store.metadata_source("grid", (Kind::Issuer, "accounts"));
    assert!(source.await.unwrap().is_none());
}

/// Registers issuers by API, for provider `new` whose rules are `named`; every query of that.
pub(crate) async fn registered(world: &World, desk: Desk<'_>) {
    let (service, moment) = (&world.service, &world.moment);
    let issuer = Provider::named("registered");
    let told = |issuer_url: &str| OpenidConfig {
        issuer: Some(issuer_url.to_owned()),
        client: Some("portaria".to_owned()),
        keys: issuer
            .declared("new", issuer_url)
            .openid
            .map(|openid| openid.keys),
        console: None,
    };
    let put = async |told: OpenidConfig, replace| {
        let put = service.put_openid(moment, desk, ("new", told, replace));
        put.await.unwrap().map_err(|why| why.code())
    };
    let own = "https://new.example.com";
    assert_eq!(
        put(told(own), false).await,
        Err("registration.unknown"),
        "no protocol"
    );
    let protocol = Protocol {
        id: "oidc".to_owned(),
        mapping: "named".to_owned(),
    };
    let added = service.put_protocol(moment, desk, ("new", protocol, false));
    added.await.unwrap().unwrap();
    assert_eq!(
        put(told(own), true).await,
        Err("registration.unknown"),
        "none to change"
    );
    assert_eq!(
        put(told("http://new.example.com"), false).await,
        Err("registration.faulty")
    );
    assert_eq!(
        put(told(ISSUER), false).await,
        Err("registration.exists"),
        "another's issuer"
    );
    assert_eq!(put(told(own), false).await.unwrap().issuer, own);
    assert_eq!(put(told(own), false).await, Err("registration.exists"));
    let console = Console {
        authorization_endpoint: format!("{own}/authorize"),
        scope: "openid email".to_owned(),
        response_mode: "form_post".to_owned(),
    };
    let changed = OpenidConfig {
        console: Some(Some(console.clone())),
        ..OpenidConfig::default()
    };
    put(changed, true).await.unwrap();
    let shown = service.registered_openid(moment, desk, "new").await;
    let shown = shown.unwrap().unwrap();
    assert_eq!((shown.issuer.as_str(), shown.console), (own, Some(console)));
    let came = ok(redeem(world, ("new", "oidc"), &issuer.token(world, own)).await);
    assert_eq!(came.token.provider.as_deref(), Some("new"));
    let removed = service.remove_protocol(moment, desk, ("new", "oidc"));
    removed.await.unwrap().unwrap();
    let late = redeem(world, ("new", "oidc"), &issuer.token(world, own)).await;
    assert_eq!(code(late), "idp.disabled");
}

async fn redeem(
    world: &World,
    (provider, protocol): (&str, &str),
    token: &str,
) -> Answer<IssuedFederationToken> {
    world
        .service
        .redeem_id_token(
            &world.moment,
            &federation(world),
            (provider, protocol, token),
        )
        .await
}

#[tokio::test]
async fn id_token_buys_an_unscoped_token_of_the_person_whom_the_rules_make() {
    let (world, provider) = cloud().await;
    let id_token = provider.token(&world, ISSUER);
    for protocol in ["oidc", "openid"] {
        let issued = ok(redeem(&world, ("accounts", protocol), &id_token).await);
        assert_eq!(issued.token.user_name, "ana@example.com");
        let groups: Vec<_> = issued
            .token
            .groups
            .iter()
            .map(|g| g.name.as_str())
            .collect();
        assert_eq!(
            groups,
            ["admins"],
            "a group that the domain does not have gives nothing"
        );
        assert_eq!(issued.token.provider.as_deref(), Some("accounts"));
        assert_eq!(issued.token.protocol.as_deref(), Some("oidc"));
        let shown = world
            .service
            .show_federation_token(
                &world.moment,
                &federation(&world),
                (&issued.plain, &issued.plain),
            )
            .await;
        assert_eq!(*ok(shown), issued.token);
    }
    assert_eq!(world.events("grid", "token.issued").await.len(), 2);
}

#[tokio::test]
async fn token_counts_for_its_provider_organization_and_protocol_only() {
    let (world, provider) = cloud().await;
    let other = Provider::new();
    let declared = other.declared("others", "https://others.example.com");
    world
        .declare(|declaration| declaration.organization[1].identity_provider.push(declared))
        .await;
    let id_token = provider.token(&world, ISSUER);
    assert_eq!(
        code(redeem(&world, ("others", "oidc"), &id_token).await),
        "jwt.sig"
    );
    let posing = other.token(&world, ISSUER);
    assert_eq!(
        code(redeem(&world, ("others", "oidc"), &posing).await),
        "jwt.iss"
    );
    assert_eq!(
        code(redeem(&world, ("accounts", "saml"), &id_token).await),
        "protocol.unknown"
    );
    assert_eq!(
        code(redeem(&world, ("adfs", "oidc"), &id_token).await),
        "idp.disabled"
    );
    assert_eq!(
        code(redeem(&world, ("a\0", "oidc"), &id_token).await),
        "idp.disabled"
    );
    let mut elsewhere = federation(&world);
    elsewhere.provider.organization = "my-domain".to_owned();
    let elsewhere = world
        .service
        .redeem_id_token(&world.moment, &elsewhere, ("accounts", "oidc", &id_token))
        .await;
    assert_eq!(code(elsewhere), "idp.disabled");
    ok(redeem(&world, ("accounts", "oidc"), &id_token).await);
}

#[tokio::test]
async fn token_that_is_over_buys_nothing() {
    let (mut world, provider) = cloud().await;
    let id_token = provider.token(&world, ISSUER);
    world.pass(300 + 31);
    assert_eq!(
        code(redeem(&world, ("accounts", "oidc"), &id_token).await),
        "jwt.claim"
    );
}

#[tokio::test]
async fn disabled_provider_is_refused() {
    let (world, provider) = cloud().await;
    let id_token = provider.token(&world, ISSUER);
    let mut declared = provider.declared("accounts", ISSUER);
    declared.enabled = Some(false);
    world
        .declare(|declaration| declaration.organization[1].identity_provider.push(declared))
        .await;
    assert_eq!(
        code(redeem(&world, ("accounts", "oidc"), &id_token).await),
        "idp.disabled"
    );
    {
        let _off = guard::off("idp.disabled");
        ok(redeem(&world, ("accounts", "oidc"), &id_token).await);
    }
}

#[tokio::test]
async fn faulty_provider_is_refused_with_its_place() {
    let (world, provider) = cloud().await;
    let faults = async |change: &dyn Fn(&mut Openid)| {
        let mut declared = world.declared().await;
        let mut faulty = provider.declared("faulty", "https://faulty.example.com");
        change(faulty.openid.as_mut().unwrap());
        declared.organization[1].identity_provider.push(faulty);
        match world
            .service
            .declare(&world.moment, &declared)
            .await
            .unwrap()
        {
            Ok(_) => Vec::new(),
            Err(faults) => faults.into_iter().map(|fault| fault.at).collect(),
        }
    };
    let at = |field: &str| {
        vec![format!(
            "organization[grid].identity_provider[faulty].openid.{field}"
        )]
    };
    assert_eq!(
        faults(&|openid| openid.issuer = "http://faulty.example.com".to_owned()).await,
        at("issuer")
    );
    assert_eq!(
        faults(&|openid| openid.clients.clear()).await,
        at("clients")
    );
    assert_eq!(
        faults(&|openid| openid.keys = "{}".to_owned()).await,
        at("keys")
    );
    assert_eq!(faults(&|_| ()).await, [] as [String; 0], "control");
}

const KEYS_URL: &str = "https://accounts.example.com/jwks";

/// A world whose provider's keys come from an address.
async fn fetching() -> (World, Provider) {
    let world = World::new().await;
    let provider = Provider::new();
    let mut declared = provider.declared("accounts", ISSUER);
    declared.openid.as_mut().unwrap().keys_url = Some(KEYS_URL.to_owned());
    world
        .declare(|declaration| declaration.organization[1].identity_provider.push(declared))
        .await;
    (world, provider)
}

fn document(keys: &[&Provider]) -> Fetched {
    let keys = JwkSet::publish(keys.iter().map(|key| key.0.public()));
    Fetched::Document {
        bytes: serde_json::to_vec(&keys).unwrap(),
        etag: None,
        last_modified: None,
    }
}

async fn due(world: &World) -> Vec<MetadataSource> {
    world.service.claim_metadata(&world.moment).await.unwrap()
}

#[tokio::test]
async fn new_keys_of_an_issuer_are_fetched_when_a_token_names_one_and_a_bad_answer_keeps_the_old() {
    let (mut world, old) = fetching().await;
    let new = Provider::named("k2");
    let shown = ("accounts", "oidc");
    let take = async |world: &World, source: &MetadataSource, fetched| {
        let moment = &world.moment;
        world.service.take_metadata(moment, source, fetched).await
    };
    assert!(due(&world).await.is_empty(), "they were declared just now");
    world.pass(60);
    assert!(due(&world).await.is_empty(), "nobody needs them yet");

    let early = new.token(&world, ISSUER);
    assert_eq!(code(redeem(&world, shown, &early).await), "jwt.kid");
    let sources = due(&world).await;
    assert_eq!(sources.len(), 1);
    assert_eq!(
        (sources[0].kind, sources[0].url.as_str()),
        (Kind::Issuer, KEYS_URL)
    );
    assert!(due(&world).await.is_empty(), "somebody fetches them");

    // What is no set of keys changes nothing, and tokens of the keys that we have are as good as before.
    for (bad, wanted) in [
        (&b"{}"[..], "metadata.unfit"),
        (b"<html>", "metadata.unfit"),
        (b"{\"keys\":[]}", "metadata.unfit"),
        (b"\xff", "metadata.unfit"),
        (&vec![b' '; 256 * 1024 + 1], "metadata.too_large"),
    ] {
        let fetched = Fetched::Document {
            bytes: bad.to_vec(),
            etag: None,
            last_modified: None,
        };
        assert_eq!(code(take(&world, &sources[0], fetched).await), wanted);
    }
    ok(redeem(&world, shown, &old.token(&world, ISSUER)).await);
    assert_eq!(code(redeem(&world, shown, &early).await), "jwt.kid");

    // Both keys are published for a while, then the old one goes.
    world.pass(60);
    let sources = due(&world).await;
    assert!(ok(take(&world, &sources[0], document(&[&old, &new])).await));
    for key in [&old, &new] {
        ok(redeem(&world, shown, &key.token(&world, ISSUER)).await);
    }
    world.pass(3600);
    let sources = due(&world).await;
    assert_eq!(sources.len(), 1, "once an hour without being asked");
    assert!(ok(take(&world, &sources[0], document(&[&new])).await));
    assert_eq!(
        code(redeem(&world, shown, &old.token(&world, ISSUER)).await),
        "jwt.kid"
    );
    ok(redeem(&world, shown, &new.token(&world, ISSUER)).await);
}

#[tokio::test]
async fn keys_are_those_of_the_declared_issuer_and_address() {
    let (mut world, provider) = fetching().await;
    world.pass(3600);
    let sources = due(&world).await;
    let mut declared = provider.declared("accounts", "https://moved.example.com");
    let openid = declared.openid.as_mut().unwrap();
    openid.keys_url = Some(KEYS_URL.to_owned());
    let unfetched = |declared: &IdentityProvider| {
        let mut declared = declared.clone();
        declared.openid.as_mut().unwrap().keys.clear();
        declared
    };
    // What the address gave before stays while it is away, for the issuer that it was declared for.
    let mut before = provider.declared("accounts", ISSUER);
    before.openid.as_mut().unwrap().keys_url = Some(KEYS_URL.to_owned());
    let declare = async |world: &World, provider: IdentityProvider| {
        let mut all = world.declared().await;
        all.organization[1].identity_provider.push(provider);
        world.service.declare(&world.moment, &all).await.unwrap()
    };
    assert!(declare(&world, unfetched(&before)).await.is_ok());
    ok(redeem(
        &world,
        ("accounts", "oidc"),
        &provider.token(&world, ISSUER),
    )
    .await);
    let faults = declare(&world, unfetched(&declared)).await.unwrap_err();
    assert_eq!(
        faults[0].at,
        "organization[grid].identity_provider[accounts].openid.keys"
    );
    // A fetch that was under way for the old issuer gives the new one no keys.
    assert!(declare(&world, declared).await.is_ok());
    let strangers = Provider::new();
    let late = world
        .service
        .take_metadata(&world.moment, &sources[0], document(&[&strangers]))
        .await;
    ok(late);
    let posing = strangers.token(&world, "https://moved.example.com");
    assert_eq!(
        code(redeem(&world, ("accounts", "oidc"), &posing).await),
        "jwt.sig"
    );
}

#[tokio::test]
async fn account_may_be_for_the_people_of_an_openid_provider_only() {
    let (world, provider) = cloud().await;
    world
        .declare(|declaration| {
            let declared = provider.declared("accounts", ISSUER);
            declaration.organization[1].identity_provider.push(declared);
            declaration.organization[1].account.push(Account {
                id: "888".to_owned(),
                admits: vec!["admins".to_owned()],
                identity_provider: Some("accounts".to_owned()),
                ..Account::default()
            });
        })
        .await;
    crate::federation::believe_unasked(&world, |_| {}).await;
    let wanted = Wanted::Project(Named::Id("888".to_owned()), None);
    let scope = async |token: &str| {
        let (service, moment) = (&world.service, &world.moment);
        let asked = (token, &wanted);
        service
            .scope_by_token(moment, &federation(&world), asked)
            .await
    };
    let by_saml = crate::federation::unscoped(&world).await;
    assert_eq!(code(scope(&by_saml).await), "scope.refused");
    let id_token = provider.token(&world, ISSUER);
    let by_openid = ok(redeem(&world, ("accounts", "oidc"), &id_token).await);
    ok(scope(&by_openid.plain).await);

    // By SAML nobody is sent there: it has no page of which we know.
    let begun = world
        .service
        .begin_sign_on(&world.moment, &world.sp, "888")
        .await;
    assert_eq!(code(begun), "idp.disabled");
}
