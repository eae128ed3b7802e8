//! The response: a session vouches for its person towards whoever asked.

use crate::audit::Event;
use crate::digest;
use crate::entities::{IdentityProvider, NameIdSource};
use crate::error::{Answer, Refused};
use crate::login::Session;
use crate::moment::Moment;
use crate::peers::Peer;
use crate::service::Service;
use crate::sso::{Asked, CLASSES, PostBack, TWO_FACTORS, unknown_party};
use crate::statement;
use crate::store::applications::Application;
use crate::store::participants::{self, Participant};
use crate::store::{applications, audit, sessions};
use jiff::SignedDuration;
use saml::bindings::post;
use saml::issue::{self, Form, Grant, Head, Seal};
use saml::messages::{NameId, Status};
use saml::names;
use xmldsig::encrypt::{ContentAlgorithm, KeyTransport};
use xmldsig::keys::{Assertions, SigningKey};

/// How old a sign-in may be that answers ForceAuthn: the time it takes to get from the form to the response.
const FORCED: SignedDuration = SignedDuration::from_mins(5);

impl Service {
    /// Vouches for the session's person towards whoever asked. Records the participant and the issued assertion.
    /// Codes: `login.session` (it ended, or the person may not sign in any more), `request.unknown_party` (the application was
    /// removed meanwhile), `request.force_authn`, `request.authn_context`, `issue.encryption`, `issue.characters`.
    pub async fn vouch(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        session: &Session,
        asked: &Asked,
    ) -> Answer<PostBack> {
        if asked.force_authn && moment.now.duration_since(session.authenticated_at) > FORCED {
            return Ok(Err(Refused::new(
                "request.force_authn",
                "the sign-in is too old for ForceAuthn",
            )));
        }
        let class_ref = match class_ref(session, asked) {
            Ok(class_ref) => class_ref,
            Err(refused) => return Ok(Err(refused)),
        };
        // As it is set now, which may be long after the request was judged.
        let party = self
            .settled_party(moment, &entity.organization, &asked.entity_id)
            .await?;
        let (application, peer) = match self.with_peer(moment, party).await? {
            Ok(found) => found,
            Err(refused) => return Ok(Err(refused)),
        };
        let entity = &application.reply.face(entity);
        let store = &self.inner.store;
        let found = store
            .user_and_groups(&entity.organization, &session.user)
            .await?;
        let Some((user, groups)) = found.filter(|(user, _)| user.disabled_at.is_none()) else {
            return Ok(Err(ended()));
        };
        let name_id = NameId {
            value: statement::name_id(entity.name_id, &user),
            format: name_id_format(entity, &application, asked),
            name_qualifier: None,
            sp_name_qualifier: None,
        };
        let attributes = match &application.reply.attributes {
            Some(chosen) => statement::chosen(chosen, &user, &groups),
            None => statement::attributes(entity.dialect, &user, &groups),
        };
        let (assertion_id, response_id) = (moment.message_id(), moment.message_id());
        let session_index = session_index(entity, session, &asked.entity_id);
        let grant = Grant {
            response_id: &response_id,
            assertion_id: &assertion_id,
            issuer: &entity.entity_id,
            acs: &asked.acs,
            audience: &asked.entity_id,
            in_response_to: asked.in_response_to.as_deref(),
            name_id: &name_id,
            session_index: &session_index,
            authn_instant: session.authenticated_at,
            class_ref,
            session_not_on_or_after: None,
            attributes: &attributes,
            now: moment.now,
            valid_for: self.inner.settings.response_lifetime,
        };
        let holder = application.reply.holder(entity, &application.id);
        let ring = self.ring::<SigningKey<Assertions>>(moment, &holder).await?;
        let key = ring.current(moment.now);
        let form = Form {
            signed: entity.signed,
            method: application.reply.method(&key),
            prefixes: entity.prefixes,
            key: &key,
        };
        let xml = match written(&grant, form, (&application, &peer)) {
            Ok(xml) => xml,
            Err(refused) => return Ok(Err(refused)),
        };
        let participant = Participant {
            session: session.id.clone(),
            entity_id: asked.entity_id.clone(),
            name_id: name_id.value.clone(),
            name_id_format: name_id.format.clone(),
            session_index: session_index.clone(),
        };
        let event = issued(moment, entity, &application)
            .by(&user.name)
            .about(&assertion_id);
        let told = (application.id.clone(), participant);
        let recorded = self.record_answer(entity, told, event).await?;
        Ok(recorded.map(|()| PostBack {
            acs: asked.acs.clone(),
            saml_response: post::encode(&xml),
            relay_state: asked.relay_state.clone(),
            entity_id: asked.entity_id.clone(),
            name_id: name_id.value,
            session_index,
        }))
    }

