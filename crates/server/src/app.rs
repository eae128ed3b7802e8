//! Every shared component of the server, passed to handlers as state.

use crate::clock::Clock;
use crate::letters::Post;
use crate::outbound::Outbound;
use crate::telemetry::Metrics;
use identity::moment::Random;
use identity::{Moment, Service};
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// Every shared component. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The rules.
    pub service: Service,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// What is counted.
    pub metrics: Metrics,
    /// What is sent to addresses that applications registered.
    pub outbound: Outbound,
    /// Letters.
    pub post: Post,
    correlations: Arc<Correlations>,
}

/// Names for requests. Unlike a secret, such a name needs only to be unlike all others, and to tell nobody how many came before:
/// a keyed hash of a number does, at a fraction of what the random generator takes.
#[derive(Default)]
struct Correlations {
    keys: [RandomState; 2],
    count: AtomicU64,
}

impl Correlations {
    fn next(&self) -> Uuid {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let [high, low] = self.keys.each_ref().map(|key| key.hash_one(count));
        uuid::Builder::from_custom_bytes(Uuid::from_u64_pair(high, low).into_bytes()).into_uuid()
    }
}

impl App {
    /// The rules with a clock and randomness.
    pub fn new(service: Service, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self {
            service,
            clock,
            random,
            metrics: Metrics::default(),
            outbound: Outbound::default(),
            post: Post::default(),
            correlations: Arc::default(),
        }
    }

    /// The same, sending where the operator allows it.
    #[must_use]
    pub fn sending(self, outbound: Outbound) -> Self {
        Self { outbound, ..self }
    }

    /// The same, with a way for letters.
    #[must_use]
    pub(crate) fn posting(self, post: Post) -> Self {
        Self { post, ..self }
    }

    /// The circumstances of one request.
    pub fn moment(&self, client: Option<IpAddr>) -> Moment {
        Moment {
            now: self.clock.now(),
            random: Arc::clone(&self.random),
            client,
            browser: None,
            correlation: self.correlations.next(),
        }
    }

    /// A random identifier.
    pub fn uuid(&self) -> Uuid {
        let mut id = [0; 16];
        self.random.fill(&mut id);
        uuid::Builder::from_random_bytes(id).into_uuid()
    }
}
