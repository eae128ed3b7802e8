//! `portaria healthcheck`: is the server beside us ready? For container health checks, where there is no curl.

use crate::args::HealthcheckArgs;
use crate::exit::{Exit, Failure};
use crate::serve;
use anyhow::Context;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(5);

/// `portaria healthcheck`
pub(crate) async fn run(typed: &HealthcheckArgs) -> Result<(), Failure> {
    let configured = match typed.telemetry {
        Some(address) => Some(address),
        None => serve::load(&typed.config)?.listen.telemetry,
    };
    let address = configured
        .ok_or_else(|| Failure::because(Exit::Usage, "no telemetry address is configured"))?;
    // The question goes to this machine: no proxy of the environment has a part in it.
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(TIMEOUT)
        .build()
        .context("an HTTP client")?;
    let answer = client
        .get(format!("http://{address}/readyz"))
        .send()
        .await
        .map_err(|error| {
            Failure::new(
                Exit::Network,
                anyhow::Error::from(error).context(format!("no answer from {address}")),
            )
        })?;
    if !answer.status().is_success() {
        return Err(Failure::because(
            Exit::Failed,
            format_args!("{address} is not ready: {}", answer.status()),
        ));
    }
    println!("ready");
    Ok(())
}
