//! Where secrets come from, and where they must not go.

use super::signing_in::adfs_with_second_factor;
use super::world::*;
use std::io::Write;
use std::process::Stdio;

#[test]
fn password_comes_from_standard_input() {
    let world = World::new(documented_adfs);
    let mut command = world.trusting_login();
    command
        .arg("--password-stdin")
        .env("PORTARIA_PASSWORD", "wrong");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(format!("{PASSWORD}\r\nrest\n").as_bytes())
        .unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
}

#[test]
fn standard_input_that_stays_silent_is_given_up() {
    let world = World::new(documented_adfs);
    let mut command = world.trusting_login();
    command.args(["--password-stdin", "--timeout", "1"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let silent = child.stdin.take();
    assert_eq!(child.wait().unwrap().code(), Some(3));
    drop(silent);
}

#[test]
fn password_comes_from_a_command() {
    let world = World::new(documented_adfs);
    let mut command = world.trusting_login();
    command
        .args(["--password-command", &format!("echo {PASSWORD}")])
        .env_remove("PORTARIA_PASSWORD");
    assert_eq!(run(&mut command).code, 0);
}

#[test]
fn one_time_code_comes_from_a_command() {
    let world = World::new(adfs_with_second_factor);
    assert_eq!(
        run(world
            .trusting_login()
            .args(["--otp-command", &format!("echo {CODE}")]))
        .code,
        0
    );
}

#[test]
fn no_secret_lies_in_a_file() {
    let world = World::new(adfs_with_second_factor);
    assert_eq!(
        run(world.trusting_login().env("PORTARIA_OTP", CODE)).code,
        0
    );
    assert_eq!(
        run(world.trusting_login().env("PORTARIA_OTP", "000000")).code,
        6
    );
    let files = world.files();
    assert!(files.len() >= 3, "{files:?}");
    for path in files {
        let content = std::fs::read(&path).unwrap();
        for secret in [PASSWORD, CODE, "56eb07bf"] {
            let found = content
                .windows(secret.len())
                .any(|seen| seen == secret.as_bytes());
            assert!(!found, "{secret} in {}", path.display());
        }
    }
}

#[test]
fn password_reaches_the_trusted_host_and_no_other() {
    let world = World::new(documented_adfs);
    assert_eq!(run(&mut world.trusting_login()).code, 0);
    let seen: Vec<String> = world
        .stand_in
        .log()
        .into_iter()
        .filter(|asked| format!("{asked:?}").contains(PASSWORD))
        .map(|asked| format!("{} {}", asked.method, asked.host))
        .collect();
    assert_eq!(seen, ["POST adfs.example.com"]);
}
