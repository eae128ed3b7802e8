//! Tokens of the federation: checking, showing and revoking them.

use crate::accounts::Role;
use crate::audit::Event;
use crate::digest;
use crate::entities::Federation;
use crate::error::{Answer, Refused, Unavailable};
use crate::guard;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::federation_tokens::{self, FederationTokenRow};
use crate::store::{audit, millis};
use jiff::Timestamp;
use std::sync::Arc;

/// The protocol of ID tokens (OpenID Connect).
pub const OPENID: &str = "oidc";

/// How a token was obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// By a response of an identity provider.
    Mapped,
    /// By another token.
    Token,
    /// By a password.
    Password,
    /// By a password and a one-time code.
    PasswordAndCode,
}

impl Method {
    /// As the store calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Mapped => "mapped",
            Self::Token => "token",
            Self::Password => "password",
            Self::PasswordAndCode => "password-and-code",
        }
    }

    /// As tokens list it.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Mapped => &["mapped"],
            Self::Token => &["token"],
            Self::Password => &["password"],
            Self::PasswordAndCode => &["password", "totp"],
        }
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        [
            Self::Mapped,
            Self::Token,
            Self::Password,
            Self::PasswordAndCode,
        ]
        .into_iter()
        .find(|method| method.name() == name)
    }
}

/// The domain of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// Identifier: the organization's.
    pub id: String,
    /// Name.
    pub name: String,
}

/// A group of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
}

/// What a token opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Nothing: it says who somebody is.
    Unscoped,
    /// The domain, with these roles.
    Domain(Vec<Role>),
    /// A project, with these roles.
    Project(Project, Vec<Role>),
}

/// What a live token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FederationToken {
    /// The identifier under which it is known without being shown.
    pub id: String,
    /// How it was obtained.
    pub method: Method,
    /// What it opens.
    pub scope: Scope,
    /// The person's domain.
    pub domain: Domain,
    /// Stable identifier of the person.
    pub user_id: String,
    /// Name of the person.
    pub user_name: String,
    /// The person's groups.
    pub groups: Vec<Group>,
    /// The identity provider that vouched; none after a local sign-in.
    pub provider: Option<String>,
    /// By which protocol; none after a local sign-in.
    pub protocol: Option<String>,
    /// Issued.
    pub issued: Timestamp,
    /// Expires.
    pub expires: Timestamp,
}

/// A new token, in plain text exactly once.
#[derive(Clone)]
pub struct IssuedFederationToken {
    /// The token.
    pub plain: String,
    /// What it says.
    pub token: FederationToken,
}

impl std::fmt::Debug for IssuedFederationToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssuedFederationToken")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

/// A live token, with what finds it again.
pub(super) struct Held {
    pub(super) hash: String,
    pub(super) token: Arc<FederationToken>,
}

/// The longest token that is looked at, in bytes.
const LONGEST: usize = 8 * 1024;

impl Service {
    /// Shows what the token `subject` says to whoever holds `auth`. Codes: `token.invalid` (`auth` is none that lives),
    /// `token.unscoped` (an unscoped token shows itself only), `token.unknown` (`subject` is none that lives), `token.foreign`
    /// (it is another person's).
    pub async fn show_federation_token(
        &self,
        moment: &Moment,
        federation: &Federation,
        (auth, subject): (&str, &str),
    ) -> Answer<Arc<FederationToken>> {
        let shown = self.reach(moment, federation, (auth, subject)).await?;
        Ok(shown.map(|held| held.token))
    }

    /// Ends the token `subject`, and what was scoped from it, for whoever holds `auth`. Codes as for showing it.
    pub async fn revoke_federation_token(
        &self,
        moment: &Moment,
        federation: &Federation,
        (auth, subject): (&str, &str),
    ) -> Answer<()> {
        let Held { hash, token } = match self.reach(moment, federation, (auth, subject)).await? {
            Ok(held) => held,
            Err(refused) => return Ok(Err(refused)),
        };
        let organization = federation.provider.organization.as_str();
        let detail = format!("of {}", token.user_id);
        let event = Event::new(moment, "token.revoked", organization, detail).by(&token.user_name);
        let (owner, now) = (organization.to_owned(), millis(moment.now));
        let written = self.inner.store.write(move |connection| {
            Box::pin(async move {
                if federation_tokens::revoke(connection, &owner, &hash, now).await? {
                    audit::append(connection, &event).await?;
                }
                Ok(Ok::<_, std::convert::Infallible>(()))
            })
        });
        let written = written.await;
        // Not that one only: what was scoped from it dies with it.
        self.inner.federation_tokens.clear();
        let Ok(()) = written?;
        Ok(Ok(()))
    }

