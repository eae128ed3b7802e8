//! A secret in memory, and the ways in which one arrives: environment, standard input, a command. Never argv, never a file.

use super::refusal::Refusal;
use std::fmt;
use std::io::{BufRead, Read};
use std::process::Stdio;
use zeroize::Zeroizing;

/// No password or code is longer.
const LONGEST: u64 = 64 * 1024;

/// A password, a one-time code or a token: wiped when dropped, and not to be seen by accident.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    /// Keeps it.
    pub(crate) fn new(secret: impl Into<String>) -> Self {
        Self(Zeroizing::new(secret.into()))
    }

    /// Shows it. The name is long so that every place that does stands out.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Takes it from an environment variable; blank counts as absent.
    pub(crate) fn from_environment(variable: &str) -> Option<Self> {
        std::env::var(variable)
            .ok()
            .filter(|value| !value.is_empty())
            .map(Self::new)
    }

    /// Reads the first line of standard input.
    pub(crate) async fn from_standard_input(what: &'static str) -> Result<Self, Refusal> {
        let failed = |reason: String| Refusal::SourceFailed { what, reason };
        let line = tokio::task::spawn_blocking(|| {
            let mut line = Zeroizing::new(String::new());
            let read = std::io::stdin().lock().take(LONGEST).read_line(&mut line);
            read.map(|_| line)
        })
        .await
        .expect("reading a line does not panic")
        .map_err(|error| failed(error.to_string()))?;
        first_line(&line).ok_or_else(|| failed("standard input is empty".to_owned()))
    }

    /// Runs a command with the system's shell and takes the first line that it prints. It may talk to the person itself.
    pub(crate) async fn from_command(command: &str, what: &'static str) -> Result<Self, Refusal> {
        let failed = |reason: String| Refusal::SourceFailed { what, reason };
        let output = shell(command)
            .stdin(Stdio::inherit())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            return Err(failed(format!("the command ended with {}", output.status)));
        }
        let printed = Zeroizing::new(
            String::from_utf8(output.stdout).map_err(|_| failed("it did not print text".into()))?,
        );
        first_line(&printed).ok_or_else(|| failed("it printed nothing".to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

#[cfg(unix)]
fn shell(command: &str) -> tokio::process::Command {
    let mut shell = tokio::process::Command::new("/bin/sh");
    shell.arg("-c").arg(command);
    shell
}

#[cfg(windows)]
fn shell(command: &str) -> tokio::process::Command {
    let mut shell = tokio::process::Command::new("cmd");
    shell.arg("/C").arg(command);
    shell
}

fn first_line(text: &str) -> Option<Secret> {
    text.lines()
        .next()
        .filter(|line| !line.is_empty())
        .map(Secret::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_does_not_show_itself() {
        assert_eq!(format!("{:?}", Secret::new("my-password")), "Secret(…)");
    }

    #[tokio::test]
    async fn command_gives_its_first_line() {
        let secret = Secret::from_command("printf 'one two \\nthree'", "password").await;
        assert_eq!(secret, Ok(Secret::new("one two ")));
    }

    #[tokio::test]
    async fn command_that_fails_gives_no_secret() {
        for command in ["echo x; exit 3", "true"] {
            let refusal = Secret::from_command(command, "password").await.unwrap_err();
            assert_eq!(refusal.code(), "login.secret-source");
        }
    }
}
