//! ID tokens of an OpenID provider, and the tokens that they buy.

use crate::federation::federation;
use crate::support::{World, code, ok};
use identity::declare::IdentityProvider;
use identity::declare::settings::{Mapping, Openid};
use identity::error::Answer;
use identity::federation::IssuedFederationToken;
use identity::guard;
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
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let pkcs8 = pair.to_pkcs8v1().unwrap();
        Self(KeyPair::from_pkcs8("k1", pkcs8.as_ref()).unwrap())
    }

    fn declared(&self, id: &str, issuer: &str) -> IdentityProvider {
        IdentityProvider {
            id: id.to_owned(),
            openid: Some(Openid {
                issuer: issuer.to_owned(),
                clients: vec!["portaria".to_owned()],
                keys: serde_json::to_string(&JwkSet::publish([self.0.public()])).unwrap(),
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
        assert_eq!(ok(shown), issued.token);
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
