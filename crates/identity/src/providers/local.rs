//! Accounts that take local passwords.

use super::{IssuedToken, issue};
use crate::audit::Event;
use crate::entities::ServiceProvider;
use crate::error::{Answer, Refused};
use crate::login::Credentials;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::{audit, tokens};
use crate::tokens::{Token, fingerprint};

impl Service {
    /// Signs a local user of the account in with a password. Codes: `sso_enabled`, `account.unknown`, `login.credentials`,
    /// `login.throttled`, `login.busy`.
    pub async fn sign_in_to_account(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        account: &str,
        credentials: &Credentials,
    ) -> Answer<IssuedToken> {
        let organization = entity.organization.as_str();
        let account = match self.account(moment, organization, account).await? {
            Ok(account) => account,
            Err(refused) => return Ok(Err(refused)),
        };
        if account.provider.is_some() {
            return Ok(Err(Refused::new(
                "sso_enabled",
                "the account signs in through an identity provider",
            )));
        }
        let user = match self.judge_local(moment, organization, credentials).await? {
            Ok(user) => user,
            Err(refused) => return Ok(Err(refused)),
        };
        let groups = account.admitting(&self.inner.store.groups_of(organization, &user.id).await?);
        if groups.is_empty() {
            return Ok(Err(Refused::new(
                "login.credentials",
                "none of the person's groups may enter the account",
            )));
        }
        let token = Token {
            organization: organization.to_owned(),
            account: account.id,
            user_name: user.name.clone(),
            user_id: user.id,
            full_name: user.full_name,
            groups,
            federated: false,
            issued: moment.now,
            expires: moment.now + self.inner.settings.token_lifetime,
        };
        let (issued, row) = issue(moment, token, None);
        let hash = fingerprint(&issued.plain).expect("a UUID looks like a token");
        let event = Event::new(
            moment,
            "token.issued",
            organization,
            format!("account {}, local", issued.account),
        )
        .by(user.name);
        self.inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    tokens::add(connection, &hash, &row).await?;
                    audit::append(connection, &event).await?;
                    Ok(Ok::<_, std::convert::Infallible>(()))
                })
            })
            .await
            .map(|Ok(())| Ok(issued))
    }
}
