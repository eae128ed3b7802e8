//! Transactions: a credential becomes a session at a PSC, or names one that is open. How it ends stands in [`super::ending`].

use super::Gateway;
use super::authorization::{Credential, Holder};
use super::memory::{Fate, Known};
use super::providers::{Plan, Provider};
use super::psc::{Checked, OpenRequest, PscFault};
use super::transaction::{Wishes, schema_data};
use crate::audit::Event;
use crate::digest;
use crate::error::{Refused, Unavailable};
use crate::guard;
use crate::login::Secret;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::gateway_sessions::{self, GatewaySession};
use crate::throttle::Attempt;
use jiff::{SignedDuration, Timestamp};
use std::convert::Infallible;

/// What an access token is sealed for.
pub(super) const SEALED: &str = "gateway-session";
/// How long a process answers for a transaction without saying so again.
pub(super) const HELD: SignedDuration = SignedDuration::from_secs(15);

/// A transaction that may be forwarded.
#[derive(Debug)]
pub struct Transaction {
    /// The provider (its id).
    pub provider: String,
    /// Who is behind it, if known.
    pub holder: Option<Holder>,
    /// Whether this transaction opened the session.
    pub opened: bool,
    /// When it began.
    pub began: Timestamp,
    /// The value of `VCSchemaData`, where it was asked for.
    pub schema_data: Option<String>,
    pub(super) token: Secret,
    pub(super) hash: String,
    pub(super) ends_session: bool,
}

impl Transaction {
    /// The access token, for an upstream that is configured to be handed it.
    pub fn token(&self) -> &Secret {
        &self.token
    }
}

/// Why a transaction may not begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotBegun {
    /// The credential is not good: 401.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A PSC that must be asked gives no answer: 502, 503 or 504.
    #[error("provider {provider}: {fault}")]
    Away {
        /// Which one.
        provider: String,
        /// Why.
        fault: PscFault,
    },
}

impl Service {
    /// Judges a credential and opens a session if it asks for one.
    pub async fn begin_transaction(
        &self,
        moment: &Moment,
        gateway: &Gateway,
        (credential, wishes): (Credential, Wishes),
    ) -> Result<Result<Transaction, NotBegun>, Unavailable> {
        let begun = match gateway.providers.plan(credential) {
            Err(refused) => Ok(Err(refused.into())),
            Ok(Plan::Open {
                provider,
                holder,
                otp,
            }) => {
                self.open(moment, gateway, (provider, holder, otp), wishes)
                    .await
            }
            Ok(Plan::Use {
                token,
                provider,
                holder,
            }) => {
                self.reuse(moment, gateway, (token, provider, holder), wishes)
                    .await
            }
        }?;
        if let Err(why) = &begun {
            // Whoever is refused here has proved nothing: a log line, no row.
            let code = match why {
                NotBegun::Refused(refused) => refused.code,
                NotBegun::Away { fault, .. } => fault.code(),
            };
            Event::new(
                moment,
                "gateway.refused",
                &gateway.organization,
                why.to_string(),
            )
            .refused(code)
            .log();
        }
        Ok(begun)
    }

