//! Our own PSC: sessions that a one-time code opens, directly or through an application that a person allowed.

use crate::support::{World, code, ok, postgresql, query};
use identity::Moment;
use identity::declare::{Declaration, Organization, User};
use identity::gateway::authorization::Holder;
use identity::gateway::own::codes::{
    PscAsked, PscAuthorization, PscClient, PscCode, PscGranted, judge_psc_request,
};
use identity::gateway::own::{PscRequest, Scope};
use identity::gateway::psc::Opened;
use identity::grants::exchange::Exchanged;
use identity::guard;
use identity::login::Secret;
use jiff::{SignedDuration, Timestamp};
use oauth::redirect_uri::RedirectUri;

const CPF: &str = "52998224725";
const BACK: &str = "https://signer.example.com/back";
// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
// RFC 6238, appendix B: the code of the second 1234567890, and that of 1111111109.
const NOW: (i64, &str) = (1_234_567_890, "005924");
const EARLIER: (i64, &str) = (1_111_111_109, "081804");

/// The holder as a person of our own PSC.
pub(crate) async fn declare_holder(world: &World) {
    let declaration = Declaration {
        organization: vec![Organization {
            id: "psc".to_owned(),
            user: vec![User {
                name: CPF.to_owned(),
                totp: Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned()),
                ..User::default()
            }],
            ..Organization::default()
        }],
    };
    world
        .service
        .declare(&world.moment, &declaration)
        .await
        .unwrap()
        .unwrap();
}

/// The holder asks our own PSC for a session of a minute.
pub(crate) fn request(otp: &str) -> PscRequest {
    PscRequest {
        holder: Holder::new(CPF).unwrap(),
        otp: Secret::new(otp),
        scope: Scope::SignatureSession,
        lifetime: Some(SignedDuration::from_secs(60)),
    }
}

struct Psc {
    world: World,
    client: PscClient,
}

impl Psc {
    async fn over(world: World) -> Self {
        declare_holder(&world).await;
        Self {
            world,
            client: PscClient {
                id: "signer".to_owned(),
                redirect_uris: vec![RedirectUri::register(BACK).unwrap()],
                issuer: "https://psc.example.com".to_owned(),
            },
        }
    }

    async fn open() -> Self {
        Self::over(World::new().await).await
    }

    fn at(&self, second: i64) -> Moment {
        Moment {
            now: Timestamp::from_second(second).unwrap(),
            ..self.world.moment.clone()
        }
    }

    /// A session that a one-time code opens by itself.
    async fn session(&self, (second, otp): (i64, &str), scope: Scope) -> Opened {
        let request = PscRequest {
            scope,
            ..request(otp)
        };
        let service = &self.world.service;
        ok(service
            .open_psc_session(&self.at(second), "psc", &request)
            .await)
    }

    async fn shown(&self, second: i64, token: &Secret) -> bool {
        let service = &self.world.service;
        let moment = self.at(second);
        let session = service.use_psc_session(&moment, "psc", token);
        session.await.unwrap().is_some()
    }

    fn asked(&self, scope: &str) -> PscAsked {
        let raw = format!(
            "response_type=code&client_id=signer&redirect_uri={BACK}&scope={scope}&code_challenge={CHALLENGE}&code_challenge_method=S256"
        );
        match judge_psc_request(&self.client, &raw) {
            Ok(PscAuthorization::Ask(asked)) => asked,
            other => panic!("{other:?}"),
        }
    }

    /// The code that the person allows.
    async fn allowed(&self, (second, otp): (i64, &str), scope: &str) -> String {
        let holder = Holder::new(CPF).unwrap();
        let url = ok(self
            .world
            .service
            .allow_psc_session(
                &self.at(second),
                ("psc", &self.client),
                &self.asked(scope),
                (&holder, &Secret::new(otp)),
            )
            .await);
        let code = query(&url).split('&').next().unwrap();
        code.strip_prefix("code=").unwrap().to_owned()
    }

    async fn redeem(&self, second: i64, brought: PscCode<'_>) -> Exchanged<PscGranted> {
        let service = &self.world.service;
        service
            .redeem_psc_code(&self.at(second), ("psc", &self.client), brought)
            .await
    }
}

fn brought(code: &str) -> PscCode<'_> {
    PscCode {
        code,
        redirect_uri: Some(BACK),
        verifier: Some(VERIFIER),
    }
}

fn refused(exchanged: Exchanged<PscGranted>) -> &'static str {
    exchanged.unwrap().expect_err("a refusal").code()
}

