//! Memory of a program that has nothing to do, and how long it takes to start.

use crate::machine;
use crate::program::Program;
use crate::table::Row;
use std::time::Duration;

/// How often it is started.
const STARTS: usize = 5;

pub(crate) async fn rows(mut program: Program) -> Vec<Row> {
    let (mut took, mut resident) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        program.close();
        took.push(program.open().await);
        std::thread::sleep(Duration::from_secs(1));
        resident.push(machine::resident(program.process()));
    }
    took.sort_unstable();
    resident.sort_unstable_by(f64::total_cmp);
    let start = took[STARTS / 2].as_secs_f64() * 1e3;
    vec![
        Row::alone(
            "memory at rest",
            format!("{:.1} MiB", resident[STARTS / 2]),
            "",
            "≤ 20 MB",
        ),
        Row::alone(
            "start to first 200, with the database of the measurements above",
            format!("{start:.0} ms"),
            "",
            "≤ 60 ms",
        ),
    ]
}