    async fn open(
        &self,
        moment: &Moment,
        gateway: &Gateway,
        (provider, holder, otp): (Option<Provider>, Holder, Secret),
        wishes: Wishes,
    ) -> Result<Result<Transaction, NotBegun>, Unavailable> {
        let provider = match provider {
            Some(provider) => provider,
            None => match discover(gateway, &holder).await {
                Ok(provider) => provider,
                Err(why) => return Ok(Err(why)),
            },
        };
        let lifetime = gateway
            .providers
            .lifetime(&provider, &holder, wishes.lifetime);
        let request = OpenRequest {
            holder: &holder,
            otp: &otp,
            lifetime,
        };
        let opened = match gateway.psc.open(&provider, request).await {
            Ok(opened) => opened,
            Err(fault) => return Ok(Err(not_opened(provider.id, fault))),
        };
        let lifetime = opened.lifetime.min(lifetime);
        let hash = digest::of_secret(opened.token.expose());
        let row = GatewaySession {
            hash: hash.clone(),
            provider: provider.id.clone(),
            holder: Some(holder.as_str().to_owned()),
            token: self.inner.vault.seal(
                SEALED,
                gateway.organization.as_bytes(),
                opened.token.expose().as_bytes(),
                moment.bytes(),
            ),
            opened_at: moment.now,
            expires_at: moment.now + lifetime,
            auto_revoke: wishes.auto_revoke,
            held_until: moment.now + HELD,
            ended_at: None,
        };
        if let Err(unavailable) = self.remember(gateway, row).await {
            // Nobody would end it: better no session than one that is forgotten.
            let _ = gateway.psc.revoke(&provider, &opened.token).await;
            return Err(unavailable);
        }
        if wishes.auto_revoke {
            gateway.held.add(hash.clone());
        }
        Ok(Ok(Transaction {
            schema_data: wishes
                .return_access_token
                .then(|| schema_data(&opened.token, lifetime, &provider.id)),
            provider: provider.id,
            holder: Some(holder),
            opened: true,
            began: moment.now,
            token: opened.token,
            hash,
            ends_session: wishes.auto_revoke,
        }))
    }

    async fn remember(&self, gateway: &Gateway, row: GatewaySession) -> Result<(), Unavailable> {
        let organization = gateway.organization.clone();
        let added = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    let added = gateway_sessions::add(connection, &organization, &row).await?;
                    Ok(Ok::<_, Infallible>(added))
                })
            })
            .await;
        let Ok(added) = added?;
        added
            .then_some(())
            .ok_or_else(|| Unavailable::because("the provider gave out an access token twice"))
    }

    async fn reuse(
        &self,
        moment: &Moment,
        gateway: &Gateway,
        (token, provider, holder): (Secret, Option<Provider>, Option<Holder>),
        wishes: Wishes,
    ) -> Result<Result<Transaction, NotBegun>, Unavailable> {
        let hash = digest::of_secret(token.expose());
        let known = match self.known(moment, gateway, &hash).await? {
            Some(Fate::Live(known)) => known,
            Some(Fate::Dead) => return Ok(Err(dead())),
            None => match ask(moment, gateway, (&hash, &token, provider.as_ref())).await {
                Ok(Fate::Live(known)) => known,
                Ok(Fate::Dead) => return Ok(Err(dead())),
                Err(why) => return Ok(Err(why)),
            },
        };
        // A schema that names somebody else's provider or holder would be audited, and perhaps billed, to them.
        let of_provider = provider.is_none_or(|p| p.id == known.provider);
        let of_holder = holder.is_none() || holder == known.holder;
        if !of_provider || !of_holder {
            return Ok(Err(dead()));
        }
        let left = known.expires.duration_since(moment.now);
        Ok(Ok(Transaction {
            schema_data: wishes
                .return_access_token
                .then(|| schema_data(&token, left, &known.provider)),
            provider: known.provider,
            holder: known.holder,
            opened: false,
            began: moment.now,
            token,
            hash,
            ends_session: false,
        }))
    }

    /// What we know of a token ourselves. Cached no longer than any token check.
    async fn known(
        &self,
        moment: &Moment,
        gateway: &Gateway,
        hash: &str,
    ) -> Result<Option<Fate>, Unavailable> {
        let fresh = self.inner.settings.token_cache;
        if let Some(fate) = gateway.cache.fresh(hash, moment.now, fresh) {
            return Ok(Some(fate));
        }
        let epoch = gateway.cache.epoch();
        let row = self
            .inner
            .store
            .gateway_session(&gateway.organization, hash)
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        if row.ended_at.is_some() || moment.now >= row.expires_at {
            return Ok(Some(Fate::Dead));
        }
        let known = Known {
            provider: row.provider,
            holder: row.holder.as_deref().and_then(Holder::new),
            expires: row.expires_at,
        };
        gateway
            .cache
            .put(hash, Fate::Live(known.clone()), (moment.now, epoch));
        Ok(Some(Fate::Live(known)))
    }
}

