//! `[door.gateway]` of a `cess` door: cloud PSCs and upstreams. `[door.psc]` of a `psc` door: who may ask for sessions.

use crate::config::fault::Fault;
use identity::login::Secret;
use jiff::SignedDuration;
use oauth::redirect_uri::RedirectUri;
use serde::{Deserialize, Deserializer};
use std::collections::HashSet;
use std::net::SocketAddr;
use url::Url;

/// The variable in which CESS is told its providers.
pub const URLS_MULTI_CLOUD: &str = "urlsMultiCloud";

/// A gateway in front of a signing service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    /// The provider that is meant where none is named; the first one if not said.
    pub default_provider: Option<String>,
    /// How long a session lives unless its client or the application that it is for says otherwise.
    #[serde(default = "half_a_day")]
    pub lifetime: SignedDuration,
    /// Cloud PSCs. Without any, those of the variable `urlsMultiCloud`.
    #[serde(default)]
    pub provider: Vec<Provider>,
    /// Where transactions go; the longest `path` that a request's path begins with decides.
    #[serde(default)]
    pub upstream: Vec<Upstream>,
}

/// A cloud PSC.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its id: what stands in `VCSchemaData`.
    pub id: String,
    /// Its base URL, below which `/v0/oauth/…` stands.
    pub url: Url,
    /// Our client id there.
    pub client_id: String,
    /// Our client secret there.
    #[serde(deserialize_with = "secret")]
    pub client_secret: Secret,
    /// Whether `VCSchema` is taken for it.
    #[serde(default)]
    pub schema: bool,
    /// Addresses that may stand after `@` in a schema, beside the URL's own where that is an address.
    #[serde(default)]
    pub addresses: Vec<SocketAddr>,
    /// Its longest session, if shorter than the rule for the holder.
    pub longest: Option<SignedDuration>,
}

/// Where transactions go: an application behind the gateway.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// Prefix of the request's path, whole segments.
    #[serde(default = "root")]
    pub path: String,
    /// Base URL.
    pub url: Url,
    /// Whether it is handed the session's access token, as `Authorization: Bearer`.
    #[serde(default)]
    pub forward_token: bool,
    /// How long a session that is opened for it lives unless its client says otherwise, if not as long as the gateway's.
    pub lifetime: Option<SignedDuration>,
    /// How long it may take to begin its answer, and between two parts of it.
    #[serde(default = "a_minute")]
    pub timeout: SignedDuration,
    /// Whether it is spoken to in HTTP/2 without asking first. Over TLS both sides agree on it by themselves.
    #[serde(default)]
    pub http2: bool,
}

/// Our own PSC: the client that may ask it for sessions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Psc {
    /// Client id.
    pub client_id: String,
    /// Client secret.
    #[serde(deserialize_with = "secret")]
    pub client_secret: Secret,
    /// Where authorization codes may go. Without any, sessions are opened by `pwd_authorize` only.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
}

impl Psc {
    pub(super) fn check(&self, at: &str, faults: &mut Vec<Fault>) {
        for uri in &self.redirect_uris {
            if let Err(why) = RedirectUri::register(uri) {
                faults.push(Fault::new(
                    format!("{at}.redirect_uris"),
                    format!("{uri:?} {why}"),
                ));
            }
        }
    }
}

/// An entry of `urlsMultiCloud`, keyed by its URL there.
#[derive(Deserialize)]
struct Cloud {
    id: String,
    client_id: String,
    #[serde(deserialize_with = "secret")]
    client_secret: Secret,
}

impl Gateway {
    /// Takes the providers of `urlsMultiCloud` (`{"https://…":{"id":…,"client_id":…,"client_secret":…}}`) where none is listed.
    pub(super) fn fill(&mut self, at: &str, json: &str, faults: &mut Vec<Fault>) {
        if !self.provider.is_empty() {
            return;
        }
        let clouds: Result<serde_json::Map<String, serde_json::Value>, _> =
            serde_json::from_str(json);
        let Ok(clouds) = clouds else {
            return faults.push(Fault::new(
                at,
                format!("{URLS_MULTI_CLOUD} is not a JSON object"),
            ));
        };
        for (url, cloud) in clouds {
            match (Url::parse(&url), serde_json::from_value::<Cloud>(cloud)) {
                (Ok(url), Ok(cloud)) => self.provider.push(Provider {
                    id: cloud.id,
                    url,
                    client_id: cloud.client_id,
                    client_secret: cloud.client_secret,
                    // The variable belongs to CESS, whose providers are the ones that the special authentication is for.
                    schema: true,
                    addresses: Vec::new(),
                    longest: None,
                }),
                _ => faults.push(Fault::new(at, format!("{URLS_MULTI_CLOUD}: an entry is no URL with id, client_id and client_secret"))),
            }
        }
    }

