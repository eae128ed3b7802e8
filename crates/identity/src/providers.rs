//! Being a service provider: begin a sign-on elsewhere, finish it with a token.
//!
//! Nothing is stored for a request that we send: its ID is a sealed ticket that says for which account and to which identity
//! provider it was, and until when it may be answered. Only its consumption is stored.

use crate::accounts::{Account, identifier};
use crate::audit::Event;
use crate::digest;
use crate::entities::ServiceProvider;
use crate::error::{Answer, Refused, Unavailable};
use crate::guard;
use crate::login::Credentials;
use crate::moment::Moment;
use crate::peers::{Peer, with_query};
use crate::service::Service;
use crate::statement::{GROUP_CLAIM, MEMBER_OF};
use crate::store::identity_providers::IdentityProvider;
use crate::store::tokens::{Origin, TokenRow};
use crate::store::{Connection, audit, consumed, millis, tokens};
use crate::subject::Identity;
use crate::tokens::{Token, fingerprint};
use jiff::Timestamp;
use saml::bindings::post;
use saml::bindings::redirect::{self, Kind, Order, Outgoing};
use saml::error::Refusal;
use saml::messages::{Assertion, AuthnRequest};
use saml::names;
use saml::validate::response::{self, Accepted, Expectations};
use std::sync::Arc;
use xmldsig::keys::Requests;

/// A new bearer token, in plain text exactly once.
#[derive(Clone)]
pub struct IssuedToken {
    /// The token: a UUID.
    pub plain: String,
    /// The account it opens; `0` is the grid.
    pub account: String,
    /// Until when.
    pub expires: Timestamp,
}

impl std::fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssuedToken")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

/// What a request's ID is sealed for.
const SEALED: &str = "authn-request";

/// What must be known of a response before it is judged: whom we asked, and for which account.
struct Sought {
    account: Account,
    provider: IdentityProvider,
    /// ID of the request, none when unsolicited.
    request: Option<String>,
}

/// Why an accepted response buys no token, found out in the transaction that would have written it.
enum Spent {
    /// The assertion bought one before.
    Assertion,
    /// Its request was answered before, by another assertion.
    Request,
}

impl Service {
    /// The URL at the account's identity provider that starts a sign-on: `SAMLRequest, SigAlg, Signature, RelayState`.
    /// Codes: `sso_disabled` (the account signs in locally), `account.unknown`, `idp.disabled`.
    pub async fn begin_sign_on(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        account: &str,
    ) -> Answer<String> {
        let account = match self.account(moment, &entity.organization, account).await? {
            Ok(account) => account,
            Err(refused) => return Ok(Err(refused)),
        };
        let Some(provider) = account.provider.as_deref() else {
            return Ok(Err(Refused::new(
                "sso_disabled",
                "the account signs in with local passwords",
            )));
        };
        let (_, peer) = match self.usable_provider(moment, entity, provider).await? {
            Ok(found) => found,
            Err(refused) => return Ok(Err(refused)),
        };
        let Some(destination) = peer.single_sign_on() else {
            return Ok(Err(Refused::new(
                "idp.disabled",
                "its metadata has no SingleSignOnService by redirect",
            )));
        };
        let expires = moment.now + self.inner.settings.request_lifetime;
        let plain = format!("{}\n{provider}", account.id);
        let ticket = self.inner.vault.ticket(
            SEALED,
            &bound(entity),
            plain.as_bytes(),
            expires,
            moment.bytes(),
        );
        let request = AuthnRequest {
            id: format!("_{ticket}"),
            issue_instant: moment.now,
            issuer: entity.entity_id.clone(),
            destination: Some(destination.to_owned()),
            acs_url: entity.acs.first().cloned(),
            acs_index: None,
            protocol_binding: Some(names::POST.to_owned()),
            force_authn: false,
            is_passive: false,
            name_id_policy: None,
            requested_classes: Vec::new(),
        };
        let xml = request.to_xml().map_err(|e| Unavailable(Box::new(e)))?;
        let key = self
            .key::<Requests>(moment, &entity.organization, &entity.door)
            .await?;
        let message = Outgoing {
            kind: Kind::Request,
            xml: &xml,
            relay_state: Some(&account.id),
        };
        let query = redirect::encode(
            message,
            &key,
            key.default_algorithm(),
            Order::RelayStateLast,
        )
        .map_err(|e| Unavailable(Box::new(e)))?;
        Ok(Ok(with_query(destination, &query)))
    }

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
        let sought = match self.sought(moment, entity, (&xml, relay_state)).await? {
            Ok(sought) => sought,
            Err(refused) => return Ok(Err(refused)),
        };
        // The state of the provider now, not of when the request was sent (security: A5, A12).
        let (_, peer) = match self
            .usable_provider(moment, entity, &sought.provider.id)
            .await?
        {
            Ok(found) => found,
            Err(refused) => return Ok(Err(refused)),
        };
        let acs: Vec<&str> = entity.acs.iter().map(String::as_str).collect();
        let expectations = Expectations {
            issuer: &sought.provider.entity_id,
            keys: &peer.identity_provider_keys,
            audience: &entity.entity_id,
            acs: &acs,
            in_response_to: sought.request.as_deref(),
            // No entity of ours publishes a key to encrypt to.
            decryption: &[],
            skew: self.inner.settings.skew,
        };
        let accepted = match response::accept(&xml, &expectations, moment.now) {
            Ok(accepted) => accepted,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        self.spend(moment, entity, &sought, accepted).await
    }

