//! Parties that describe themselves by metadata: where the document comes from, and whether it is fit for what they are to us.

use super::fitness;
use super::judge::{Finder, is_https, place};
use super::{Application, Organization, reply, settings};
use crate::error::Unavailable;
use crate::metadata_sources::{self, Kept, Kind, MetadataSource, Validity};
use crate::moment::Moment;
use crate::peers::Peer;
use crate::service::Service;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml::metadata::Import;

/// What an entry says of its metadata.
struct Origin<'a> {
    kind: Kind,
    id: &'a str,
    /// The document, if it was read or fetched.
    document: Option<&'a str>,
    url: Option<&'a str>,
    entity_id: Option<&'a str>,
    certificate: Option<&'a str>,
}

impl Origin<'_> {
    fn is_plain(&self) -> bool {
        self.url.is_none() && self.entity_id.is_none() && self.certificate.is_none()
    }
}

/// The organization, with the metadata of every party filled in: from its settings, out of a document of many entities, or what
/// was fetched last; and the addresses from which metadata is fetched again.
pub(super) async fn with_metadata(
    finder: &mut Finder,
    service: &Service,
    (moment, organization): (&Moment, &Organization),
) -> Result<(Organization, Vec<MetadataSource>), Unavailable> {
    let (mut filled, mut sources) = (organization.clone(), Vec::new());
    let here = place(organization);
    for application in &mut filled.application {
        let at = format!("{here}.application[{}]", application.id);
        if let Some(declared) = &application.saml {
            let at = format!("{at}.saml");
            finder.unless(
                application.metadata.is_none() && application.metadata_url.is_none(),
                &at,
                "stands beside metadata, and only one of them can be right",
            );
            application.metadata = settings::metadata(finder, declared, &at);
            continue;
        }
        let origin = Origin {
            kind: Kind::Application,
            id: &application.id,
            document: application.metadata.as_deref(),
            url: application.metadata_url.as_deref(),
            entity_id: application.metadata_entity.as_deref(),
            certificate: application.metadata_certificate.as_deref(),
        };
        let found = find(finder, service, (moment, &organization.id, &at, &origin)).await?;
        application.metadata = keep(found, &mut sources);
    }
    for provider in &mut filled.identity_provider {
        let at = format!("{here}.identity_provider[{}]", provider.id);
        let origin = Origin {
            kind: Kind::IdentityProvider,
            id: &provider.id,
            document: provider.metadata.as_deref(),
            url: provider.metadata_url.as_deref(),
            entity_id: provider.metadata_entity.as_deref(),
            certificate: provider.metadata_certificate.as_deref(),
        };
        let found = find(finder, service, (moment, &organization.id, &at, &origin)).await?;
        provider.metadata = keep(found, &mut sources);
        if let Some(openid) = &mut provider.openid {
            let whose = (organization.id.as_str(), provider.id.as_str());
            sources.extend(with_keys(service, moment, (whose, openid)).await?);
        }
    }
    Ok((filled, sources))
}

/// Fills in the keys that could not be fetched now, as the same address gave them before; where they are fetched again, if they
/// are.
async fn with_keys(
    service: &Service,
    moment: &Moment,
    ((organization, id), openid): ((&str, &str), &mut settings::Openid),
) -> Result<Option<MetadataSource>, Unavailable> {
    let Some(url) = &openid.keys_url else {
        return Ok(None);
    };
    if openid.keys.is_empty() {
        let store = &service.inner.store;
        let stored = store.metadata_source(organization, (Kind::Issuer, id));
        let same =
            |source: &MetadataSource| source.url == *url && source.entity_id == openid.issuer;
        let kept = stored.await?.filter(same);
        if let Some(source) = &kept {
            let keys = service.metadata_in_use(source).await?;
            openid.keys = keys.unwrap_or_default();
        }
        return Ok(kept);
    }
    Ok(Some(MetadataSource {
        organization: organization.to_owned(),
        kind: Kind::Issuer,
        id: id.to_owned(),
        url: url.clone(),
        entity_id: openid.issuer.clone(),
        pinned: Vec::new(),
        kept: Kept::since(moment, Validity::of_keys()),
    }))
}

type Found = (Option<String>, Option<MetadataSource>);

fn keep((metadata, source): Found, sources: &mut Vec<MetadataSource>) -> Option<String> {
    sources.extend(source);
    metadata
}

