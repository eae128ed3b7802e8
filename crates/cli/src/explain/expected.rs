//! What we know of both sides: from metadata files, or from a configuration and its database.

use crate::args::ExplainArgs;
use crate::exit::{Exit, Failure};
use crate::serve;
use anyhow::Context;
use saml::metadata::EntityDescriptor;
use server::config::Config;
use server::doors::entity::Entity;
use std::path::Path;
use xmldsig::encrypt::DecryptionKey;
use xmldsig::keys::VerifyingKey;

/// What is known. What is not is not judged.
#[derive(Default)]
pub(super) struct Expected {
    /// The other sides that may have written a message.
    pub(super) peers: Vec<Peer>,
    /// Our side as a service provider: entity ID and consumer URLs.
    pub(super) audience: Option<String>,
    pub(super) acs: Vec<String>,
    /// Where requests and logout messages to us go.
    pub(super) destinations: Vec<String>,
    /// Our keys for encrypted assertions.
    pub(super) decryption: Vec<DecryptionKey>,
    /// The request that a response should answer.
    pub(super) in_response_to: Option<String>,
}

/// Another side, from its metadata.
pub(super) struct Peer {
    pub(super) entity_id: String,
    pub(super) keys: Vec<VerifyingKey>,
    pub(super) acs: Vec<(u16, String)>,
    /// Whether it says that it signs its requests: one without a signature is then not its own.
    pub(super) signs_requests: bool,
}

impl Expected {
    pub(super) async fn gather(typed: &ExplainArgs) -> Result<Self, Failure> {
        let mut expected = Self {
            audience: typed.audience.clone(),
            acs: typed.acs.clone(),
            destinations: typed.destination.clone(),
            in_response_to: typed.in_response_to.clone(),
            ..Self::default()
        };
        for file in &typed.metadata {
            expected
                .peers
                .push(Peer::read(&file_text(file)?).map_err(|error| faulty(file, &error))?);
        }
        if let Some(file) = &typed.sp_metadata {
            let own = descriptor(&file_text(file)?).map_err(|error| faulty(file, &error))?;
            let role = own.service_provider.unwrap_or_default();
            expected.audience.get_or_insert(own.entity_id);
            expected.acs.extend(
                role.assertion_consumer
                    .into_iter()
                    .map(|endpoint| endpoint.location),
            );
        }
        if let Some(file) = &typed.config {
            expected.configured(&serve::load(file)?).await?;
        }
        Ok(expected)
    }

    /// Our doors, and everybody whom their organizations trust.
    async fn configured(&mut self, config: &Config) -> Result<(), Failure> {
        let app = serve::open(config).await?;
        let store = app.service.store();
        for door in &config.door {
            match Entity::of(door) {
                Some(Entity::ServiceProvider(own)) => {
                    let keys = app.service.decryption_keys(&app.moment(None), &own).await;
                    self.decryption.extend(keys.context("the database")?);
                    self.audience.get_or_insert(own.entity_id);
                    self.acs.extend(own.acs);
                }
                Some(Entity::IdentityProvider(own)) => {
                    self.destinations.extend(own.sso.into_iter().chain(own.slo));
                }
                None => {}
            }
            for metadata in store
                .metadata_of_peers(&door.organization)
                .await
                .context("the database")?
            {
                self.peers.extend(Peer::read(&metadata));
            }
        }
        Ok(())
    }

    /// The other side of that entity ID. Where the other sides are known and this is none of them, that is the finding, not its
    /// keys: then it is the first of them that is wanted.
    pub(super) fn peer(&self, entity_id: Option<&str>) -> Option<&Peer> {
        let named = entity_id.and_then(|id| self.peers.iter().find(|peer| peer.entity_id == id));
        named.or_else(|| self.peers.first())
    }
}

impl Peer {
    fn read(metadata: &str) -> anyhow::Result<Self> {
        let read = descriptor(metadata)?;
        let roles = || {
            [&read.identity_provider, &read.service_provider]
                .into_iter()
                .flatten()
        };
        Ok(Self {
            keys: roles()
                .flat_map(|role| &role.signing)
                .filter_map(|certificate| VerifyingKey::from_certificate(certificate).ok())
                .collect(),
            acs: roles()
                .flat_map(|role| &role.assertion_consumer)
                .enumerate()
                .map(|(at, endpoint)| {
                    let index = endpoint
                        .index
                        .or_else(|| u16::try_from(at).ok())
                        .unwrap_or_default();
                    (index, endpoint.location.clone())
                })
                .collect(),
            signs_requests: read
                .service_provider
                .as_ref()
                .is_some_and(|role| role.requests_signed),
            entity_id: read.entity_id.clone(),
        })
    }
}

fn descriptor(xml: &str) -> anyhow::Result<EntityDescriptor> {
    EntityDescriptor::read(xml.as_bytes())
        .map_err(|refusal| anyhow::anyhow!("{}: {refusal}", refusal.code()))
}

fn file_text(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| faulty(file, &error.into()))
}

fn faulty(file: &Path, error: &anyhow::Error) -> Failure {
    Failure::because(Exit::Usage, format_args!("{}: {error:#}", file.display()))
}