    /// Whom we asked and for which account; for an unsolicited response, who claims to speak and for which account.
    async fn sought(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        (xml, relay_state): (&[u8], Option<&str>),
    ) -> Answer<Sought> {
        let claimed = match response::claimed(xml) {
            Ok(claimed) => claimed,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let (account, provider) = match &claimed.in_response_to {
            Some(request) => {
                let ticket = request.strip_prefix('_').unwrap_or_default();
                let opened =
                    self.inner
                        .vault
                        .open_ticket(SEALED, &bound(entity), ticket, moment.now);
                let Some((account, provider)) = opened.as_deref().and_then(read_ticket) else {
                    return Ok(Err(not_our_request("a live request of ours", request)));
                };
                // RelayState travels unprotected: it may agree with what we sealed, it never decides (security: A8, A14).
                if relay_state.is_some_and(|posted| identifier(posted) != account)
                    && guard::stands("relay_state.account")
                {
                    return Ok(Err(Refused::new(
                        "relay_state.account",
                        "RelayState names another account than the request",
                    )));
                }
                (
                    account.to_owned(),
                    self.inner
                        .store
                        .identity_provider(&entity.organization, provider)
                        .await?,
                )
            }
            None => {
                let issuer = claimed.issuer.as_deref().unwrap_or_default();
                let provider = self
                    .inner
                    .store
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
                (
                    identifier(relay_state.unwrap_or_default()).to_owned(),
                    provider,
                )
            }
        };
        let Some(provider) = provider else {
            return Ok(Err(Refused::new(
                "idp.disabled",
                "the identity provider was removed",
            )));
        };
        let account = match self.account(moment, &entity.organization, &account).await? {
            Ok(account) => account,
            Err(refused) => return Ok(Err(refused)),
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

    /// Consumes the assertion and its request, and writes the token, or the refusal of a person whom the account does not
    /// admit. Such a person's response is consumed too: it was judged to the end, and an unsolicited one, whose account is
    /// not under the signature, must not be tried on one account after another. Everything that was refused before this
    /// point consumed nothing: a forgery leaves the genuine response usable.
    async fn spend(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        sought: &Sought,
        accepted: Accepted,
    ) -> Answer<IssuedToken> {
        let remember_until = millis(accepted.remember_until);
        let assertion = accepted.assertion.into_inner();
        let assertion_key = digest::key(&[&assertion.issuer, &assertion.id]);
        let assertion_id = assertion.id.clone();
        let request_key = sought
            .request
            .as_deref()
            .map(|request| digest::key(&[request]));
        let request_until =
            millis(moment.now + self.inner.settings.request_lifetime + self.inner.settings.skew);
        let identity = match identity(assertion) {
            Ok(identity) => identity,
            Err(refused) => return Ok(Err(refused)),
        };
        let user_name = user_name(&identity, &sought.provider);
        if user_name.is_empty() || user_name.chars().any(char::is_control) {
            // It would break whatever shows it: a log line, a header, a terminal (security: H4).
            return Ok(Err(Refused::new(
                "assertion.attributes",
                "the user name is empty or has a control character",
            )));
        }
        let admitted = sought
            .account
            .admitting(&groups(&identity, &sought.provider));
        let event = |kind: &str, detail: String| {
            Event::new(moment, kind, &entity.organization, detail)
                .by(&user_name)
                .about(&assertion_id)
        };
        let via = format!(
            "account {} through {}",
            sought.account.id, sought.provider.id
        );
        let refusal = (admitted.is_empty() && guard::stands("account.not_admitted"))
            .then(|| event("sign_on.refused", via.clone()).refused("account.not_admitted"));
        let issued = event("token.issued", via);
        let (issued_token, row) = self.new_token(
            moment,
            entity,
            (sought, &identity, user_name.clone(), admitted),
        );
        let hash = fingerprint(&issued_token.plain).expect("a UUID looks like a token");
        let organization = entity.organization.clone();
        let replay = event("sign_on.refused", "the response was used before".to_owned());
        let written = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    if !consumed::consume(
                        connection,
                        "assertion",
                        &organization,
                        &assertion_key,
                        remember_until,
                    )
                    .await?
                        && guard::stands("assertion.replayed")
                    {
                        return Ok(Err(Spent::Assertion));
                    }
                    if let Some(key) = request_key
                        && !consumed::consume(
                            connection,
                            "request",
                            &organization,
                            &key,
                            request_until,
                        )
                        .await?
                        && guard::stands("assertion.in_response_to")
                    {
                        return Ok(Err(Spent::Request));
                    }
                    write_outcome(connection, (&hash, &row), (refusal, issued))
                        .await
                        .map(Ok)
                })
            })
            .await?;
        match written {
            Ok(true) => Ok(Ok(issued_token)),
            Ok(false) => Ok(Err(Refused::new(
                "account.not_admitted",
                "none of the person's groups may enter the account",
            ))),
            Err(spent) => {
                let refused = match spent {
                    Spent::Assertion => {
                        Refused::new("assertion.replayed", "the assertion was used before")
                    }
                    Spent::Request => {
                        not_our_request("a request that was not answered before", "one that was")
                    }
                };
                self.record(replay.refused(refused.code)).await?;
                Ok(Err(refused))
            }
        }
    }

    fn new_token(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        (sought, identity, user_name, groups): (&Sought, &Identity, String, Vec<String>),
    ) -> (IssuedToken, TokenRow) {
        let format = identity.name_id.format.as_deref().unwrap_or_default();
        let token = Token {
            organization: entity.organization.clone(),
            account: sought.account.id.clone(),
            user_name,
            // SAML core §8.3: a NameID means somebody only together with its issuer and format (security: A6).
            user_id: digest::uuid(&["person", &identity.issuer, format, &identity.name_id.value])
                .to_string(),
            full_name: full_name(identity),
            groups,
            federated: true,
            issued: moment.now,
            expires: moment.now + self.inner.settings.token_lifetime,
        };
        let origin = Origin {
            provider: sought.provider.id.clone(),
            name_id: identity.name_id.clone(),
            session_index: identity.session_index.clone(),
        };
        issue(moment, token, Some(origin))
    }

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
                    write_outcome(connection, (&hash, &row), (None, event))
                        .await
                        .map(Ok::<_, std::convert::Infallible>)
                })
            })
            .await
            .map(|Ok(_)| Ok(issued))
    }

    /// The identity provider as it is now, if it may be used.
    pub(crate) async fn usable_provider(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        id: &str,
    ) -> Answer<(IdentityProvider, Arc<Peer>)> {
        let disabled = |why: &str| Ok(Err(Refused::new("idp.disabled", why)));
        let Some(provider) = self
            .inner
            .store
            .identity_provider(&entity.organization, id)
            .await?
        else {
            return disabled("the identity provider was removed");
        };
        if !provider.enabled && guard::stands("idp.disabled") {
            return disabled("the identity provider is disabled");
        }
        let peer = match self.inner.peers.get(&provider.metadata) {
            Ok(peer) => peer,
            Err(refused) => return Ok(Err(refused)),
        };
        // SAML metadata §2.3.2: nothing in it holds after validUntil.
        if peer
            .descriptor
            .valid_until
            .is_some_and(|until| moment.now >= until)
        {
            return disabled("the metadata of the identity provider is no longer valid");
        }
        Ok(Ok((provider, peer)))
    }

    /// Appends one event by itself.
    pub(crate) async fn record(&self, event: Event) -> Result<(), Unavailable> {
        self.inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    audit::append(connection, &event)
                        .await
                        .map(Ok::<_, std::convert::Infallible>)
                })
            })
            .await
            .map(|Ok(())| ())
    }
}

