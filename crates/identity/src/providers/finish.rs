//! The response judged: whom we asked, who speaks, and whether it spoke before.

use super::admission::Admission;
use super::disabled;
use super::used::{Spent, Used, not_our_request};
use super::{IssuedToken, SEALED, bound};
use crate::accounts::{Account, identifier, unknown};
use crate::audit::Event;
use crate::entities::ServiceProvider;
use crate::error::{Answer, Refused};
use crate::guard;
use crate::moment::Moment;
use crate::service::Service;
use crate::settled::Known;
use crate::store::identity_providers::{self, IdentityProvider};
use crate::store::{accounts, audit, tokens};
use crate::tokens::fingerprint;
use saml::bindings::post;
use saml::validate::response::{Accepted, Received};
use std::sync::Arc;

/// What must be known of a response before it is judged: whom we asked, and for which account.
pub(super) struct Sought {
    pub(super) account: Arc<Account>,
    pub(super) provider: Arc<Known<IdentityProvider>>,
    /// ID of the request, none when unsolicited.
    request: Option<String>,
}

/// Why nothing was written.
enum Undone {
    /// The account or the provider is not what the response was judged by.
    OutOfDate,
    Spent(Spent),
}

/// How often a response is judged at most whose account or provider changes meanwhile.
const TRIES: usize = 3;

impl Service {
    /// Judges a posted response; one response buys one token. `saml_response` and `relay_state` are form-decoded once.
    /// Codes: those of [`saml::error::Refusal`], `assertion.replayed`, `relay_state.account`, `account.not_admitted`, `idp.disabled`, `unsolicited`.
    pub async fn finish_sign_on(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        saml_response: &str,
        relay_state: Option<&str>,
    ) -> Answer<IssuedToken> {
        let outcome = self
            .finish(moment, entity, (saml_response, relay_state))
            .await?;
        if let Err(refused) = &outcome {
            Event::new(
                moment,
                "sign_on.refused",
                &entity.organization,
                &refused.detail,
            )
            .refused(refused.code)
            .log();
        }
        Ok(outcome)
    }