    async fn reach(
        &self,
        moment: &Moment,
        federation: &Federation,
        (auth, subject): (&str, &str),
    ) -> Answer<Held> {
        let holder = match self.held(moment, federation, auth).await? {
            Ok(holder) => holder,
            Err(refused) => return Ok(Err(refused)),
        };
        if auth == subject {
            return Ok(Ok(holder));
        }
        if holder.token.scope == Scope::Unscoped && guard::stands("token.unscoped") {
            return Ok(Err(Refused::new(
                "token.unscoped",
                "an unscoped token authorises nothing but its scoping",
            )));
        }
        let Ok(held) = self.held(moment, federation, subject).await? else {
            return Ok(Err(Refused::new("token.unknown", "no such token lives")));
        };
        if held.token.user_id != holder.token.user_id && guard::stands("token.foreign") {
            return Ok(Err(Refused::new(
                "token.foreign",
                "the token is another person's",
            )));
        }
        Ok(Ok(held))
    }

    /// The live token of that text. Refused with `token.invalid` whatever the reason.
    pub(super) async fn held(
        &self,
        moment: &Moment,
        federation: &Federation,
        plain: &str,
    ) -> Answer<Held> {
        let invalid = || Refused::new("token.invalid", "no such token lives");
        if plain.len() > LONGEST {
            return Ok(Err(invalid()));
        }
        let organization = federation.provider.organization.as_str();
        let hash = digest::of_secret(plain);
        // A signature is good for one issuer: two doors of an organization may be two.
        let key = format!("{hash} {}", federation.provider.entity_id);
        let cache = &self.inner.federation_tokens;
        let known = cache.get(&key, moment.now);
        if let Some(token) = known.filter(|token| token.domain.id == organization) {
            return Ok(Ok(Held { hash, token }));
        }
        let epoch = cache.epoch();
        let store = &self.inner.store;
        let Some(row) = store
            .federation_token(organization, &hash, moment.now)
            .await?
        else {
            return Ok(Err(invalid()));
        };
        // A key that was killed takes what it signed with it.
        let good = self
            .is_well_signed(moment, federation, (plain, &row))
            .await?;
        if !good && guard::stands("token.signature") {
            return Ok(Err(invalid()));
        }
        // What a group may enter is asked now, not when the token was issued.
        let Some(token) = self.token_of(organization, row).await?.map(Arc::new) else {
            return Ok(Err(invalid()));
        };
        let times = (moment.now, token.expires);
        cache.put((key, token.clone()), times, epoch);
        Ok(Ok(Held { hash, token }))
    }

    /// What a row says now; none if its account is closed to the person by now.
    pub(super) async fn token_of(
        &self,
        organization: &str,
        row: FederationTokenRow,
    ) -> Result<Option<FederationToken>, Unavailable> {
        let store = &self.inner.store;
        let name = store.organization(organization).await?.unwrap_or_default();
        let groups = store.groups(organization).await?;
        let groups: Vec<Group> = groups
            .into_iter()
            .filter(|(id, _)| row.groups.contains(id))
            .map(|(id, name)| Group { id, name })
            .collect();
        let mut token = FederationToken {
            id: row.id,
            method: row.method,
            scope: Scope::Unscoped,
            domain: Domain {
                id: organization.to_owned(),
                name,
            },
            user_id: row.user_id,
            user_name: row.user_name,
            groups,
            provider: row.provider,
            protocol: row.protocol,
            issued: row.issued,
            expires: row.expires,
        };
        if let Some(account) = &row.account {
            let account = store.account(organization, account).await?;
            let Some(scope) = account.and_then(|account| token.scope_of(account)) else {
                return Ok(None);
            };
            token.scope = scope;
        }
        Ok(Some(token))
    }
}

/// Times as the store keeps them, so that a token says the same when it is issued and when it is shown.
pub(super) fn whole_millis(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond())
        .expect("a time without its fraction is still in range")
}