/// True if the token was written, false if the refusal was.
async fn write_outcome(
    connection: &mut Connection,
    (hash, row): (&str, &TokenRow),
    (refusal, issued): (Option<Event>, Event),
) -> Result<bool, sqlx::Error> {
    if let Some(refusal) = refusal {
        audit::append(connection, &refusal).await?;
        return Ok(false);
    }
    tokens::add(connection, hash, row).await?;
    audit::append(connection, &issued).await?;
    Ok(true)
}

fn issue(moment: &Moment, token: Token, origin: Option<Origin>) -> (IssuedToken, TokenRow) {
    let issued = IssuedToken {
        plain: moment.uuid().to_string(),
        account: token.account.clone(),
        expires: token.expires,
    };
    (
        issued,
        TokenRow {
            token,
            origin,
            revoked_at: None,
        },
    )
}

/// A request belongs to one door of one organization: no other may have it answered (security: A07).
fn bound(entity: &ServiceProvider) -> Vec<u8> {
    digest::of_parts(&[&entity.organization, &entity.door, &entity.entity_id]).to_vec()
}

fn read_ticket(plain: &[u8]) -> Option<(&str, &str)> {
    std::str::from_utf8(plain).ok()?.split_once('\n')
}

fn not_our_request(wanted: &str, found: &str) -> Refused {
    Refused::from(Refusal::Rule {
        code: "assertion.in_response_to",
        wanted: wanted.to_owned(),
        found: found.chars().take(64).collect(),
    })
}

