//! Liveness, readiness, metrics.
