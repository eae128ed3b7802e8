//! This module owns the client: sign on somewhere, keep the token, hand it out. It does not know the server's rules.
//!
//! * [`args`]: what can be typed · [`wanted`]: what is meant, once flags, environment, profile and answers are put together
//! * [`session`]: a command at work · [`mod@logout`], [`mod@status`], [`mod@exec`]: the commands that are more than a sign-in
//! * [`storagegrid`]: the documented calls · [`walk`]: from a signed URL to a SAML response
//! * [`page`], [`form`]: reading a page · [`predicates`]: what a page is · [`adfs`], [`pingfederate`], [`entra`]: what it wants
//! * [`browser`]: the same with a real browser
//! * [`trust`]: where a password may go · [`secret`], [`second_factor`]: where it comes from · [`transport`]: the way there
//! * [`refusal`]: how it can end · [`unknown_page`]: what is kept of a page that cannot be followed
//! * [`terminal`]: the person · [`output`]: the shapes of a token · [`method`]: names of the products

mod adfs;
pub(crate) mod args;
mod browser;
mod entra;
mod exec;
mod form;
mod logout;
mod method;
mod output;
mod page;
mod pingfederate;
mod predicates;
mod refusal;
mod second_factor;
mod secret;
mod session;
mod status;
mod storagegrid;
mod terminal;
mod transport;
mod trust;
mod unknown_page;
mod walk;
mod wanted;

pub(crate) use method::Method;
pub(crate) use secret::Secret;
pub(crate) use storagegrid::Address;

use crate::exit::Failure;
use args::{ExecArgs, LoginArgs, LogoutArgs, StatusArgs, TokenArgs};
use output::Usual;
use session::Session;
use std::process::ExitCode;

/// `portaria login`: always signs in anew.
pub(crate) async fn login(typed: LoginArgs) -> Result<(), Failure> {
    let session = Session::open(typed.session)?;
    let wanted = session.wanted(&typed.sign_in)?;
    let token = session.sign_in_anew(wanted).await?;
    Ok(output::print(&token, &typed.output, Usual::ForPeople)?)
}

/// `portaria logout`
pub(crate) async fn logout(typed: LogoutArgs) -> Result<(), Failure> {
    logout::run(&Session::open(typed.session)?).await
}

/// `portaria status`
pub(crate) async fn status(typed: StatusArgs) -> Result<(), Failure> {
    status::run(typed).await
}

/// `portaria token`: the cached one, or a new one where there is none that works.
pub(crate) async fn token(typed: TokenArgs) -> Result<(), Failure> {
    let session = Session::open(typed.session)?;
    let token = session.token(&typed.sign_in).await?;
    Ok(output::print(&token, &typed.output, Usual::Bare)?)
}

/// `portaria exec`: ends with the exit code of the command that ran.
pub(crate) async fn exec(typed: ExecArgs) -> Result<ExitCode, Failure> {
    exec::run(typed).await
}