    pub(super) fn check(&self, at: &str, faults: &mut Vec<Fault>) {
        let mut fault =
            |field: &str, what: String| faults.push(Fault::new(format!("{at}.{field}"), what));
        if self.provider.is_empty() {
            fault(
                "provider",
                format!("needs at least one, here or in {URLS_MULTI_CLOUD}"),
            );
        }
        if self.upstream.is_empty() {
            fault("upstream", "needs at least one".to_owned());
        }
        if self.lifetime <= SignedDuration::ZERO {
            fault("lifetime", "must be longer than nothing".to_owned());
        }
        let mut ids = HashSet::new();
        for provider in &self.provider {
            if !ids.insert(&provider.id) {
                fault("provider", format!("{} stands twice", provider.id));
            }
            if provider.id.is_empty() || provider.id.contains('-') || provider.id.contains(';') {
                fault(
                    "provider",
                    format!(
                        "{:?}: an id holds no \"-\" (a schema ends it there) and no \";\"",
                        provider.id
                    ),
                );
            }
            check_url(&provider.url, "provider", &mut fault);
        }
        if let Some(default) = &self.default_provider
            && !ids.contains(default)
        {
            fault(
                "default_provider",
                format!("there is no provider {default}"),
            );
        }
        let mut paths = HashSet::new();
        for upstream in &self.upstream {
            if !upstream.path.starts_with('/') || !paths.insert(&upstream.path) {
                fault(
                    "upstream",
                    format!(
                        "{:?}: a path begins with \"/\" and stands once",
                        upstream.path
                    ),
                );
            }
            check_url(&upstream.url, "upstream", &mut fault);
            if upstream.lifetime.is_some_and(|l| l <= SignedDuration::ZERO) {
                fault(
                    "upstream.lifetime",
                    "must be longer than nothing".to_owned(),
                );
            }
        }
    }
}

fn check_url(url: &Url, field: &str, fault: &mut impl FnMut(&str, String)) {
    let local = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback() || ip.is_private(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        _ => false,
    };
    // One-time passwords and what is to be signed do not cross a network in the clear.
    if url.scheme() != "https" && !(url.scheme() == "http" && local) {
        fault(
            field,
            format!("{url}: https, or http to a loopback or private address"),
        );
    }
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        fault(
            field,
            "a URL here has neither user, query nor fragment".to_owned(),
        );
    }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

fn half_a_day() -> SignedDuration {
    SignedDuration::from_hours(12)
}

fn a_minute() -> SignedDuration {
    SignedDuration::from_mins(1)
}

fn root() -> String {
    "/".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gateway() -> Gateway {
        toml::from_str("[[upstream]]\nurl = \"http://127.0.0.1:9000\"").unwrap()
    }

    #[test]
    fn the_variable_of_cess_names_the_providers() {
        let mut gateway = gateway();
        let mut faults = Vec::new();
        let json = r#"{"https:\/\/apihom.birdid.com.br":{"id":"SOLUTI","client_id":"a","client_secret":"b"},"https:\/\/apicloudid.hom.vaultid.com.br":{"id":"VAULTID","client_id":"c","client_secret":"d","adapterid":"x"}}"#;
        gateway.fill("g", json, &mut faults);
        gateway.check("g", &mut faults);
        assert!(faults.is_empty(), "{faults:?}");
        let ids: Vec<&str> = gateway.provider.iter().map(|p| p.id.as_str()).collect();
        assert_eq!(ids, ["SOLUTI", "VAULTID"]);
        assert!(
            !format!("{gateway:?}").contains("\"b\""),
            "no secret in Debug"
        );
    }

    #[test]
    fn faults_are_named() {
        let mut gateway = gateway();
        let mut faults = Vec::new();
        gateway.fill(
            "g",
            r#"{"http://psc.example.com":{"id":"A-B","client_id":"a","client_secret":"b"}}"#,
            &mut faults,
        );
        gateway.default_provider = Some("C".to_owned());
        gateway.check("g", &mut faults);
        let all: Vec<&str> = faults.iter().map(|f| f.at.as_str()).collect();
        assert_eq!(all, ["g.provider", "g.provider", "g.default_provider"]);
    }

    proptest::proptest! {
        /// What stands in the variable is providers or a fault that is named, and no secret of it is told.
        #[test]
        fn no_variable_is_more_than_a_fault(text in "\\PC{0,60}", id in "[ -~]{0,12}", url in "(https?://)?[ -~]{0,20}") {
            for json in [text, serde_json::json!({ url: { "id": id, "client_id": "a", "client_secret": "s3cret!" } }).to_string()] {
                let (mut gateway, mut faults) = (gateway(), Vec::new());
                gateway.fill("g", &json, &mut faults);
                gateway.check("g", &mut faults);
                proptest::prop_assert!(!faults.is_empty() || !gateway.provider.is_empty());
                proptest::prop_assert!(faults.iter().all(|fault| !fault.to_string().contains("s3cret!")));
            }
        }
    }
}
