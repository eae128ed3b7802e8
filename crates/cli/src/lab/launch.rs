//! Starting and ending a lab: the real server on loopback, with a proxy in front and a world inside.

use super::authority;
use super::manifest::{Manifest, ManifestCess, ManifestUser};
use super::proxy::{Proxy, Routes};
use super::signing::Signing;
use super::state::{State, Visibility};
use super::world;
use crate::args::LabOptions;
use crate::master_key;
use anyhow::{Context, Result};
use identity::moment::Random;
use identity::service::Settings;
use identity::store::Store;
use identity::vault::Vault;
use identity::{Moment, Service};
use server::clock::{Clock, SystemClock, SystemRandom};
use server::config::{Config, Lifetimes, Limits, Listen, Log, Mail, Outbound, Tls};
use server::{App, Running};
use std::sync::Arc;

/// Failed attempts that a rehearsal may make: whoever tests sign-ons makes hundreds a minute from one address.
const ATTEMPTS: u32 = 1_000_000;
/// The database and its key, in the state folder.
pub(super) const DATABASE: &str = "portaria.db";
pub(super) const MASTER_KEY: &str = "master.key";
/// How long a request may still take when somebody ends the lab.
const GRACE_SECONDS: u64 = 2;

/// Who writes the lab's letters, into the folder `mail` of its state.
const FROM: &str = "Portaria <portaria@comercial.sso.example.com>";

/// A running lab.
pub(super) struct Lab {
    /// What `lab.json` says.
    pub(super) manifest: Manifest,
    state: State,
    running: Running,
    signing: Signing,
    _proxy: Proxy,
}

impl Lab {
    /// Starts everything and publishes `lab.json`.
    pub(super) async fn start(options: &LabOptions) -> Result<Self> {
        let state = State::open(options.state.as_deref())?;
        Manifest::withdraw(&state)?;
        let clock = SystemClock;
        let certificates = authority::prepare(&state, world::HOSTS, clock.now())?;
        let people = world::people(&state, &SystemRandom)?;
        let secrets = world::Secrets::of(&state, &SystemRandom)?;
        let holder_totp = world::totp_secret(&state, &SystemRandom, "holder")?;

        let mut config = Config {
            database: format!("sqlite:{}", state.path(DATABASE).display()),
            master_key: state.path(MASTER_KEY),
            listen: Listen {
                https: Some(options.https),
                http: Some(options.http),
                telemetry: Some(options.telemetry),
                ..Listen::default()
            },
            tls: Some(Tls {
                certificate: certificates.server,
                key: certificates.server_key,
            }),
            lifetimes: Lifetimes::default(),
            limits: wide_limits(),
            log: Log::default(),
            outbound: Outbound {
                // Whoever rehearses back-channel logouts listens on this machine.
                networks: vec!["127.0.0.0/8".to_owned()],
                authorities: None,
            },
            mail: Some(Mail::folder(FROM, state.path("mail"))),
            door: world::doors(),
            forward_auth: Vec::new(),
        };
        let store = Store::open(&config.database).await?;
        let vault = Vault::new(master_key_of(&state)?);
        let service = Service::new(store, vault, settings(&config));
        let app = App::new(service, Arc::new(clock), Arc::new(SystemRandom));
        settle(
            &state,
            &app.service,
            &app.moment(None),
            options,
            &world::Cast {
                people: &people,
                secrets: &secrets,
                holder_totp: &holder_totp,
            },
        )
        .await?;
        let signing = Signing::start(&config, &app).await?;
        config.door.push(signing.door.clone());

        let running = server::start(&config, app).await?;
        let (Some(https), Some(http), Some(telemetry)) =
            (running.https, running.http, running.telemetry)
        else {
            anyhow::bail!("the server did not open the three listeners that it was asked for");
        };
        let hosts: Vec<String> = world::HOSTS.iter().map(|host| (*host).to_owned()).collect();
        let proxy = Proxy::start(
            options.proxy,
            Routes {
                hosts: hosts.clone(),
                https,
                http,
            },
        )
        .await
        .with_context(|| format!("the proxy at {}", options.proxy))?;

        let manifest = Manifest {
            proxy: format!("http://{}", proxy.address()),
            https,
            http,
            telemetry,
            ca: certificates.authority,
            hosts,
            accounts: world::accounts().into_iter().map(str::to_owned).collect(),
            applications: secrets.applications(),
            users: people.iter().map(ManifestUser::from).collect(),
            cess: ManifestCess {
                username: world::cess::HOLDER.to_owned(),
                totp: holder_totp,
                provider_port: signing.provider_port,
            },
            pid: std::process::id(),
        };
        manifest.publish(&state)?;
        Ok(Self {
            manifest,
            state,
            running,
            signing,
            _proxy: proxy,
        })
    }

    /// Ends it: what runs may finish, and nobody takes it for ready any more.
    pub(super) async fn stop(self) -> Result<()> {
        Manifest::withdraw(&self.state)?;
        self.running.stop().await;
        self.signing.stop().await;
        Ok(())
    }
}

/// As configured, and with telephones: `portaria lab approve` plays them.
fn settings(config: &Config) -> Settings {
    Settings {
        telephones: true,
        ..config.settings()
    }
}

/// Declares the world unless the database has it from last time: hashing passwords is slow on purpose.
async fn settle(
    state: &State,
    service: &Service,
    moment: &Moment,
    options: &LabOptions,
    cast: &world::Cast<'_>,
) -> Result<()> {
    const FILE: &str = "world";
    let world = format!("{} {:?}", build()?, options.sign_in);
    if state.read(FILE)?.is_some_and(|settled| settled == world) {
        return Ok(());
    }
    world::declare(service, moment, options.sign_in, cast).await?;
    state.write(FILE, &world, Visibility::Owner)
}

/// Which program this is: another build may have another world.
fn build() -> Result<String> {
    let program = std::env::current_exe()?.metadata()?;
    Ok(format!(
        "{} {} {:?}",
        env!("CARGO_PKG_VERSION"),
        program.len(),
        program.modified()?
    ))
}

/// The key that encrypts what the database holds, made once.
fn master_key_of(state: &State) -> Result<[u8; 32]> {
    if state.read(MASTER_KEY)?.is_none() {
        let mut key = [0; 32];
        SystemRandom.fill(&mut key);
        state.write(MASTER_KEY, &master_key::render(&key), Visibility::Owner)?;
    }
    master_key::load(&state.path(MASTER_KEY))
}

/// Those of a rehearsal.
fn wide_limits() -> Limits {
    Limits {
        attempts_per_minute: ATTEMPTS,
        failures_in_a_row: ATTEMPTS,
        codes_per_five_minutes: ATTEMPTS,
        links_per_hour: ATTEMPTS,
        // Nobody balances load over labs: there is nobody to tell before the listeners close.
        linger_seconds: 0,
        grace_seconds: GRACE_SECONDS,
        ..Limits::default()
    }
}
