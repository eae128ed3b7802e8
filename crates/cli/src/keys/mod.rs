//! `portaria keys`: our keys as an operator sees them. It opens the store directly; running servers notice within a second.
//!
//! This module owns what is typed and printed; which key signs, and what rotating and killing mean, is for `identity::keys`.

pub(crate) mod args;

use crate::args::ReportForm;
use crate::exit::{Exit, Failure};
use crate::serve;
use anyhow::Context;
use args::{KeyArgs, KeysArgs, KeysJob, KeysListArgs, KeysRotateArgs};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::Refused;
use identity::keys::manage::{Facts, Rollover, Selection};
use serde_json::{Value, json};
use server::App;
use server::config::Config;
use std::collections::BTreeSet;

/// `portaria keys`
pub(crate) async fn run(typed: &KeysArgs) -> Result<(), Failure> {
    let config = serve::load(&typed.store.config)?;
    let app = serve::open(&config).await?;
    match &typed.job {
        KeysJob::List(typed) => list(&config, &app, typed).await,
        KeysJob::Rotate(typed) => rotate(&app, typed).await,
        KeysJob::Kill(typed) => kill(&app, typed).await,
        KeysJob::Certificate(typed) => certificate(&app, typed).await,
    }
}

async fn list(config: &Config, app: &App, typed: &KeysListArgs) -> Result<(), Failure> {
    let organizations = match &typed.organization {
        Some(organization) => vec![organization.clone()],
        None => organizations(config, app).await?,
    };
    let mut all = Vec::new();
    for organization in organizations {
        let keys = app.service.keys(&app.moment(None), &organization).await;
        all.extend(keys.context("the database")?);
    }
    show(&all, typed.output);
    Ok(())
}

async fn rotate(app: &App, typed: &KeysRotateArgs) -> Result<(), Failure> {
    let negative = typed.ahead.is_negative() || typed.overlap.is_negative();
    if negative {
        return Err(Failure::because(
            Exit::Usage,
            "durations run forwards: a new key cannot have signed before it was made",
        ));
    }
    let selection = Selection {
        organization: typed.organization.clone(),
        door: typed.door.clone(),
        application: typed.application.clone(),
        role: typed.role.clone(),
    };
    let rollover = Rollover {
        algorithm: typed.algorithm,
        ahead: if typed.now {
            jiff::SignedDuration::ZERO
        } else {
            typed.ahead
        },
        overlap: typed.overlap,
    };
    let made = app
        .service
        .rotate_keys(&app.moment(None), &selection, rollover)
        .await
        .context("the database")?
        .map_err(|refused| usage(&refused))?;
    show(&made, ReportForm::Text);
    Ok(())
}

async fn kill(app: &App, typed: &KeyArgs) -> Result<(), Failure> {
    let killed = app
        .service
        .kill_key(&app.moment(None), &typed.organization, &typed.fingerprint)
        .await
        .context("the database")?
        .map_err(|refused| usage(&refused))?;
    show(&killed, ReportForm::Text);
    Ok(())
}

async fn certificate(app: &App, typed: &KeyArgs) -> Result<(), Failure> {
    let all = app
        .service
        .keys(&app.moment(None), &typed.organization)
        .await
        .context("the database")?;
    let found = all
        .iter()
        .find(|key| key.fingerprint.starts_with(&typed.fingerprint))
        .filter(|key| !key.certificate.is_empty());
    let Some(key) = found else {
        return Err(Failure::because(
            Exit::Usage,
            "no such key, or one without a certificate",
        ));
    };
    print!("{}", pem(&key.certificate));
    Ok(())
}

/// Those of the doors, which may have keys before anything is declared, and those that were declared.
async fn organizations(config: &Config, app: &App) -> Result<Vec<String>, Failure> {
    let declared = app.service.store().organizations().await;
    let mut all: BTreeSet<String> = declared.context("the database")?.into_iter().collect();
    all.extend(config.door.iter().map(|door| door.organization.clone()));
    Ok(all.into_iter().collect())
}

fn show(keys: &[Facts], form: ReportForm) {
    match form {
        ReportForm::Text => print!("{}", text(keys)),
        ReportForm::Json => println!("{:#}", keys.iter().map(json).collect::<Value>()),
    }
}

fn text(keys: &[Facts]) -> String {
    let mut lines = vec![
        [
            "ORGANIZATION",
            "OF",
            "FOR",
            "KIND",
            "STATE",
            "SIGNS FROM",
            "RETIRES",
            "NOT AFTER",
            "FINGERPRINT",
        ]
        .map(str::to_owned),
    ];
    lines.extend(keys.iter().map(|key| {
        [
            key.holder.organization.clone(),
            key.holder.to_string(),
            key.role.clone(),
            key.algorithm.clone(),
            key.state.name().to_owned(),
            minute(key.signs_from),
            key.retires_at.map_or_else(|| "-".to_owned(), minute),
            key.not_after.map_or_else(|| "-".to_owned(), minute),
            key.fingerprint.clone(),
        ]
    }));
    let width = |column: usize| {
        let cells = lines.iter().map(|line| line[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        let cells: Vec<String> = line
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn minute(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%MZ").to_string()
}

fn json(key: &Facts) -> Value {
    json!({
        "organization": key.holder.organization,
        "door": Some(&key.holder.door).filter(|door| !door.is_empty()),
        "application": Some(&key.holder.application).filter(|application| !application.is_empty()),
        "role": key.role,
        "algorithm": key.algorithm,
        "state": key.state.name(),
        "signs_from": key.signs_from.to_string(),
        "retires_at": key.retires_at.map(|end| end.to_string()),
        "not_after": key.not_after.map(|end| end.to_string()),
        "fingerprint": key.fingerprint,
    })
}

/// RFC 7468 §2: lines of 64 characters.
fn pem(der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let lines: Vec<&str> = base64
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).expect("base64 is ASCII"))
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

fn usage(refused: &Refused) -> Failure {
    Failure::because(Exit::Usage, refused)
}
