//! A world with a StorageGRID, an AD FS that answers by script, and one user of `portaria` with a home of their own.

use super::stand_in::{Asked, Reply, StandIn, json, page, redirect};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) const GRID: &str = "storagegrid.example.com";
pub(crate) const ADFS: &str = "adfs.example.com";
/// A host that is played, and that nobody trusts.
pub(crate) const ELSEWHERE: &str = "elsewhere.example.com";
pub(crate) const PASSWORD: &str = "correct-horse";
pub(crate) const CODE: &str = "482910";
const RESPONSE: &str = "PHNhbWxwOlJlc3BvbnNlLz4=";

/// What AD FS does with the signed URL.
pub(crate) type SignInPage = fn(&Asked) -> Reply;

pub(crate) struct World {
    pub(crate) stand_in: StandIn,
    pub(crate) home: tempfile::TempDir,
}

/// How a run of the program ended.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl World {
    /// With that AD FS.
    pub(crate) fn new(adfs: SignInPage) -> Self {
        Self::with(adfs, ADFS, ADFS)
    }

    /// With that AD FS, whose certificate is made out for `certified`.
    pub(crate) fn with_certificate(adfs: SignInPage, certified: &str) -> Self {
        Self::with(adfs, certified, ADFS)
    }

    /// With a StorageGRID that sends people to `sign_out` to sign out.
    pub(crate) fn with_sign_out(sign_out: &'static str) -> Self {
        Self::with(documented_adfs, ADFS, sign_out)
    }

    fn with(adfs: SignInPage, certified: &str, sign_out: &'static str) -> Self {
        let tokens = AtomicUsize::new(0);
        let hosts = [(GRID, GRID), (ADFS, certified), (ELSEWHERE, ELSEWHERE)];
        let script = move |asked: &Asked| match asked.host.as_str() {
            GRID => grid(asked, &tokens, sign_out),
            ADFS => Some(adfs(asked)),
            _ => Some(page("<p>elsewhere</p>")),
        };
        let stand_in = StandIn::start(&hosts, Box::new(script));
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("ca.pem"), &stand_in.authority).unwrap();
        Self { stand_in, home }
    }

    /// The program, with nothing of this machine's environment but the way to programs.
    pub(crate) fn portaria(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portaria"));
        let home = self.home.path();
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            // Tests leave the keyrings of this machine alone; those about keyrings say so.
            .env("PORTARIA_CACHE", "file")
            .env("HTTPS_PROXY", format!("http://{}", self.stand_in.address))
            .env("SSL_CERT_FILE", home.join("ca.pem"))
            .args(arguments);
        command
    }

    /// `portaria login` as the documents' user, by AD FS, with the right password.
    pub(crate) fn login(&self, more: &[&str]) -> Command {
        let mut command =
            self.portaria(&["login", "--no-input", "--method", "ADFS", "--address", GRID]);
        command
            .args([
                "--account",
                "12345",
                "--user",
                "my-sso-username",
                "--domain",
                "my-domain",
            ])
            .args(more)
            .env("PORTARIA_PASSWORD", PASSWORD);
        command
    }

    /// The same, with AD FS trusted.
    pub(crate) fn trusting_login(&self) -> Command {
        self.login(&["--trust-host", ADFS])
    }

    /// Requests that reached that host.
    pub(crate) fn reached(&self, host: &str) -> Vec<Asked> {
        self.stand_in
            .log()
            .into_iter()
            .filter(|asked| asked.host == host)
            .collect()
    }

    /// Every file that the program left behind.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        walk(&self.home.path().join(".config"), &mut files);
        walk(&self.home.path().join(".cache"), &mut files);
        walk(&self.home.path().join(".local"), &mut files);
        files
    }

    /// What the cache holds, by `portaria token`.
    pub(crate) fn cached(&self) -> Option<String> {
        let run = run(&mut self.portaria(&["token", "--no-input"]));
        (run.code == 0).then(|| run.out.trim().to_owned())
    }
}

/// Runs it to its end.
pub(crate) fn run(command: &mut Command) -> Run {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    Run {
        code: status.code().expect("it was not killed"),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

/// A page of `testdata/pages`.
pub(crate) fn saved(name: &str) -> String {
    fs::read_to_string(format!(
        "{}/testdata/pages/{name}.html",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

/// An AD FS without surprises, as StorageGRID's document shows it.
pub(crate) fn documented_adfs(asked: &Asked) -> Reply {
    match (asked.method.as_str(), asked.cookie()) {
        ("GET", cookie) if cookie.contains("MSISAuth=session") => page(saved("saml-response")),
        ("GET", _) if asked.target.contains("logout") => {
            redirect(format!("https://{GRID}:443/api/saml-logout?SAMLResponse=x"))
        }
        ("GET", _) => page(saved("adfs-sign-in")),
        _ if !is_documented(asked) => page(saved("adfs-sign-in-refused")),
        _ => signed_in(asked),
    }
}

/// Whether the password is right.
pub(crate) fn is_documented(asked: &Asked) -> bool {
    asked.says("UserName=my-sso-username%40my-domain")
        && asked.says(&format!("Password={PASSWORD}"))
        && asked.says("AuthMethod=FormsAuthentication")
        && asked.says("client-request-id=00000000-0000-0000-ee02-0080000000de")
}

/// Step f's answer.
pub(crate) fn signed_in(asked: &Asked) -> Reply {
    let location = ("Location", format!("https://{ADFS}{}", asked.target));
    let cookie = (
        "Set-Cookie",
        "MSISAuth=session; path=/adfs; HttpOnly; Secure".to_owned(),
    );
    Reply::Http(302, vec![location, cookie], String::new())
}

/// A StorageGRID. The n-th token ends in n; `over` in an Authorization header is a token that is over.
fn grid(asked: &Asked, tokens: &AtomicUsize, sign_out: &str) -> Option<Reply> {
    let success = |data: &str| {
        json(
            200,
            &json!({"status": "success", "data": data, "apiVersion": "3.0"}),
        )
    };
    Some(match (asked.method.as_str(), asked.path()) {
        ("POST", "/api/v3/authorize-saml") => success(&format!(
            "https://{ADFS}/adfs/ls/?SAMLRequest=fZHRToMw%3D&RelayState=12345"
        )),
        ("POST", "/api/saml-response")
            if asked.says("RelayState=12345")
                && asked.body.contains(&RESPONSE.replace('=', "%3D")) =>
        {
            let number = tokens.fetch_add(1, Ordering::SeqCst) + 1;
            success(&format!("56eb07bf-21f6-40b7-af0b-{number:012}"))
        }
        ("POST", "/api/saml-response") => json(
            401,
            &json!({"status": "error", "code": 401, "message": {"text": "no"}}),
        ),
        ("DELETE", "/api/v3/authorize") if asked.cookie() == "sso=true" => {
            success(&format!("https://{sign_out}/adfs/ls/?SAMLRequest=logout"))
        }
        ("DELETE", "/api/v3/authorize") => Reply::Http(204, Vec::new(), String::new()),
        ("GET", "/api/saml-logout") => redirect("/"),
        ("GET", "/api/v3/org/config") => success("config"),
        _ => return None,
    })
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}
