//! A token for one project or the domain, made from an unscoped token or bought with a local password.

use super::scope::{Named, Wanted};
use super::token::{
    FederationToken, Held, IssuedFederationToken, Method, Scope, opaque, whole_millis,
};
use crate::audit::Event;
use crate::digest;
use crate::error::{Answer, Refused};
use crate::guard;
use crate::login::Credentials;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::federation_tokens::{self, FederationTokenRow};
use crate::store::{audit, millis};

impl Service {
    /// Makes a scoped token of an unscoped one, which it neither outlives nor survives. Codes: `token.invalid`, `token.scoped` (it
    /// opens something already), `scope.refused`.
    pub async fn scope_by_token(
        &self,
        moment: &Moment,
        organization: &str,
        (plain, wanted): (&str, &Wanted),
    ) -> Answer<IssuedFederationToken> {
        let Held {
            hash,
            token: parent,
        } = match self.held(moment, organization, plain).await? {
            Ok(held) => held,
            Err(refused) => return Ok(Err(refused)),
        };
        // A stolen token for one project must not open the others.
        if parent.scope != Scope::Unscoped && guard::stands("token.scoped") {
            return Ok(Err(Refused::new(
                "token.scoped",
                "only an unscoped token can be scoped",
            )));
        }
        let (account, scope) = match self.scope(organization, &parent, wanted).await? {
            Ok(found) => found,
            Err(refused) => return Ok(Err(refused)),
        };
        let token = FederationToken {
            method: Method::Token,
            scope,
            issued: whole_millis(moment.now),
            ..parent
        };
        self.issue(moment, token, (Some(hash), Some(account))).await
    }

    /// Signs a local user of the domain in, who may have named it; without `wanted`, the token is unscoped. Codes:
    /// `login.credentials`, `login.throttled`, `login.busy`, `scope.refused`.
    pub async fn scope_by_password(
        &self,
        moment: &Moment,
        organization: &str,
        (credentials, domain, wanted): (&Credentials, Option<&Named>, Option<&Wanted>),
    ) -> Answer<IssuedFederationToken> {
        let user = match self.judge_local(moment, organization, credentials).await? {
            Ok(user) => user,
            Err(refused) => return Ok(Err(refused)),
        };
        let names = self.inner.store.groups_of(organization, &user.id).await?;
        let mut groups = self.inner.store.groups(organization).await?;
        groups.retain(|(_, name)| names.contains(name));
        let issued = whole_millis(moment.now);
        let unscoped = FederationTokenRow {
            parent: None,
            account: None,
            method: Method::Password,
            // A UUID without its dashes: 32 characters like every identifier of this kind.
            user_id: user.id.replace('-', ""),
            user_name: user.name,
            groups: groups.into_iter().map(|(id, _)| id).collect(),
            provider: None,
            issued,
            expires: issued + self.inner.settings.federation_lifetime,
        };
        let token = self.token_of(organization, unscoped).await?;
        let token = token.expect("an unscoped token depends on no account");
        if domain.is_some_and(|domain| !token.is_in(domain)) {
            return Ok(Err(Refused::new(
                "login.credentials",
                "the person named another domain",
            )));
        }
        let Some(wanted) = wanted else {
            return self.issue(moment, token, (None, None)).await;
        };
        let (account, scope) = match self.scope(organization, &token, wanted).await? {
            Ok(found) => found,
            Err(refused) => return Ok(Err(refused)),
        };
        self.issue(
            moment,
            FederationToken { scope, ..token },
            (None, Some(account)),
        )
        .await
    }

    async fn issue(
        &self,
        moment: &Moment,
        token: FederationToken,
        (parent, account): (Option<String>, Option<String>),
    ) -> Answer<IssuedFederationToken> {
        let plain = opaque(moment);
        let hash = digest::of_secret(&plain);
        let scope = account.clone().unwrap_or_else(|| "no account".to_owned());
        let detail = format!("{scope}, by {}", token.method.name());
        let organization = token.domain.id.clone();
        let event = Event::new(moment, "token.issued", &organization, detail).by(&token.user_name);
        let row = FederationTokenRow {
            parent,
            account,
            method: token.method,
            user_id: token.user_id.clone(),
            user_name: token.user_name.clone(),
            groups: token.groups.iter().map(|group| group.id.clone()).collect(),
            provider: token.provider.clone(),
            issued: token.issued,
            expires: token.expires,
        };
        let now = millis(moment.now);
        let written = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    // A revocation that came first wins.
                    if let Some(parent) = &row.parent
                        && !federation_tokens::is_live(connection, &organization, parent, now)
                            .await?
                    {
                        return Ok(Err(()));
                    }
                    federation_tokens::add(connection, &organization, &hash, &row).await?;
                    audit::append(connection, &event).await?;
                    Ok(Ok(()))
                })
            })
            .await?;
        Ok(match written {
            Ok(()) => Ok(IssuedFederationToken { plain, token }),
            Err(()) => Err(Refused::new("token.invalid", "no such token lives")),
        })
    }
}
