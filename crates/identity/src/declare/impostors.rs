//! Is an identity provider who its entity ID says? One may serve many organizations; but one that has the name of another
//! organization's and none of its keys is not that one (security: A15).

use super::judge::{Finder, Plan, place};
use crate::error::Unavailable;
use crate::peers::Peer;
use crate::service::Service;

/// Compares what is declared with what other organizations have, in the store and in the same declaration.
pub(super) async fn judge(
    finder: &mut Finder,
    service: &Service,
    plans: &[Plan],
) -> Result<(), Unavailable> {
    for plan in plans {
        for (entity_id, metadata, at) in providers(plan) {
            let id = &plan.organization.id;
            let mut elsewhere = service.inner.store.peers_elsewhere(id, entity_id).await?;
            // What is declared now replaces what is stored.
            elsewhere.retain(|(other, _)| plans.iter().all(|plan| plan.organization.id != *other));
            let others = plans.iter().filter(|other| other.organization.id != *id);
            let declared =
                others.flat_map(|other| providers(other).map(move |found| (other, found)));
            let same = declared.filter(|(_, (other, ..))| *other == entity_id);
            elsewhere.extend(
                same.map(|(other, (_, theirs, _))| {
                    (other.organization.id.clone(), theirs.to_owned())
                }),
            );
            for (other, theirs) in elsewhere {
                let what = format!(
                    "has the entity ID of an identity provider of {other}, and none of its keys"
                );
                finder.unless(share_a_key(metadata, &theirs), &at, &what);
            }
        }
    }
    Ok(())
}

/// Entity ID, metadata and place of each identity provider whose metadata is readable.
fn providers(plan: &Plan) -> impl Iterator<Item = (&str, &str, String)> {
    let here = place(&plan.organization);
    let declared = plan
        .organization
        .identity_provider
        .iter()
        .zip(&plan.identity_providers);
    declared
        .filter(|(_, entity_id)| !entity_id.is_empty())
        .filter_map(move |(provider, entity_id)| {
            let at = format!("{here}.identity_provider[{}].metadata", provider.id);
            Some((entity_id.as_str(), provider.metadata.as_deref()?, at))
        })
}

fn share_a_key(one: &str, other: &str) -> bool {
    let certificates = |metadata: &str| {
        Peer::read(metadata)
            .ok()?
            .descriptor
            .identity_provider
            .map(|role| role.signing)
    };
    let theirs = certificates(other).unwrap_or_default();
    certificates(one)
        .unwrap_or_default()
        .iter()
        .any(|certificate| theirs.contains(certificate))
}
