//! Metadata of peers, and keys of issuers, that are fetched again: when, what of it is believed, and what is kept when it is not.
//!
//! Somebody vouches for every key: TLS for the address that the operator declared, or, where a certificate is pinned, the signature
//! on the document. A refresh changes keys and endpoints of the entity that was declared and never whose they are; a document that
//! is over, unreadable or unfit leaves the last good one in use, and is reported.

use crate::audit::Event;
use crate::declare::fitness;
use crate::digest;
use crate::error::{Answer, Refused, Unavailable};
use crate::moment::Moment;
use crate::service::Service;
use crate::store::{audit, metadata_sources as store};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use saml::metadata::{EntityDescriptor, Import};
use std::convert::Infallible;
use xmldsig::keys::VerifyingKey;

/// What a peer is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It vouches for people.
    IdentityProvider,
    /// It relies on us.
    Application,
    /// It vouches for people by ID tokens: what is fetched is its JWK set.
    Issuer,
}

/// An address from which metadata of a peer is fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataSource {
    /// Organization.
    pub organization: String,
    /// What the peer is to us.
    pub kind: Kind,
    /// Its identifier.
    pub id: String,
    /// Address: https.
    pub url: String,
    /// Its entity ID, or its `iss`, which a refresh never changes.
    pub entity_id: String,
    /// Certificates (base64 of DER), one of whose keys must have signed the document; none where TLS vouches.
    pub pinned: Vec<String>,
    /// What is known since the last fetch.
    pub kept: Kept,
}

/// What is known since the last fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// `ETag` of the document in use.
    pub etag: Option<String>,
    /// `Last-Modified` of it.
    pub last_modified: Option<String>,
    /// When it was vouched for last.
    pub fetched_at: Timestamp,
    /// Until when it says that it is valid.
    pub valid_until: Option<Timestamp>,
    /// When it is fetched again.
    pub next_at: Timestamp,
    /// The code of what was wrong the last time.
    pub fault: Option<String>,
}

/// What a fetch brought.
#[derive(Debug)]
pub enum Fetched {
    /// The document in use is the current one (304).
    Unchanged,
    /// A document.
    Document {
        /// As it came.
        bytes: Vec<u8>,
        /// Its `ETag`.
        etag: Option<String>,
        /// Its `Last-Modified`.
        last_modified: Option<String>,
    },
    /// Nothing that could be judged.
    Failed(Refused),
}

/// How long a document is in use at least and at most before it is fetched again, whatever it says of itself.
const LEAST: SignedDuration = SignedDuration::from_mins(10);
const MOST: SignedDuration = SignedDuration::from_hours(24);
/// How long, if it says nothing.
const USUAL: SignedDuration = SignedDuration::from_hours(6);
/// How long keys of an issuer are: they say nothing of themselves, and follow each other sooner than metadata changes.
const USUAL_OF_KEYS: SignedDuration = SignedDuration::from_hours(1);
/// The largest set of keys, in bytes: 32 of them with certificates.
const LONGEST_KEYS: usize = 256 * 1024;
/// How soon a fetch is tried again that failed.
const AGAIN: SignedDuration = SignedDuration::from_mins(10);
/// How long whoever fetches has it to themselves: if they die, somebody else takes over.
const LEASE: SignedDuration = SignedDuration::from_mins(2);

/// What a document says of the time for which it counts.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Validity {
    /// Until when it is valid.
    pub(crate) until: Option<Timestamp>,
    /// After how long it is to be fetched again.
    pub(crate) cache: Option<SignedDuration>,
}

impl Validity {
    /// Of metadata.
    pub(crate) fn of(descriptor: &EntityDescriptor) -> Self {
        Self {
            until: descriptor.valid_until,
            cache: descriptor.cache_duration,
        }
    }

    /// Of a set of keys.
    pub(crate) fn of_keys() -> Self {
        Self {
            until: None,
            cache: Some(USUAL_OF_KEYS),
        }
    }
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::IdentityProvider, Self::Application, Self::Issuer];

    /// As it is stored, and as metrics call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::IdentityProvider => "identity_provider",
            Self::Application => "application",
            Self::Issuer => "openid",
        }
    }

    /// Where the address of `id` stands in a declaration.
    pub fn place(self, id: &str) -> String {
        match self {
            Self::IdentityProvider => format!("identity_provider[{id}].metadata_url"),
            Self::Application => format!("application[{id}].metadata_url"),
            Self::Issuer => format!("identity_provider[{id}].openid.keys_url"),
        }
    }

    /// What is wanted from there (`Accept`).
    pub fn media_types(self) -> &'static str {
        match self {
            Self::IdentityProvider | Self::Application => {
                "application/samlmetadata+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"
            }
            Self::Issuer => "application/jwk-set+json, application/json;q=0.9, */*;q=0.1",
        }
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl Kept {
    /// What is known of a document that was fetched, or declared, just now.
    pub(crate) fn since(moment: &Moment, validity: Validity) -> Self {
        Self {
            etag: None,
            last_modified: None,
            fetched_at: moment.now,
            valid_until: validity.until,
            next_at: next_at(moment, validity),
            fault: None,
        }
    }
}

