use super::{Seeded, ok, query};
use identity::declare::{Account, Application, Declaration, IdentityProvider, Organization, User};
use identity::entities::{self, Dialect, NameIdSource, ServiceProvider};
use identity::login::{Credentials, NextStep, Secret, Session};
use identity::providers::IssuedToken;
use identity::service::Settings;
use identity::sso::{Came, PostBack};
use identity::store::Store;
use identity::vault::Vault;
use identity::{Moment, Service};
use jiff::{SignedDuration, Timestamp};
use saml::bindings::redirect::Order;
use saml::issue::{Prefixes, Signed};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// Everything a test needs; `moment` is when it happens.
pub(crate) struct World {
    pub(crate) service: Service,
    pub(crate) moment: Moment,
    pub(crate) idp: entities::IdentityProvider,
    pub(crate) sp: ServiceProvider,
    folder: Arc<tempfile::TempDir>,
}

const MASTER: [u8; 32] = [9; 32];

/// No two nodes draw the same numbers.
static NODES: AtomicU64 = AtomicU64::new(3);

/// Keys take long to make: they are made once, and every test starts from a copy of that database.
static TEMPLATE: OnceCell<(tempfile::TempDir, PathBuf)> = OnceCell::const_new();

impl World {
    pub(crate) async fn new() -> Self {
        let (_, template) = TEMPLATE
            .get_or_init(|| async {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("template.db");
                let world = Self::prepared(&format!("sqlite:{}", path.display())).await;
                world.service.store().close().await;
                (folder, path)
            })
            .await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(template, folder.path().join("identity.db")).unwrap();
        Self::over(
            &format!("sqlite:{}", folder.path().join("identity.db").display()),
            Arc::new(folder),
            1,
        )
        .await
    }

    /// A world on an empty database.
    pub(crate) async fn prepared(url: &str) -> Self {
        let world = Self::over(url, Arc::new(tempfile::tempdir().unwrap()), 2).await;
        let service = &world.service;
        service
            .ensure_identity_provider(&world.moment, &world.idp)
            .await
            .unwrap();
        service
            .ensure_service_provider(&world.moment, &world.sp)
            .await
            .unwrap();
        let declared = world.declared().await;
        service
            .declare(&world.moment, &declared)
            .await
            .unwrap()
            .unwrap();
        world
    }

    /// What an earlier process left, opened by another.
    pub(crate) async fn left(url: &str, folder: tempfile::TempDir) -> Self {
        let seed = NODES.fetch_add(1, Ordering::Relaxed);
        Self::over(url, Arc::new(folder), seed).await
    }

    async fn over(url: &str, folder: Arc<tempfile::TempDir>, seed: u64) -> Self {
        let store = Store::open(url).await.unwrap();
        let moment = Moment {
            now: Timestamp::from_second(1_541_523_023).unwrap(),
            random: Arc::new(Seeded::new(seed)),
            client: Some([192, 0, 2, 1].into()),
            browser: Some("Mozilla/5.0 (X11; Linux x86_64)".into()),
            correlation: Uuid::nil(),
        };
        Self {
            service: Service::new(store, Vault::new(MASTER), settings()),
            moment,
            idp: idp(),
            sp: sp(),
            folder,
        }
    }

    /// The same database from another process: nothing but what is stored is shared.
    pub(crate) async fn another_node(&self) -> Self {
        let url = format!(
            "sqlite:{}",
            self.folder.path().join("identity.db").display()
        );
        Self::over(
            &url,
            Arc::clone(&self.folder),
            NODES.fetch_add(1, Ordering::Relaxed),
        )
        .await
    }

    /// Another process on the database at `url`.
    pub(crate) async fn node_on(&self, url: &str) -> Self {
        let seed = NODES.fetch_add(1, Ordering::Relaxed);
        let mut node = Self::over(url, Arc::clone(&self.folder), seed).await;
        node.moment.now = self.moment.now;
        node
    }

    /// With other limits.
    pub(crate) fn limited(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings();
        change(&mut settings);
        let service = Service::new(self.service.store().clone(), Vault::new(MASTER), settings);
        Self { service, ..self }
    }

    /// Every byte that the database has on the disk.
    pub(crate) fn database(&self) -> Vec<u8> {
        std::fs::read_dir(self.folder.path())
            .unwrap()
            .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .collect()
    }

    pub(crate) fn pass(&mut self, seconds: i64) {
        self.moment.now += SignedDuration::from_secs(seconds);
    }

    /// What is declared, with both metadata documents.
    pub(crate) async fn declared(&self) -> Declaration {
        let idp = self
            .service
            .identity_provider_metadata(&self.moment, &self.idp)
            .await
            .unwrap();
        let sp = self
            .service
            .service_provider_metadata(&self.moment, &self.sp)
            .await
            .unwrap();
        declaration(&idp, &sp)
    }

    pub(crate) async fn declare(&self, change: impl FnOnce(&mut Declaration)) {
        let mut declared = self.declared().await;
        change(&mut declared);
        self.service
            .declare(&self.moment, &declared)
            .await
            .unwrap()
            .unwrap();
    }

    pub(crate) async fn begin(&self) -> String {
        ok(self
            .service
            .begin_sign_on(&self.moment, &self.sp, "12345")
            .await)
    }

