//! Every shared component of the server, passed to handlers as state.

use crate::clock::Clock;
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
}

impl App {
    /// The circumstances of one request.
    pub fn moment(&self, client: Option<IpAddr>) -> Moment {
        let mut id = [0; 16];
        self.random.fill(&mut id);
        Moment {
            now: self.clock.now(),
            random: Arc::clone(&self.random),
            client,
            correlation: uuid::Builder::from_random_bytes(id).into_uuid(),
        }
    }

    /// An identifier for a message that we write.
    pub fn uuid(&self) -> Uuid {
        let mut id = [0; 16];
        self.random.fill(&mut id);
        uuid::Builder::from_random_bytes(id).into_uuid()
    }
}
