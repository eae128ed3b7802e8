//! What is counted, in the text form that Prometheus reads. Label values come from our own lists, never from a request, so
//! that nobody can make them grow.

use super::expiry::Board;
use ::metrics::{
    Counter, Histogram, Unit, counter, describe_counter, describe_histogram, histogram,
    with_local_recorder,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use std::sync::Arc;
use std::time::Duration;

/// Buckets of request durations, in seconds: from a cached check to an argon2 hash behind a queue.
const BUCKETS: [f64; 10] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.1, 0.5, 2.0, 10.0,
];

/// The counters of one server. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
    /// What is read from the store from time to time.
    pub(super) expiry: Board,
}

impl Default for Metrics {
    fn default() -> Self {
        let builder = PrometheusBuilder::new()
            .set_buckets(&BUCKETS)
            .expect("the list of buckets is not empty");
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        with_local_recorder(&recorder, describe);
        Self {
            recorder: Arc::new(recorder),
            handle,
            expiry: Board::default(),
        }
    }
}

/// Classes of status codes, as labels.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The counters of one door.
#[derive(Clone)]
pub(crate) struct Requests {
    by_class: [Counter; 5],
    seconds: Histogram,
}

impl Requests {
    /// An answered request.
    pub(crate) fn answered(&self, status: u16, took: Duration) {
        let class = usize::from((status / 100).clamp(1, 5)) - 1;
        self.by_class[class].increment(1);
        self.seconds.record(took.as_secs_f64());
    }
}

impl Metrics {
    /// The counters of one door, looked up once: they are touched by every request.
    pub(crate) fn requests(&self, door: &'static str) -> Requests {
        with_local_recorder(&*self.recorder, || Requests {
            by_class: CLASSES.map(
                |class| counter!("portaria_http_requests_total", "door" => door, "status" => class),
            ),
            seconds: histogram!("portaria_http_request_seconds", "door" => door),
        })
    }

    /// Folds what was recorded since into buckets, so that nothing piles up where nobody reads the metrics.
    pub(crate) fn fold(&self) {
        self.handle.run_upkeep();
    }

    /// The end of a sign-on: `ok`, or the stable code of the refusal.
    pub fn sign_on(&self, door: &'static str, outcome: &'static str) {
        with_local_recorder(&*self.recorder, || {
            counter!("portaria_sign_ons_total", "door" => door, "outcome" => outcome).increment(1);
        });
    }

    /// A token was issued.
    pub fn token_issued(&self, door: &'static str) {
        with_local_recorder(&*self.recorder, || {
            counter!("portaria_tokens_issued_total", "door" => door).increment(1);
        });
    }

    /// A token was refused.
    pub fn token_refused(&self, door: &'static str) {
        with_local_recorder(&*self.recorder, || {
            counter!("portaria_tokens_refused_total", "door" => door).increment(1);
        });
    }

    /// Metadata was fetched: `changed`, `unchanged`, or the stable code of the fault.
    pub(crate) fn metadata_fetched(&self, outcome: &'static str) {
        with_local_recorder(&*self.recorder, || {
            counter!("portaria_metadata_fetches_total", "outcome" => outcome).increment(1);
        });
    }

    pub(super) fn render(&self) -> String {
        self.fold();
        self.handle.render() + &self.expiry.text()
    }
}

fn describe() {
    describe_counter!(
        "portaria_http_requests_total",
        "Requests answered, by door and class of status."
    );
    describe_histogram!(
        "portaria_http_request_seconds",
        Unit::Seconds,
        "Time from request head to answer, by door."
    );
    describe_counter!(
        "portaria_sign_ons_total",
        "Sign-ons ended, by door and outcome: ok or the code of the refusal."
    );
    describe_counter!("portaria_tokens_issued_total", "Bearer tokens issued.");
    describe_counter!("portaria_tokens_refused_total", "Bearer tokens refused.");
    describe_counter!(
        "portaria_metadata_fetches_total",
        "Metadata fetched from its address, by outcome: changed, unchanged or the code of the fault."
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_rendered_with_their_labels() {
        let metrics = Metrics::default();
        metrics
            .requests("storagegrid")
            .answered(200, Duration::from_millis(1));
        metrics.sign_on("storagegrid", "assertion.replayed");
        let text = metrics.render();
        assert!(
            text.contains(r#"portaria_http_requests_total{door="storagegrid",status="2xx"} 1"#),
            "{text}"
        );
        assert!(
            text.contains(
                r#"portaria_sign_ons_total{door="storagegrid",outcome="assertion.replayed"} 1"#
            ),
            "{text}"
        );
    }

    #[test]
    fn two_servers_in_one_process_count_apart() {
        let (one, other) = (Metrics::default(), Metrics::default());
        one.token_issued("storagegrid");
        assert!(!other.render().contains("portaria_tokens_issued_total{"));
    }
}
