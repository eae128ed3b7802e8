//! What can be typed after `login`, `logout`, `status`, `token` and `exec`.
//!
//! A password and a one-time code have no flag of their own: what is on a command line, every user of the machine can read.

use super::method::Method;
use super::storagegrid::Address;
use crate::cache::Choice;
use clap::{Args, ValueEnum};
use std::ffi::OsString;
use std::num::NonZeroU16;
use std::time::Duration;

/// `portaria login`
#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    #[command(flatten)]
    pub(crate) session: SessionArgs,
    #[command(flatten)]
    pub(crate) sign_in: SignInArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// `portaria token`
#[derive(Debug, Args)]
pub(crate) struct TokenArgs {
    #[command(flatten)]
    pub(crate) session: SessionArgs,
    #[command(flatten)]
    pub(crate) sign_in: SignInArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// `portaria exec`
#[derive(Debug, Args)]
pub(crate) struct ExecArgs {
    #[command(flatten)]
    pub(crate) session: SessionArgs,
    #[command(flatten)]
    pub(crate) sign_in: SignInArgs,
    /// Command and its arguments; it finds the token in `STORAGEGRID_TOKEN` and `PORTARIA_TOKEN`
    #[arg(required = true, trailing_var_arg = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

/// `portaria logout`
#[derive(Debug, Args)]
pub(crate) struct LogoutArgs {
    #[command(flatten)]
    pub(crate) session: SessionArgs,
}

/// `portaria status`
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) session: SessionArgs,
    /// Believe the cache instead of asking the other side
    #[arg(long)]
    pub(crate) offline: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// What every one of these commands takes.
#[derive(Debug, Args)]
pub(crate) struct SessionArgs {
    /// Profile: a section of config.toml, and a place of its own for the token
    #[arg(
        short,
        long,
        env = "PORTARIA_PROFILE",
        default_value = "default",
        value_parser = profile_name
    )]
    pub(crate) profile: String,
    /// Give up after this many seconds of waiting for others
    #[arg(
        long,
        env = "PORTARIA_TIMEOUT",
        default_value = "120",
        value_name = "SECONDS"
    )]
    timeout: NonZeroU16,
    /// Never ask: end with exit code 5 where a person would be needed
    #[arg(long)]
    pub(crate) no_input: bool,
    /// Accept any certificate. Whoever stands in between then reads the password
    #[arg(long)]
    pub(crate) insecure: bool,
}

impl SessionArgs {
    /// How long to wait for others.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(self.timeout.get().into())
    }
}

/// Who signs in, where and how.
#[derive(Debug, Args)]
pub(crate) struct SignInArgs {
    /// What stands before StorageGRID: adfs, pingfederate or entra
    #[arg(long, env = "PORTARIA_METHOD")]
    pub(crate) method: Option<Method>,
    /// Host of StorageGRID, or of what speaks like it
    #[arg(long, env = "PORTARIA_ADDRESS", value_name = "HOST")]
    pub(crate) address: Option<Address>,
    /// Tenant account; 0 is the grid
    #[arg(long, env = "PORTARIA_ACCOUNT", value_name = "ID")]
    pub(crate) account: Option<String>,
    /// User name, as at the sign-in page
    #[arg(long, env = "PORTARIA_USER")]
    pub(crate) user: Option<String>,
    /// Domain of that user; may be blank
    #[arg(long, env = "PORTARIA_DOMAIN")]
    pub(crate) domain: Option<String>,
    /// Host of a sign-in page to which the password may go; repeatable
    #[arg(long, value_name = "HOST")]
    pub(crate) trust_host: Vec<String>,
    /// Read the password from standard input (its first line)
    #[arg(long, conflicts_with = "password_command")]
    pub(crate) password_stdin: bool,
    /// Command that prints the password; `PORTARIA_PASSWORD` is the other way
    #[arg(long, value_name = "COMMAND")]
    pub(crate) password_command: Option<String>,
    /// Command that prints a one-time code; `PORTARIA_OTP` is the other way
    #[arg(long, value_name = "COMMAND")]
    pub(crate) otp_command: Option<String>,
    /// Go through the sign-in with an installed Chromium, Chrome or Edge; shows it where there is a display and a person
    #[arg(long)]
    pub(crate) browser: bool,
    /// Who keeps the key of the cached token
    #[arg(long, env = "PORTARIA_CACHE", value_enum)]
    pub(crate) cache: Option<Choice>,
    /// Neither read nor write the cache
    #[arg(long)]
    pub(crate) no_cache: bool,
}

/// How the token is printed.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// How to print the token
    #[arg(short, long, value_enum)]
    pub(crate) output: Option<Shape>,
    /// Whose syntax `-o env` writes; by default that of $SHELL
    #[arg(long, value_enum)]
    pub(crate) shell: Option<Shell>,
}

/// A shape in which a token can be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shape {
    /// The token and nothing else
    Token,
    /// One JSON object: token, `expires_at`, whose and where
    Json,
    /// Lines for a shell to evaluate
    Env,
    /// An Authorization header
    Header,
}

/// A shell whose syntax can be written.
#[expect(clippy::enum_variant_names, reason = "it is called PowerShell")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// bash, zsh, and every other POSIX shell
    Bash,
    /// fish
    Fish,
    /// PowerShell
    #[value(name = "powershell", alias = "pwsh")]
    PowerShell,
}

/// A profile's name becomes the name of a file.
fn profile_name(typed: &str) -> Result<String, String> {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if typed.is_empty()
        || typed.len() > 64
        || typed.starts_with('.')
        || !typed.chars().all(harmless)
    {
        return Err("1 to 64 letters, digits, '-', '_' and '.', not beginning with '.'".to_owned());
    }
    Ok(typed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profile_name_cannot_leave_its_folder() {
        for refused in ["", "..", ".hidden", "a/b", "a\\b", "a b", "ação"] {
            assert!(profile_name(refused).is_err(), "{refused}");
        }
        for accepted in ["default", "grid-1", "a.b_C"] {
            assert!(profile_name(accepted).is_ok(), "{accepted}");
        }
    }
}
