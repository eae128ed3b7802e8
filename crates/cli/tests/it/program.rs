//! The program as a person runs it: a clean environment, what it printed, how it ended.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

/// The program with these arguments, without the variables of whoever runs the tests.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portaria"));
    command.args(arguments).env_clear().stdin(Stdio::null());
    command
}

/// Runs it to its end.
pub(crate) fn run(arguments: &[&str]) -> Ended {
    ended(command(arguments).output().expect("the program starts"))
}

/// What a run left behind.
pub(crate) fn ended(output: Output) -> Ended {
    Ended {
        code: output.status.code().expect("the program was not killed"),
        out: String::from_utf8(output.stdout).expect("the program prints UTF-8"),
        err: String::from_utf8(output.stderr).expect("the program prints UTF-8"),
    }
}

/// A path as an argument.
pub(crate) fn argument(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}

/// A program that runs until it is asked to stop; killed when a test fails before that.
pub(crate) struct Running(Option<Child>);

impl Running {
    /// Starts it.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut command = command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(Some(command.spawn().expect("the program starts")))
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.0.as_ref().expect("it runs until it is stopped").id()
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.0
            .as_mut()
            .expect("it runs until it is stopped")
            .try_wait()
            .expect("the process can be asked")
            .is_some()
    }

    /// Asks it to stop, and waits.
    pub(crate) fn stop(mut self) -> Ended {
        let child = self.0.take().expect("it runs until it is stopped");
        let asked = Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status();
        assert!(asked.expect("kill runs").success());
        ended(
            child
                .wait_with_output()
                .expect("the process can be waited for"),
        )
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
