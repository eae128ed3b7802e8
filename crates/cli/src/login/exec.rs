//! `portaria exec`: a command that finds the token in its environment.

use super::args::ExecArgs;
use super::session::{Session, variables};
use crate::exit::{Exit, Failure};
use std::process::{Command, ExitCode};

/// Secrets of the sign-in, which the command does not need: it gets a token instead.
const WITHHELD: [&str; 2] = ["PORTARIA_PASSWORD", "PORTARIA_OTP"];

/// Runs it with a token that works.
pub(super) async fn run(typed: ExecArgs) -> Result<ExitCode, Failure> {
    let session = Session::open(typed.session)?;
    let token = session.token(&typed.sign_in).await?;
    let (program, arguments) = typed
        .command
        .split_first()
        .expect("clap requires a command");
    let mut command = Command::new(program);
    command.args(arguments);
    for variable in WITHHELD {
        command.env_remove(variable);
    }
    command.envs(variables(&token.token));
    become_it(command)
}

/// The command takes this process's place, and with it its signals and its exit code.
#[cfg(unix)]
fn become_it(mut command: Command) -> Result<ExitCode, Failure> {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(not_run(&command, &error))
}

#[cfg(not(unix))]
fn become_it(mut command: Command) -> Result<ExitCode, Failure> {
    let status = command
        .status()
        .map_err(|error| not_run(&command, &error))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(Exit::Failed as u8)))
}

fn not_run(command: &Command, error: &std::io::Error) -> Failure {
    let program = command.get_program().to_string_lossy();
    Failure::because(Exit::Failed, format_args!("cannot run {program}: {error}"))
}
