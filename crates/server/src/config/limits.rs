//! `[limits]`.

use crate::config::fault::Fault;

/// How much is taken on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Open connections; more wait in the listener's backlog.
    pub connections: u32,
    /// Requests under way; more are answered 503 at once.
    pub requests: u32,
    /// Failed sign-ins per minute and per client address or user name before further ones wait.
    pub attempts_per_minute: u32,
    /// Wrong passwords, or wrong codes, of one person in a row before none is judged for a day. Counted in the database.
    pub failures_in_a_row: u32,
    /// Wrong one-time codes per five minutes for one person before further ones wait.
    pub codes_per_five_minutes: u32,
    /// E-mailed links an hour for one person, whoever asks; ten times that for one client.
    pub links_per_hour: u32,
    /// Memory of one password hash, in KiB.
    pub argon2_memory_kib: u32,
    /// Passes of one password hash.
    pub argon2_passes: u32,
    /// Passwords hashed at the same time; by default one per processor.
    pub argon2_permits: usize,
    /// Passwords that wait for their turn or have it; more are refused at once. By default 32 per processor.
    pub argon2_queue: usize,
    /// How long the listener stays open after readiness turned off, in seconds.
    pub linger_seconds: u64,
    /// How long requests under way may take to finish at a stop, in seconds.
    pub grace_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        let permits = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            connections: 8192,
            requests: 2048,
            attempts_per_minute: 10,
            // NIST SP 800-63B §5.2.2: no more than 100.
            failures_in_a_row: 100,
            codes_per_five_minutes: 5,
            links_per_hour: 5,
            // OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
            argon2_memory_kib: 19 * 1024,
            argon2_passes: 2,
            argon2_permits: permits,
            argon2_queue: permits * 32,
            linger_seconds: 2,
            grace_seconds: 25,
        }
    }
}

impl Limits {
    pub(super) fn check(&self, faults: &mut Vec<Fault>) {
        let none = [
            ("connections", self.connections == 0),
            ("requests", self.requests == 0),
            ("attempts_per_minute", self.attempts_per_minute == 0),
            ("failures_in_a_row", self.failures_in_a_row == 0),
            ("codes_per_five_minutes", self.codes_per_five_minutes == 0),
            ("argon2_passes", self.argon2_passes == 0),
            ("argon2_permits", self.argon2_permits == 0),
            ("argon2_queue", self.argon2_queue == 0),
        ];
        for (name, _) in none.into_iter().filter(|(_, zero)| *zero) {
            faults.push(Fault::new(format!("limits.{name}"), "must be at least 1"));
        }
        // RFC 9106 §3.1: at least 8 KiB for each lane; below that the hash is refused at every sign-in.
        if self.argon2_memory_kib < 8 {
            faults.push(Fault::new("limits.argon2_memory_kib", "must be at least 8"));
        }
    }
}
