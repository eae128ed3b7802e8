//! Finding an installed browser, and starting it so that nobody but us can talk to it.

use super::devtools::Devtools;
use crate::login::refusal::Refusal;
use crate::login::terminal::Terminal;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::{Child, Command};

/// Names by which they are installed.
const PROGRAMS: [&str; 7] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
];
/// Where they are on a Mac.
const APPLICATIONS: [&str; 3] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
];
/// Commands come in on descriptor 3, answers go out on 4. A pipe, not a port: what listens on a port, every user of the machine
/// can talk to, and ask for what is typed.
const THROUGH_PIPES: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#;

/// A running browser with a profile of its own, which goes when it ends.
pub(super) struct Chromium {
    pub(super) devtools: Devtools,
    child: Child,
    _profile: tempfile::TempDir,
}

impl Chromium {
    /// Starts it, with a window or without, and where any certificate will do, so. `pins` are the only keys besides those of known authorities that it takes for genuine.
    pub(super) fn start(
        (shown, insecure): (bool, bool),
        proxy: Option<&str>,
        pins: &[String],
        terminal: &Terminal,
    ) -> Result<Self, Refusal> {
        let program = program()?;
        let profile = tempfile::Builder::new()
            .prefix("portaria-browser-")
            .tempdir()
            .map_err(|error| failed(&error))?;
        let mut command = Command::new("sh");
        command.arg("-c").arg(THROUGH_PIPES).arg(&program).args([
            "--remote-debugging-pipe",
            "--no-first-run",
            "--no-default-browser-check",
            "--disable-background-networking",
            "--disable-extensions",
            "--disable-sync",
            // Containers have little shared memory, and a page that finds none left goes away without a word.
            "--disable-dev-shm-usage",
            "--password-store=basic",
        ]);
        let mut folder = OsString::from("--user-data-dir=");
        folder.push(profile.path());
        command.arg(folder);
        if !shown {
            command.arg("--headless=new");
        }
        if let Some(proxy) = proxy {
            command.arg(format!("--proxy-server={proxy}"));
        }
        if !pins.is_empty() {
            let pins = pins.join(",");
            command.arg(format!("--ignore-certificate-errors-spki-list={pins}"));
        }
        if insecure {
            command.arg("--ignore-certificate-errors");
        }
        if is_of_root(profile.path()) {
            terminal.say("warning: for root the browser runs without its sandbox");
            command.arg("--no-sandbox");
        }
        command
            .arg("about:blank")
            .env_remove("PORTARIA_PASSWORD")
            .env_remove("PORTARIA_OTP")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| failed(&error))?;
        let commands = child.stdin.take().expect("it was asked for");
        let answers = child.stdout.take().expect("it was asked for");
        Ok(Self {
            devtools: Devtools::new(commands, answers),
            child,
            _profile: profile,
        })
    }

    /// Ends it, and waits: its profile is in use until then.
    pub(super) async fn end(mut self) {
        let _ = self.child.kill().await;
    }
}

/// The browser that was named, or the first that is installed.
fn program() -> Result<PathBuf, Refusal> {
    if let Some(named) = std::env::var_os("PORTARIA_BROWSER").filter(|named| !named.is_empty()) {
        return Ok(named.into());
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let installed = std::env::split_paths(&folders)
        .flat_map(|folder| PROGRAMS.map(|program| folder.join(program)))
        .chain(APPLICATIONS.map(PathBuf::from))
        .find(|program| program.is_file());
    installed.ok_or_else(|| Refusal::Browser {
        reason: "no Chromium, Chrome or Edge is installed; PORTARIA_BROWSER names one elsewhere"
            .to_owned(),
    })
}

/// The proxy that HTTP would take, too.
pub(super) fn proxy() -> Option<String> {
    ["HTTPS_PROXY", "https_proxy"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|proxy| !proxy.is_empty())
}

/// Whoever runs us owns the folder that we made.
#[cfg(unix)]
fn is_of_root(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    folder.metadata().is_ok_and(|folder| folder.uid() == 0)
}

#[cfg(not(unix))]
fn is_of_root(_folder: &Path) -> bool {
    false
}

fn failed(error: &std::io::Error) -> Refusal {
    Refusal::Browser {
        reason: error.to_string(),
    }
}
