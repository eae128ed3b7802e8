//! StorageGRID's document, "Use the API if single sign-on is enabled (Azure)": a script signs in, because its pages do not lend
//! themselves to curl. The script is our own client.

use super::super::journey::Journey;
use anyhow::{Context, Result};
use tokio::process::Command;

/// Steps 2 to 4: the token that the script prints.
pub(super) async fn sign_on(journey: &mut Journey, account: &str) -> Result<String> {
    journey.step("2", "Run the script, with its arguments and the password");
    // A home of its own: what is trusted and kept here is none of the person's.
    let home = tempfile::tempdir()?;
    let mut script = Command::new(std::env::current_exe()?);
    script
        .args(["login", "--no-input", "--method", "entra", "-o", "token"])
        .args(["--address", "storagegrid.example.com", "--account", account])
        .args([
            "--user",
            "my-sso-username@my-domain",
            "--trust-host",
            "entra.example.com",
        ])
        .env_clear()
        .env("HOME", home.path())
        .env("PORTARIA_PASSWORD", "my-password")
        .env("HTTPS_PROXY", journey.proxy())
        .env("SSL_CERT_FILE", journey.authority());
    let ended = script.output().await.context("the client does not start")?;
    let error = String::from_utf8_lossy(&ended.stderr);
    journey.check("it signs in", ended.status.success(), &error)?;
    let token = String::from_utf8(ended.stdout)?.trim().to_owned();
    journey.check(
        "and prints a UUID",
        token.len() == 36 && token.split('-').count() == 5,
        &token.len(),
    )?;
    Ok(token)
}
