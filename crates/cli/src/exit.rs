//! Exit codes are part of the interface: scripts decide by them.

use std::process::ExitCode;

/// Why the program ends other than well. The number is the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Something failed that no other code names.
    Failed = 1,
    /// What was typed or configured cannot be meant.
    Usage = 2,
    /// The other side, or the way to it, did not answer.
    Network = 3,
    /// The other side says no: to the password, or to the person.
    Refused = 4,
    /// Only a person could go on, and there is none to ask.
    InteractionNeeded = 5,
    /// The second factor was refused.
    SecondFactorRefused = 6,
    /// A page that this program cannot follow.
    UnknownPage = 7,
    /// A host to which the password may not go.
    NotTrusted = 8,
}

/// An end other than well, with what a person should read.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    error: anyhow::Error,
}

impl Failure {
    /// `error`, under that exit code.
    pub(crate) fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit,
            error: error.into(),
        }
    }

    /// A sentence, under that exit code.
    pub(crate) fn because(exit: Exit, sentence: impl std::fmt::Display) -> Self {
        Self {
            exit,
            error: anyhow::anyhow!("{sentence}"),
        }
    }

    /// Says it on standard error, and becomes the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        eprintln!("portaria: {:#}", self.error);
        ExitCode::from(self.exit as u8)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(Exit::Failed, error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(Exit::Failed, error)
    }
}
