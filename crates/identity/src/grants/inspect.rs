//! What a token says, and its end: userinfo, introspection (RFC 7662), revocation (RFC 7009).

use super::AuthorizationServer;
use super::exchange::Exchanged;
use crate::digest;
use crate::error::{Answer, Refused, Unavailable};
use crate::guard;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::grants::{HeldToken, TokenKind};
use oauth::introspect::{Active, Introspection, TokenQuestion};
use std::sync::Arc;

/// What userinfo tells of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserInfo {
    /// User name.
    pub user_name: String,
    /// Full name; the user name where there is none.
    pub name: String,
    /// E-mail address.
    pub email: Option<String>,
}

/// A token that was revoked, or never was one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// `state`, as it came along.
    pub state: Option<String>,
}

impl Service {
    /// The person behind an access token of that application. Refused with `token.invalid` whatever the reason.
    pub async fn user_info(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        (application, token): (&str, &str),
    ) -> Answer<UserInfo> {
        let hash = digest::of_secret(token);
        let kind = (TokenKind::Access, hash.as_str());
        let held = self.live_token(moment, &server.organization, kind).await?;
        let holder = held
            .filter(|held| held.grant.application == application || !guard::stands("token.invalid"))
            .and_then(|held| held.holder.clone());
        Ok(holder
            .map(|holder| UserInfo {
                name: holder.full_name.unwrap_or_else(|| holder.user_name.clone()),
                user_name: holder.user_name,
                email: holder.email,
            })
            .ok_or_else(|| Refused::new("token.invalid", "not a live access token")))
    }

    /// What a client may know about a token: everything about its own, nothing about others'.
    pub async fn introspect(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        (application, authorization, body): (Option<&str>, Option<&str>, &str),
    ) -> Exchanged<Introspection> {
        let asked = self
            .question(moment, server, (application, authorization, body))
            .await?;
        // A refresh token that bought its successor is good for nothing but proving a theft. (It may still be revoked: whoever
        // revokes it while it is used means what it bought.)
        let unused = |(_, held): &(TokenKind, Arc<HeldToken>)| {
            held.used_at.is_none() || !guard::stands("introspect.used")
        };
        Ok(asked.map(|(_, held)| match held.filter(unused) {
            Some((kind, held)) => Introspection::Active(Box::new(active(server, kind, &held))),
            None => Introspection::Inactive,
        }))
    }

    /// Revokes a token of the client with everything of its grant. A token that is unknown or somebody else's is left alone
    /// and not told apart (RFC 7009 §2.2).
    pub async fn revoke_for_client(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        (application, authorization, body): (Option<&str>, Option<&str>, &str),
    ) -> Exchanged<Revoked> {
        let asked = self
            .question(moment, server, (application, authorization, body))
            .await?;
        let (question, held) = match asked {
            Ok(asked) => asked,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Some((_, held)) = held {
            self.revoke_grant(moment, &server.organization, &held.grant.id)
                .await?;
        }
        Ok(Ok(Revoked {
            state: question.state,
        }))
    }

    /// A client's question, with the live token of its own that it is about.
    async fn question(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        (application, authorization, body): (Option<&str>, Option<&str>, &str),
    ) -> Exchanged<(TokenQuestion, Option<(TokenKind, Arc<HeldToken>)>)> {
        let question = match TokenQuestion::read(authorization, body) {
            Ok(question) => question,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let client = match self
            .authenticate(moment, server, (application, &question.client))
            .await?
        {
            Ok(client) => client,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let found = self.own(moment, server, (&client.id, question.token.expose()));
        let found = found.await?;
        Ok(Ok((question, found)))
    }

    async fn own(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        (client, token): (&str, &str),
    ) -> Result<Option<(TokenKind, Arc<HeldToken>)>, Unavailable> {
        let hash = digest::of_secret(token);
        for kind in [TokenKind::Access, TokenKind::Refresh] {
            let held = self
                .live_token(moment, &server.organization, (kind, &hash))
                .await?;
            let own = |held: &Arc<HeldToken>| {
                held.grant.application == client || !guard::stands("introspect.owner")
            };
            if let Some(held) = held.filter(own) {
                return Ok(Some((kind, held)));
            }
        }
        Ok(None)
    }
}

fn active(server: &AuthorizationServer, kind: TokenKind, held: &HeldToken) -> Active {
    let grant = &held.grant;
    Active {
        scope: grant.scope.clone(),
        sub: grant.user.as_ref().unwrap_or(&grant.application).clone(),
        client_id: grant.application.clone(),
        username: held.holder.as_ref().map(|holder| holder.user_name.clone()),
        token_type: match kind {
            TokenKind::Refresh => "refresh_token",
            _ => "Bearer",
        },
        exp: held.expires_at.as_second(),
        iat: held.issued_at.as_second(),
        iss: server.issuer.clone(),
    }
}
