//! Metadata that is fetched again from a real address over TLS while the server serves.

use crate::support::federation::{Federation, Says};
use crate::support::sign_on::{redeem, saml_response};
use crate::support::{ADFS, Call, TestServer, Wanted};
use identity::declare::{Declaration, IdentityProvider, Organization};
use identity::guard;
use identity::keys::manage::{Rollover, Selection};
use identity::metadata_sources::{Fetched, Kind};
use jiff::SignedDuration;
use server::App;
use server::config::Outbound;
use server::metadata::{Fetcher, refresh_due};
use std::time::Duration;

/// A grid that fetches AD FS's metadata, and what fetches it.
struct Rolling {
    federation: Federation,
    server: TestServer,
    /// Another node on the same database, whose turn it is to fetch.
    node: App,
    fetcher: Fetcher,
}

impl Rolling {
    async fn start() -> Self {
        let federation = Federation::start().await;
        let server = TestServer::start_with(Wanted {
            authorities: Some(federation.authority()),
            ..Wanted::default()
        })
        .await;
        let node = server.beside().await;
        let fetcher = Fetcher::new(&outbound(&federation, &["127.0.0.1"])).unwrap();
        let provider = IdentityProvider {
            id: "adfs".to_owned(),
            metadata: Some(document(&server).await),
            metadata_url: Some(federation.url("localhost")),
            enabled: Some(true),
            groups_attribute: Some("http://schemas.xmlsoap.org/claims/Group".to_owned()),
            ..IdentityProvider::default()
        };
        let declaration = Declaration {
            organization: vec![Organization {
                id: "grid".to_owned(),
                identity_provider: vec![provider],
                ..Organization::default()
            }],
        };
        let declared = node.service.declare(&node.moment(None), &declaration).await;
        declared.unwrap().unwrap();
        Self {
            federation,
            server,
            node,
            fetcher,
        }
    }

    /// Its time has come.
    async fn refresh(&self) {
        self.server.clock.advance(SignedDuration::from_hours(25));
        refresh_due(&self.node, &self.fetcher).await;
    }

    /// The status of a whole sign-on.
    async fn sign_on(&self) -> u16 {
        let person = ("ana@my-domain", TestServer::PASSWORD);
        let response = saml_response(&self.server, "12345", person.0, person.1).await;
        redeem(&self.server, &response, "12345").await.status
    }

    async fn fault(&self) -> Option<String> {
        let at = (Kind::IdentityProvider, "adfs");
        let source = self.node.service.store().metadata_source("grid", at).await;
        source.unwrap().expect("it was declared").kept.fault
    }

    /// AD FS signs with new keys from now on, and tells of no other.
    async fn rotate(&self) {
        let selection = Selection {
            organization: "my-domain".to_owned(),
            door: Some("adfs".to_owned()),
            ..Selection::default()
        };
        let at_once = Rollover {
            algorithm: None,
            ahead: SignedDuration::ZERO,
            overlap: SignedDuration::ZERO,
        };
        let service = &self.node.service;
        let moment = self.node.moment(None);
        let rotated = service.rotate_keys(&moment, &selection, at_once).await;
        rotated.unwrap().unwrap();
        // Nodes hear of new keys within a second.
        self.server.clock.advance(SignedDuration::from_secs(2));
    }
}

/// As the door publishes it.
async fn document(server: &TestServer) -> String {
    let path = "/FederationMetadata/2007-06/FederationMetadata.xml";
    let answer = server.answer(Call::get(ADFS, path)).await;
    assert_eq!(answer.status, 200, "{answer}");
    answer.body
}

fn outbound(federation: &Federation, networks: &[&str]) -> Outbound {
    Outbound {
        networks: networks.iter().map(|&network| network.to_owned()).collect(),
        authorities: Some(federation.authority()),
    }
}

#[tokio::test]
async fn a_rollover_is_taken_while_serving_and_bad_documents_leave_the_good_one_in_use() {
    let rolling = Rolling::start().await;
    assert_eq!(rolling.sign_on().await, 200, "control");
    rolling.rotate().await;
    assert_eq!(rolling.sign_on().await, 401, "nobody has heard of that key");
    let good = document(&rolling.server).await;
    rolling.federation.says(Says::Document(good.clone()));
    rolling.refresh().await;
    assert_eq!(rolling.fault().await, None);
    assert_eq!(rolling.sign_on().await, 200, "with the second key");
    let unclosed = good.trim_end().trim_end_matches('>').to_owned();
    for (says, code) in [
        (Says::Failure, "metadata.status"),
        (Says::Document(unclosed), "xml."),
        (Says::Document(good.replace(ADFS, "other.example.com")), ""),
        (Says::Moved(good.clone()), "metadata.status"),
        (Says::Long(2 << 20), "metadata.too_large"),
    ] {
        rolling.federation.says(says);
        rolling.refresh().await;
        let fault = rolling.fault().await.expect("it is told");
        assert!(fault.starts_with(code), "{fault} is not {code}");
        assert_eq!(rolling.sign_on().await, 200, "{fault}");
    }
    rolling.federation.says(Says::Document(good));
    rolling.refresh().await;
    assert_eq!(rolling.fault().await, None, "and it recovers");
}

