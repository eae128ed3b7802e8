//! A client on its way through a workflow: it goes through the lab's proxy, trusts the lab's authority, and shows every request,
//! every answer and every check in short.

use super::manifest::Manifest;
use super::say;
use anyhow::{Context, Result, ensure};
use reqwest::header::{HeaderMap, HeaderName};
use reqwest::{Certificate, Client, Proxy, RequestBuilder, StatusCode, redirect};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Nothing in a lab takes that long.
const TIMEOUT: Duration = Duration::from_secs(30);
/// What of a long URL is shown.
const SHOWN: usize = 96;

/// A client and what it has seen so far.
pub(super) struct Journey {
    client: Client,
    proxy: String,
    authority: PathBuf,
    step: &'static str,
    passed: u32,
}

/// An answer, read to its end.
pub(super) struct Answer {
    /// Status.
    pub(super) status: StatusCode,
    /// Header fields.
    pub(super) headers: HeaderMap,
    /// Body.
    pub(super) body: String,
}

impl Journey {
    /// A client as anybody's, who was told the lab's proxy and authority. It follows no redirect and keeps no cookie by itself,
    /// because the documents do both step by step.
    pub(super) fn begin(manifest: &Manifest) -> Result<Self> {
        let authority =
            std::fs::read(&manifest.ca).with_context(|| manifest.ca.display().to_string())?;
        let client = Client::builder()
            .proxy(Proxy::all(&manifest.proxy)?)
            .tls_certs_only(Certificate::from_pem_bundle(&authority)?)
            .redirect(redirect::Policy::none())
            .timeout(TIMEOUT)
            .build()?;
        Ok(Self {
            client,
            proxy: manifest.proxy.clone(),
            authority: manifest.ca.clone(),
            step: "",
            passed: 0,
        })
    }

    /// Checks that held.
    pub(super) fn passed(&self) -> u32 {
        self.passed
    }

    /// URL of the proxy, for a program that goes its own way.
    pub(super) fn proxy(&self) -> &str {
        &self.proxy
    }

    /// The authority's certificate, for the same.
    pub(super) fn authority(&self) -> &Path {
        &self.authority
    }

    /// What requests are made with.
    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    /// Announces a step of the document.
    pub(super) fn step(&mut self, letter: &'static str, title: &str) {
        self.step = letter;
        say(&format!("\n{letter}. {title}"));
    }

    /// Sends, and shows both directions in short.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Answer> {
        let request = request.build()?;
        say(&format!(
            "   > {} {}",
            request.method(),
            shortened(request.url().as_str())
        ));
        let answer = self.client.execute(request).await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.text().await?;
        say(&format!("   < {status}, {} bytes", body.len()));
        let answer = Answer {
            status,
            headers,
            body,
        };
        if let Some(location) = answer.header("location") {
            say(&format!("     location: {}", shortened(location)));
        }
        for name in answer.cookies() {
            say(&format!("     set-cookie: {name}=…"));
        }
        Ok(answer)
    }

    /// Checks something that the document promises, and shows that it held.
    pub(super) fn check(
        &mut self,
        what: &str,
        holds: bool,
        found: &dyn std::fmt::Debug,
    ) -> Result<()> {
        ensure!(
            holds,
            "step {}: not so: {what}; found {}",
            self.step,
            shortened(&format!("{found:?}"))
        );
        self.passed += 1;
        say(&format!("   ok {what}"));
        Ok(())
    }
}

impl Answer {
    /// A header field, none if it is missing or not text.
    pub(super) fn header(&self, name: &'static str) -> Option<&str> {
        self.headers
            .get(HeaderName::from_static(name))?
            .to_str()
            .ok()
    }

    /// The value of a cookie that the answer sets.
    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        self.set_cookies()
            .find_map(|(set, value)| (set == name).then_some(value))
    }

    /// The names of the cookies that the answer sets.
    pub(super) fn cookies(&self) -> impl Iterator<Item = &str> {
        self.set_cookies().map(|(name, _)| name)
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_str(&self.body)
            .with_context(|| format!("not JSON: {}", shortened(&self.body)))
    }

    fn set_cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.headers.get_all("set-cookie").into_iter();
        fields.filter_map(|field| {
            field
                .to_str()
                .ok()?
                .split(';')
                .next()?
                .trim()
                .split_once('=')
        })
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