/// The waist: what the assertion says, without how it was said.
fn identity(assertion: Assertion) -> Result<Identity, Refused> {
    let incomplete = || {
        Refused::new(
            "assertion.authn_statement",
            "no subject or no authentication statement",
        )
    };
    let statement = assertion
        .authn_statements
        .into_iter()
        .next()
        .ok_or_else(incomplete)?;
    Ok(Identity {
        issuer: assertion.issuer,
        name_id: assertion.name_id.ok_or_else(incomplete)?,
        session_index: statement.session_index,
        attributes: assertion.attributes,
        authenticated_at: statement.authn_instant,
        class_ref: statement
            .class_ref
            .unwrap_or_else(|| names::AC_UNSPECIFIED.to_owned()),
    })
}

fn values<'a>(identity: &'a Identity, name: &str) -> &'a [String] {
    identity
        .attributes
        .iter()
        .find(|attribute| attribute.name == name)
        .map_or(&[], |attribute| &attribute.values)
}

fn user_name(identity: &Identity, provider: &IdentityProvider) -> String {
    let mapped = provider
        .user_attribute
        .as_deref()
        .and_then(|name| values(identity, name).first());
    mapped.unwrap_or(&identity.name_id.value).clone()
}

fn groups(identity: &Identity, provider: &IdentityProvider) -> Vec<String> {
    match provider.groups_attribute.as_deref() {
        Some(name) => values(identity, name).to_vec(),
        // The names under which AD FS, Entra and PingFederate usually send them.
        None => [values(identity, GROUP_CLAIM), values(identity, MEMBER_OF)].concat(),
    }
}

fn full_name(identity: &Identity) -> Option<String> {
    crate::statement::FULL_NAMES
        .iter()
        .find_map(|name| values(identity, name).first().cloned())
}
