use super::{Comercial, OTHER_SECRET, SECRET, refused};
use crate::support::{code, ok};
use identity::grants::authorize::{Authorization, Visitor};
use oauth::introspect::Introspection;

const INVALID: (&str, &str) = ("invalid_client", "oauth.client");

#[tokio::test]
async fn client_proves_itself_or_gets_nothing() {
    let org = Comercial::new().await;
    let grant = "grant_type=client_credentials";
    let good = format!("client_id=app&client_secret={SECRET}&{grant}");
    let tokens = org.exchange(&good).await.unwrap().unwrap();
    assert_eq!(tokens.refresh_token, None);
    for credentials in [
        "client_id=app&client_secret=wrong".to_owned(),
        "client_id=app".to_owned(),
        format!("client_id=nobody&client_secret={SECRET}"),
        format!("client_id=public&client_secret={SECRET}"),
    ] {
        let body = format!("{credentials}&{grant}");
        assert_eq!(refused(org.exchange(&body).await), INVALID, "{credentials}");
    }
    // A client at another client's endpoint.
    let (moment, server) = (&org.world.moment, &org.server);
    let elsewhere = org.service();
    let elsewhere = elsewhere.exchange(moment, server, (Some("other"), None, &good));
    assert_eq!(refused(elsewhere.await), INVALID);
}

#[tokio::test]
async fn client_acts_for_itself_only_where_that_is_switched_on() {
    let org = Comercial::new().await;
    let body =
        format!("client_id=other&client_secret={OTHER_SECRET}&grant_type=client_credentials");
    let off = ("unauthorized_client", "oauth.client_credentials_off");
    assert_eq!(refused(org.exchange(&body).await), off);
    let public = "client_id=public&grant_type=client_credentials";
    assert_eq!(refused(org.exchange(public).await), off);
}

#[tokio::test]
async fn client_learns_and_ends_only_its_own_tokens() {
    let org = Comercial::new().await;
    let token = org.tokens().await.access_token;
    let ask = async |client: &str, secret: &str| {
        let body = format!("client_id={client}&client_secret={secret}&token={token}");
        let (moment, server) = (&org.world.moment, &org.server);
        let asked = (None, None, body.as_str());
        org.service().introspect(moment, server, asked).await
    };
    let Introspection::Active(active) = ask("app", SECRET).await.unwrap().unwrap() else {
        panic!("a live token")
    };
    assert_eq!(active.username.as_deref(), Some("ana@example.com"));
    assert_eq!(active.exp - active.iat, 3600);
    assert_eq!(
        ask("other", OTHER_SECRET).await.unwrap(),
        Ok(Introspection::Inactive)
    );
    assert_eq!(refused(ask("app", "wrong").await), INVALID);
    let body = format!("client_id=other&client_secret={OTHER_SECRET}&token={token}");
    let (moment, server) = (&org.world.moment, &org.server);
    let revoked = org.service();
    let revoked = revoked.revoke_for_client(moment, server, (None, None, &body));
    // RFC 7009 §2.2: not told apart from a token that never was. But it lives on.
    assert!(revoked.await.unwrap().is_ok());
    assert!(org.is_live(&token).await);
    org.revoke(&token).await;
    assert!(!org.is_live(&token).await);
    assert_eq!(
        ask("app", SECRET).await.unwrap(),
        Ok(Introspection::Inactive)
    );
}

#[tokio::test]
async fn store_that_is_away_is_no_answer_about_a_token() {
    let org = Comercial::new().await;
    let token = org.tokens().await.access_token;
    org.service().store().close().await;
    let body = format!("client_id=app&client_secret={SECRET}&token={token}");
    let (moment, server) = (&org.world.moment, &org.server);
    let asked = (None, None, body.as_str());
    assert!(
        org.service()
            .introspect(moment, server, asked)
            .await
            .is_err()
    );
    assert!(
        org.service()
            .revoke_for_client(moment, server, asked)
            .await
            .is_err()
    );
    let about = ("app", token.as_str());
    assert!(
        org.service()
            .user_info(moment, server, about)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn answers_go_to_registered_addresses_only() {
    let org = Comercial::new().await;
    let session = org.sign_in().await;
    let ask = async |query: &str, session| {
        let visitor = Visitor {
            session,
            fresh: false,
        };
        let (moment, server) = (&org.world.moment, &org.server);
        org.service()
            .authorize(moment, server, (None, query), visitor)
            .await
    };
    let base = "client_id=app&response_type=code&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    let good = format!("{base}&redirect_uri=https://app.example.com/code");
    assert!(
        matches!(ok(ask(&good, Some(&session)).await), Authorization::Redirect(url) if url.starts_with("https://app.example.com/code?code="))
    );
    for (query, why) in [
        (format!("{good}x"), "oauth.redirect_uri"),
        (good.replace("https", "HTTPS"), "oauth.redirect_uri"),
        (
            good.replace("client_id=app", "client_id=nobody"),
            "application.unknown",
        ),
        (format!("{good}&client_id=app"), "oauth.duplicate"),
    ] {
        assert_eq!(code(ask(&query, Some(&session)).await), why, "{query}");
    }
    // Once the address is known to be the application's own, it learns what is wrong.
    for (query, error) in [
        (good.replace("=code&", "=token&"), None),
        (good.replace("S256", "plain"), Some("invalid_request")),
        (format!("{good}&scope=admin"), Some("invalid_scope")),
    ] {
        match (ask(&query, Some(&session)).await.unwrap(), error) {
            (Ok(Authorization::Redirect(url)), Some(error)) => {
                assert!(
                    url.contains(&format!("?error={error}&")) && url.contains("&iss="),
                    "{url}"
                );
            }
            // No address is registered for tokens, the implicit flow being off.
            (Err(refused), None) => assert_eq!(refused.code, "oauth.redirect_uri"),
            other => panic!("{query}: {other:?}"),
        }
    }
    let nobody = ok(ask(&format!("{good}&prompt=none"), None).await);
    assert!(matches!(nobody, Authorization::Redirect(url) if url.contains("error=login_required")));
    for again in ["prompt=login", "max_age=0"] {
        let asked = ok(ask(&format!("{good}&{again}"), Some(&session)).await);
        assert!(matches!(asked, Authorization::Ask { .. }), "{again}");
    }
}
