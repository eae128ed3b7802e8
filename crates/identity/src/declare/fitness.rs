//! Is metadata, or a set of keys, fit for what the peer is to us? Asked when it is declared, and again whenever it is fetched.

use super::judge::is_https;
use crate::error::Refused;
use crate::metadata_sources::Kind;
use crate::peers::Peer;
use oauth::jwt::ForeignKeys;

/// The first reason why it is not.
pub(crate) fn unfit(kind: Kind, document: &str) -> Result<Option<String>, Refused> {
    let faults = match kind {
        Kind::IdentityProvider => of_provider(&Peer::read(document)?),
        Kind::Application => of_application(&Peer::read(document)?),
        Kind::Issuer => {
            let keys = ForeignKeys::read(document.as_bytes());
            return Ok(keys.err().map(|fault| fault.to_string()));
        }
    };
    Ok(faults.into_iter().next().map(str::to_owned))
}

/// What keeps it from vouching for people.
pub(super) fn of_provider(peer: &Peer) -> Vec<&'static str> {
    broken([
        (
            !peer.identity_provider_keys.is_empty(),
            "has no key of an identity provider: nothing it says could be believed",
        ),
        (
            peer.single_sign_on().is_some(),
            "has no SingleSignOnService with the redirect binding",
        ),
        (
            peer.single_sign_on().is_none_or(is_https),
            "has a SingleSignOnService that is not https",
        ),
    ])
}

/// What keeps it from being handed assertions.
pub(super) fn of_application(peer: &Peer) -> Vec<&'static str> {
    let consumers = peer.assertion_consumers();
    let carried = peer.assertion_consumers_by_paos();
    broken([
        (
            !consumers.is_empty(),
            "has no AssertionConsumerService with the POST binding",
        ),
        // Assertions are bearer credentials: they are posted over TLS or not at all (security: I4).
        (
            consumers
                .iter()
                .chain(&carried)
                .all(|(_, url)| is_https(url)),
            "has an AssertionConsumerService that is not https",
        ),
    ])
}

fn broken<const N: usize>(rules: [(bool, &'static str); N]) -> Vec<&'static str> {
    rules
        .into_iter()
        .filter(|(holds, _)| !holds)
        .map(|(_, what)| what)
        .collect()
}
