//! `portaria lab approve`: plays the telephones of the lab's people, over the database of the running lab.

use super::manifest::Manifest;
use super::{launch, say, world};
use crate::args::LabApproveArgs;
use crate::exit::{Exit, Failure};
use crate::master_key;
use anyhow::{Context, Result};
use identity::Service;
use identity::approvals::{Method, Reply, Waiting};
use identity::service::Settings;
use identity::store::Store;
use identity::vault::Vault;
use server::App;
use server::clock::{SystemClock, SystemRandom};
use std::path::Path;
use std::sync::Arc;

/// What is told of a failure that is nobody's fault.
const WHERE: &str = "the lab's database";

/// Shows what waits, or answers the latest request to approve.
pub(super) async fn run(typed: &LabApproveArgs) -> Result<(), Failure> {
    Manifest::of_running(&typed.state)?;
    let app = open(&typed.state).await?;
    let outcome = answer(&app, typed).await;
    app.service.store().close().await;
    outcome
}

async fn answer(app: &App, typed: &LabApproveArgs) -> Result<(), Failure> {
    let (service, moment) = (&app.service, app.moment(None));
    let mut waiting = service
        .waiting_approvals(&moment, world::PEOPLE)
        .await
        .context(WHERE)?;
    if let Some(user) = &typed.user {
        waiting.retain(|waiting| waiting.user_name == *user);
    }
    let reply = match (&typed.number, typed.deny) {
        (Some(number), _) => Reply::Approve(number),
        (None, true) => Reply::Deny,
        (None, false) => {
            show(&waiting);
            return Ok(());
        }
    };
    let asked = waiting
        .iter()
        .find(|waiting| waiting.method == Method::Push)
        .ok_or_else(|| Failure::because(Exit::Failed, "no sign-in waits for a telephone"))?;
    service
        .answer_approval(&moment, world::PEOPLE, (&asked.id, reply))
        .await
        .context(WHERE)?
        .map_err(|refused| Failure::because(Exit::SecondFactorRefused, refused))?;
    let done = if typed.deny { "denied" } else { "approved" };
    say(&format!("{done}: {} at {}", asked.user_name, asked.door));
    Ok(())
}

fn show(waiting: &[Waiting]) {
    if waiting.is_empty() {
        say("No sign-in waits for a telephone.");
    }
    for waiting in waiting {
        let (user, door, content) = (&waiting.user_name, &waiting.door, &waiting.content);
        say(&match waiting.method {
            Method::Push => format!("{user} at {door}: approve with the number {content}"),
            Method::Message => format!("{user} at {door}: message with the code {content}"),
        });
    }
}

async fn open(state: &Path) -> Result<App> {
    let key = master_key::load(&state.join(launch::MASTER_KEY))?;
    let database = format!("sqlite:{}", state.join(launch::DATABASE).display());
    let store = Store::open(&database).await.context(WHERE)?;
    let service = Service::new(store, Vault::new(key), Settings::default());
    let random = Arc::new(SystemRandom);
    Ok(App::new(service, Arc::new(SystemClock), random))
}
