//! `[door.huawei]` of a `huawei` door: how its tokens look, the services that scoped ones list, and the pages that tokens are
//! posted to.

use crate::config::fault::Fault;
use identity::entities::TokenFormat;

/// Settings of a `huawei` door.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Huawei {
    /// How new tokens look: `signed` (the default) or `opaque`.
    #[serde(default)]
    pub token_format: TokenFormat,
    /// The services.
    #[serde(default)]
    pub catalog: Vec<CatalogService>,
    /// Pages to which a browser that signed on may take its token; a client names one of them letter for letter.
    #[serde(default)]
    pub dashboards: Vec<String>,
}

/// A service in the catalog.
#[derive(Debug, Clone, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogService {
    /// Its addresses.
    pub endpoints: Vec<CatalogEndpoint>,
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Kind, such as `ecs`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// An address of a service.
#[derive(Debug, Clone, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogEndpoint {
    /// Identifier.
    pub id: String,
    /// Who uses it.
    #[serde(default = "public")]
    pub interface: String,
    /// Region.
    pub region: String,
    /// Region, again: clients read either.
    #[serde(skip_deserializing)]
    pub region_id: String,
    /// Address; `{project_id}` stands for the token's project.
    pub url: String,
}

impl CatalogEndpoint {
    /// As a token of that project shows it.
    #[must_use]
    pub fn within(&self, project: &str) -> Self {
        Self {
            url: self.url.replace("{project_id}", project),
            region_id: self.region.clone(),
            ..self.clone()
        }
    }
}

impl Huawei {
    pub(super) fn check(&self, at: &str, faults: &mut Vec<Fault>) {
        for (index, dashboard) in self.dashboards.iter().enumerate() {
            if !is_safe(dashboard) {
                faults.push(Fault::new(
                    format!("{at}.dashboards[{index}]"),
                    "is neither an https address nor one of this machine",
                ));
            }
        }
        for (index, service) in self.catalog.iter().enumerate() {
            for (number, endpoint) in service.endpoints.iter().enumerate() {
                if url::Url::parse(&endpoint.within("0").url).is_err() {
                    faults.push(Fault::new(
                        format!("{at}.catalog[{index}].endpoints[{number}].url"),
                        "is no address",
                    ));
                }
            }
        }
    }
}

/// A token is posted there: over TLS, or without leaving the machine (a command that waits for it, RFC 8252 §7.3).
fn is_safe(dashboard: &str) -> bool {
    url::Url::parse(dashboard).is_ok_and(|url| match url.scheme() {
        "https" => url.has_host() && url.username().is_empty(),
        "http" => matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")),
        _ => false,
    })
}

fn public() -> String {
    "public".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoint_names_the_project_of_the_token() {
        let endpoint = CatalogEndpoint {
            id: "e".to_owned(),
            interface: public(),
            region: "r1".to_owned(),
            region_id: String::new(),
            url: "https://ecs.example.com/v2/{project_id}".to_owned(),
        };
        let shown = endpoint.within("06ba");
        assert_eq!(shown.url, "https://ecs.example.com/v2/06ba");
        assert_eq!(shown.region_id, "r1");
    }

    #[test]
    fn token_is_posted_over_tls_or_on_this_machine() {
        for good in [
            "https://console.example.com/auth/websso/",
            "http://localhost:9990/auth/websso/",
            "http://127.0.0.1:9990/",
        ] {
            assert!(is_safe(good), "{good}");
        }
        for bad in [
            "http://console.example.com/",
            "https://localhost@evil.example.com/",
            "http://localhost.example.com/",
            "javascript:alert(1)",
            "/auth",
        ] {
            assert!(!is_safe(bad), "{bad}");
        }
    }
}