impl Service {
    /// Those whose time has come, or whose keys a token asked for, and that nobody else fetches. Of many nodes one gets each.
    pub async fn claim_metadata(
        &self,
        moment: &Moment,
    ) -> Result<Vec<MetadataSource>, Unavailable> {
        let mut due = self.inner.store.metadata_due(moment.now).await?;
        for (organization, id) in self.inner.sought_keys.take(moment.now) {
            let wanted = (Kind::Issuer, id.as_str());
            let found = self.inner.store.metadata_source(&organization, wanted);
            due.extend(found.await?.filter(|source| !due.contains(source)));
        }
        if due.is_empty() {
            return Ok(due);
        }
        let until = moment.now + LEASE;
        self.inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    let mut claimed = Vec::new();
                    for source in due {
                        if store::claim(connection, &source, until).await? {
                            claimed.push(source);
                        }
                    }
                    Ok(Ok::<_, Infallible>(claimed))
                })
            })
            .await
            .map(|Ok(claimed)| claimed)
    }

    /// Judges what a fetch brought and uses it, or keeps what is there. Whether keys or endpoints changed; refused with the codes of
    /// [`EntityDescriptor::import`], `metadata.unfit`, or that of the failed fetch.
    pub async fn take_metadata(
        &self,
        moment: &Moment,
        source: &MetadataSource,
        fetched: Fetched,
    ) -> Answer<bool> {
        let judged = match fetched {
            Fetched::Failed(refused) => Err(refused),
            Fetched::Unchanged => Ok((None, unchanged(moment, source))),
            Fetched::Document {
                bytes,
                etag,
                last_modified,
            } => judge(moment, source, &bytes).map(|(metadata, mut kept)| {
                (kept.etag, kept.last_modified) = (etag, last_modified);
                (Some(metadata), kept)
            }),
        };
        match judged {
            Ok((metadata, kept)) => self
                .use_metadata(moment, source, (metadata, kept))
                .await
                .map(Ok),
            Err(refused) => {
                self.keep_metadata(moment, source, &refused).await?;
                Ok(Err(refused))
            }
        }
    }

    async fn use_metadata(
        &self,
        moment: &Moment,
        source: &MetadataSource,
        (metadata, kept): (Option<String>, Kept),
    ) -> Result<bool, Unavailable> {
        let in_use = self.metadata_in_use(source).await?;
        let metadata = metadata.filter(|metadata| in_use.as_ref() != Some(metadata));
        let changed = metadata.is_some();
        let event = Event::new(
            moment,
            "metadata.refreshed",
            &source.organization,
            format!("{} from {}", source.entity_id, source.url),
        )
        .about(&source.id);
        let source = source.clone();
        self.inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    if store::note(connection, &source, &kept).await?
                        && let Some(metadata) = metadata
                    {
                        store::replace(connection, &source, &metadata).await?;
                        audit::append(connection, &event).await?;
                    }
                    Ok(Ok::<_, Infallible>(changed))
                })
            })
            .await
            .map(|Ok(changed)| changed)
    }

    async fn keep_metadata(
        &self,
        moment: &Moment,
        source: &MetadataSource,
        refused: &Refused,
    ) -> Result<(), Unavailable> {
        let detail = format!(
            "{} from {}: {}",
            source.entity_id, source.url, refused.detail
        );
        let event = Event::new(moment, "metadata.refused", &source.organization, detail)
            .about(&source.id)
            .refused(refused.code);
        // The same fault again and again is one row, not one every ten minutes.
        let is_new = source.kept.fault.as_deref() != Some(refused.code);
        let kept = Kept {
            next_at: moment.now + jittered(moment, AGAIN),
            fault: Some(refused.code.to_owned()),
            ..source.kept.clone()
        };
        let source = source.clone();
        self.inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    if store::note(connection, &source, &kept).await? && is_new {
                        audit::append(connection, &event).await?;
                    }
                    Ok(Ok::<_, Infallible>(()))
                })
            })
            .await
            .map(|Ok(())| ())
    }

    /// The metadata of the peer, as it is used now.
    pub(crate) async fn metadata_in_use(
        &self,
        source: &MetadataSource,
    ) -> Result<Option<String>, Unavailable> {
        let (organization, id) = (&source.organization, &source.id);
        let store = &self.inner.store;
        Ok(match source.kind {
            Kind::IdentityProvider => store
                .identity_provider(organization, id)
                .await?
                .map(|provider| provider.metadata),
            Kind::Application => store
                .application(organization, id)
                .await?
                .and_then(|application| application.metadata),
            Kind::Issuer => store
                .openid_provider(organization, id)
                .await?
                .map(|provider| provider.settings.keys),
        })
    }
}

