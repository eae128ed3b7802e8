//! Completions and manual pages, made from what can be typed.

use crate::args::{Arguments, CompletionsArgs};
use crate::exit::Failure;
use clap::CommandFactory;
use std::io::Write;

/// `portaria completions`
pub(crate) fn completions(typed: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        typed.shell,
        &mut Arguments::command(),
        "portaria",
        &mut script,
    );
    std::io::stdout().write_all(&script)?;
    Ok(())
}

/// `portaria man`
pub(crate) fn manual() -> Result<(), Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
    std::io::stdout().write_all(&page)?;
    Ok(())
}
