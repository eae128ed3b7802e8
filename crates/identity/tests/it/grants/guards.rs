//! That each refusal is the work of the guard that it names (security §2.6, §2.7): without it the same request gets through.

use super::{Comercial, OTHER_SECRET, REDIRECT, SECRET, VERIFIER, redeeming, refreshing, refused};
use crate::support::code;
use identity::guard;
use oauth::introspect::Introspection;

#[tokio::test(flavor = "current_thread")]
async fn code_of_another_client_or_for_another_address_is_refused_by_its_guard() {
    let org = Comercial::new().await;
    let session = org.sign_in().await;
    let good = redeeming(&org.code(&session).await);
    let other = good
        .replace("client_id=app", "client_id=other")
        .replace(SECRET, OTHER_SECRET);
    let elsewhere = good.replace(REDIRECT, "https://app.example.com/other");
    for (body, why) in [
        (other, "oauth.code"),
        (elsewhere, "oauth.code_redirect_uri"),
    ] {
        assert_eq!(refused(org.exchange(&body).await), ("invalid_grant", why));
    }
    assert!(org.exchange(&good).await.unwrap().is_ok(), "control");
    for why in ["oauth.code", "oauth.code_redirect_uri"] {
        let fresh = redeeming(&org.code(&session).await);
        let body = match why {
            "oauth.code" => fresh
                .replace("client_id=app", "client_id=other")
                .replace(SECRET, OTHER_SECRET),
            _ => fresh.replace(REDIRECT, "https://app.example.com/other"),
        };
        let _off = guard::off(why);
        assert!(org.exchange(&body).await.unwrap().is_ok(), "{why}");
    }
    let unproven = redeeming(&org.code(&session).await).replace(VERIFIER, &"w".repeat(64));
    let mismatch = ("invalid_grant", "oauth.pkce_mismatch");
    assert_eq!(refused(org.exchange(&unproven).await), mismatch);
}

#[tokio::test(flavor = "current_thread")]
async fn used_code_is_refused_by_its_guard() {
    let org = Comercial::new().await;
    let code = org.code(&org.sign_in().await).await;
    assert!(org.redeem(&code).await.unwrap().is_ok(), "control");
    let off = guard::off("oauth.code_replayed");
    let again = org.redeem(&code).await.unwrap().unwrap();
    assert!(org.is_live(&again.access_token).await);
    drop(off);
    let replayed = ("invalid_grant", "oauth.code_replayed");
    assert_eq!(refused(org.redeem(&code).await), replayed);
    assert!(!org.is_live(&again.access_token).await, "the family ends");
}

#[tokio::test(flavor = "current_thread")]
async fn client_without_its_secret_is_refused_by_its_guard() {
    let org = Comercial::new().await;
    let body = "client_id=app&client_secret=wrong&grant_type=client_credentials";
    assert_eq!(
        refused(org.exchange(body).await),
        ("invalid_client", "oauth.client")
    );
    let off = guard::off("oauth.client");
    assert!(org.exchange(body).await.unwrap().is_ok());
    drop(off);
    let body =
        format!("client_id=other&client_secret={OTHER_SECRET}&grant_type=client_credentials");
    let may_not = ("unauthorized_client", "oauth.client_credentials_off");
    assert_eq!(refused(org.exchange(&body).await), may_not);
    let _off = guard::off("oauth.client_credentials_off");
    assert!(org.exchange(&body).await.unwrap().is_ok());
}

#[tokio::test(flavor = "current_thread")]
async fn refresh_token_is_held_by_guards_of_its_own() {
    let org = Comercial::new().await;
    let refresh = org.tokens().await.refresh_token.unwrap();
    let other = refreshing(&refresh)
        .replace("client_id=app", "client_id=other")
        .replace(SECRET, OTHER_SECRET);
    assert_eq!(
        refused(org.exchange(&other).await),
        ("invalid_grant", "oauth.refresh_token")
    );
    let wider = format!("{}&scope=public_profile+openid", refreshing(&refresh));
    assert_eq!(
        refused(org.exchange(&wider).await),
        ("invalid_scope", "oauth.scope_wider")
    );
    let off = guard::off("oauth.scope_wider");
    assert!(org.exchange(&wider).await.unwrap().is_ok());
    drop(off);
    // That was its first use.
    let off = guard::off("oauth.refresh_replayed");
    assert!(org.refresh(&refresh).await.unwrap().is_ok());
    drop(off);
    assert_eq!(
        refused(org.refresh(&refresh).await),
        ("invalid_grant", "oauth.refresh_replayed")
    );
    let refresh = org.tokens().await.refresh_token.unwrap();
    let other = refreshing(&refresh)
        .replace("client_id=app", "client_id=other")
        .replace(SECRET, OTHER_SECRET);
    let _off = guard::off("oauth.refresh_token");
    assert!(org.exchange(&other).await.unwrap().is_ok());
}

#[tokio::test(flavor = "current_thread")]
async fn token_of_another_client_is_not_told_of() {
    let org = Comercial::new().await;
    let tokens = org.tokens().await;
    let ask = async |token: &str| {
        let body = format!("client_id=other&client_secret={OTHER_SECRET}&token={token}");
        let (moment, server) = (&org.world.moment, &org.server);
        let asked = (None, None, body.as_str());
        let asked = org.service().introspect(moment, server, asked).await;
        matches!(asked.unwrap().unwrap(), Introspection::Active(_))
    };
    assert!(!ask(&tokens.access_token).await);
    let off = guard::off("introspect.owner");
    assert!(ask(&tokens.access_token).await);
    drop(off);
    let (moment, server) = (&org.world.moment, &org.server);
    let info = async |application: &str| {
        let asked = (application, tokens.access_token.as_str());
        org.service().user_info(moment, server, asked).await
    };
    assert!(info("app").await.unwrap().is_ok(), "control");
    assert_eq!(code(info("other").await), "token.invalid");
    let _off = guard::off("token.invalid");
    assert!(info("other").await.unwrap().is_ok());
}

#[tokio::test(flavor = "current_thread")]
async fn ticket_is_held_by_guards_of_its_own() {
    let org = Comercial::new().await;
    let token = org.issue(&org.sign_in().await).await;
    let ticket = super::jwts::ticket(&token);
    assert_eq!(code(org.renew("30251234", &ticket).await), "ticket.invalid");
    let off = guard::off("ticket.invalid");
    assert!(org.renew("30251234", &ticket).await.unwrap().is_ok());
    drop(off);
    let off = guard::off("ticket.replayed");
    assert!(org.renew("30251233", &ticket).await.unwrap().is_ok());
    drop(off);
    assert_eq!(
        code(org.renew("30251233", &ticket).await),
        "ticket.replayed"
    );
}
