//! A person at a terminal, played by `script` of util-linux, which gives the program a terminal to find them at.

use super::signing_in::adfs_with_second_factor;
use super::stand_in::{Asked, Reply, json, page};
use super::world::*;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The same command, at a terminal.
fn at_a_terminal(command: &Command) -> Command {
    let line: Vec<String> = std::iter::once(command.get_program())
        .chain(
            command
                .get_args()
                .filter(|argument| *argument != "--no-input"),
        )
        .map(|word| format!("'{}'", word.to_str().unwrap()))
        .collect();
    let mut terminal = Command::new("script");
    terminal
        .args(["-qefc", &line.join(" "), "/dev/null"])
        .env_clear();
    for (name, value) in command.get_envs() {
        terminal.env(name, value.unwrap_or_default());
    }
    terminal.stdin(Stdio::piped());
    terminal
}

fn approves(adfs: SignInPage, method: &str, number: &str) {
    let world = World::new(adfs);
    let line = [
        "login",
        "--address",
        GRID,
        "--account",
        "12345",
        "--trust-host",
        ADFS,
    ];
    let mut command = world.portaria(&line);
    command
        .args([
            "--method",
            method,
            "--user",
            "my-sso-username",
            "--domain",
            "my-domain",
        ])
        .env("PORTARIA_PASSWORD", PASSWORD);
    let run = run(&mut at_a_terminal(&command));
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(run.out.contains(number), "{}", run.out);
    assert!(
        run.out.contains("StorageGRID Auth Token: 56eb07bf"),
        "{}",
        run.out
    );
}

/// Answers that question, once it stands on the screen.
fn answers(command: &Command, question: &str, answer: &str) -> Run {
    let mut child = at_a_terminal(command)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut keyboard, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut seen = Vec::new();
    let mut asked = false;
    let mut buffer = [0; 1024];
    while let Some(length) = screen.read(&mut buffer).ok().filter(|length| *length > 0) {
        seen.extend_from_slice(&buffer[..length]);
        // A terminal that is asked where its cursor stands says so.
        if String::from_utf8_lossy(&buffer[..length]).contains("\u{1b}[6n") {
            keyboard.write_all(b"\x1b[1;1R").unwrap();
        }
        if !asked && String::from_utf8_lossy(&seen).contains(question) {
            keyboard.write_all(answer.as_bytes()).unwrap();
            asked = true;
        }
    }
    Run {
        code: child.wait().unwrap().code().unwrap(),
        out: String::from_utf8_lossy(&seen).into_owned(),
        err: String::new(),
    }
}

#[test]
fn person_confirms_a_host_once() {
    let world = World::new(documented_adfs);
    let stranger = world.login(&[]);
    let no = answers(&stranger, "May your password go to adfs.example.com", "n\r");
    assert_eq!(no.code, 8, "{}", no.out);
    assert!(world.reached(ADFS).is_empty());
    let yes = answers(&stranger, "May your password go to adfs.example.com", "y\r");
    assert_eq!(yes.code, 0, "{}", yes.out);
    // From now on nobody needs to be asked.
    assert_eq!(run(&mut world.login(&[])).code, 0);
}

#[test]
fn person_confirms_a_host_for_nothing_when_the_sign_in_fails() {
    let world = World::new(documented_adfs);
    let mut wrong = world.login(&[]);
    wrong.env("PORTARIA_PASSWORD", "wrong");
    let refused = answers(&wrong, "May your password go to adfs.example.com", "y\r");
    assert_eq!(refused.code, 4, "{}", refused.out);
    assert_eq!(run(&mut world.login(&[])).code, 8);
}

#[test]
fn person_approves_at_adfs() {
    static POLLS: AtomicUsize = AtomicUsize::new(0);
    fn adfs(asked: &Asked) -> Reply {
        if asked.method != "POST" {
            return adfs_with_second_factor(asked);
        }
        let poll =
            asked.says("Context=b3BhcXVl") && asked.says("AuthMethod=AzureMfaAuthentication");
        match (poll, is_documented(asked)) {
            (true, _) if POLLS.fetch_add(1, Ordering::SeqCst) == 1 => signed_in(asked),
            (false, false) => page(saved("adfs-sign-in-refused")),
            _ => page(saved("adfs-push")),
        }
    }
    approves(adfs, "adfs", "the number to pick is 47");
    assert_eq!(POLLS.load(Ordering::SeqCst), 2);
}

#[test]
fn person_approves_at_pingid() {
    static POLLS: AtomicUsize = AtomicUsize::new(0);
    fn pingid(asked: &Asked) -> Reply {
        match (asked.method.as_str(), asked.path()) {
            ("POST", "/pingid/ppm/auth/status") if POLLS.fetch_add(1, Ordering::SeqCst) == 0 => {
                json(200, &json!({"status": "ASYNC_AUTH_WAIT"}))
            }
            ("POST", "/pingid/ppm/auth/status") => json(200, &json!({"status": "OK"})),
            ("GET", "/pingid/ppm/auth/response") if asked.says("status=OK") => {
                page(saved("saml-response"))
            }
            ("POST", _) => page(saved("pingid-push")),
            _ => page(saved("pingfederate-sign-in").replace("my-pf-baseurl", ADFS)),
        }
    }
    approves(pingid, "pingfederate", "the number to pick is 31");
    assert_eq!(POLLS.load(Ordering::SeqCst), 2);
}

#[test]
fn person_approves_at_entra() {
    static POLLS: AtomicUsize = AtomicUsize::new(0);
    /// A page on which the telephone is the only way.
    fn telephone_only() -> Reply {
        page(saved("entra-second-factor").replace("PhoneAppOTP", "FidoKey"))
    }
    fn entra(asked: &Asked) -> Reply {
        let question: Value = serde_json::from_str(&asked.body).unwrap_or_default();
        let pending = json!({"Success": false, "Retry": true, "ResultValue": "AuthenticationPending", "Ctx": "c", "FlowToken": "t", "SessionId": "s"});
        match asked.path() {
            "/common/GetCredentialType" => json(200, &json!({})),
            "/tenant/login" => telephone_only(),
            "/common/SAS/BeginAuth" if question["AuthMethodId"] == "PhoneAppNotification" => json(
                200,
                &json!({"Success": true, "Entropy": 62, "Ctx": "c", "FlowToken": "t", "SessionId": "s"}),
            ),
            "/common/SAS/EndAuth" if POLLS.fetch_add(1, Ordering::SeqCst) == 0 => {
                json(200, &pending)
            }
            "/common/SAS/EndAuth" => {
                json(200, &json!({"Success": true, "Ctx": "c", "FlowToken": "t"}))
            }
            "/common/SAS/ProcessAuth" if asked.says("type=22") => page(saved("saml-response")),
            _ => page(saved("entra-sign-in").replace("entra.example.com", ADFS)),
        }
    }
    approves(entra, "entra", "the number to pick is 62");
    assert_eq!(POLLS.load(Ordering::SeqCst), 2);
}