/// What a fetch comes to: the length of a document, or a code.
async fn fetched(fetcher: &Fetcher, url: &str) -> Result<usize, &'static str> {
    match fetcher
        .fetch((url, Kind::IdentityProvider), (None, None))
        .await
    {
        Fetched::Document { bytes, .. } => Ok(bytes.len()),
        Fetched::Failed(refused) => Err(refused.code),
        Fetched::Unchanged => Err("unchanged"),
    }
}

#[tokio::test]
async fn no_private_address_is_reached_by_name_or_by_number_unless_it_is_listed() {
    let federation = Federation::start().await;
    federation.says(Says::Document("document".to_owned()));
    let listed = Fetcher::new(&outbound(&federation, &["127.0.0.1"])).unwrap();
    let others = Fetcher::new(&outbound(&federation, &["10.0.0.0/8"])).unwrap();
    for host in ["127.0.0.1", "localhost"] {
        let url = federation.url(host);
        assert_eq!(fetched(&listed, &url).await, Ok(8), "control: {host}");
        assert_eq!(
            fetched(&others, &url).await,
            Err("metadata.address"),
            "{host}"
        );
    }
    let _off = guard::off("outbound.address");
    for host in ["127.0.0.1", "localhost"] {
        assert_eq!(
            fetched(&others, &federation.url(host)).await,
            Ok(8),
            "{host}"
        );
    }
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let federation = Federation::start().await;
    federation.says(Says::Moved("document".to_owned()));
    let (settings, url) = (
        outbound(&federation, &["127.0.0.1"]),
        federation.url("localhost"),
    );
    let strict = Fetcher::new(&settings).unwrap();
    assert_eq!(fetched(&strict, &url).await, Err("metadata.status"));
    let _off = guard::off("outbound.redirect");
    let weak = Fetcher::new(&settings).unwrap();
    assert_eq!(fetched(&weak, &url).await, Ok(8));
}

#[tokio::test]
async fn a_document_has_an_end() {
    let federation = Federation::start().await;
    let settings = outbound(&federation, &["127.0.0.1"]);
    let (fetcher, url) = (
        Fetcher::new(&settings).unwrap(),
        federation.url("localhost"),
    );
    let megabyte = 1 << 20;
    federation.says(Says::Long(megabyte));
    assert_eq!(fetched(&fetcher, &url).await, Ok(megabyte), "control");
    federation.says(Says::Long(megabyte + 1));
    assert_eq!(fetched(&fetcher, &url).await, Err("metadata.too_large"));
    let _off = guard::off("outbound.size");
    assert!(fetched(&fetcher, &url).await.is_ok());
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let federation = Federation::start().await;
    let (settings, url) = (
        outbound(&federation, &["127.0.0.1"]),
        federation.url("localhost"),
    );
    federation.says(Says::Slowly("document".to_owned(), Duration::from_secs(3)));
    let hurried = Fetcher::within(&settings, Duration::from_millis(500)).unwrap();
    assert_eq!(fetched(&hurried, &url).await, Err("metadata.unreachable"));
    let patient = Fetcher::new(&settings).unwrap();
    assert_eq!(fetched(&patient, &url).await, Ok(8), "control");
}

#[tokio::test]
async fn only_listed_authorities_vouch_and_only_over_https() {
    let federation = Federation::start().await;
    federation.says(Says::Document("document".to_owned()));
    let stranger = Outbound {
        authorities: None,
        ..outbound(&federation, &["127.0.0.1"])
    };
    let (stranger, url) = (
        Fetcher::new(&stranger).unwrap(),
        federation.url("localhost"),
    );
    assert_eq!(fetched(&stranger, &url).await, Err("metadata.unreachable"));
    let known = Fetcher::new(&outbound(&federation, &["127.0.0.1"])).unwrap();
    let plain = url.replace("https:", "http:");
    assert_eq!(fetched(&known, &plain).await, Err("metadata.unreachable"));
    assert_eq!(fetched(&known, &url).await, Ok(8), "control");
}
