//! What stands on the page that the browser shows, and filling it.

use super::devtools::Devtools;
use crate::login::page::Page;
use crate::login::refusal::Refusal;
use crate::login::transport::Answer;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::time::Duration;
use tokio::time::timeout;
use url::Url;
use zeroize::Zeroizing;

/// How long a page may take to say what stands on it, and how long reading that may take.
const GOING: Duration = Duration::from_secs(3);

const SCRIPT: &str = include_str!("sight.js");

/// The page as somebody sees it.
#[derive(Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what can be seen on a page, in any combination"
)]
pub(super) struct Sight {
    url: Url,
    /// Whether all of it has arrived.
    pub(super) ready: bool,
    /// A field for the user name can be seen.
    pub(super) user: bool,
    /// A field for the password can be seen.
    pub(super) password: bool,
    /// A field for a one-time code can be seen.
    pub(super) code: bool,
    /// It asks whether to stay signed in.
    pub(super) stay: bool,
    html: String,
}

impl Sight {
    /// As pages are read that came over HTTP. None: it was written so that reading it takes for ever.
    pub(super) async fn page(self) -> Option<Page> {
        let answer = Answer {
            url: self.url,
            status: 200,
            headers: reqwest::header::HeaderMap::new(),
            body: self.html,
        };
        let reading = tokio::task::spawn_blocking(move || Page::read(answer));
        timeout(GOING, reading).await.ok()?.ok()
    }
}

/// What to type where.
pub(super) type Filling<'a> = [(&'static str, &'a str)];

/// Looks at the page; none while there is nothing to look at.
pub(super) async fn look(devtools: &mut Devtools) -> Result<Option<Sight>, Refusal> {
    // A page that is just going away answers with an error, or not at all.
    let seen = timeout(GOING, evaluate(devtools, "null")).await;
    let seen = seen.unwrap_or(Ok(None))?;
    Ok(seen.and_then(|seen| serde_json::from_value(seen).ok()))
}

/// Types, and presses the button below, unless a password is still missing; with nothing to type, declines to stay signed in.
pub(super) async fn fill(devtools: &mut Devtools, filling: &Filling<'_>) -> Result<(), Refusal> {
    let fields: Map<String, Value> = filling
        .iter()
        .map(|(kind, text)| ((*kind).to_owned(), (*text).into()))
        .collect();
    let typed = Zeroizing::new(Value::Object(fields).to_string());
    evaluate(devtools, &typed).await.map(drop)
}

async fn evaluate(devtools: &mut Devtools, argument: &str) -> Result<Option<Value>, Refusal> {
    let expression = format!("{SCRIPT}({argument})");
    let question = json!({ "expression": expression, "returnByValue": true });
    let answer = devtools.try_call("Runtime.evaluate", question).await?;
    Ok(answer.map(|mut answer| answer["result"]["value"].take()))
}
