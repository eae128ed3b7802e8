//! `./bench`: the program as a whole under load, each figure beside the control of the same run. Prints Markdown.
//!
//! The program, and what it is compared with, run on one core; the load and whatever stands behind the program run on another.
//! So every figure is per core of server, and processor time for each request stands beside it: that says the same on a machine
//! that has other work.
//!
//! * [`machine`]: cores, processor time, memory · [`load`]: clients in a closed loop · [`call`]: one request, for what comes before
//! * [`control`]: what the program is compared with · [`program`]: the program itself, and who exists in it · [`table`]: what is printed
//! * [`sign_on`], [`horacius`], [`checks`], [`cloud`], [`gateway`], [`footprint`]: what is measured

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measurement that cannot go on has failed, and time is what it measures"
)]

mod call;
mod checks;
mod cloud;
mod control;
mod footprint;
mod gateway;
mod horacius;
mod load;
mod machine;
mod program;
mod sign_on;
mod table;

use std::time::Duration;

/// How long each loop runs.
fn window() -> Duration {
    let seconds = std::env::var("PORTARIA_BENCH_SECONDS").ok();
    Duration::from_secs_f64(seconds.and_then(|text| text.parse().ok()).unwrap_or(5.0))
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    match arguments.next().as_deref() {
        Some("control") => runtime.block_on(control::serve()),
        _ => runtime.block_on(measure()),
    }
}

async fn measure() {
    machine::pin_this_process(machine::LOAD);
    let wanted = std::env::var("PORTARIA_BENCH").unwrap_or_default();
    let wants = |name: &str| wanted.is_empty() || wanted.split(',').any(|each| each == name);
    let bare = control::Control::start(machine::SERVER);
    let program = program::Program::start().await;
    let mut rows = Vec::new();
    if wants("sign_on") {
        rows.extend(sign_on::rows(&program).await);
    }
    if wants("horacius") {
        rows.extend(horacius::rows(&program).await);
    }
    if wants("checks") {
        rows.extend(checks::rows(&program, &bare).await);
    }
    if wants("cloud") {
        rows.extend(cloud::rows(&program, &bare).await);
    }
    if wants("gateway") {
        rows.extend(gateway::rows(&program, &bare).await);
    }
    if wants("footprint") {
        rows.extend(footprint::rows(program).await);
    }
    table::print(&rows);
}
