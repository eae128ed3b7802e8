//! The way to the other side: one HTTP exchange at a time, with limits on time and bytes, and errors that a person can act on.
//!
//! This module owns the connection; it does not follow redirects and does not decide where to go.

use super::refusal::{Refusal, quoted};
use super::terminal::Terminal;
use super::trust::host_and_port;
use reqwest::header::{ACCEPT_LANGUAGE, HeaderMap, HeaderValue, SET_COOKIE};
use reqwest::{Certificate, Client, Method, redirect};
use std::error::Error;
use std::fmt::Display;
use std::io;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;
use zeroize::Zeroizing;

/// The largest page that is read. Real sign-in pages are under 200 KB.
const LARGEST_PAGE: usize = 1024 * 1024;

/// What to send.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Body,
}

/// With what in it.
#[derive(Clone)]
pub(super) enum Body {
    /// Nothing.
    Empty,
    /// A form, in the order of its fields.
    Form(Vec<(String, Zeroizing<String>)>),
    /// A JSON value.
    Json(serde_json::Value),
}

impl Request {
    /// Asks for a page.
    pub(super) fn get(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            headers: Vec::new(),
            body: Body::Empty,
        }
    }

    /// Posts a form.
    pub(super) fn post(url: Url, fields: Vec<(String, Zeroizing<String>)>) -> Self {
        Self {
            method: Method::POST,
            url,
            headers: Vec::new(),
            body: Body::Form(fields),
        }
    }

    /// Posts JSON.
    pub(super) fn post_json(url: Url, value: serde_json::Value) -> Self {
        Self {
            method: Method::POST,
            url,
            headers: Vec::new(),
            body: Body::Json(value),
        }
    }

    /// The same, with one more header.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What came back.
pub(super) struct Answer {
    pub(super) url: Url,
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Answer {
    /// A header, where it is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Who answered.
    pub(super) fn host(&self) -> String {
        host_and_port(&self.url)
    }
}

/// A connection with cookies of its own, and the patience of one command.
pub(super) struct Transport {
    client: Client,
    terminal: Terminal,
    patience: Duration,
    deadline: Instant,
    insecure: bool,
}

impl Transport {
    /// Opens nothing yet. Proxies come from the environment, trusted certificates from `SSL_CERT_FILE` or else from the system.
    pub(super) fn new(patience: Duration, insecure: bool, terminal: &Terminal) -> io::Result<Self> {
        if insecure {
            terminal.say("warning: --insecure accepts any certificate; whoever stands in between reads the password");
        }
        let mut headers = HeaderMap::new();
        // The words by which an expired page is known are English.
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static("en"));
        let mut builder = Client::builder()
            .user_agent(concat!("portaria/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .cookie_store(true)
            .redirect(redirect::Policy::none())
            .connect_timeout(Duration::from_secs(20))
            .tls_danger_accept_invalid_certs(insecure);
        if let Some(certificates) = named_certificates()? {
            builder = builder.tls_certs_only(certificates);
        }
        Ok(Self {
            insecure,
            client: builder.build().map_err(io::Error::other)?,
            terminal: terminal.clone(),
            patience,
            deadline: Instant::now() + patience,
        })
    }

    /// The time that a person took to answer does not count.
    pub(super) fn start_anew(&mut self) {
        self.deadline = Instant::now() + self.patience;
    }

    /// How long this command waits for others.
    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// Whether any certificate will do.
    pub(super) fn is_insecure(&self) -> bool {
        self.insecure
    }

    /// One exchange.
    pub(super) async fn send(&self, request: Request) -> Result<Answer, Refusal> {
        let host = host_and_port(&request.url);
        self.waiting(&host, self.exchange(request, &host)).await
    }

    /// Lets time pass until something is asked again.
    pub(super) async fn pause(&self, time: Duration, host: &str) -> Result<(), Refusal> {
        self.waiting(host, async {
            tokio::time::sleep(time).await;
            Ok(())
        })
        .await
    }

    /// Work that may take no longer than this command's patience; `host` is what a person is told.
    pub(super) async fn waiting<T>(
        &self,
        host: &str,
        work: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        self.terminal
            .waiting_for(format_args!("waiting for {host}"));
        let outcome = tokio::time::timeout_at(self.deadline, work).await;
        self.terminal.rest();
        outcome.map_err(|_| Refusal::TimedOut {
            host: host.to_owned(),
        })?
    }

    async fn exchange(&self, request: Request, host: &str) -> Result<Answer, Refusal> {
        let url = request.url.clone();
        let mut building = self.client.request(request.method, request.url);
        for (name, value) in request.headers {
            building = building.header(name, value);
        }
        building = match request.body {
            Body::Empty => building,
            Body::Form(fields) => {
                let fields: Vec<_> = fields
                    .iter()
                    .map(|(name, value)| (name, value.as_str()))
                    .collect();
                building.form(&fields)
            }
            Body::Json(value) => building.json(&value),
        };
        let mut response = building.send().await.map_err(|error| lost(&error, host))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        refuse_foreign_cookies(&headers, &url)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error, host))? {
            if body.len() + chunk.len() > LARGEST_PAGE {
                return Err(Refusal::TooLarge {
                    host: host.to_owned(),
                    limit: LARGEST_PAGE,
                });
            }
            body.extend_from_slice(&chunk);
        }
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Answer {
            url,
            status,
            headers,
            body,
        })
    }
}

