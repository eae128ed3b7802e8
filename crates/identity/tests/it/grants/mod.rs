//! What applications are granted, asked as the HORACIUS door asks it.

mod checks;
mod clients;
mod codes;
mod declared;
pub(crate) mod device;
mod guards;
pub(crate) mod jwts;
mod openid;
mod refresh;
mod sign_outs;
mod tenancy;

use crate::support::{World, ok};
use identity::Service;
use identity::declare::settings::{Jwt, Oauth};
use identity::declare::{Application, Organization, User};
use identity::entities::IdentityProvider;
use identity::grants::AuthorizationServer;
use identity::grants::authorize::{Authorization, Visitor};
use identity::grants::exchange::Exchanged;
use identity::login::{Credentials, NextStep, Secret, Session};
use oauth::token::TokenResponse;

const SECRET: &str = "a-client-secret-of-more-than-32-characters";
const OTHER_SECRET: &str = "another-secret-of-more-than-32-characters";
const REDIRECT: &str = "https://app.example.com/code";
const VERIFIER: &str = "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv";

/// An organization with people and applications, beside the ones of [`World`], and a second one that looks the same.
pub(crate) struct Comercial {
    pub(crate) world: World,
    idp: IdentityProvider,
    server: AuthorizationServer,
}

impl Comercial {
    async fn new() -> Self {
        Self::in_world(World::new().await).await
    }

    pub(crate) async fn in_world(world: World) -> Self {
        world
            .declare(|declared| {
                declared.organization.push(organization("comercial"));
                declared.organization.push(organization("industrial"));
            })
            .await;
        Self::of(world, "comercial")
    }

    pub(crate) fn of(world: World, organization: &str) -> Self {
        let idp = IdentityProvider {
            organization: organization.into(),
            door: "horacius".into(),
            ..world.idp.clone()
        };
        let server = AuthorizationServer {
            organization: organization.into(),
            door: "horacius".into(),
            issuer: format!("https://{organization}.sso.example.com"),
        };
        Self { world, idp, server }
    }

    fn service(&self) -> &Service {
        &self.world.service
    }

    /// The same organization on another node: nothing but what is stored is shared.
    async fn another_node(&self) -> Self {
        let mut node = self.world.another_node().await;
        node.moment.now = self.world.moment.now;
        Self::of(node, &self.server.organization)
    }

    pub(crate) async fn sign_in(&self) -> Session {
        let credentials = Credentials {
            user_name: "ana@example.com".into(),
            password: Secret::new("my-password"),
            code: None,
        };
        let step = self
            .service()
            .sign_in(&self.world.moment, &self.idp, &credentials)
            .await
            .unwrap();
        match step {
            NextStep::SignedIn { session, .. } => session,
            other => panic!("{other:?}"),
        }
    }

    async fn sign_out(&self, session: &Session) {
        ok(self
            .service()
            .sign_out(&self.world.moment, &self.idp, session)
            .await);
    }

    async fn change_password(&self, session: &Session) {
        let words = ["my-password", "uma girafa no telhado"].map(Secret::new);
        let (moment, idp) = (&self.world.moment, &self.idp);
        let changed = self
            .service()
            .change_password(moment, idp, session, (&words[0], &words[1]));
        ok(changed.await);
    }

    /// Declares applications that no other organization has.
    async fn declare_only_here(&self) {
        self.world
            .declare(|declared| {
                let mut organization = organization(&self.server.organization);
                for (known, id) in [("app", "only-here"), ("30251233", "12345678")] {
                    let mut applications = organization.application.iter();
                    let like = applications.find(|application| application.id == known);
                    let mut application = like.expect("it is declared").clone();
                    application.id = id.into();
                    organization.application.push(application);
                }
                declared.organization.push(organization);
            })
            .await;
    }

    /// Nobody of the organization may sign in any more.
    async fn disable(&self) {
        self.world
            .declare(|declared| {
                let mut organization = organization(&self.server.organization);
                organization.user[0].disabled = true;
                declared.organization.push(organization);
            })
            .await;
    }

    /// A code for whoever is signed in.
    pub(crate) async fn code(&self, session: &Session) -> String {
        let query = format!(
            "client_id=app&redirect_uri={REDIRECT}&response_type=code&state=s&code_challenge={}&code_challenge_method=S256",
            challenge()
        );
        let visitor = Visitor {
            session: Some(session),
            fresh: false,
        };
        let answer = self
            .service()
            .authorize(&self.world.moment, &self.server, (None, &query), visitor)
            .await;
        let Authorization::Redirect(url) = ok(answer) else {
            panic!("somebody is asked")
        };
        let code = url.split("code=").nth(1).expect("a code");
        code.split('&').next().unwrap().to_owned()
    }

    pub(crate) async fn redeem(&self, code: &str) -> Exchanged<TokenResponse> {
        self.exchange(&redeeming(code)).await
    }

    async fn exchange(&self, body: &str) -> Exchanged<TokenResponse> {
        let (moment, server) = (&self.world.moment, &self.server);
        self.service()
            .exchange(moment, server, (None, None, body))
            .await
    }

    /// Tokens for whoever signs in now.
    async fn tokens(&self) -> TokenResponse {
        let code = self.code(&self.sign_in().await).await;
        self.redeem(&code).await.unwrap().unwrap()
    }

    pub(crate) async fn refresh(&self, token: &str) -> Exchanged<TokenResponse> {
        self.exchange(&refreshing(token)).await
    }

    pub(crate) async fn is_live(&self, access_token: &str) -> bool {
        self.service()
            .user_info(&self.world.moment, &self.server, ("app", access_token))
            .await
            .unwrap()
            .is_ok()
    }

