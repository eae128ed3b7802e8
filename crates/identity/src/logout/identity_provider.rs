//! Logout as an identity provider: a session ends, and the parties that took part in it are told one after another.
//!
//! Who started a logout and how far it is stands in the store, written only by a signed request or a signed-in person. What
//! travels to a party and back is the ID of our LogoutRequest: a sealed ticket that names the logout and the party.

use super::party::Party;
use super::{awaited_at, claimed_request, claimed_response, refused, signed_url};
use crate::audit::Event;
use crate::digest;
use crate::entities::IdentityProvider;
use crate::error::{Answer, Unavailable};
use crate::guard;
use crate::login::Session;
use crate::moment::Moment;
use crate::peers::{logout_request_url, logout_response_url};
use crate::service::Service;
use crate::store::logouts::{self, Logout};
use crate::store::participants::{self, LogoutState, Participant};
use crate::store::{audit, millis, sessions};
use jiff::SignedDuration;
use saml::bindings::redirect::{Kind, Order, Outgoing, Redirected};
use saml::messages::{LogoutRequest, LogoutResponse, Status};
use saml::names;
use saml::validate::logout::{accept_request, accept_response};

/// What a LogoutRequest's ID is sealed for.
const SEALED: &str = "logout-of-participant";
/// How long all parties together may take.
const CHAIN: SignedDuration = SignedDuration::from_mins(10);

impl Service {
    /// Judges a LogoutRequest (or the answer of a participant) at the identity provider. The session is the one that NameID and
    /// SessionIndex name; no cookie is needed. Returns where the browser goes: the next participant, or back to who asked;
    /// none when a sign-out that started here is complete. Codes: those of [`saml::error::Refusal`], `logout.unknown_party`,
    /// `logout.session`, `logout.in_response_to`, `logout.unsupported`.
    pub async fn identity_provider_logout(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        raw_query: &str,
    ) -> Answer<Option<String>> {
        let outcome = match Redirected::decode(raw_query) {
            Ok(came) if came.kind == Kind::Response => {
                self.participant_answered(moment, entity, &came).await?
            }
            Ok(came) => self.participant_asked(moment, entity, &came).await?,
            Err(refusal) => Err(refusal.into()),
        };
        if let Err(refused) = &outcome {
            Event::new(
                moment,
                "logout.refused",
                &entity.organization,
                &refused.detail,
            )
            .refused(refused.code)
            .log();
        }
        Ok(outcome)
    }

    /// Ends a session from the identity provider's own page. Returns the first participant's logout URL, if any takes part.
    pub async fn sign_out(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        session: &Session,
    ) -> Answer<Option<String>> {
        let logout = Logout {
            id: moment.uuid().to_string(),
            door: entity.door.clone(),
            entity_id: None,
            request_id: None,
            relay_state: None,
        };
        self.end(
            moment,
            entity,
            (&logout, vec![session.id.clone()], Vec::new()),
        )
        .await?;
        self.next(moment, entity, &logout).await
    }

    /// Where a browser goes that left a sign-out of its own midway, because a party kept it: past that party, to the next one.
    /// None when all were asked. The session is named by what was sealed when it ended.
    pub async fn resume_sign_out(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        session: &str,
    ) -> Answer<Option<String>> {
        let store = &self.inner.store;
        let logout = store
            .logout_of(&entity.organization, &entity.door, session)
            .await?;
        match logout.filter(|logout| logout.entity_id.is_none()) {
            Some(logout) => self.next(moment, entity, &logout).await,
            None => Ok(Ok(None)),
        }
    }