    async fn finish(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        (saml_response, relay_state): (&str, Option<&str>),
    ) -> Answer<IssuedToken> {
        let xml = match post::decode(saml_response) {
            Ok(xml) => xml,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let response = Received::read(&xml);
        for _ in 0..TRIES {
            let sought = match self
                .sought(moment, entity, (&response, relay_state))
                .await?
            {
                Ok(sought) => sought,
                Err(refused) => return Ok(Err(refused)),
            };
            let answered = (&*sought.provider, sought.request.as_deref());
            let accepted = match self.accept(moment, entity, (&response, answered)).await? {
                Ok(accepted) => accepted,
                Err(refused) => return Ok(Err(refused)),
            };
            match self.spend(moment, entity, &sought, accepted).await? {
                Ok(Some(issued)) => return Ok(Ok(issued)),
                Ok(None) => self.inner.settled.forget(),
                Err(refused) => return Ok(Err(refused)),
            }
        }
        Ok(Err(disabled("it changes at this moment")))
    }

    /// Judges a response to `request` of `provider`, as it was read when the response came.
    pub(super) async fn accept(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        (response, (provider, request)): (&Received<'_>, (&Known<IdentityProvider>, Option<&str>)),
    ) -> Answer<Accepted> {
        // Its state now, not of when the request was sent (security: A5, A12); the effect looks once more.
        let peer = match self.usable_peer(moment, provider).await? {
            Ok(peer) => peer,
            Err(refused) => return Ok(Err(refused)),
        };
        let expected = (provider.entity_id.as_str(), &*peer, request);
        self.accept_response(moment, entity, response, expected)
            .await
    }

    /// Whom we asked and for which account; for an unsolicited response, who claims to speak and for which account.
    async fn sought(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        (response, relay_state): (&Received<'_>, Option<&str>),
    ) -> Answer<Sought> {
        let claimed = match response.claimed() {
            Ok(claimed) => claimed,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let named = if let Some(request) = &claimed.in_response_to {
            self.asked_for(moment, entity, (request, relay_state))
                .await?
        } else {
            let issuer = claimed.issuer.as_deref().unwrap_or_default();
            self.spoke_first(entity, (issuer, relay_state)).await?
        };
        let (account, provider) = match named {
            Ok(named) => named,
            Err(refused) => return Ok(Err(refused)),
        };
        let Some(provider) = provider else {
            return Ok(Err(Refused::new(
                "idp.disabled",
                "the identity provider was removed",
            )));
        };
        let account = self
            .settled_account(moment, &entity.organization, &account)
            .await?;
        let Some(account) = account else {
            return Ok(Err(unknown()));
        };
        if account.provider.as_ref() != Some(&provider.id) {
            return Ok(Err(Refused::new(
                "idp.disabled",
                "the account does not sign in through this identity provider",
            )));
        }
        Ok(Ok(Sought {
            account,
            provider,
            request: claimed.in_response_to,
        }))
    }

    /// Account and provider of a request that we sent.
    async fn asked_for(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        (request, relay_state): (&str, Option<&str>),
    ) -> Answer<(String, Option<Arc<Known<IdentityProvider>>>)> {
        let ticket = request.strip_prefix('_').unwrap_or_default();
        let opened = self
            .inner
            .vault
            .open_ticket(SEALED, &bound(entity), ticket, moment.now);
        let Some((account, provider)) = opened.as_deref().and_then(read_ticket) else {
            return Ok(Err(not_our_request("a live request of ours", request)));
        };
        // RelayState travels unprotected: it may agree with what we sealed, it never decides (security: A8, A14).
        let agrees = relay_state.is_none_or(|posted| identifier(posted) == account);
        if !agrees && guard::stands("relay_state.account") {
            let detail = "RelayState names another account than the request";
            return Ok(Err(Refused::new("relay_state.account", detail)));
        }
        let provider = self
            .settled_provider(moment, &entity.organization, provider)
            .await?;
        Ok(Ok((account.to_owned(), provider)))
    }

    /// Account and provider of a response that nobody asked for, if that provider may speak first.
    async fn spoke_first(
        &self,
        entity: &ServiceProvider,
        (issuer, relay_state): (&str, Option<&str>),
    ) -> Answer<(String, Option<Arc<Known<IdentityProvider>>>)> {
        let store = &self.inner.store;
        let provider = store
            .identity_provider_by_entity_id(&entity.organization, issuer)
            .await?;
        let allowed = provider
            .as_ref()
            .is_some_and(|provider| provider.allow_unsolicited);
        if !allowed && guard::stands("unsolicited") {
            return Ok(Err(Refused::new(
                "unsolicited",
                "a response that nobody asked for",
            )));
        }
        Ok(Ok((
            identifier(relay_state.unwrap_or_default()).to_owned(),
            provider.map(|provider| Arc::new(provider.into())),
        )))
    }

    /// Consumes the assertion and its request, and writes the token, or the refusal of a person whom the account does not
    /// admit. Such a person's response is consumed too: it was judged to the end, and an unsolicited one, whose account is
    /// not under the signature, must not be tried on one account after another. Everything that was refused before this
    /// point consumed nothing: a forgery leaves the genuine response usable. None if account or provider have changed since they were
    /// read; then nothing was consumed either.
    async fn spend(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        sought: &Sought,
        accepted: Accepted,
    ) -> Answer<Option<IssuedToken>> {
        let settings = &self.inner.settings;
        let until = moment.now + settings.request_lifetime + settings.skew;
        let used = Used::of(&accepted, sought.request.as_deref().map(|id| (id, until)));
        let assertion = accepted.assertion.into_inner();
        let assertion_id = assertion.id.clone();
        let admission = match Admission::of(assertion, sought) {
            Ok(admission) => admission,
            Err(refused) => return Ok(Err(refused)),
        };
        let event = |kind: &str, detail: String| {
            Event::new(moment, kind, &entity.organization, detail)
                .by(&admission.user_name)
                .about(&assertion_id)
        };
        let via = format!(
            "account {} through {}",
            sought.account.id, sought.provider.id
        );
        let admitted = !admission.groups.is_empty() || !guard::stands("account.not_admitted");
        let outcome = if admitted {
            event("token.issued", via)
        } else {
            event("sign_on.refused", via).refused("account.not_admitted")
        };
        let replay = event("sign_on.refused", "the response was used before".to_owned());
        let (issued, row) = admission.token(moment, entity, (sought, settings.token_lifetime));
        let hash = fingerprint(&issued.plain).expect("a UUID looks like a token");
        let organization = entity.organization.clone();
        let judged_by = (Arc::clone(&sought.account), Arc::clone(&sought.provider));
        let written = self
            .inner
            .store
            .record(move |connection| {
                Box::pin(async move {
                    // Whatever changed them may have revoked their tokens already: this one must not come after those.
                    let (account, provider) = &judged_by;
                    let is_still = accounts::is_still(connection, &organization, account).await?
                        && identity_providers::is_still(connection, &organization, provider)
                            .await?;
                    if !is_still && guard::stands("sign_on.out_of_date") {
                        return Ok(Err(Undone::OutOfDate));
                    }
                    if let Err(spent) = used.consume(connection, &organization).await? {
                        return Ok(Err(Undone::Spent(spent)));
                    }
                    if admitted {
                        tokens::add(connection, &hash, &row).await?;
                    }
                    audit::append(connection, &outcome).await?;
                    Ok(Ok(()))
                })
            })
            .await?;
        match written {
            Ok(()) => {}
            Err(Undone::OutOfDate) => return Ok(Ok(None)),
            Err(Undone::Spent(spent)) => {
                let refused = spent.refused();
                self.record(replay.refused(refused.code)).await?;
                return Ok(Err(refused));
            }
        }
        let not_admitted = || {
            Refused::new(
                "account.not_admitted",
                "none of the person's groups may enter the account",
            )
        };
        Ok(if admitted {
            Ok(Some(issued))
        } else {
            Err(not_admitted())
        })
    }
}

fn read_ticket(plain: &[u8]) -> Option<(&str, &str)> {
    std::str::from_utf8(plain).ok()?.split_once('\n')
}
