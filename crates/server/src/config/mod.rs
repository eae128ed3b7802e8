//! Configuration: TOML, overridden by `PORTARIA_…` variables, judged as a whole before anything opens.
//!
//! This module owns the sections and what may stand in them; it opens nothing but the file itself.
//!
//! * [`listen`]: addresses, certificates, trusted proxies · [`door`]: doors and their host names
//! * [`gateway`]: what stands behind a `cess` or `psc` door · [`huawei`]: what a `huawei` door's tokens list
//! * [`outbound`]: where requests of ours may go · [`forward_auth`]: which APIs behind a proxy our tokens open
//! * [`mail`]: how letters leave
//! * [`lifetimes`], [`limits`]: how long, how much · [`log`]: how loud
//! * [`fault`]: what is wrong, and where · [`source`]: the file and the variables, section by section

pub mod door;
pub mod fault;
pub mod forward_auth;
pub mod gateway;
pub mod huawei;
pub mod lifetimes;
pub mod limits;
pub mod listen;
pub mod log;
pub mod mail;
pub mod outbound;
mod source;

pub use door::{Door, Kind};
pub use fault::{Fault, Faults};
pub use forward_auth::ForwardAuth;
pub use gateway::Gateway;
pub use lifetimes::Lifetimes;
pub use limits::Limits;
pub use listen::{Listen, Tls};
pub use log::Log;
pub use mail::Mail;
pub use outbound::Outbound;

use std::path::{Path, PathBuf};

/// The whole configuration.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `sqlite:PATH`, `sqlite::memory:` or `postgres://…`.
    pub database: String,
    /// File with the master key: 32 bytes as 64 hexadecimal digits.
    pub master_key: PathBuf,
    /// Where to listen.
    #[serde(default)]
    pub listen: Listen,
    /// Certificate and key for `listen.https`.
    pub tls: Option<Tls>,
    /// How long things live.
    #[serde(default)]
    pub lifetimes: Lifetimes,
    /// How much is taken on.
    #[serde(default)]
    pub limits: Limits,
    /// What is logged.
    #[serde(default)]
    pub log: Log,
    /// Where requests of ours may go.
    #[serde(default)]
    pub outbound: Outbound,
    /// How letters leave; none are sent without it.
    pub mail: Option<Mail>,
    /// Doors.
    #[serde(default)]
    pub door: Vec<Door>,
    /// APIs behind a proxy that our tokens open.
    #[serde(default)]
    pub forward_auth: Vec<ForwardAuth>,
}

impl Config {
    /// Reads `path` and the environment. Every fault is reported at once, with its line where it has one.
    pub fn load(path: &Path) -> Result<Self, Faults> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Faults::one(Fault::new("file", format!("{}: {error}", path.display())))
        })?;
        Self::parse(&text, |name| std::env::var(name).ok())
    }

    /// The configuration of `text`, overridden by the variables that `variable` knows.
    pub fn parse(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, Faults> {
        source::read(text, variable)
    }

    /// What is wrong with the values taken together.
    pub fn check(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        self.listen.check(self.tls.as_ref(), &mut faults);
        self.lifetimes.check(&mut faults);
        self.limits.check(&mut faults);
        self.outbound.check(&mut faults);
        if let Some(mail) = &self.mail {
            mail.check(&mut faults);
        }
        door::check(&self.door, &mut faults);
        forward_auth::check(&self.forward_auth, &self.door, &mut faults);
        faults
    }

    /// Lifetimes and limits as the rules take them.
    pub fn settings(&self) -> identity::service::Settings {
        identity::service::Settings {
            token_lifetime: self.lifetimes.token,
            federation_lifetime: self.lifetimes.federation_token,
            request_lifetime: self.lifetimes.request,
            response_lifetime: self.lifetimes.response,
            session_lifetime: self.lifetimes.session,
            session_idle: self.lifetimes.session_idle,
            skew: self.lifetimes.skew,
            attempts_per_minute: self.limits.attempts_per_minute,
            failures_in_a_row: self.limits.failures_in_a_row,
            codes_per_five_minutes: self.limits.codes_per_five_minutes,
            links_per_hour: self.limits.links_per_hour,
            // Nobody here reaches people's telephones; who does says so.
            telephones: false,
            token_cache: self.lifetimes.token_cache,
            argon2: (self.limits.argon2_memory_kib, self.limits.argon2_passes),
            argon2_permits: self.limits.argon2_permits,
            argon2_queue: self.limits.argon2_queue,
        }
    }
}
