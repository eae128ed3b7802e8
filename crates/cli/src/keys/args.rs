//! What can be typed after `portaria keys`.

use crate::args::{OfStore, ReportForm};
use clap::{Args, Subcommand};
use jiff::SignedDuration;
use xmldsig::generate::KeyAlgorithm;

/// `portaria keys`
#[derive(Debug, Args)]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    pub(crate) job: KeysJob,
    #[command(flatten)]
    pub(crate) store: OfStore,
}

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysJob {
    /// Print every key: whose, what for, kind, state, dates, fingerprint
    List(KeysListArgs),
    /// Let new keys follow: published beside the old ones now, in use later, and the old ones stay for a while
    Rotate(KeysRotateArgs),
    /// Take a stolen key out at once and for good, on running servers within a second
    Kill(KeyArgs),
    /// Print the certificate of a key, PEM
    Certificate(KeyArgs),
}

/// `portaria keys list`
#[derive(Debug, Args)]
pub(crate) struct KeysListArgs {
    /// Only the keys of this organization
    #[arg(long)]
    pub(crate) organization: Option<String>,
    /// How to print it
    #[arg(short, long, value_enum, default_value_t = ReportForm::Text)]
    pub(crate) output: ReportForm,
}

/// `portaria keys rotate`
#[derive(Debug, Args)]
pub(crate) struct KeysRotateArgs {
    /// Organization that has the keys
    #[arg(long)]
    pub(crate) organization: String,
    /// Only the keys of this door, such as `adfs`
    #[arg(long, conflicts_with = "application")]
    pub(crate) door: Option<String>,
    /// Only the keys of this application
    #[arg(long, value_name = "ID")]
    pub(crate) application: Option<String>,
    /// Only keys for this: `assertions`, `logout`, `requests`, `encryption` or `metadata`
    #[arg(long)]
    pub(crate) role: Option<String>,
    /// Kind of the new keys; by default they are of the same kind as the old ones
    #[arg(long, value_parser = algorithm)]
    pub(crate) algorithm: Option<KeyAlgorithm>,
    /// How long the new keys are published before they sign, so that partners meet them in metadata first
    #[arg(long, value_name = "DURATION", default_value = "24h")]
    pub(crate) ahead: SignedDuration,
    /// Sign with the new keys at once: for partners that are told at the same moment
    #[arg(long, conflicts_with = "ahead")]
    pub(crate) now: bool,
    /// How long the old keys stay published and accepted after that
    #[arg(long, value_name = "DURATION", default_value = "168h")]
    pub(crate) overlap: SignedDuration,
}

/// A key.
#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// Organization that has the key
    #[arg(long)]
    pub(crate) organization: String,
    /// SHA-256 of its certificate, as `keys list` prints it; the first eight digits will do
    pub(crate) fingerprint: String,
}

fn algorithm(typed: &str) -> Result<KeyAlgorithm, String> {
    KeyAlgorithm::from_name(typed).ok_or_else(|| {
        let names = KeyAlgorithm::ALL.map(KeyAlgorithm::name);
        format!("one of {}", names.join(", "))
    })
}
