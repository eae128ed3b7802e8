//! APIs that may ask about tokens: their judgement, and what is written of them.

use super::judge::{Finder, place};
use super::{Organization, ResourceServer};
use crate::digest;
use crate::store::resource_servers as store;

pub(super) fn judge(finder: &mut Finder, organization: &Organization) {
    let here = place(organization);
    let at = |server: &ResourceServer| format!("{here}.resource_server[{}]", server.id);
    let servers = &organization.resource_server;
    finder.each_once(
        servers.iter().map(|server| (&server.id, at(server))),
        "is declared twice",
    );
    for server in servers {
        finder.text(&server.id, &format!("{}.id", at(server)));
        finder.secret(&server.secret, &format!("{}.secret", at(server)));
        finder.unless(
            !server.accounts.is_empty(),
            &format!("{}.accounts", at(server)),
            "is empty: every token would be unknown to it",
        );
    }
}

pub(super) fn drafted(declared: ResourceServer) -> store::ResourceServer {
    store::ResourceServer {
        secret_hash: digest::of_secret(&declared.secret),
        id: declared.id,
        accounts: declared.accounts,
    }
}
