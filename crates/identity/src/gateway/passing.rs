//! Transactions that somebody else forwards: a proxy asks whether each may pass, and nobody tells us how it ends.

use super::Gateway;
use super::authorization::Credential;
use super::sessions::{NotBegun, Transaction};
use super::transaction::Wishes;
use crate::error::{Refused, Unavailable};
use crate::guard;
use crate::moment::Moment;
use crate::service::Service;

impl Service {
    /// Judges the credential of a transaction whose end nobody will see. Beside the refusals of
    /// [`Service::begin_transaction`]: `gateway.unending`, where a session would have to end with the transaction. Only a
    /// `Bearer` token, or a client that says `autoRevoke=false`, leaves nothing to end; no one-time password is spent before.
    pub async fn pass_transaction(
        &self,
        moment: &Moment,
        gateway: &Gateway,
        (credential, wishes): (Credential, Wishes),
    ) -> Result<Result<Transaction, NotBegun>, Unavailable> {
        let ends = wishes.auto_revoke && !matches!(credential, Credential::Bearer(_));
        if ends && guard::stands("gateway.unending") {
            let detail = "autoRevoke=false is needed where nobody sees the end of a transaction";
            return Ok(Err(Refused::new("gateway.unending", detail).into()));
        }
        let begun = self
            .begin_transaction(moment, gateway, (credential, wishes))
            .await?;
        if let Ok(transaction) = &begun {
            self.end_transaction(moment, gateway, (transaction, "passed to a proxy"))
                .await?;
        }
        Ok(begun)
    }
}
