//! Cores, processor time, memory: what Linux says of a process.

use std::fs;
use std::process::{Command, Stdio};

/// The core of what is measured.
pub(crate) const SERVER: u32 = 0;
/// The core of the load, and of what stands behind what is measured.
pub(crate) const LOAD: u32 = 1;

/// Keeps this process, and every process that it starts from now on, on one core.
pub(crate) fn pin_this_process(core: u32) {
    let id = std::process::id().to_string();
    let pinned = Command::new("taskset")
        .args(["--all-tasks", "--cpu-list", "--pid", &core.to_string(), &id])
        .stdout(Stdio::null())
        .status();
    assert!(
        pinned.is_ok_and(|status| status.success()),
        "the load needs taskset and a second core"
    );
}

/// A program that will run on one core. `taskset` becomes the program, so the process identifier is its own.
pub(crate) fn on_core(core: u32, program: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", &core.to_string(), program]);
    command
}

/// Seconds of processor time that these processes have used, in all of their threads, those that ended too.
pub(crate) fn processor_seconds(processes: &[u32]) -> f64 {
    processes.iter().map(|process| of_process(*process)).sum()
}

fn of_process(process: u32) -> f64 {
    /// The unit of the figures below, whatever the kernel's own is (proc(5)).
    const PER_SECOND: f64 = 100.0;
    let told = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The name, in parentheses, may hold anything; the state follows it, and utime and stime are the 12th and 13th from there.
    let (_, figures) = told.rsplit_once(')').unwrap();
    let ticks = figures.split_whitespace().skip(11).take(2);
    ticks.map(|text| text.parse::<f64>().unwrap()).sum::<f64>() / PER_SECOND
}

/// Resident memory, in MiB.
pub(crate) fn resident(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    let kibibytes = line.trim().trim_end_matches(" kB");
    kibibytes.parse::<f64>().unwrap() / 1024.0
}

/// The machine, for the head of the table.
pub(crate) fn description() -> String {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap();
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("an unknown processor", |rest| {
            rest.trim_start_matches(['\t', ' ', ':'])
        });
    let count = processors
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let load = fs::read_to_string("/proc/loadavg").unwrap();
    format!(
        "{count} × {model}, Linux {}, load average at the end {}",
        kernel.trim(),
        load.split(' ').next().unwrap_or_default()
    )
}