/// The file that `SSL_CERT_FILE` names.
pub(super) fn authorities() -> Option<PathBuf> {
    let named = std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty());
    named.map(PathBuf::from)
}

/// The certificates that `SSL_CERT_FILE` names. Read here, because not every system's verifier does.
fn named_certificates() -> io::Result<Option<Vec<Certificate>>> {
    let Some(path) = authorities() else {
        return Ok(None);
    };
    let explain = |error: &dyn Display| {
        io::Error::other(format!("SSL_CERT_FILE {}: {error}", path.display()))
    };
    let pem = std::fs::read(&path).map_err(|error| explain(&error))?;
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| explain(&error))?;
    Ok(Some(certificates))
}

/// RFC 6265 §5.3, step 6: a host sets cookies for itself and its parents. A browser ignores any other in silence; here the
/// host is about to see a password, so it is worth a word.
fn refuse_foreign_cookies(headers: &HeaderMap, url: &Url) -> Result<(), Refusal> {
    let host = url.host_str().unwrap_or_default();
    for cookie in headers.get_all(SET_COOKIE) {
        let cookie = String::from_utf8_lossy(cookie.as_bytes());
        let domain = cookie
            .split(';')
            .skip(1)
            .filter_map(|attribute| attribute.split_once('='))
            .filter(|(name, _)| name.trim().eq_ignore_ascii_case("domain"))
            .map(|(_, domain)| domain.trim().trim_start_matches('.').to_ascii_lowercase())
            .find(|domain| !domain.is_empty());
        let Some(domain) = domain else { continue };
        if host != domain && !host.ends_with(&format!(".{domain}")) {
            return Err(Refusal::ForeignCookie {
                host: host_and_port(url),
                domain: quoted(&domain),
            });
        }
    }
    Ok(())
}

/// What went wrong on the way, without the URL: it may hold a signed request.
fn lost(error: &reqwest::Error, host: &str) -> Refusal {
    let host = host.to_owned();
    if let Some(certificate) = certificate_error(error) {
        return Refusal::Certificate {
            host,
            reason: certificate.to_string(),
        };
    }
    if error.is_timeout() {
        return Refusal::TimedOut { host };
    }
    let reason = causes(error)
        .last()
        .map_or_else(|| "the connection broke".to_owned(), ToString::to_string);
    Refusal::Unreachable {
        host,
        reason: quoted(&reason),
    }
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause| next_cause(*cause))
}

/// An `io::Error` hides the error that it carries from `source`.
fn next_cause<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match cause
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(carried) => Some(carried),
        None => cause.source(),
    }
}

fn certificate_error(error: &reqwest::Error) -> Option<&rustls::Error> {
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<rustls::Error>())
        .find(|cause| matches!(cause, rustls::Error::InvalidCertificate(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(host: &str, cookie: &str) -> Result<(), &'static str> {
        let mut headers = HeaderMap::new();
        headers.append(SET_COOKIE, HeaderValue::from_str(cookie).unwrap());
        let url = Url::parse(&format!("https://{host}/")).unwrap();
        refuse_foreign_cookies(&headers, &url).map_err(|refusal| refusal.code())
    }

    #[test]
    fn host_sets_cookies_for_itself_and_its_parents_only() {
        for accepted in [
            "PF=1; Path=/",
            "PF=1; Domain=login.example.com",
            "PF=domain=x; DOMAIN=.Example.com",
            "PF=1; Domain=",
        ] {
            assert_eq!(setting("login.example.com", accepted), Ok(()), "{accepted}");
        }
        for refused in [
            "PF=1; Domain=storagegrid.example.com",
            "PF=1; secure; domain = .other.org",
            "PF=1; Domain=in.example.com",
        ] {
            assert_eq!(
                setting("login.example.com", refused),
                Err("login.foreign-cookie"),
                "{refused}"
            );
        }
    }
}
