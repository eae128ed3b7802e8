//! What a token opens inside an organization: `0` for the grid, anything else for a tenant.

use crate::error::Answer;
use crate::moment::Moment;
use crate::service::Service;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Identifier; `0` is the grid.
    pub id: String,
    /// Name.
    pub name: String,
    /// Groups that it admits.
    pub admits: Vec<String>,
    /// The identity provider it signs in through, if single sign-on is on.
    pub provider: Option<String>,
}

impl Service {
    /// One account. Refused with `account.unknown`.
    pub async fn account(
        &self,
        _moment: &Moment,
        _organization: &str,
        _id: &str,
    ) -> Answer<Account> {
        todo!()
    }
}
