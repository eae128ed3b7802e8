//! Identity providers: is what is declared of them, or imported for them, sound?

use super::judge::{Finder, Plan, is_https, place};
use super::parties::read;
use super::{Fault, IdentityProvider, Organization, fitness, impostors, settings};
use crate::error::Unavailable;
use crate::federation::SsoType;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::openid_providers::{Console, OpenidSettings};

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
        finder.unless(
            provider.sso_type == SsoType::VirtualUser,
            &format!("{here}.sso_type"),
            "is iam_user_sso, and an ID token names no user of the domain",
        );
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

/// Judges who a provider is said to be by OpenID Connect: every fault of it, by the names of the cloud's documents.
pub(crate) fn judge_openid(settings: &OpenidSettings) -> Vec<Fault> {
    let mut finder = Finder::default();
    settings::judge_issuer(&mut finder, &settings.issuer, "idp_url");
    settings::judge_clients(&mut finder, &settings.clients, "client_id");
    settings::judge_keys(&mut finder, &settings.keys, "signing_key");
    if let Some(console) = &settings.console {
        judge_console(&mut finder, console);
    }
    finder.faults
}

fn judge_console(finder: &mut Finder, console: &Console) {
    let Console {
        authorization_endpoint,
        scope,
        response_mode,
    } = console;
    finder.unless(
        is_https(authorization_endpoint) && authorization_endpoint.len() <= 255,
        "authorization_endpoint",
        "must be https, of at most 255 bytes",
    );
    let word = |word: &str| word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let words: Vec<&str> = scope.split(' ').collect();
    finder.unless(
        scope.len() <= 255 && words.len() <= 10 && words.iter().all(|one| word(one)),
        "scope",
        "must be 1 to 10 words of letters, digits and underscores, 255 bytes in all",
    );
    finder.unless(words.contains(&"openid"), "scope", "must hold openid");
    finder.unless(
        matches!(response_mode.as_str(), "form_post" | "fragment"),
        "response_mode",
        "must be form_post or fragment",
    );
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
