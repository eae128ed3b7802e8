//! Fills a database as users would, and writes it down: the fixture that later releases must open.

use crate::federation::{self, believe_unasked};
use crate::gateway::{self, Desk, basic};
use crate::grants::{Comercial, jwts};
use crate::psc;
use crate::second_factor;
use crate::support::{World, ok, postgresql};
use identity::declare::ResourceServer;
use identity::login::NextStep;
use identity::sso::PostBack;
use std::path::Path;
use std::process::Command;

/// What clients and browsers hold when the release ends.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Left {
    /// Seconds since 1970 at which everything here is alive.
    pub(super) now: i64,
    pub(super) cookie: String,
    pub(super) token: String,
    pub(super) revoked_token: String,
    pub(super) spent_response: Posted,
    pub(super) fresh_response: Posted,
    pub(super) unscoped: String,
    pub(super) scoped: String,
    pub(super) access_token: String,
    pub(super) refresh_token: String,
    pub(super) spent_code: String,
    pub(super) jwt: String,
    pub(super) ticket: String,
    pub(super) gateway_session: String,
    pub(super) psc_session: String,
}

/// What a browser posts to the service provider.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Posted {
    pub(super) saml_response: String,
    pub(super) relay_state: Option<String>,
}

impl From<PostBack> for Posted {
    fn from(post: PostBack) -> Self {
        Self {
            saml_response: post.saml_response,
            relay_state: post.relay_state,
        }
    }
}

/// Run before a release is tagged, with `--ignored`; the folder is the release's. It needs `sqlite3` and `pg_dump`.
#[tokio::test]
#[ignore = "writes the fixtures of a release"]
async fn writes_what_a_release_leaves() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(format!("v{}", env!("CARGO_PKG_VERSION")));
    std::fs::create_dir_all(&folder).unwrap();

    let database = tempfile::tempdir().unwrap();
    let file = database.path().join("identity.db");
    let left = leave(&format!("sqlite:{}", file.display())).await;
    let dump = Command::new("sqlite3").arg(&file).arg(".dump").output();
    write(&folder, "sqlite", &left, &dump.unwrap().stdout);

    let url = postgresql("left_behind").await.expect("TEST_DATABASE_URL");
    let left = leave(&url).await;
    let dump = Command::new("pg_dump")
        .args(["--inserts", "--no-owner", "--no-privileges", &url])
        .output();
    write(&folder, "postgresql", &left, &dump.unwrap().stdout);
}

fn write(folder: &Path, engine: &str, left: &Left, dump: &[u8]) {
    // `\restrict` and the like are for psql alone, and a search path without `public` would outlive the dump.
    let sql: String = str::from_utf8(dump)
        .unwrap()
        .lines()
        .filter(|line| !line.starts_with('\\') && !line.contains("search_path"))
        .flat_map(|line| [line, "\n"])
        .collect();
    assert!(sql.contains("federation_tokens"), "{sql}");
    std::fs::write(folder.join(format!("{engine}.sql")), sql).unwrap();
    let json = serde_json::to_string_pretty(left).unwrap();
    std::fs::write(folder.join(format!("{engine}.json")), json + "\n").unwrap();
}

async fn leave(url: &str) -> Left {
    let org = Comercial::in_world(World::prepared(url).await).await;
    let session = org.sign_in().await;
    let spent_code = org.code(&session).await;
    let tokens = org.redeem(&spent_code).await.unwrap().unwrap();
    let jwt = org.issue(&session).await;

    let world = org.world;
    declare_resource_server(&world).await;
    believe_unasked(&world, |_| ()).await;
    let unscoped = federation::unscoped(&world).await;
    let scoped = ok(federation::scope(&world, &unscoped).await).plain;

    let (revoked_token, _) = world.token().await;
    ok(world
        .service
        .revoke_token(&world.moment, "grid", &revoked_token)
        .await);
    let (cookie, session) = world.sign_in("my-sso-username", "my-password").await;
    let spent_response = world.answer(&world.begin().await, &session).await;
    let token = ok(world.finish(&spent_response).await).plain;
    let fresh_response = world.answer(&world.begin().await, &session).await;
    let now = world.moment.now.as_second();
    let shown = second_factor::shown(now);
    let step = world
        .try_sign_in("mfa-user", "my-password", Some(&shown))
        .await;
    assert!(matches!(step, NextStep::SignedIn { .. }));

    psc::declare_holder(&world).await;
    let asked = psc::request(&shown);
    let opened = world
        .service
        .open_psc_session(&world.moment, "psc", &asked)
        .await;
    let psc_session = ok(opened).token.expose().to_owned();
    let desk = Desk::over(world);
    let transaction = desk
        .begin(basic("111111"), "autoRevoke=false")
        .await
        .unwrap();
    desk.end(&transaction).await;
    desk.world.service.store().close().await;
    Left {
        now,
        cookie,
        token,
        revoked_token,
        spent_response: spent_response.into(),
        fresh_response: fresh_response.into(),
        unscoped,
        scoped,
        access_token: tokens.access_token,
        refresh_token: tokens.refresh_token.expect("one that renews"),
        spent_code,
        ticket: jwts::ticket(&jwt),
        jwt,
        gateway_session: gateway::token(&transaction),
        psc_session,
    }
}

async fn declare_resource_server(world: &World) {
    let server = ResourceServer {
        id: "api".to_owned(),
        secret: "a-secret-of-more-than-32-characters".to_owned(),
        accounts: vec!["12345".to_owned()],
    };
    world
        .declare(|declared| declared.organization[1].resource_server.push(server))
        .await;
}
