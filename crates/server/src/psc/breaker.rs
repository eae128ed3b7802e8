//! When a provider is left alone: after several failures in a row, for a while, then tried with one request.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Failures in a row after which a provider is left alone.
const FAILURES: u32 = 5;
/// For how long.
const ALONE: Duration = Duration::from_secs(10);

/// The state of one provider. In the process: it decides how long people wait, never whether something is valid.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    until: Option<Instant>,
}

impl Breaker {
    /// Whether a request may go out at `now`. Once the time is over one may, and the others wait for what becomes of it.
    pub(super) fn admits(&self, now: Instant) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.until {
            Some(until) if now < until => false,
            Some(_) => {
                state.until = Some(now + ALONE);
                true
            }
            None => true,
        }
    }

    /// It answered, whatever it said.
    pub(super) fn answered(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }

    /// It gave no answer that counts.
    pub(super) fn failed(&self, now: Instant) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            state.until = Some(now + ALONE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_provider_that_keeps_failing_is_left_alone_and_then_tried_once() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for _ in 0..FAILURES {
            assert!(breaker.admits(start));
            breaker.failed(start);
        }
        assert!(!breaker.admits(start));
        let later = start + ALONE;
        assert!(breaker.admits(later), "one is let through");
        assert!(!breaker.admits(later), "and no second one");
        breaker.answered();
        assert!(breaker.admits(later));
    }

    #[tokio::test]
    async fn an_answer_in_between_starts_the_count_again() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..10 {
            breaker.failed(now);
            breaker.answered();
        }
        assert!(breaker.admits(now));
    }
}
