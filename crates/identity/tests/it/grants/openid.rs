use super::{Comercial, OPENID, SECRET};
use crate::support::{code, ok};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::grants::authorize::{Authorization, Visitor};
use identity::guard;
use serde_json::Value;

fn part(token: &str, number: usize) -> Value {
    let bytes = URL_SAFE_NO_PAD
        .decode(token.split('.').nth(number).unwrap())
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// The published key of that name verifies the token, by somebody else's reading of the standard.
fn verifies(token: &str, keys: &Value) -> bool {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    let (message, signature) = token.rsplit_once('.').unwrap();
    let kid = &part(token, 0)["kid"];
    let keys = keys["keys"].as_array().unwrap();
    keys.iter().filter(|key| key["kid"] == *kid).any(|key| {
        let coordinate = |name: &str| {
            let text = key[name].as_str().unwrap();
            URL_SAFE_NO_PAD.decode(text).unwrap()
        };
        let point = [vec![4], coordinate("x"), coordinate("y")].concat();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .verify(message.as_bytes(), &signature)
            .is_ok()
    })
}

impl Comercial {
    async fn keys(&self) -> Value {
        let set = self.service().jwk_set(&self.world.moment, &self.server);
        serde_json::to_value(set.await.unwrap()).unwrap()
    }
}

#[tokio::test]
async fn id_token_says_who_signed_in_when_and_how_and_verifies_with_the_published_keys() {
    let mut org = Comercial::new().await;
    let session = org.sign_in().await;
    org.world.pass(30);
    let tokens = org.openid_tokens(&session).await;
    let token = tokens.id_token.expect("an ID token");
    let (header, claims) = (part(&token, 0), part(&token, 1));
    assert_eq!(
        (&header["alg"], &header["typ"]),
        (&"ES256".into(), &"JWT".into())
    );
    let now = org.world.moment.now.as_second();
    let expected = serde_json::json!({
        "iss": "https://comercial.sso.example.com",
        "aud": "portal",
        "sub": session.user,
        "sid": session.id,
        "nonce": "n-0S6",
        "auth_time": now - 30,
        "iat": now,
        "exp": now + 3600,
        "amr": ["pwd"],
        "acr": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(claims[name], *value, "{name}");
    }
    let hash =
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, tokens.access_token.as_bytes());
    let half = URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]);
    assert_eq!(claims["at_hash"], half);
    assert!(verifies(&token, &org.keys().await));
    let industrial = Comercial::of(org.world.another_node().await, "industrial");
    industrial.openid_tokens(&industrial.sign_in().await).await;
    assert!(
        !verifies(&token, &industrial.keys().await),
        "keys of another organization"
    );
}

#[tokio::test]
async fn id_token_comes_only_with_openid_and_again_with_a_refresh() {
    let org = Comercial::new().await;
    assert_eq!(org.tokens().await.id_token, None);
    let session = org.sign_in().await;
    let first = org.openid_tokens(&session).await;
    let body = format!(
        "client_id=portal&client_secret={SECRET}&grant_type=refresh_token&refresh_token={}",
        first.refresh_token.unwrap()
    );
    let second = org.exchange(&body).await.unwrap().unwrap();
    let claims = part(&second.id_token.expect("an ID token"), 1);
    assert_eq!(
        (&claims["sub"], &claims["nonce"]),
        (&session.user.into(), &Value::Null)
    );
}

#[tokio::test]
async fn claims_are_as_many_as_the_scopes_that_were_granted() {
    let org = Comercial::new().await;
    let session = org.sign_in().await;
    let tokens = org.openid_tokens(&session).await;
    let (moment, server) = (&org.world.moment, &org.server);
    let ask = async |token: &str| org.service().claims(moment, server, token).await;
    let claims = ok(ask(&tokens.access_token).await);
    assert_eq!(
        serde_json::to_value(&claims).unwrap(),
        serde_json::json!({
            "sub": session.user,
            "name": "Ana Souza",
            "preferred_username": "ana@example.com",
            "email": "ana.souza@example.com",
        })
    );
    let plain = org.tokens().await.access_token;
    assert_eq!(code(ask(&plain).await), "token.scope");
    let off = guard::off("token.scope");
    assert_eq!(ok(ask(&plain).await).name, None);
    drop(off);
    assert_eq!(code(ask(&tokens.id_token.unwrap()).await), "token.invalid");
    let elsewhere = Comercial::of(org.world.another_node().await, "industrial");
    let asked = elsewhere.service();
    let asked = asked.claims(moment, &elsewhere.server, &tokens.access_token);
    assert_eq!(code(asked.await), "token.invalid");
    org.sign_out(&session).await;
    assert_eq!(code(ask(&tokens.access_token).await), "token.invalid");
}

