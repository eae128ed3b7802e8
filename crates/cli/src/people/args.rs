//! What can be typed after `portaria people`.

use crate::args::{OfStore, ReportForm};
use clap::{Args, Subcommand};

/// `portaria people`
#[derive(Debug, Args)]
pub(crate) struct PeopleArgs {
    #[command(subcommand)]
    pub(crate) job: PeopleJob,
    #[command(flatten)]
    pub(crate) store: OfStore,
}

/// What can be done with people that no declaration says.
#[derive(Debug, Subcommand)]
pub(crate) enum PeopleJob {
    /// Print whose passwords or codes were wrong since they were last right, how often, and until when nothing is judged
    Failing(FailingArgs),
    /// Forgive a person all wrong passwords and codes: from now on they are judged again
    Reopen(ReopenArgs),
}

/// `portaria people failing`
#[derive(Debug, Args)]
pub(crate) struct FailingArgs {
    /// Organization of the people
    #[arg(long, value_name = "ID")]
    pub(crate) organization: String,
    /// How to print it
    #[arg(short, long, value_enum, default_value_t = ReportForm::Text)]
    pub(crate) output: ReportForm,
}

/// `portaria people reopen`
#[derive(Debug, Args)]
pub(crate) struct ReopenArgs {
    /// Organization of the person
    #[arg(long, value_name = "ID")]
    pub(crate) organization: String,
    /// User name, as declared
    pub(crate) user: String,
}
