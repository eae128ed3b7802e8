//! `portaria people`: what an operator sees and forgives of wrong passwords and codes. It opens the store directly.
//!
//! This module owns what is typed and printed; what is counted, and what that closes, is for `identity::login`.

pub(crate) mod args;

use crate::args::ReportForm;
use crate::exit::{Exit, Failure};
use crate::serve;
use anyhow::Context;
use args::{FailingArgs, PeopleArgs, PeopleJob, ReopenArgs};
use identity::login::Failing;
use serde_json::json;
use server::App;

/// `portaria people`
pub(crate) async fn run(typed: &PeopleArgs) -> Result<(), Failure> {
    let config = serve::load(&typed.store.config)?;
    let app = serve::open(&config).await?;
    match &typed.job {
        PeopleJob::Failing(typed) => failing(&app, typed).await,
        PeopleJob::Reopen(typed) => reopen(&app, typed).await,
    }
}

async fn failing(app: &App, typed: &FailingArgs) -> Result<(), Failure> {
    let failing = app.service.failing(&typed.organization).await;
    for one in failing.context("the database")? {
        match typed.output {
            ReportForm::Text => println!("{}", line(&one)),
            ReportForm::Json => println!("{}", object(&one)),
        }
    }
    Ok(())
}

async fn reopen(app: &App, typed: &ReopenArgs) -> Result<(), Failure> {
    app.service
        .reopen(&app.moment(None), &typed.organization, &typed.user)
        .await
        .context("the database")?
        .map_err(|refused| Failure::because(Exit::Usage, &refused.detail))?;
    println!("{}: forgiven", typed.user);
    Ok(())
}

fn line(one: &Failing) -> String {
    let closed = match one.closed_until {
        Some(until) => format!("closed until {until}"),
        None => "open".to_owned(),
    };
    format!(
        "{}  {}  {} in a row, the last at {}  {closed}",
        one.user_name, one.proof, one.failures, one.last_at
    )
}

fn object(one: &Failing) -> serde_json::Value {
    json!({
        "user": one.user_name,
        "proof": one.proof,
        "failures": one.failures,
        "last_at": one.last_at.to_string(),
        "closed_until": one.closed_until.map(|until| until.to_string()),
    })
}
