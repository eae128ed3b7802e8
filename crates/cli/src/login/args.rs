//! What can be typed after `login`, `logout`, `status`, `token` and `exec`.

use clap::Args;

/// `portaria login`
#[derive(Debug, Args)]
pub(crate) struct LoginArgs {}

/// `portaria logout`
#[derive(Debug, Args)]
pub(crate) struct LogoutArgs {}

/// `portaria status`
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {}

/// `portaria token`
#[derive(Debug, Args)]
pub(crate) struct TokenArgs {}

/// `portaria exec`
#[derive(Debug, Args)]
pub(crate) struct ExecArgs {}
