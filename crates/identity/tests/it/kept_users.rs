//! `iam_user_sso`: assertions that name users whom the domain keeps.

use crate::support::{Foreign, Said, World, code, ok};
use identity::entities::{Federation, TokenFormat};
use identity::error::Answer;
use identity::federation::{IssuedFederationToken, SsoType};
use identity::guard;
use saml::bindings::post;

const USER: &str = "IAM_SAML_Attributes_xUserId";
const DOMAIN: &str = "IAM_SAML_Attributes_domain_id";
const PROVIDER: &str = "IAM_SAML_Attributes_idp_id";

async fn world(foreign: &Foreign) -> World {
    let world = World::new().await;
    world
        .declare(|declared| {
            let provider = &mut declared.organization[1].identity_provider[0];
            *provider = foreign.declared("adfs");
            provider.sso_type = SsoType::IamUser;
        })
        .await;
    world
}

async fn redeem(
    (world, foreign): (&World, &Foreign),
    attributes: &[(&str, &str)],
) -> Answer<IssuedFederationToken> {
    let said = Said {
        attributes: attributes.to_vec(),
        ..foreign.good(world)
    };
    let federation = Federation {
        provider: world.sp.clone(),
        format: TokenFormat::Signed,
    };
    let response = post::encode(&foreign.respond(&said));
    world
        .service
        .redeem_unsolicited(&world.moment, &federation, ("adfs", &response))
        .await
}

#[tokio::test]
async fn assertion_names_a_user_of_the_domain_who_comes_with_their_own_groups() {
    let foreign = Foreign::new("https://foreign.example/");
    let world = world(&foreign).await;
    let meant = [(USER, "root"), (DOMAIN, "grid"), (PROVIDER, "adfs")];
    let issued = ok(redeem((&world, &foreign), &meant).await);
    assert_eq!(issued.token.user_name, "root");
    assert_eq!(issued.token.groups[0].name, "admins");
    let by_id = [(USER, issued.token.user_id.as_str()), meant[1], meant[2]];
    assert_eq!(
        ok(redeem((&world, &foreign), &by_id).await).token.user_name,
        "root"
    );

    for elsewhere in [
        [meant[0], (DOMAIN, "another"), meant[2]],
        [meant[0], meant[1], (PROVIDER, "other")],
    ] {
        let refused = redeem((&world, &foreign), &elsewhere).await;
        assert_eq!(code(refused), "iam_user.refused", "{elsewhere:?}");
        let _off = guard::off("iam_user.refused");
        ok(redeem((&world, &foreign), &elsewhere).await);
    }
    let nobody = [(USER, "nobody"), meant[1], meant[2]];
    assert_eq!(
        code(redeem((&world, &foreign), &nobody).await),
        "iam_user.refused"
    );
    let unnamed = redeem((&world, &foreign), &meant[1..]).await;
    assert_eq!(code(unnamed), "iam_user.refused");
}

#[tokio::test]
async fn user_who_is_disabled_comes_in_by_no_assertion_and_loses_tokens() {
    let foreign = Foreign::new("https://foreign.example/");
    let world = world(&foreign).await;
    let meant = [(USER, "root"), (DOMAIN, "grid"), (PROVIDER, "adfs")];
    let token = ok(redeem((&world, &foreign), &meant).await).plain;
    world
        .declare(|declared| {
            let provider = &mut declared.organization[1].identity_provider[0];
            *provider = foreign.declared("adfs");
            provider.sso_type = SsoType::IamUser;
            declared.organization[1].user[0].disabled = true;
        })
        .await;
    assert_eq!(
        code(redeem((&world, &foreign), &meant).await),
        "iam_user.refused"
    );
    let federation = Federation {
        provider: world.sp.clone(),
        format: TokenFormat::Signed,
    };
    let shown = world
        .service
        .show_federation_token(&world.moment, &federation, (&token, &token));
    assert_eq!(code(shown.await), "token.invalid");
}
