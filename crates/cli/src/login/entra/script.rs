//! What the script of Entra's pages does: post what the page handed out, and ask questions in JSON.

use crate::login::page::Page;
use crate::login::refusal::{Refusal, quoted};
use crate::login::transport::{Answer, Request};
use crate::login::walk::Walk;
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

/// One question and answer in JSON.
pub(super) async fn conversation(walk: &mut Walk<'_>, request: &Request) -> Result<Value, Refusal> {
    let answer: Answer = walk.exchange(request).await?;
    serde_json::from_str(&answer.body).map_err(|_| Refusal::Undocumented {
        host: answer.host(),
        step: "a question of the sign-in page's script",
        status: answer.status,
        text: String::new(),
    })
}

/// The post that the page's script would make: what the page handed out goes back, beside `fields`.
pub(super) fn post(page: &Page, fields: &[(&str, &str)], context: &str) -> Option<Request> {
    let url = target(page, "urlPost")?;
    let token = match page.setting("sFTName") {
        name if name.is_empty() => "flowToken".to_owned(),
        name => name,
    };
    let request_id = match page.request_id.as_str() {
        "" => page.setting("sessionId"),
        id => id.to_owned(),
    };
    let mut values: Vec<(String, Zeroizing<String>)> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Zeroizing::new((*value).to_owned())))
        .collect();
    let handed_out = [
        (token.as_str(), page.setting("sFT")),
        (context, page.setting("sCtx")),
        ("canary", page.setting("canary")),
        ("hpgrequestid", request_id),
    ];
    for (name, value) in handed_out {
        if !values.iter().any(|(known, _)| known == name) {
            values.push((name.to_owned(), Zeroizing::new(value)));
        }
    }
    Some(Request::post(url, values))
}

pub(super) fn target(page: &Page, setting: &str) -> Option<Url> {
    let target = page.setting(setting);
    (!target.is_empty()).then(|| page.url.join(&target).ok())?
}

pub(super) fn succeeded(answer: &Value) -> bool {
    answer.get("Success") == Some(&Value::Bool(true))
}

pub(super) fn message(answer: &Value) -> String {
    quoted(&text(
        answer,
        if text(answer, "Message").is_empty() {
            "ResultValue"
        } else {
            "Message"
        },
    ))
}

pub(super) fn text(value: &Value, key: &str) -> String {
    match value.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}
