//! Whether requests are welcome.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shared by the telemetry routes and the stop. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Health {
    stopping: Arc<AtomicBool>,
}

impl Health {
    /// From now on readiness is refused, so that balancers send no more.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// Whether a stop has begun.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }
}
