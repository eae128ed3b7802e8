//! This module owns the rehearsal: the real server with a world inside, reachable by documented names from this machine only;
//! it does not decide anything that the server decides elsewhere.
//!
//! * [`launch`]: starting and ending it · [`state`]: what outlives a start · [`manifest`]: `lab.json` · [`guide`]: for people
//! * [`authority`]: certificates · [`proxy`]: names · [`world`]: who and what exists
//! * [`signing`]: what stands around the gateway
//! * [`approve`]: its people's telephones
//! * [`journey`]: a client that shows what it does · [`workflows`]: the documents' steps

mod approve;
mod authority;
mod guide;
mod journey;
mod launch;
mod manifest;
mod proxy;
mod signing;
mod state;
mod workflows;
mod world;

use crate::args::{LabArgs, LabJob, LabOptions, LabRunArgs, SignIn};
use crate::exit::Failure;
use crate::stop;
use journey::Journey;
use launch::Lab;
use manifest::Manifest;

/// `portaria lab`
pub(crate) async fn run(typed: LabArgs) -> Result<(), Failure> {
    match typed.job {
        Some(LabJob::Run(run)) => return rehearse(&run).await,
        Some(LabJob::Approve(reply)) => return approve::run(&reply).await,
        None => (),
    }
    let mut asked_to_stop = std::pin::pin!(stop::asked());
    let lab = Lab::start(&typed.options).await?;
    say(&guide::guide(&lab.manifest, typed.options.sign_in));
    let outcome = tokio::select! {
        outcome = show_sign_on(typed.options.sign_in, &lab.manifest) => outcome,
        asked = &mut asked_to_stop => {
            lab.stop().await?;
            return Ok(asked?);
        }
    };
    if typed.once {
        lab.stop().await?;
        return Ok(outcome?);
    }
    if let Err(error) = outcome {
        eprintln!("portaria: the first sign-on failed, the lab stays up: {error:#}");
    }
    say("The lab stays up until Ctrl-C.");
    asked_to_stop.await?;
    lab.stop().await?;
    Ok(())
}

/// The documented sign-on, once, like anybody's.
async fn show_sign_on(through: SignIn, manifest: &Manifest) -> anyhow::Result<()> {
    let mut journey = Journey::begin(manifest)?;
    let token = workflows::sign_on(through, &mut journey).await?;
    say(&format!("\nStorageGRID Auth Token: {token}\n"));
    Ok(())
}

/// `portaria lab run`: against the running lab of `--state`, or a lab of its own.
async fn rehearse(typed: &LabRunArgs) -> Result<(), Failure> {
    if let Some(folder) = &typed.state {
        let manifest = Manifest::of_running(folder)?;
        return Ok(follow(typed, &manifest).await?);
    }
    let lab = Lab::start(&LabOptions::on_free_ports(SignIn::Adfs)).await?;
    let outcome = follow(typed, &lab.manifest).await;
    lab.stop().await?;
    Ok(outcome?)
}

async fn follow(typed: &LabRunArgs, manifest: &Manifest) -> anyhow::Result<()> {
    let mut journey = Journey::begin(manifest)?;
    workflows::run(typed.workflow, &mut journey, typed.account.as_deref()).await?;
    say(&format!("\n{} passed, 0 failed", journey.passed()));
    Ok(())
}

/// Prints a line. Nobody reading any more is no reason to end.
fn say(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{text}");
}