async fn find(
    finder: &mut Finder,
    service: &Service,
    (moment, organization, at, origin): (&Moment, &str, &str, &Origin<'_>),
) -> Result<Found, Unavailable> {
    if origin.is_plain() {
        return Ok((origin.document.map(str::to_owned), None));
    }
    if let Some(url) = origin.url {
        finder.unless(
            is_https(url),
            &format!("{at}.metadata_url"),
            "must be https",
        );
    }
    let store = &service.inner.store;
    let stored = store
        .metadata_source(organization, (origin.kind, origin.id))
        .await?;
    let pinned: Vec<String> = origin.certificate.map(certificates).unwrap_or_default();
    let Some(document) = origin.document else {
        // It could not be fetched now: what the same address gave before goes on.
        let kept = stored
            .filter(|stored| Some(stored.url.as_str()) == origin.url && stored.pinned == pinned);
        let metadata = match &kept {
            Some(stored) => service.metadata_in_use(stored).await?,
            None => None,
        };
        return Ok((metadata, kept));
    };
    let keys = metadata_sources::pinned_keys(&pinned)
        .filter(|keys| origin.certificate.is_none() || !keys.is_empty());
    let Some(keys) = keys else {
        let at = format!("{at}.metadata_certificate");
        finder.unless(
            false,
            &at,
            "is not a certificate, PEM or base64, with a key that can be used",
        );
        return Ok((None, None));
    };
    let import = Import {
        entity_id: origin.entity_id,
        pinned: &keys,
        now: moment.now,
    };
    let (descriptor, metadata) = match metadata_sources::select(document.as_bytes(), &import) {
        Ok(selected) => selected,
        Err(refused) => {
            let what = format!("is not usable: {refused}");
            finder.unless(false, &format!("{at}.metadata"), &what);
            return Ok((None, None));
        }
    };
    let source = origin.url.map(|url| MetadataSource {
        organization: organization.to_owned(),
        kind: origin.kind,
        id: origin.id.to_owned(),
        url: url.to_owned(),
        entity_id: descriptor.entity_id.clone(),
        pinned,
        kept: Kept::since(moment, Validity::of(&descriptor)),
    });
    Ok((Some(metadata), source))
}

/// Certificates as people have them: PEM, one or several, or the bare base64 of one.
fn certificates(text: &str) -> Vec<String> {
    let parts: Vec<&str> = if text.contains("-----BEGIN") {
        text.split("-----BEGIN CERTIFICATE-----")
            .skip(1)
            .filter_map(|part| part.split("-----END").next())
            .collect()
    } else {
        vec![text]
    };
    parts
        .into_iter()
        .map(|part| part.split_ascii_whitespace().collect::<String>())
        .map(|base64| {
            STANDARD
                .decode(&base64)
                .map_or(base64, |der| STANDARD.encode(der))
        })
        .collect()
}

pub(super) fn judge_application(
    finder: &mut Finder,
    application: &Application,
    (organization, moment): (&str, &Moment),
) -> Option<String> {
    let here = format!("{organization}.application[{}]", application.id);
    finder.text(&application.id, &format!("{here}.id"));
    if let Some(name) = &application.name {
        finder.text(name, &format!("{here}.name"));
    }
    if let Some(declared) = &application.jwt {
        settings::judge_jwt(finder, declared, &format!("{here}.jwt"));
    }
    if let Some(declared) = &application.oauth {
        settings::judge_oauth(finder, declared, &format!("{here}.oauth"));
    }
    let at = format!("{here}.metadata");
    let Some(metadata) = &application.metadata else {
        finder.unless(
            application.reply.is_none(),
            &format!("{here}.reply"),
            "is for SAML relying parties, and this application has no metadata",
        );
        finder.unless(
            !application.sign_requests,
            &at,
            "is missing, and so are the keys of signed requests",
        );
        finder.unless(
            application.metadata_url.is_none(),
            &at,
            "could not be fetched, and nothing was fetched before",
        );
        return None;
    };
    let peer = read(finder, metadata, (&at, moment));
    if let Some(declared) = &application.reply {
        reply::judge(finder, declared, (&format!("{here}.reply"), peer.as_ref()));
    }
    let peer = peer?;
    for what in fitness::of_application(&peer) {
        finder.unless(false, &at, what);
    }
    finder.unless(
        !application.sign_requests || !peer.service_provider_keys.is_empty(),
        &at,
        "has no key, and its requests must be signed",
    );
    Some(peer.descriptor.entity_id)
}

pub(super) fn read(
    finder: &mut Finder,
    metadata: &str,
    (at, moment): (&str, &Moment),
) -> Option<Peer> {
    match Peer::read(metadata) {
        Ok(peer) => {
            finder.text(&peer.descriptor.entity_id, &format!("{at}.entityID"));
            finder.unless(
                peer.descriptor
                    .valid_until
                    .is_none_or(|until| moment.now < until),
                at,
                "is no longer valid (validUntil)",
            );
            Some(peer)
        }
        Err(refused) => {
            finder.unless(false, at, &format!("is not readable: {refused}"));
            None
        }
    }
}
