//! Two operations in turns, so that whatever slows the machine down slows both.

use std::time::{Duration, Instant};

/// How often each runs.
const ROUNDS: usize = 4000;

/// Prints how long `whole` takes beside the `raw` operation that it cannot do without: the medians, and their ratio.
pub(crate) fn beside(name: &str, mut raw: impl FnMut(), mut whole: impl FnMut()) {
    let mut times = [Vec::with_capacity(ROUNDS), Vec::with_capacity(ROUNDS)];
    for _ in 0..ROUNDS {
        times[0].push(timed(&mut raw));
        times[1].push(timed(&mut whole));
    }
    let [raw, whole] = times.map(|mut times| {
        times.sort_unstable();
        times[ROUNDS / 2].as_secs_f64() * 1e6
    });
    println!(
        "{name}: {whole:.1} µs beside {raw:.1} µs raw, {:.2} x",
        whole / raw
    );
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn timed(operation: &mut impl FnMut()) -> Duration {
    let began = Instant::now();
    operation();
    began.elapsed()
}