/// The entity out of a document, as metadata of its own: what else a federation's half megabyte holds is not kept.
pub(crate) fn select(
    document: &[u8],
    import: &Import<'_>,
) -> Result<(EntityDescriptor, String), Refused> {
    let descriptor = EntityDescriptor::import(document, import)?;
    // The same entity gives the same document, so that fetching it again changes nothing.
    let id = format!(
        "_{}",
        digest::uuid(&["declared-metadata", &descriptor.entity_id])
    );
    let metadata = descriptor
        .to_xml(&id, None)
        .map_err(|error| Refused::new("metadata.unfit", error.to_string()))?;
    Ok((descriptor, metadata))
}

/// Keys of pinned certificates (base64 of DER); none if one of them cannot be read.
pub(crate) fn pinned_keys(certificates: &[String]) -> Option<Vec<VerifyingKey>> {
    certificates
        .iter()
        .map(|text| VerifyingKey::from_certificate(&STANDARD.decode(text).ok()?).ok())
        .collect()
}

/// When a document is fetched again: before it ends, as often as it asks for, within bounds, and not with everybody else.
fn next_at(moment: &Moment, validity: Validity) -> Timestamp {
    let until_half = validity
        .until
        .map(|until| until.duration_since(moment.now) / 2);
    let wanted = [validity.cache, until_half];
    let wanted = wanted.into_iter().flatten().min().unwrap_or(USUAL);
    moment.now + jittered(moment, wanted.clamp(LEAST, MOST))
}

fn judge(
    moment: &Moment,
    source: &MetadataSource,
    document: &[u8],
) -> Result<(String, Kept), Refused> {
    let unfit = |why: &str| Refused::new("metadata.unfit", why);
    let (validity, document) = if source.kind == Kind::Issuer {
        (Validity::of_keys(), keys(document)?)
    } else {
        let pinned =
            pinned_keys(&source.pinned).ok_or_else(|| unfit("a pinned key is unreadable"))?;
        let import = Import {
            entity_id: Some(&source.entity_id),
            pinned: &pinned,
            now: moment.now,
        };
        let (descriptor, metadata) = select(document, &import)?;
        (Validity::of(&descriptor), metadata)
    };
    if let Some(why) = fitness::unfit(source.kind, &document)? {
        return Err(unfit(&why));
    }
    Ok((document, Kept::since(moment, validity)))
}

/// A set of keys as text.
fn keys(document: &[u8]) -> Result<String, Refused> {
    if document.len() > LONGEST_KEYS {
        return Err(Refused::new("metadata.too_large", "more than 256 KiB"));
    }
    String::from_utf8(document.to_vec()).map_err(|_| Refused::new("metadata.unfit", "is not UTF-8"))
}

/// What is known when the document in use is the current one. One that is over is fetched whole the next time, so that its end
/// is found and reported.
fn unchanged(moment: &Moment, source: &MetadataSource) -> Kept {
    let is_over = source.kept.valid_until.is_some_and(|end| end <= moment.now);
    let validity = match source.kind {
        Kind::Issuer => Validity::of_keys(),
        Kind::IdentityProvider | Kind::Application => Validity {
            until: source.kept.valid_until,
            cache: None,
        },
    };
    Kept {
        etag: source.kept.etag.clone().filter(|_| !is_over),
        last_modified: source.kept.last_modified.clone().filter(|_| !is_over),
        fetched_at: moment.now,
        next_at: next_at(moment, validity),
        fault: is_over.then(|| "metadata.expired".to_owned()),
        valid_until: source.kept.valid_until,
    }
}

/// Up to a tenth sooner.
fn jittered(moment: &Moment, wanted: SignedDuration) -> SignedDuration {
    let [random] = moment.bytes::<1>();
    wanted - wanted / 10 * i32::from(random) / 255
}
