//! This module owns the client: sign on somewhere, keep the token, hand it out. It does not know the server's rules.

pub(crate) mod args;

use crate::exit::Failure;
use args::{ExecArgs, LoginArgs, LogoutArgs, StatusArgs, TokenArgs};
use std::process::ExitCode;

/// `portaria login`
#[expect(clippy::todo, clippy::unused_async, reason = "being written")]
pub(crate) async fn login(_typed: LoginArgs) -> Result<(), Failure> {
    todo!()
}
/// `portaria logout`
#[expect(clippy::todo, clippy::unused_async, reason = "being written")]
pub(crate) async fn logout(_typed: LogoutArgs) -> Result<(), Failure> {
    todo!()
}
/// `portaria status`
#[expect(clippy::todo, clippy::unused_async, reason = "being written")]
pub(crate) async fn status(_typed: StatusArgs) -> Result<(), Failure> {
    todo!()
}
/// `portaria token`
#[expect(clippy::todo, clippy::unused_async, reason = "being written")]
pub(crate) async fn token(_typed: TokenArgs) -> Result<(), Failure> {
    todo!()
}
/// `portaria exec`: ends with the exit code of the command that ran.
#[expect(clippy::todo, clippy::unused_async, reason = "being written")]
pub(crate) async fn exec(_typed: ExecArgs) -> Result<ExitCode, Failure> {
    todo!()
}