    async fn revoke(&self, token: &str) {
        let body = format!("client_id=app&client_secret={SECRET}&token={token}");
        let (moment, server) = (&self.world.moment, &self.server);
        self.service()
            .revoke_for_client(moment, server, (None, None, &body))
            .await
            .unwrap()
            .unwrap();
    }
}

/// Runs where `TEST_DATABASE_URL` names a PostgreSQL.
#[tokio::test]
async fn postgresql_grants_and_ends_as_sqlite_does() {
    let Some(url) = crate::support::postgresql("grants").await else {
        return;
    };
    let org = Comercial::in_world(World::prepared(&url).await).await;
    let code = org.code(&org.sign_in().await).await;
    let first = org.redeem(&code).await.unwrap().unwrap();
    let old = first.refresh_token.unwrap();
    let (one, other) = tokio::join!(org.refresh(&old), org.refresh(&old));
    let bought: Vec<_> = [one, other]
        .into_iter()
        .filter_map(|answer| answer.unwrap().ok())
        .collect();
    assert_eq!(bought.len(), 1);
    assert!(!org.is_live(&bought[0].access_token).await);
    assert!(org.redeem(&code).await.unwrap().is_err());
    let codes = device::approved(&org).await;
    let (one, other) = tokio::join!(codes.poll(&org, 0), codes.poll(&org, 5));
    assert_eq!([one, other].iter().filter(|bought| **bought).count(), 1);
    sign_outs::everybody_is_told(&org).await;
}

fn redeeming(code: &str) -> String {
    format!(
        "client_id=app&client_secret={SECRET}&grant_type=authorization_code&code={code}&redirect_uri={REDIRECT}&code_verifier={VERIFIER}"
    )
}

fn refreshing(token: &str) -> String {
    format!("client_id=app&client_secret={SECRET}&grant_type=refresh_token&refresh_token={token}")
}

fn challenge() -> String {
    use base64::Engine;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, VERIFIER.as_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest)
}

/// The stable code of a refusal at the token endpoint, with the standard's.
fn refused<T: std::fmt::Debug>(answer: Exchanged<T>) -> (&'static str, &'static str) {
    let refusal = answer.expect("the store answers").expect_err("a refusal");
    (refusal.error.as_str(), refusal.code)
}

fn organization(id: &str) -> Organization {
    let client = |id: &str, secret: Option<&str>, machine| Application {
        id: id.into(),
        oauth: Some(Oauth {
            secret: secret.map(str::to_owned),
            code_redirects: vec![REDIRECT.into()],
            client_credentials: machine,
            logout: Some(format!("https://app.example.com/logout?of={id}")),
            ..Oauth::default()
        }),
        ..Application::default()
    };
    let jwt = |id: &str, secret: &str| Application {
        id: id.into(),
        jwt: Some(Jwt {
            callback: "https://app.example.com/callback/".into(),
            secret: secret.into(),
            ..Jwt::default()
        }),
        ..Application::default()
    };
    Organization {
        id: id.into(),
        user: vec![User {
            name: "ana@example.com".into(),
            password: Some("my-password".into()),
            full_name: Some("Ana Souza".into()),
            email: Some("ana.souza@example.com".into()),
            ..User::default()
        }],
        application: vec![
            client("app", Some(SECRET), true),
            client("other", Some(OTHER_SECRET), false),
            client("public", None, false),
            portal(),
            device("tv"),
            device("kiosk"),
            jwt("30251233", SECRET),
            jwt("30251234", OTHER_SECRET),
        ],
        ..Organization::default()
    }
}

/// What the application that speaks OpenID Connect may ask for: a code with these scopes.
const OPENID: &str = "client_id=portal&redirect_uri=https://app.example.com/code&response_type=code&scope=openid+profile+email&nonce=n-0S6";

/// An application that speaks OpenID Connect, also from devices.
fn portal() -> Application {
    Application {
        id: "portal".into(),
        name: Some("Portal".into()),
        oauth: Some(Oauth {
            secret: Some(SECRET.into()),
            code_redirects: vec![REDIRECT.into()],
            without_pkce: true,
            device: true,
            post_logout_redirects: vec!["https://app.example.com/bye".into()],
            back_channel_logout: Some("https://app.example.com/logged-out".into()),
            logout: Some("https://app.example.com/logout".into()),
            ..Oauth::default()
        }),
        ..Application::default()
    }
}

/// A public client for devices.
fn device(id: &str) -> Application {
    Application {
        id: id.into(),
        name: Some(format!("The {id}")),
        oauth: Some(Oauth {
            device: true,
            ..Oauth::default()
        }),
        ..Application::default()
    }
}

impl Comercial {
    /// Where an authorization request leads.
    async fn authorize(&self, query: &str, visitor: Visitor<'_>) -> Authorization {
        let answer = self
            .service()
            .authorize(&self.world.moment, &self.server, (None, query), visitor)
            .await;
        ok(answer)
    }

    /// Tokens for the application that speaks OpenID Connect.
    async fn openid_tokens(&self, session: &Session) -> TokenResponse {
        let visitor = Visitor {
            session: Some(session),
            fresh: false,
        };
        let Authorization::Redirect(url) = self.authorize(OPENID, visitor).await else {
            panic!("somebody is asked")
        };
        let code = url.split("code=").nth(1).expect("a code");
        let code = code.split('&').next().unwrap();
        let body = format!(
            "client_id=portal&client_secret={SECRET}&grant_type=authorization_code&code={code}&redirect_uri={REDIRECT}"
        );
        self.exchange(&body).await.unwrap().unwrap()
    }
}