/// The provider that knows the holder, the default one asked first. One that says no to the password is final: a second
/// provider would be sent a password that was used.
async fn discover(gateway: &Gateway, holder: &Holder) -> Result<Provider, NotBegun> {
    let mut all = gateway.providers.all();
    let first = all.next().expect("there is a default provider");
    if all.next().is_none() {
        return Ok(first.clone());
    }
    let mut away = None;
    for provider in gateway.providers.all() {
        match gateway.psc.knows(provider, holder).await {
            Ok(true) => return Ok(provider.clone()),
            Ok(false) | Err(PscFault::Refused) => {}
            Err(fault) => {
                away = Some(NotBegun::Away {
                    provider: provider.id.clone(),
                    fault,
                });
            }
        }
    }
    Err(away.unwrap_or_else(|| {
        Refused::new("gateway.credentials", "no provider knows the holder").into()
    }))
}

/// Asks the providers about a token that was not opened here, and remembers the answer briefly.
async fn ask(
    moment: &Moment,
    gateway: &Gateway,
    (hash, token, named): (&str, &Secret, Option<&Provider>),
) -> Result<Fate, NotBegun> {
    if let Some(answer) = gateway.foreign.fresh(hash, moment.now, gateway.foreign_for) {
        return Ok(answer);
    }
    if !gateway
        .strangers
        .admits(stranger(moment, gateway), moment.now)
        && guard::stands("gateway.throttled")
    {
        return Err(throttled().into());
    }
    let asked: Vec<&Provider> =
        named.map_or_else(|| gateway.providers.all().collect(), |p| vec![p]);
    let epoch = gateway.foreign.epoch();
    let mut away = None;
    for provider in asked {
        match gateway.psc.check(provider, token).await {
            Ok(Checked::Live { holder, used_up }) => {
                let live = Fate::Live(Known {
                    provider: provider.id.clone(),
                    holder,
                    expires: moment.now + gateway.foreign_for,
                });
                let kept = if used_up { Fate::Dead } else { live.clone() };
                gateway.foreign.put(hash, kept, (moment.now, epoch));
                return Ok(live);
            }
            Ok(Checked::Dead) | Err(PscFault::Refused) => {}
            Err(fault) => {
                away = Some(NotBegun::Away {
                    provider: provider.id.clone(),
                    fault,
                });
            }
        }
    }
    if let Some(why) = away {
        return Err(why);
    }
    gateway
        .strangers
        .wrong(stranger(moment, gateway), moment.now);
    // Remembered only where every provider was asked: a schema that names one says nothing about the others.
    if named.is_none() {
        gateway.foreign.put(hash, Fate::Dead, (moment.now, epoch));
    }
    Ok(Fate::Dead)
}

/// Whoever shows tokens that nobody knows makes us ask every provider: counted by client.
pub(super) fn stranger<'a>(moment: &Moment, gateway: &'a Gateway) -> Attempt<'a> {
    Attempt {
        organization: &gateway.organization,
        account: "tokens that nobody knows",
        client: moment.client,
    }
}

/// Too many tokens that nobody knows: no provider is asked for a while.
pub(super) fn throttled() -> Refused {
    Refused::new(
        "gateway.throttled",
        "too many tokens from there that no provider knows",
    )
}

fn not_opened(provider: String, fault: PscFault) -> NotBegun {
    match fault {
        PscFault::Refused => Refused::new(
            "gateway.credentials",
            format!("provider {provider} refuses"),
        )
        .into(),
        fault => NotBegun::Away { provider, fault },
    }
}

fn dead() -> NotBegun {
    Refused::new(
        "gateway.session",
        "no live session of that token, provider and holder",
    )
    .into()
}
