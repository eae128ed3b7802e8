//! One document from one address.

use crate::config::Outbound;
use crate::outbound::{self, Forbidden, Lazy, Network, NoBody, Patience, Resolver};
use identity::Refused;
use identity::metadata_sources::{Fetched, Kind};
use reqwest::header::{
    ACCEPT, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use reqwest::{Certificate, Response, StatusCode};
use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// How long the other side may take: a federation's document has a megabyte.
const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(5),
    answer: Duration::from_secs(30),
};
/// The largest document (the parser takes no larger one).
const LONGEST: usize = 1024 * 1024;
/// The longest validator that is kept.
const LONGEST_VALIDATOR: usize = 1024;

/// Fetches metadata and keys. Cheap to clone.
#[derive(Clone)]
pub struct Fetcher {
    http: Arc<Lazy>,
    network: Network,
}

/// Why nothing can be fetched at all.
#[derive(Debug, thiserror::Error)]
pub enum NotUsable {
    /// The file of authorities.
    #[error("outbound.authorities")]
    Authorities(#[source] std::io::Error),
    /// What is in it.
    #[error("outbound.authorities: not certificates that can be used")]
    Certificates(#[source] reqwest::Error),
}

impl Fetcher {
    /// Reads the file of authorities; dials nothing yet.
    pub fn new(settings: &Outbound) -> Result<Self, NotUsable> {
        Self::within(settings, PATIENCE.answer)
    }

    /// The same, with documents that come within `answer` or not at all.
    pub fn within(settings: &Outbound, answer: Duration) -> Result<Self, NotUsable> {
        let patience = Patience { answer, ..PATIENCE };
        let network = Network::with(settings.networks());
        let authorities = match &settings.authorities {
            Some(file) => {
                let pem = std::fs::read(file).map_err(NotUsable::Authorities)?;
                Certificate::from_pem_bundle(&pem).map_err(NotUsable::Certificates)?
            }
            None => Vec::new(),
        };
        let resolver = Arc::new(Resolver(network.clone()));
        let http = Arc::new(Lazy::new(move || {
            outbound::builder(patience)
                .https_only(true)
                .dns_resolver(Arc::clone(&resolver))
                .tls_certs_merge(authorities.clone())
        }));
        Ok(Self { http, network })
    }

    /// What is there now, if it is not what those validators (`ETag`, `Last-Modified`) belong to. Codes of a failure:
    /// `metadata.address`, `metadata.unreachable`, `metadata.status`, `metadata.too_large`.
    pub async fn fetch(
        &self,
        (url, kind): (&str, Kind),
        (etag, last_modified): (Option<&str>, Option<&str>),
    ) -> Fetched {
        let url = match self.admit(url) {
            Ok(url) => url,
            Err(why) => return failed("metadata.address", why),
        };
        let client = match self.http.get() {
            Ok(client) => client,
            Err(error) => return failed("metadata.unreachable", causes(&error)),
        };
        let mut request = client.get(url).header(ACCEPT, kind.media_types());
        for (name, validator) in [(IF_NONE_MATCH, etag), (IF_MODIFIED_SINCE, last_modified)] {
            if let Some(validator) = validator {
                request = request.header(name, validator);
            }
        }
        match request.send().await {
            Ok(answer) => read(answer, etag.or(last_modified).is_some()).await,
            Err(error) => failed(code(&error), causes(&error)),
        }
    }

    /// The URL, if its host is no address that nobody looks up and that may not be reached.
    fn admit(&self, url: &str) -> Result<Url, String> {
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            _ => None,
        };
        if literal.is_none_or(|address| self.network.admits(address)) {
            Ok(url)
        } else {
            Err(Forbidden.to_string())
        }
    }
}

async fn read(answer: Response, asked_for_changes: bool) -> Fetched {
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::NOT_MODIFIED if asked_for_changes => return Fetched::Unchanged,
        status => return failed("metadata.status", format!("answered {status}")),
    }
    let validator = |name: HeaderName| header(answer.headers(), &name);
    let (etag, last_modified) = (validator(ETAG), validator(LAST_MODIFIED));
    match outbound::body(answer, LONGEST).await {
        Ok(bytes) => Fetched::Document {
            bytes,
            etag,
            last_modified,
        },
        Err(NoBody::TooLong) => failed("metadata.too_large", "more than 1 MiB"),
        Err(NoBody::Broken) => failed("metadata.unreachable", "the answer broke off"),
    }
}

fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?;
    (text.len() <= LONGEST_VALIDATOR).then(|| text.to_owned())
}

fn failed(code: &'static str, why: impl Into<String>) -> Fetched {
    Fetched::Failed(Refused::new(code, why))
}

/// Whether it was our own rule that kept the connection from coming about.
fn code(error: &reqwest::Error) -> &'static str {
    let mut source = error.source();
    while let Some(cause) = source {
        if cause.is::<Forbidden>() {
            return "metadata.address";
        }
        source = cause.source();
    }
    "metadata.unreachable"
}

/// What went wrong, down to the first cause.
fn causes(error: &reqwest::Error) -> String {
    let mut told = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        told = format!("{told}: {cause}");
        source = cause.source();
    }
    told
}