    pub(crate) async fn sign_in(&self, user: &str, password: &str) -> (String, Session) {
        match self.try_sign_in(user, password, None).await {
            NextStep::SignedIn { cookie, session } => (cookie, session),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn try_sign_in(
        &self,
        user: &str,
        password: &str,
        code: Option<&str>,
    ) -> NextStep {
        let credentials = Credentials {
            user_name: user.into(),
            password: Secret::new(password),
            code: code.map(Secret::new),
        };
        self.service
            .sign_in(&self.moment, &self.idp, &credentials)
            .await
            .unwrap()
    }

    /// The response to a request, for somebody who is signed in.
    pub(crate) async fn answer(&self, url: &str, session: &Session) -> PostBack {
        let asked = ok(self
            .service
            .judge_request(&self.moment, &self.idp, Came::Redirect(query(url)))
            .await);
        ok(self
            .service
            .vouch(&self.moment, &self.idp, session, &asked)
            .await)
    }

    /// A response for `my-sso-username`, with the session that vouched.
    pub(crate) async fn response(&self) -> (PostBack, Session) {
        let (_, session) = self
            .sign_in("my-sso-username@my-domain", "my-password")
            .await;
        (self.answer(&self.begin().await, &session).await, session)
    }

    pub(crate) async fn finish(
        &self,
        post: &PostBack,
    ) -> Result<Result<IssuedToken, identity::Refused>, identity::Unavailable> {
        self.service
            .finish_sign_on(
                &self.moment,
                &self.sp,
                &post.saml_response,
                post.relay_state.as_deref(),
            )
            .await
    }

    /// A token for `my-sso-username`, with the session that vouched.
    pub(crate) async fn token(&self) -> (String, Session) {
        let (post, session) = self.response().await;
        (ok(self.finish(&post).await).plain, session)
    }

    pub(crate) async fn is_live(&self, token: &str) -> bool {
        self.service
            .check_token(&self.moment, "grid", token)
            .await
            .unwrap()
            .is_ok()
    }

    pub(crate) async fn events(
        &self,
        organization: &str,
        kind: &str,
    ) -> Vec<identity::audit::Event> {
        let mut events = self
            .service
            .store()
            .events(organization, Timestamp::UNIX_EPOCH, 1000)
            .await
            .unwrap();
        events.retain(|event| event.kind == kind);
        events
    }
}

/// Cheap hashes: what they cost is not what these tests are about.
fn settings() -> Settings {
    Settings {
        argon2: (64, 1),
        attempts_per_minute: 1000,
        codes_per_five_minutes: 1000,
        links_per_hour: 1000,
        argon2_queue: 1000,
        ..Settings::default()
    }
}

fn idp() -> entities::IdentityProvider {
    entities::IdentityProvider {
        organization: "my-domain".into(),
        door: "adfs".into(),
        entity_id: "http://adfs.example.com/adfs/services/trust".into(),
        sso: vec!["https://adfs.example.com/adfs/ls/".into()],
        soap: vec!["https://adfs.example.com/ecp".into()],
        slo: vec!["https://adfs.example.com/adfs/ls/".into()],
        signed: Signed::Assertion,
        prefixes: Prefixes::Short,
        name_id: NameIdSource::Guid,
        dialect: Dialect::Claims,
        order: Order::SigAlgLast,
        default_domain: Some("my-domain".into()),
    }
}

fn sp() -> ServiceProvider {
    ServiceProvider {
        organization: "grid".into(),
        door: "storagegrid".into(),
        entity_id: "https://storagegrid.example.com/saml".into(),
        acs: vec!["https://storagegrid.example.com:443/api/saml-response".into()],
        paos: vec!["https://storagegrid.example.com:443/ecp".into()],
        slo: vec!["https://storagegrid.example.com:443/api/saml-logout".into()],
        takes_encrypted: true,
    }
}

/// Both organizations.
fn declaration(idp_metadata: &str, sp_metadata: &str) -> Declaration {
    let user = |name: &str, groups: &[&str], totp: Option<&str>| User {
        name: format!("{name}@my-domain"),
        password: Some("my-password".into()),
        groups: groups.iter().map(ToString::to_string).collect(),
        totp: totp.map(str::to_owned),
        push: totp.is_some(),
        telephone: totp.map(|_| "+55 11 90000-0034".to_owned()),
        ..User::default()
    };
    let my_domain = Organization {
        id: "my-domain".into(),
        user: vec![
            user("my-sso-username", &["admins"], None),
            user(
                "mfa-user",
                &["admins"],
                Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
            ),
            user("outsider", &[], None),
        ],
        application: vec![Application {
            id: "storagegrid".into(),
            metadata: Some(sp_metadata.into()),
            ..Application::default()
        }],
        ..Organization::default()
    };
    let account = |id: &str, provider: Option<&str>| Account {
        id: id.into(),
        admits: vec!["admins".into()],
        identity_provider: provider.map(str::to_owned),
        ..Account::default()
    };
    let grid = Organization {
        id: "grid".into(),
        user: vec![User {
            name: "root".into(),
            password: Some("root-password".into()),
            groups: vec!["admins".into()],
            ..User::default()
        }],
        account: vec![
            account("0", Some("adfs")),
            account("12345", Some("adfs")),
            account("777", None),
        ],
        identity_provider: vec![IdentityProvider {
            id: "adfs".into(),
            metadata: Some(idp_metadata.into()),
            ..IdentityProvider::default()
        }],
        ..Organization::default()
    };
    Declaration {
        organization: vec![my_domain, grid],
    }
}