#[tokio::test]
async fn next_key_is_published_before_it_signs_and_the_old_one_until_its_tokens_are_over() {
    let mut org = Comercial::new().await;
    let session = org.sign_in().await;
    let before = org.openid_tokens(&session).await.id_token.unwrap();
    let owner = ("horacius", "id-token");
    let rotated = org
        .service()
        .rotate_jwt_key(&org.world.moment, "comercial", owner);
    rotated.await.unwrap();
    // A verifier that read the set now knows both keys, whichever signs.
    let read = org.keys().await;
    let still = org.openid_tokens(&session).await.id_token.unwrap();
    assert_eq!(part(&still, 0)["kid"], part(&before, 0)["kid"]);
    org.world.pass(301);
    let after = org.openid_tokens(&session).await.id_token.unwrap();
    assert_ne!(part(&after, 0)["kid"], part(&before, 0)["kid"]);
    for token in [&before, &still, &after] {
        assert!(verifies(token, &read), "the set that was read before");
        assert!(verifies(token, &org.keys().await), "the set now");
    }
    org.world.pass(25 * 3600);
    let keys = org.keys().await;
    assert!(!verifies(&before, &keys) && verifies(&after, &keys));
}

#[tokio::test]
async fn killed_key_vouches_for_nothing_from_then_on() {
    let org = Comercial::new().await;
    let session = org.sign_in().await;
    let token = org.openid_tokens(&session).await.id_token.unwrap();
    let kid = part(&token, 0)["kid"].as_str().unwrap().to_owned();
    ok(org
        .service()
        .kill_jwt_key(&org.world.moment, "comercial", &kid)
        .await);
    assert!(!verifies(&token, &org.keys().await));
    let hinted = format!("{OPENID}&id_token_hint={token}");
    let visitor = Visitor {
        session: Some(&session),
        fresh: false,
    };
    let Authorization::Redirect(url) = org.authorize(&hinted, visitor).await else {
        panic!("a refusal")
    };
    assert!(url.contains("error=invalid_request"), "{url}");
    let fresh = org.openid_tokens(&session).await.id_token.unwrap();
    assert!(verifies(&fresh, &org.keys().await));
}

#[tokio::test]
async fn nobody_is_asked_twice_nor_answered_for_by_somebody_else() {
    let mut org = Comercial::new().await;
    let session = org.sign_in().await;
    let hint = org.openid_tokens(&session).await.id_token.unwrap();
    let seen = |session, fresh| Visitor { session, fresh };
    let leads = async |org: &Comercial, query: &str, visitor| match org
        .authorize(&format!("{OPENID}&{query}"), visitor)
        .await
    {
        Authorization::Redirect(url) if url.contains("?code=") => "code",
        Authorization::Redirect(url) if url.contains("error=login_required") => "login_required",
        Authorization::Redirect(_) => "another refusal",
        Authorization::Ask { .. } => "ask",
    };
    let known = seen(Some(&session), false);
    assert_eq!(leads(&org, "prompt=none", known).await, "code");
    assert_eq!(
        leads(&org, "prompt=none", seen(None, false)).await,
        "login_required"
    );
    assert_eq!(leads(&org, "prompt=login", known).await, "ask");
    assert_eq!(
        leads(&org, "prompt=login", seen(Some(&session), true)).await,
        "code"
    );
    assert_eq!(leads(&org, "max_age=0", known).await, "ask");
    assert_eq!(leads(&org, "prompt=none&max_age=60", known).await, "code");
    org.world.pass(61);
    assert_eq!(
        leads(&org, "prompt=none&max_age=60", known).await,
        "login_required"
    );
    let own = format!("prompt=none&id_token_hint={hint}");
    assert_eq!(leads(&org, &own, known).await, "code");
    // The hint of somebody else: the world's other session has another person.
    let other = identity::login::Session {
        user: "somebody else".into(),
        ..session.clone()
    };
    let known = seen(Some(&other), false);
    assert_eq!(leads(&org, &own, known).await, "login_required");
    let off = guard::off("oauth.login_required");
    assert_eq!(leads(&org, &own, known).await, "code");
    drop(off);
    assert_eq!(
        leads(&org, "prompt=none&id_token_hint=x.y.z", known).await,
        "another refusal"
    );
}