    /// Writes down who was told of which session, unless the session ended meanwhile, or the party was removed.
    async fn record_answer(
        &self,
        entity: &IdentityProvider,
        (application, participant): (String, Participant),
        event: Event,
    ) -> Answer<()> {
        let (organization, door) = (entity.organization.clone(), entity.door.clone());
        self.inner
            .store
            .record(move |connection| {
                Box::pin(async move {
                    // A logout that came first wins: nothing is issued from a session that ended meanwhile.
                    if !sessions::is_live(connection, (&organization, &door), &participant.session)
                        .await?
                    {
                        return Ok(Err(ended()));
                    }
                    let party = (application.as_str(), participant.entity_id.as_str());
                    if !applications::is_party(connection, &organization, party).await? {
                        return Ok(Err(unknown_party()));
                    }
                    participants::add(connection, &organization, &participant).await?;
                    audit::append(connection, &event).await?;
                    Ok(Ok(()))
                })
            })
            .await
    }

    /// A response that says no (IsPassive without a session, sign-in cancelled): `sub_code` is a second-level status.
    #[expect(
        clippy::unused_async,
        reason = "an answer like every other: doors await them all alike"
    )]
    pub async fn decline(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        asked: &Asked,
        sub_code: &'static str,
    ) -> Answer<PostBack> {
        let head = Head {
            id: &moment.message_id(),
            issuer: &entity.entity_id,
            acs: &asked.acs,
            in_response_to: asked.in_response_to.as_deref(),
            now: moment.now,
        };
        let status = Status {
            code: names::RESPONDER.to_owned(),
            sub_code: Some(sub_code.to_owned()),
            message: None,
        };
        Ok(issue::refusal(&head, &status, entity.prefixes)
            .map_err(|error| Refused::new("issue.characters", error.to_string()))
            .map(|xml| PostBack {
                acs: asked.acs.clone(),
                saml_response: post::encode(&xml),
                relay_state: asked.relay_state.clone(),
                entity_id: asked.entity_id.clone(),
                name_id: String::new(),
                session_index: String::new(),
            }))
    }
}

fn ended() -> Refused {
    Refused::new("login.session", "the session ended")
}

/// What the audit says of a response. One that is signed with SHA-1 is marked there, and warned of in the log.
fn issued(moment: &Moment, entity: &IdentityProvider, application: &Application) -> Event {
    let party = application.entity_id.as_deref().unwrap_or_default();
    let mut detail = format!("to {party} at {}", entity.door);
    if application.reply.is_legacy() {
        tracing::warn!(
            application = application.id,
            "signed with SHA-1, as its settings allow: forgeries are affordable"
        );
        detail.push_str(", signed with SHA-1");
    }
    Event::new(moment, "assertion.issued", &entity.organization, detail)
}

/// The response as XML, its assertion encrypted where the party wants that.
fn written(
    grant: &Grant<'_>,
    form: Form<'_>,
    (application, peer): (&Application, &Peer),
) -> Result<String, Refused> {
    // The last line: `declare` takes no such names.
    let unwritable =
        |error: &dyn std::fmt::Display| Refused::new("issue.characters", error.to_string());
    if !application.reply.encrypt {
        return issue::response(grant, form).map_err(|error| unwritable(&error));
    }
    let Some(key) = &peer.encryption else {
        // In plain text it would be readable for whomever the operator wanted to keep out.
        return Err(Refused::new(
            "issue.encryption",
            "the party's metadata has no key to encrypt to",
        ));
    };
    let seal = Seal {
        key,
        content: ContentAlgorithm::Aes256Gcm,
        transport: KeyTransport::OaepSha1,
    };
    issue::sealed_response(grant, form, seal).map_err(|error| unwritable(&error))
}

/// What the request asked for, else what the operator set, else what the NameID honestly is.
fn name_id_format(
    entity: &IdentityProvider,
    application: &Application,
    asked: &Asked,
) -> Option<String> {
    let declared =
        || (entity.name_id == NameIdSource::Email).then(|| names::EMAIL_ADDRESS.to_owned());
    let set = || application.reply.name_id_format.clone();
    asked.name_id_format.clone().or_else(set).or_else(declared)
}

/// How the person signed in, in the words of whoever asked (SAML core §3.3.2.2.1).
fn class_ref<'a>(session: &'a Session, asked: &'a Asked) -> Result<&'a str, Refused> {
    let requested = &asked.requested_classes;
    if requested.is_empty() || requested.contains(&session.class_ref) {
        return Ok(&session.class_ref);
    }
    // Every sign-in here includes a password over TLS; a second factor takes nothing away from it.
    let weaker = |class: &&String| {
        !TWO_FACTORS.contains(&class.as_str()) && CLASSES.contains(&class.as_str())
    };
    requested
        .iter()
        .find(weaker)
        .map(String::as_str)
        .ok_or_else(|| {
            Refused::new(
                "request.authn_context",
                "a second factor was asked for, and the session has none",
            )
        })
}

/// The SessionIndex that a party is told: the same for every response out of a session, another one for every party, so that
/// parties cannot tell that two people are one (SAML core §2.7.2).
fn session_index(entity: &IdentityProvider, session: &Session, entity_id: &str) -> String {
    format!(
        "_{}",
        digest::uuid(&[
            "session-index",
            &entity.organization,
            &session.id,
            entity_id
        ])
    )
}
