//! Identity providers: is what is declared of them, or imported for them, sound?

use super::judge::{Finder, Plan, place};
use super::parties::read;
use super::{Fault, IdentityProvider, Organization, fitness, impostors, settings};
use crate::error::Unavailable;
use crate::moment::Moment;
use crate::service::Service;

/// Judges one that is declared; its entity ID, or nothing if its metadata is not readable.
pub(super) fn judge(
    finder: &mut Finder,
    (organization, provider, moment): (&Organization, &IdentityProvider, &Moment),
) -> String {
    let here = format!("{}.identity_provider[{}]", place(organization), provider.id);
    finder.text(&provider.id, &format!("{here}.id"));
    for (field, text) in [
        ("groups_attribute", &provider.groups_attribute),
        ("user_attribute", &provider.user_attribute),
    ] {
        if let Some(text) = text {
            finder.text(text, &format!("{here}.{field}"));
        }
    }
    if let Some(mapping) = &provider.mapping {
        settings::judge_mapping(finder, mapping, &format!("{here}.mapping"));
    }
    if let Some(openid) = &provider.openid {
        settings::judge_openid(finder, openid, &format!("{here}.openid"));
    }
    let at = format!("{here}.metadata");
    let Some(metadata) = &provider.metadata else {
        let what = match provider.metadata_url {
            Some(_) => "could not be fetched, and nothing was fetched before",
            None => "is missing",
        };
        let needless = provider.openid.is_some() && provider.metadata_url.is_none();
        finder.unless(needless, &at, what);
        return String::new();
    };
    judge_metadata(finder, metadata, (&at, moment)).unwrap_or_default()
}

/// Judges metadata that is imported for the provider `id`: its entity ID, or every fault of it.
pub(crate) async fn judge_import(
    service: &Service,
    moment: &Moment,
    (organization, id, metadata): (&str, &str, &str),
) -> Result<Result<String, Vec<Fault>>, Unavailable> {
    let mut finder = Finder::default();
    let entity_id = judge_metadata(&mut finder, metadata, ("metadata", moment)).unwrap_or_default();
    let plan = Plan {
        organization: Organization {
            id: organization.to_owned(),
            identity_provider: vec![IdentityProvider {
                id: id.to_owned(),
                metadata: Some(metadata.to_owned()),
                ..IdentityProvider::default()
            }],
            ..Organization::default()
        },
        relying_parties: Vec::new(),
        identity_providers: vec![entity_id.clone()],
        metadata_sources: Vec::new(),
    };
    impostors::judge(&mut finder, service, &[plan]).await?;
    Ok(if finder.faults.is_empty() {
        Ok(entity_id)
    } else {
        Err(finder.faults)
    })
}

fn judge_metadata(
    finder: &mut Finder,
    metadata: &str,
    (at, moment): (&str, &Moment),
) -> Option<String> {
    let peer = read(finder, metadata, (at, moment))?;
    for what in fitness::of_provider(&peer) {
        finder.unless(false, at, what);
    }
    Some(peer.descriptor.entity_id)
}
