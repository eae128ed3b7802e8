//! The program `portaria`: what is typed becomes one of its jobs, and what comes of it becomes an exit code.
//!
//! * [`args`]: what can be typed · [`exit`]: what an exit code means
//! * [`serve`]: be the front desk · [`init`], [`apply`], [`check`], [`keys`], [`people`], [`backup`],
//!   [`healthcheck`], [`mapping`], [`secret`]: what an operator does around it
//! * [`login`]: get a badge · [`profile`], [`cache`], [`folders`], [`private_file`]: what the client keeps
//! * [`explain`]: why a sign-on fails
//! * [`lab`]: rehearse, with everything on one machine
//! * [`shell`]: completions and manual pages · [`stop`]: ending on request · [`master_key`]: the key that is not in the database

mod apply;
mod args;
mod backup;
mod cache;
mod check;
mod exit;
mod explain;
mod folders;
mod healthcheck;
mod init;
mod keys;
mod lab;
mod login;
mod mapping;
mod master_key;
mod people;
mod private_file;
mod profile;
mod secret;
mod serve;
mod shell;
mod stop;

use args::{Arguments, Command};
use clap::Parser;
use exit::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return Failure::from(anyhow::Error::from(error)).report(),
    };
    let outcome = runtime.block_on(run(arguments.command));
    // Reading standard input cannot be cancelled: do not wait for a thread that still does.
    runtime.shutdown_background();
    match outcome {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

/// The table of contents.
async fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Init(typed) => init::run(&typed)?,
        Command::Serve(typed) => serve::run(&typed).await?,
        Command::Lab(typed) => lab::run(typed).await?,
        Command::Apply(typed) => apply::run(&typed).await?,
        Command::Check(typed) => check::run(&typed).await?,
        Command::Backup(typed) => backup::run(&typed).await?,
        Command::Keys(typed) => keys::run(&typed).await?,
        Command::People(typed) => people::run(&typed).await?,
        Command::Mapping(typed) => mapping::run(&typed).await?,
        Command::Secret => secret::run(),
        Command::Healthcheck(typed) => healthcheck::run(&typed).await?,
        Command::Login(typed) => login::login(typed).await?,
        Command::Logout(typed) => login::logout(typed).await?,
        Command::Status(typed) => login::status(typed).await?,
        Command::Token(typed) => login::token(typed).await?,
        Command::Exec(typed) => return login::exec(typed).await,
        Command::Explain(typed) => explain::run(&typed).await?,
        Command::Completions(typed) => shell::completions(&typed)?,
        Command::Man => shell::manual()?,
    }
    Ok(ExitCode::SUCCESS)
}
