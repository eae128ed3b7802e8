//! `portaria check`: every fault of a configuration at once, without opening anything.

use crate::args::CheckArgs;
use crate::exit::{Exit, Failure};
use crate::{master_key, serve};

/// `portaria check`
pub(crate) fn run(typed: &CheckArgs) -> Result<(), Failure> {
    let config = serve::load(&typed.config)?;
    master_key::load(&config.master_key).map_err(|error| Failure::new(Exit::Usage, error))?;
    println!(
        "{} is without fault: {} doors",
        typed.config.display(),
        config.door.len()
    );
    Ok(())
}