#[tokio::test]
async fn a_one_time_code_opens_one_session() {
    let psc = Psc::open().await;
    let open = async |otp: &str| {
        let service = &psc.world.service;
        service
            .open_psc_session(&psc.at(NOW.0), "psc", &request(otp))
            .await
    };
    assert_eq!(code(open("000000").await), "login.credentials");
    let opened = ok(open(NOW.1).await);
    assert_eq!(code(open(NOW.1).await), "login.credentials", "used");
    assert!(psc.shown(NOW.0, &opened.token).await);
    assert!(psc.shown(NOW.0 + 59, &opened.token).await, "and again");
    assert!(!psc.shown(NOW.0 + 60, &opened.token).await, "over");
    let (service, moment) = (&psc.world.service, psc.at(NOW.0));
    let elsewhere = service.use_psc_session(&moment, "grid", &opened.token);
    assert!(elsewhere.await.unwrap().is_none(), "another organization");
    service
        .revoke_psc_session(&moment, "psc", &opened.token)
        .await
        .unwrap();
    assert!(!psc.shown(NOW.0, &opened.token).await, "revoked");
}

#[tokio::test]
async fn a_session_for_one_request_serves_one() {
    let psc = Psc::open().await;
    let once = psc.session(EARLIER, Scope::SingleSignature).await;
    assert!(psc.shown(EARLIER.0, &once.token).await);
    assert!(!psc.shown(EARLIER.0, &once.token).await);
    let multi = psc.session(NOW, Scope::MultiSignature).await;
    {
        let _off = guard::off("psc.used");
        assert!(psc.shown(NOW.0, &multi.token).await);
    }
    assert!(psc.shown(NOW.0, &multi.token).await);
    assert!(!psc.shown(NOW.0, &multi.token).await);
}

#[tokio::test]
async fn a_code_that_a_person_allowed_becomes_a_session_once() {
    code_becomes_a_session(Psc::open().await).await;
}

/// Runs where `TEST_DATABASE_URL` names a PostgreSQL.
#[tokio::test]
async fn a_code_becomes_a_session_once_on_postgresql_too() {
    if let Some(url) = postgresql("psc_codes").await {
        code_becomes_a_session(Psc::over(World::prepared(&url).await).await).await;
    }
}

async fn code_becomes_a_session(psc: Psc) {
    let allowed = psc.allowed(NOW, "signature_session").await;
    let granted = psc.redeem(NOW.0, brought(&allowed)).await.unwrap().unwrap();
    assert_eq!(granted.holder.as_str(), CPF);
    assert_eq!(granted.scope, Scope::SignatureSession);
    assert!(psc.shown(NOW.0, &granted.opened.token).await);
    assert_eq!(
        refused(psc.redeem(NOW.0, brought(&allowed)).await),
        "oauth.code_replayed"
    );
    assert!(
        !psc.shown(NOW.0, &granted.opened.token).await,
        "one of the two is a thief: what the code opened is over"
    );
}

#[tokio::test]
async fn a_code_counts_for_its_client_address_verifier_and_minute() {
    let psc = Psc::open().await;
    let allowed = psc.allowed(NOW, "").await;
    let good = brought(&allowed);
    for (what, bad, code) in [
        (
            "another address",
            PscCode {
                redirect_uri: Some("https://signer.example.com/other"),
                ..good
            },
            "oauth.code_redirect_uri",
        ),
        (
            "no address",
            PscCode {
                redirect_uri: None,
                ..good
            },
            "oauth.code_redirect_uri",
        ),
        (
            "no verifier",
            PscCode {
                verifier: None,
                ..good
            },
            "oauth.pkce_verifier_missing",
        ),
        (
            "another verifier",
            PscCode {
                verifier: Some(CHALLENGE),
                ..good
            },
            "oauth.pkce_mismatch",
        ),
        ("another code", brought("AAAA"), "oauth.code"),
    ] {
        assert_eq!(refused(psc.redeem(NOW.0, bad).await), code, "{what}");
    }
    assert_eq!(refused(psc.redeem(NOW.0 + 60, good).await), "oauth.code");
    let other = PscClient {
        id: "other".to_owned(),
        ..psc.client.clone()
    };
    let (service, moment) = (&psc.world.service, psc.at(NOW.0));
    let stolen = service.redeem_psc_code(&moment, ("psc", &other), good);
    assert_eq!(refused(stolen.await), "oauth.code");
    let tenant = service.redeem_psc_code(&moment, ("grid", &psc.client), good);
    assert_eq!(refused(tenant.await), "oauth.code");
    assert!(psc.redeem(NOW.0 + 59, good).await.unwrap().is_ok());
}

#[tokio::test]
async fn a_one_time_code_allows_once_and_not_by_itself() {
    let psc = Psc::open().await;
    let allow = async |holder: &str, otp: &str| {
        let holder = Holder::new(holder).unwrap();
        psc.world
            .service
            .allow_psc_session(
                &psc.at(NOW.0),
                ("psc", &psc.client),
                &psc.asked("single_signature"),
                (&holder, &Secret::new(otp)),
            )
            .await
    };
    assert_eq!(code(allow(CPF, "000000").await), "login.credentials");
    assert_eq!(code(allow("11122233344", NOW.1).await), "login.credentials");
    ok(allow(CPF, NOW.1).await);
    assert_eq!(code(allow(CPF, NOW.1).await), "login.credentials", "used");
}
