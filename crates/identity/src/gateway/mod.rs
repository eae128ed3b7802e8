//! The gateway in front of a signing service: who is behind a transaction, and which session at a cloud PSC it uses.
//!
//! This module owns the credentials and the sessions; it does not forward anything and it opens no connection.
//!
//! * [`authorization`]: `Basic`, `Bearer` and the twelve forms of `VCSchema`
//! * [`transaction`]: `VCSchemaCfg` and `VCSchemaData`
//! * [`providers`]: cloud PSCs, and which of them a credential means
//! * [`psc`]: the port through which a PSC is asked
//! * [`sessions`]: a transaction begins · [`ending`]: and ends · `memory`: answers kept for a moment
//! * [`passing`]: transactions that somebody else forwards · [`own`]: being a PSC for our own people

pub mod authorization;
pub mod ending;
mod memory;
pub mod own;
pub mod passing;
pub mod providers;
pub mod psc;
pub mod sessions;
pub mod transaction;

use crate::throttle::Throttle;
use jiff::SignedDuration;
use memory::{Answers, Held};
use providers::Providers;
use psc::Psc;
use std::sync::Arc;

/// One gateway: whose it is, and the PSCs behind it.
pub struct Gateway {
    /// The organization that owns it.
    pub organization: String,
    /// Its PSCs.
    pub providers: Providers,
    psc: Arc<dyn Psc>,
    /// How long a PSC's word about a token that was opened elsewhere is kept.
    foreign_for: SignedDuration,
    cache: Answers,
    foreign: Answers,
    held: Held,
    /// How often a client may show tokens that no provider knows.
    strangers: Throttle,
}

/// Tokens that no provider knows, by client and window, before it is asked about no more of them.
const UNKNOWN: u32 = 60;
const WINDOW: SignedDuration = SignedDuration::from_mins(1);

impl Gateway {
    /// A gateway of `organization` in front of `providers`, which `psc` asks.
    pub fn new(organization: impl Into<String>, providers: Providers, psc: Arc<dyn Psc>) -> Self {
        Self {
            organization: organization.into(),
            providers,
            psc,
            foreign_for: SignedDuration::from_secs(30),
            cache: Answers::default(),
            foreign: Answers::default(),
            held: Held::default(),
            strangers: Throttle::new(UNKNOWN, WINDOW),
        }
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway")
            .field("organization", &self.organization)
            .finish_non_exhaustive()
    }
}
