//! Every shared component of the server, passed to handlers as state.

use crate::clock::Clock;
use crate::letters::Post;
use crate::outbound::Outbound;
use crate::telemetry::Metrics;
use identity::moment::Random;
use identity::{Moment, Service};
use std::net::IpAddr;
use std::sync::Arc;
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
        }
    }

    /// The same, sending where the operator allows it.
    #[must_use]
    pub fn sending(self, outbound: Outbound) -> Self {
        Self { outbound, ..self }
    }

    /// The circumstances of one request.
    pub fn moment(&self, client: Option<IpAddr>) -> Moment {
        Moment {
            now: self.clock.now(),
            random: Arc::clone(&self.random),
            client,
            browser: None,
            correlation: self.uuid(),
        }
    }

    /// A random identifier.
    pub fn uuid(&self) -> Uuid {
        let mut id = [0; 16];
        self.random.fill(&mut id);
        uuid::Builder::from_random_bytes(id).into_uuid()
    }
}
