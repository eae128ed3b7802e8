//! A token for one project or the domain, made from an unscoped token or bought with a local password.

use super::issue::{Draft, token_id};
use super::scope::{Named, Wanted};
use super::token::{FederationToken, Held, IssuedFederationToken, Method, Scope, whole_millis};
use crate::audit::Event;
use crate::entities::Federation;
use crate::error::{Answer, Refused};
use crate::guard;
use crate::login::Credentials;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::federation_tokens::{self, FederationTokenRow};
use crate::store::{audit, millis};

/// What a local user of a domain shows.
#[derive(Debug, Clone)]
pub struct PasswordProof {
    /// Name, password, and the one-time code if it came along.
    pub credentials: Credentials,
    /// The domain that the person named.
    pub domain: Option<Named>,
    /// Whose the one-time code is said to be: no other person's proof may stand beside the password.
    pub code_of: Option<Named>,
}

impl Service {
    /// Makes a scoped token of an unscoped one, which it neither outlives nor survives. Codes: `token.invalid`, `token.scoped` (it
    /// opens something already), `scope.refused`.
    pub async fn scope_by_token(
        &self,
        moment: &Moment,
        federation: &Federation,
        (plain, wanted): (&str, &Wanted),
    ) -> Answer<IssuedFederationToken> {
        let Held {
            hash,
            token: parent,
        } = match self.held(moment, federation, plain).await? {
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
        let organization = &federation.provider.organization;
        let (account, scope) = match self.scope(organization, &parent, wanted).await? {
            Ok(found) => found,
            Err(refused) => return Ok(Err(refused)),
        };
        let (id, issued) = (parent.id.clone(), parent.issued);
        let token = FederationToken {
            id: token_id(moment),
            method: Method::Token,
            scope,
            issued: whole_millis(moment.now),
            ..FederationToken::clone(&parent)
        };
        let draft = self
            .draft(moment, federation, (token, Some((&id, issued))))
            .await?;
        self.write_draft(moment, (Some(hash), Some(account)), draft)
            .await
    }

    /// Signs a local user of the domain in; without `wanted`, the token is unscoped. Codes: `login.credentials`,
    /// `login.throttled`, `login.busy`, `scope.refused`.
    pub async fn scope_by_password(
        &self,
        moment: &Moment,
        federation: &Federation,
        (proof, wanted): (&PasswordProof, Option<&Wanted>),
    ) -> Answer<IssuedFederationToken> {
        let organization = federation.provider.organization.as_str();
        let user = match self
            .judge_local(moment, organization, &proof.credentials)
            .await?
        {
            Ok(user) => user,
            Err(refused) => return Ok(Err(refused)),
        };
        let groups = self.group_ids_of(organization, &user.id).await?;
        let issued = whole_millis(moment.now);
        let with_code = user.totp.is_some() && proof.credentials.code.is_some();
        let unscoped = FederationTokenRow {
            id: token_id(moment),
            parent: None,
            account: None,
            method: if with_code {
                Method::PasswordAndCode
            } else {
                Method::Password
            },
            user_id: user.federation_id(),
            user_name: user.name,
            groups,
            provider: None,
            origin: None,
            protocol: None,
            issued,
            expires: issued + self.inner.settings.federation_lifetime,
        };
        let token = self.token_of(organization, unscoped).await?;
        let token = token.expect("an unscoped token depends on no account");
        let domain = proof.domain.as_ref();
        if domain.is_some_and(|domain| !token.is_in(domain)) {
            return Ok(Err(Refused::new(
                "login.credentials",
                "the person named another domain",
            )));
        }
        if proof.code_of.as_ref().is_some_and(|of| !token.is_of(of)) {
            return Ok(Err(Refused::new(
                "login.credentials",
                "the one-time code is said to be another person's",
            )));
        }
        let (account, scope) = match wanted {
            None => (None, Scope::Unscoped),
            Some(wanted) => match self.scope(organization, &token, wanted).await? {
                Ok((account, scope)) => (Some(account), scope),
                Err(refused) => return Ok(Err(refused)),
            },
        };
        let token = FederationToken { scope, ..token };
        let draft = self.draft(moment, federation, (token, None)).await?;
        self.write_draft(moment, (None, account), draft).await
    }

    async fn write_draft(
        &self,
        moment: &Moment,
        (parent, account): (Option<String>, Option<String>),
        draft: Draft,
    ) -> Answer<IssuedFederationToken> {
        let Draft { hash, issued } = draft;
        let token = &issued.token;
        let scope = account.clone().unwrap_or_else(|| "no account".to_owned());
        let detail = format!("{scope}, by {}", token.method.name());
        let organization = token.domain.id.clone();
        let event = Event::new(moment, "token.issued", &organization, detail).by(&token.user_name);
        let row = FederationTokenRow {
            id: token.id.clone(),
            parent,
            account,
            method: token.method,
            user_id: token.user_id.clone(),
            user_name: token.user_name.clone(),
            groups: token.groups.iter().map(|group| group.id.clone()).collect(),
            provider: token.provider.clone(),
            origin: None,
            protocol: token.protocol.clone(),
            issued: token.issued,
            expires: token.expires,
        };
        let now = millis(moment.now);
        let written = self
            .inner
            .store
            .record(move |connection| {
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
            Ok(()) => Ok(issued),
            Err(()) => Err(Refused::new("token.invalid", "no such token lives")),
        })
    }
}
