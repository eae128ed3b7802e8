//! Bearer tokens: check, revoke.

use crate::error::{Answer, Unavailable};
use crate::moment::Moment;
use crate::service::Service;
use jiff::Timestamp;
use std::sync::Arc;

/// What a live token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Organization.
    pub organization: String,
    /// The account it opens; `0` is the grid.
    pub account: String,
    /// Who: the mapped user name.
    pub user_name: String,
    /// A stable id of the person: derived from issuer and NameID, or the local user's id.
    pub user_id: String,
    /// Full name, if known.
    pub full_name: Option<String>,
    /// The groups that admitted the person.
    pub groups: Vec<String>,
    /// Whether an identity provider vouched.
    pub federated: bool,
    /// Issued.
    pub issued: Timestamp,
    /// Expires.
    pub expires: Timestamp,
}

impl Service {
    /// The live token of that text in that organization. Refused with `token.invalid` whatever the reason.
    pub async fn check_token(
        &self,
        _moment: &Moment,
        _organization: &str,
        _plain: &str,
    ) -> Answer<Arc<Token>> {
        todo!()
    }
    /// Revokes it. `Ok(Ok(()))` also for one that was revoked before and would still live: what was issued is remembered
    /// until it would have expired. `token.invalid` for one that never was.
    pub async fn revoke_token(
        &self,
        _moment: &Moment,
        _organization: &str,
        _plain: &str,
    ) -> Answer<()> {
        todo!()
    }
    /// Whether the store answers.
    pub async fn ready(&self) -> Result<(), Unavailable> {
        todo!()
    }
}
