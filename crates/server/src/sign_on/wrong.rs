//! What was wrong with what somebody typed, as far as a page may say.

use super::Failure;
use identity::Refused;

/// A refused attempt. The page is shown again; why exactly is for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// User name or password.
    Credentials,
    /// There were too many attempts.
    Throttled,
    /// The sign-in under way is over: begin with the password.
    StartAgain,
}

impl Wrong {
    /// By the code of the refusal. A server that is too busy to judge is no fault of who typed.
    pub fn of(refused: Refused) -> Result<Self, Failure> {
        match refused.code {
            "login.busy" => Err(Failure::Refused(refused)),
            "login.throttled" => Ok(Self::Throttled),
            "login.pending" => Ok(Self::StartAgain),
            _ => Ok(Self::Credentials),
        }
    }
}
