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
    /// How the client names itself (User-Agent), for people to recognise their sessions; nothing depends on it.
    pub browser: Option<Arc<str>>,
    /// Ties answer, log lines and audit events together.
    pub correlation: Uuid,
}

impl Moment {
    /// Fresh random bytes.
    pub(crate) fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }

    /// A fresh UUIDv4.
    pub(crate) fn uuid(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// A fresh message identifier: an `xs:ID` may not begin with a digit (SAML core §1.3.4).
    pub(crate) fn message_id(&self) -> String {
        format!("_{}", self.uuid())
    }
}

impl std::fmt::Debug for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Moment")
            .field("now", &self.now)
            .field("correlation", &self.correlation)
            .finish_non_exhaustive()
    }
}