    async fn participant_asked(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        came: &Redirected,
    ) -> Answer<Option<String>> {
        let claimed = match claimed_request(&came.xml) {
            Ok(claimed) => claimed,
            Err(refused) => return Ok(Err(refused)),
        };
        let issuer = claimed.issuer;
        let Some(party) = self.participant_peer(moment, entity, &issuer).await? else {
            return Ok(refused(
                "logout.unknown_party",
                "no relying party of that entity ID",
            ));
        };
        let destinations: Vec<&str> = entity.slo.iter().map(String::as_str).collect();
        let keys = party.keys();
        let expected = self.expected(&party, (&keys, &destinations));
        let request = match accept_request(came, &expected, moment.now) {
            Ok(request) => request,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        // SAML profiles §4.4.4.1: NameID and SessionIndex must be those that this very party was told (security: L2, L03, L05).
        let mut parts = self
            .inner
            .store
            .participants_named(
                &entity.organization,
                &entity.door,
                &issuer,
                &request.name_id.value,
            )
            .await?;
        let indexes = &request.session_indexes;
        parts.retain(|part| {
            !guard::stands("logout.session")
                || indexes.is_empty()
                || indexes.contains(&part.session_index)
        });
        if parts.is_empty() {
            return Ok(refused(
                "logout.session",
                "no session of that NameID and SessionIndex with that party",
            ));
        }
        let logout = Logout {
            id: moment.uuid().to_string(),
            door: entity.door.clone(),
            entity_id: Some(issuer),
            request_id: Some(request.id),
            relay_state: came
                .relay_state
                .clone()
                .filter(|state| !state.contains('\0')),
        };
        let sessions = parts.iter().map(|part| part.session.clone()).collect();
        self.end(moment, entity, (&logout, sessions, parts)).await?;
        self.next(moment, entity, &logout).await
    }

    async fn participant_answered(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        came: &Redirected,
    ) -> Answer<Option<String>> {
        let foreign = || refused("logout.in_response_to", "no live LogoutRequest of ours");
        let claimed = match claimed_response(&came.xml) {
            Ok(claimed) => claimed,
            Err(refused) => return Ok(Err(refused)),
        };
        let Some(request) = claimed.in_response_to else {
            return Ok(foreign());
        };
        let ticket = request.strip_prefix('_').unwrap_or_default();
        let opened =
            self.inner
                .vault
                .open_ticket(SEALED, &bound(entity), ticket, awaited_at(moment.now));
        let opened = opened.and_then(|plain| String::from_utf8(plain).ok());
        let Some((logout, session, issuer)) = opened.as_deref().and_then(read_ticket) else {
            return Ok(foreign());
        };
        let Some(logout) = self
            .inner
            .store
            .logout(&entity.organization, &entity.door, logout)
            .await?
        else {
            return Ok(foreign());
        };
        let Some(party) = self.participant_peer(moment, entity, issuer).await? else {
            return Ok(foreign());
        };
        let destinations: Vec<&str> = entity.slo.iter().map(String::as_str).collect();
        let keys = party.keys();
        let expected = self.expected(&party, (&keys, &destinations));
        let response = match accept_response(came, &expected, &request, moment.now) {
            Ok(response) => response,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let state = if response.status.code == names::SUCCESS {
            LogoutState::Done
        } else {
            LogoutState::Failed
        };
        self.mark(entity, (session, issuer), state).await?;
        self.next(moment, entity, &logout).await
    }

    /// Ends sessions and remembers who is to be answered. The asking party is signed out already: its parts are done.
    async fn end(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        (logout, sessions_to_end, asking): (&Logout, Vec<String>, Vec<Participant>),
    ) -> Result<(), Unavailable> {
        let by = logout.entity_id.as_deref().unwrap_or("the person");
        let detail = format!("door {}, asked by {by}", entity.door);
        let events: Vec<_> = sessions_to_end
            .iter()
            .map(|id| Event::new(moment, "session.ended", &entity.organization, &detail).about(id))
            .collect();
        let (organization, logout, now) = (entity.organization.clone(), logout.clone(), moment.now);
        let written = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    for event in &events {
                        let session = event.object.as_deref().unwrap_or_default();
                        if sessions::end(
                            connection,
                            &organization,
                            session,
                            &logout.id,
                            millis(now),
                        )
                        .await?
                        {
                            audit::append(connection, event).await?;
                        }
                    }
                    for part in &asking {
                        participants::mark(
                            connection,
                            &organization,
                            (&part.session, &part.entity_id),
                            LogoutState::Done,
                        )
                        .await?;
                    }
                    logouts::add(connection, &organization, &logout, millis(now + CHAIN)).await?;
                    Ok(Ok::<_, std::convert::Infallible>(()))
                })
            })
            .await;
        self.forget_checks();
        written.map(|Ok(())| ())
    }

    async fn mark(
        &self,
        entity: &IdentityProvider,
        (session, party): (&str, &str),
        state: LogoutState,
    ) -> Result<(), Unavailable> {
        let (organization, session, party) = (
            entity.organization.clone(),
            session.to_owned(),
            party.to_owned(),
        );
        self.inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    participants::mark(connection, &organization, (&session, &party), state)
                        .await?;
                    Ok(Ok::<_, std::convert::Infallible>(()))
                })
            })
            .await
            .map(|Ok(())| ())
    }

    /// Where the browser goes next: to a party that was not asked yet, else back to who started.
    async fn next(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        logout: &Logout,
    ) -> Answer<Option<String>> {
        for part in self
            .inner
            .store
            .participants_to_ask(&entity.organization, &logout.id)
            .await?
        {
            let peer = self
                .participant_peer(moment, entity, &part.entity_id)
                .await?;
            let told = peer.as_ref().and_then(|party| {
                let role = party.peer.descriptor.service_provider.as_ref();
                Some((party, logout_request_url(role)?))
            });
            // A party without an address for it cannot be told; the answer will say that the logout was partial.
            let state = if told.is_some() {
                LogoutState::Asked
            } else {
                LogoutState::Unreachable
            };
            self.mark(entity, (&part.session, &part.entity_id), state)
                .await?;
            if let Some((party, url)) = told {
                return self
                    .ask(moment, entity, (logout, &part), (party, url))
                    .await
                    .map(|url| Ok(Some(url)));
            }
        }
        self.answer(moment, entity, logout).await
    }

    async fn ask(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        (logout, part): (&Logout, &Participant),
        (party, url): (&Party, &str),
    ) -> Result<String, Unavailable> {
        let expires = moment.now + CHAIN;
        let plain = format!("{}\n{}\n{}", logout.id, part.session, part.entity_id);
        let ticket = self.inner.vault.ticket(
            SEALED,
            &bound(entity),
            plain.as_bytes(),
            expires,
            moment.bytes(),
        );
        let request = LogoutRequest {
            id: format!("_{ticket}"),
            issue_instant: moment.now,
            issuer: entity.entity_id.clone(),
            destination: Some(url.to_owned()),
            not_on_or_after: Some(expires),
            name_id: part.name_id(),
            session_indexes: vec![part.session_index.clone()],
        };
        let xml = request.to_xml().map_err(|e| Unavailable(Box::new(e)))?;
        let message = Outgoing {
            kind: Kind::Request,
            xml: &xml,
            relay_state: None,
        };
        let (key, algorithm) = self.logout_key(moment, entity, party).await?;
        signed_url(url, message, (&key, algorithm), Order::Standard)
    }

    async fn answer(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        logout: &Logout,
    ) -> Answer<Option<String>> {
        let Some(party) = logout.entity_id.as_deref() else {
            return Ok(Ok(None));
        };
        let party = self.participant_peer(moment, entity, party).await?;
        let told = party.as_ref().and_then(|party| {
            let role = party.peer.descriptor.service_provider.as_ref();
            Some((party, logout_response_url(role)?))
        });
        let Some((party, url)) = told else {
            return Ok(refused(
                "logout.unsupported",
                "the session ended, but its party has no SingleLogoutService by redirect",
            ));
        };
        let complete = self
            .inner
            .store
            .logout_is_complete(&entity.organization, &logout.id)
            .await?;
        let response = LogoutResponse {
            id: moment.message_id(),
            issue_instant: moment.now,
            issuer: entity.entity_id.clone(),
            destination: Some(url.to_owned()),
            in_response_to: logout.request_id.clone(),
            status: Status {
                sub_code: (!complete).then(|| names::PARTIAL_LOGOUT.to_owned()),
                ..Status::success()
            },
        };
        let xml = response.to_xml().map_err(|e| Unavailable(Box::new(e)))?;
        let message = Outgoing {
            kind: Kind::Response,
            xml: &xml,
            relay_state: logout.relay_state.as_deref(),
        };
        let (key, algorithm) = self.logout_key(moment, entity, party).await?;
        let url = signed_url(url, message, (&key, algorithm), entity.order)?;
        Ok(Ok(Some(url)))
    }
}

fn read_ticket(plain: &str) -> Option<(&str, &str, &str)> {
    let (logout, rest) = plain.split_once('\n')?;
    let (session, party) = rest.split_once('\n')?;
    Some((logout, session, party))
}

fn bound(entity: &IdentityProvider) -> Vec<u8> {
    digest::of_parts(&[&entity.organization, &entity.door, &entity.entity_id]).to_vec()
}
