//! A request and its answer, both as they stand on the wire.

use super::wire;
use std::fmt::{self, Write as _};
use std::net::SocketAddr;

/// One request.
pub(crate) struct Call<'a> {
    method: &'a str,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(method: &'a str, host: &str, target: &str) -> Self {
        let headers = vec![
            ("Host".to_owned(), host.to_owned()),
            ("Connection".to_owned(), "close".to_owned()),
        ];
        Self {
            method,
            target: target.to_owned(),
            headers,
            body: Vec::new(),
        }
    }

    pub(crate) fn get(host: &str, target: &str) -> Self {
        Self::new("GET", host, target)
    }

    pub(crate) fn post(host: &str, target: &str) -> Self {
        Self::new("POST", host, target)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("Content-Type", media_type)
    }

    pub(crate) fn json(self, body: &str) -> Self {
        self.body("application/json", body)
    }

    pub(crate) fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.body("application/x-www-form-urlencoded", body)
    }

    pub(crate) async fn to(mut self, address: SocketAddr) -> Answer {
        if !self.body.is_empty() {
            self.headers
                .push(("Content-Length".to_owned(), self.body.len().to_string()));
        }
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        head.push_str("\r\n");
        Answer::read(&wire::exchange(address, &[head.as_bytes(), &self.body].concat()).await)
    }
}

/// One answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    fn read(text: &str) -> Self {
        let (head, body) = text
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("no answer: {text:?}"));
        let mut lines = head.split("\r\n");
        let status = wire::status(lines.next().unwrap()).expect("a status line");
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").expect("a header");
            (name.to_owned(), value.to_owned())
        };
        Self {
            status,
            headers: lines.map(header).collect(),
            body: body.to_owned(),
        }
    }

    /// The value of a header that stands once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self
            .headers
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, value)| value.as_str());
        let first = values.next();
        assert_eq!(values.next(), None, "{name} stands once");
        first
    }

    /// Every value of a header, in order.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(n, _)| n == name);
        named.map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The `data` of an envelope.
    pub(crate) fn data(&self) -> String {
        self.json()["data"]
            .as_str()
            .unwrap_or_else(|| panic!("no data: {self}"))
            .to_owned()
    }

    /// The `message.key` of an envelope.
    pub(crate) fn key(&self) -> String {
        self.json()["message"]["key"]
            .as_str()
            .unwrap_or_else(|| panic!("no key: {self}"))
            .to_owned()
    }
}

/// Status, headers in alphabetical order, body. Without what differs in every run.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.status)?;
        let mut headers: Vec<_> = self.headers.iter().collect();
        headers.sort();
        for (name, value) in headers {
            if !["date", "x-correlation-id"].contains(&name.as_str()) {
                writeln!(f, "{name}: {value}")?;
            }
        }
        write!(f, "\n{}", self.body)
    }
}
