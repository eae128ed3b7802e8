//! What is printed: Markdown, as it stands in `docs/performance.md`.

use crate::load::Figures;
use crate::machine;

/// A figure and its control.
pub(crate) struct Row {
    what: String,
    figure: String,
    control: String,
    ratio: String,
    wanted: &'static str,
}

impl Row {
    /// A loop beside the loop of its control.
    pub(crate) fn beside(
        what: &str,
        figures: Figures,
        (control, bare): (&str, Figures),
        wanted: &'static str,
    ) -> Self {
        let ratio = figures.per_second / bare.per_second * 100.0;
        let by_time = bare.microseconds / figures.microseconds * 100.0;
        Self {
            what: what.to_owned(),
            figure: spelled(figures),
            control: format!("{control}: {}", spelled(bare)),
            ratio: format!("{ratio:.0} % ({by_time:.0} % by processor time)"),
            wanted,
        }
    }

    /// A loop beside an operation that it cannot do without, of which there are `most` for each second of a core.
    pub(crate) fn beside_operation(
        what: &str,
        figures: Figures,
        (operation, most): (&str, f64),
        wanted: &'static str,
    ) -> Self {
        let ratio = figures.per_second / most * 100.0;
        let by_time = 1e6 / figures.microseconds / most * 100.0;
        Self {
            what: what.to_owned(),
            figure: spelled(figures),
            control: format!("{operation}: {most:.0}/s"),
            ratio: format!("{ratio:.0} % ({by_time:.0} % by processor time)"),
            wanted,
        }
    }

    /// A loop that stands for itself.
    pub(crate) fn of_loop(what: &str, figures: Figures, wanted: &'static str) -> Self {
        Self::alone(what, spelled(figures), "", wanted)
    }

    /// A figure that stands for itself.
    pub(crate) fn alone(what: &str, figure: String, control: &str, wanted: &'static str) -> Self {
        Self {
            what: what.to_owned(),
            figure,
            control: control.to_owned(),
            ratio: String::new(),
            wanted,
        }
    }
}

fn spelled(figures: Figures) -> String {
    format!(
        "{:.0}/s, {:.1} µs of a core, p50 {:.2} ms, p99 {:.2} ms",
        figures.per_second, figures.microseconds, figures.median, figures.slowest
    )
}

/// Prints everything.
pub(crate) fn print(rows: &[Row]) {
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d");
    println!(
        "Taken on {today} by `./bench` on {}.\n",
        machine::description()
    );
    println!("| what | figure | control of the same run | of the control | wanted |");
    println!("| --- | --- | --- | --- | --- |");
    for row in rows {
        println!(
            "| {} | {} | {} | {} | {} |",
            row.what, row.figure, row.control, row.ratio, row.wanted
        );
    }
}
