//! A request as bytes, and one answer to it, for what comes before a measurement.

use crate::load::Client;
use std::fmt::Write as _;
use std::net::SocketAddr;

/// A request as it stands on the wire.
pub(crate) fn request(
    line: &str,
    host: &str,
    headers: &[(&str, &str)],
    body: Option<(&str, &str)>,
) -> Vec<u8> {
    let mut text = format!("{line} HTTP/1.1\r\nHost: {host}\r\n");
    for (name, value) in headers {
        write!(text, "{name}: {value}\r\n").unwrap();
    }
    if let Some((media_type, body)) = body {
        let length = body.len();
        write!(
            text,
            "Content-Type: {media_type}\r\nContent-Length: {length}\r\n"
        )
        .unwrap();
    }
    text.push_str("\r\n");
    text.push_str(body.map_or("", |(_, body)| body));
    text.into_bytes()
}

/// A form with these fields.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// The media type of a form.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
/// The media type of a document.
pub(crate) const JSON: &str = "application/json";

/// An answer.
pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The first header of that name.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(": "));
        let found = headers.find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    /// The first cookie that it sets, as a client sends it back.
    pub(crate) fn cookie(&self) -> &str {
        let set = self.header("set-cookie");
        set.split(';').next().unwrap_or_default()
    }

    /// What stands between two marks in the body.
    pub(crate) fn between(&self, before: &str, after: &str) -> String {
        let (_, rest) = self
            .body
            .split_once(before)
            .unwrap_or_else(|| panic!("no {before} in {}{}", self.head, self.body));
        let found = rest.split_once(after).map_or(rest, |(found, _)| found);
        // As pages spell it.
        found.replace("&amp;", "&").replace("&#38;", "&")
    }
}

/// The answer to one request, on a connection of its own.
pub(crate) async fn answer(address: SocketAddr, request: &[u8]) -> Answer {
    Client::connect(address).await.answer(request).await
}

/// The `data` of an envelope.
pub(crate) fn data(answer: &Answer) -> String {
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    body["data"].as_str().unwrap().to_owned()
}
