//! The second factor. It is fetched only when a page asks for it: a code that is not needed is not spent.

use super::refusal::Refusal;
use super::secret::Secret;
use super::terminal::Terminal;

/// Where a one-time code comes from.
#[derive(Debug, Clone, Default)]
pub(super) struct SecondFactor {
    /// A command that prints one.
    pub(super) command: Option<String>,
    /// One that was given.
    pub(super) given: Option<Secret>,
}

impl SecondFactor {
    /// Whether there is a code without asking anybody.
    pub(super) fn is_at_hand(&self) -> bool {
        self.command.is_some() || self.given.is_some()
    }

    /// A code, from wherever there is one; `host` wants it.
    pub(super) async fn code(&self, host: &str, terminal: &Terminal) -> Result<Secret, Refusal> {
        if let Some(command) = &self.command {
            return Secret::from_command(command, "second factor").await;
        }
        if let Some(code) = &self.given {
            return Ok(code.clone());
        }
        if !terminal.has_person() {
            return Err(Refusal::SecondFactorNeeded {
                host: host.to_owned(),
            });
        }
        terminal
            .ask_secret(&format!("One-time code for {host}:"))
            .await
    }
}
