//! When a rule is asked, with which randomness, and from where. An argument of every rule, so that tests decide all three.

use jiff::Timestamp;
use std::net::IpAddr;
use std::sync::Arc;
use uuid::Uuid;

/// A source of unpredictable bytes.
pub trait Random: Send + Sync {
    /// Fills `buffer`.
    fn fill(&self, buffer: &mut [u8]);
}

/// The circumstances of one question.
#[derive(Clone)]
pub struct Moment {
    /// Now.
    pub now: Timestamp,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// The client's address, as far as a listed proxy or the socket tells.
    pub client: Option<IpAddr>,
    /// Ties answer, log lines and audit events together.
    pub correlation: Uuid,
}
