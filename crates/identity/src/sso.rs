//! Being an identity provider: judge a request.

use crate::approvals::MOBILE_TWO_FACTOR;
use crate::audit::Event;
use crate::codes::TIME_SYNC_TOKEN;
use crate::entities::{IdentityProvider, NameIdSource};
use crate::error::{Answer, Refused};
use crate::guard;
use crate::moment::Moment;
use crate::peers::Peer;
use crate::service::Service;
use crate::settled::Known;
use crate::store::applications::Application;
use jiff::Timestamp;
use saml::bindings::{post, redirect::Redirected};
use saml::ecp;
use saml::messages::AuthnRequest;
use saml::names;
use saml::validate::request::{self, Obeyed, Partner};
use std::sync::Arc;
use xmldsig::dom::Document;
use xmldsig::limits::Limits;

/// How a request came to the door.
#[derive(Debug, Clone, Copy)]
pub enum Came<'a> {
    /// The raw query string of the redirect binding.
    Redirect(&'a str),
    /// The same, decoded by whoever had to look at it.
    Redirected(&'a Redirected),
    /// The form fields of the POST binding, decoded once.
    Post {
        /// `SAMLRequest`.
        saml_request: &'a str,
        /// `RelayState`.
        relay_state: Option<&'a str>,
    },
    /// The envelope that an enhanced client posts (SAML profiles §4.2.4.2).
    Soap(&'a [u8]),
    /// None: the sign-on starts here, for the relying party with this entity ID (or application id).
    Unsolicited {
        /// The relying party.
        relying_party: &'a str,
        /// A registered consumer URL, if one was asked for.
        acs: Option<&'a str>,
        /// RelayState to pass on.
        relay_state: Option<&'a str>,
    },
}

/// A request that may be answered.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Asked {
    /// The application's id.
    pub application: String,
    /// Its entity ID.
    pub entity_id: String,
    /// A registered consumer URL.
    pub acs: String,
    /// ID of the request, none when unsolicited.
    pub in_response_to: Option<String>,
    /// RelayState, returned unchanged.
    pub relay_state: Option<String>,
    /// The person must prove who they are again.
    pub force_authn: bool,
    /// Nobody may be asked.
    pub is_passive: bool,
    /// Format that the NameID must have, if one was asked for.
    pub name_id_format: Option<String>,
    /// AuthnContextClassRefs of which one must be met; none means any.
    pub requested_classes: Vec<String>,
}

/// A form that the browser posts to the relying party.
#[derive(Debug, Clone)]
pub struct PostBack {
    /// Where to.
    pub acs: String,
    /// Value of `SAMLResponse`: base64.
    pub saml_response: String,
    /// Value of `RelayState`.
    pub relay_state: Option<String>,
    /// Entity ID of the relying party.
    pub entity_id: String,
    /// NameID that was issued.
    pub name_id: String,
    /// SessionIndex that was issued.
    pub session_index: String,
}

/// The longest RelayState that is returned, in bytes.
const RELAY_STATE: usize = 1024;
/// Authentication context: password, over whatever transport (SAML authentication context §3.4.6).
const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";

impl Service {
    /// Judges a request. Codes: those of [`saml::error::Refusal`], `request.unknown_party`, `request.acs`, `request.relay_state`,
    /// `request.name_id_policy`, `request.authn_context`.
    pub async fn judge_request(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        came: Came<'_>,
    ) -> Answer<Asked> {
        let asked = match came {
            Came::Redirect(query) => match Redirected::decode(query) {
                Ok(redirected) => self.judge_redirected(moment, entity, &redirected).await?,
                Err(refusal) => Err(refusal.into()),
            },
            Came::Redirected(redirected) => {
                self.judge_redirected(moment, entity, redirected).await?
            }
            Came::Post {
                saml_request,
                relay_state,
            } => match post::decode(saml_request) {
                Ok(xml) => {
                    let state = relay_state.map(str::to_owned);
                    self.judge_message(moment, entity, (&request::Came::Post(&xml), &xml), state)
                        .await?
                }
                Err(refusal) => Err(refusal.into()),
            },
            // The RelayState of an enhanced client is between it and the relying party.
            Came::Soap(envelope) => match ecp::carried(envelope) {
                Ok(carried) => {
                    let xml = carried.message.as_slice();
                    self.judge_message(moment, entity, (&request::Came::Soap(xml), xml), None)
                        .await?
                }
                Err(refusal) => Err(refusal.into()),
            },
            Came::Unsolicited {
                relying_party,
                acs,
                relay_state,
            } => {
                self.judge_unsolicited(moment, entity, relying_party, (acs, relay_state))
                    .await?
            }
        };
        let asked = asked.and_then(relayable);
        if let Err(refused) = &asked {
            // Anyone can send a request: a log line, no row.
            Event::new(
                moment,
                "request.refused",
                &entity.organization,
                &refused.detail,
            )
            .refused(refused.code)
            .log();
        }
        Ok(asked)
    }

    async fn judge_redirected(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        redirected: &Redirected,
    ) -> Answer<Asked> {
        let came = request::Came::Redirect(redirected);
        let state = redirected.relay_state.clone();
        self.judge_message(moment, entity, (&came, &redirected.xml), state)
            .await
    }

    async fn judge_message(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        (came, xml): (&request::Came<'_>, &[u8]),
        relay_state: Option<String>,
    ) -> Answer<Asked> {
        // Only to find out who asks; what it asks for is read by the validator.
        let issuer = match issuer(xml) {
            Ok(issuer) => issuer,
            Err(refused) => return Ok(Err(refused)),
        };
        let (application, peer) = match self.relying_party(moment, entity, &issuer).await? {
            Ok(found) => found,
            Err(refused) => return Ok(Err(refused)),
        };
        let (consumers, addresses) = match came {
            request::Came::Soap(_) => (peer.assertion_consumers_by_paos(), &entity.soap),
            _ => (peer.assertion_consumers(), &entity.sso),
        };
        let keys = application.reply.believed(&peer.service_provider_keys);
        let partner = Partner {
            entity_id: &peer.descriptor.entity_id,
            acs: &consumers,
            keys: &keys,
            // What the party's own metadata says about signing does not decide (security: X14); the operator does.
            must_sign: application.sign_requests,
            default_algorithm: Some(application.reply.default_algorithm()),
        };
        let destinations: Vec<&str> = addresses.iter().map(String::as_str).collect();
        Ok(request::accept(came, &partner, &destinations)
            .map_err(Refused::from)
            .and_then(|obeyed| {
                if obeyed.signed && application.reply.is_legacy() {
                    // Anyone can send a request: a log line, no row.
                    let detail = "SHA-1 is believed of this party";
                    Event::new(moment, "request.legacy", &entity.organization, detail)
                        .about(&application.id)
                        .log();
                }
                let face = application.reply.face(entity);
                asked(&face, &application, (obeyed, relay_state))
            }))
    }

    async fn judge_unsolicited(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        relying_party: &str,
        (acs, relay_state): (Option<&str>, Option<&str>),
    ) -> Answer<Asked> {
        let (application, peer) = match self.relying_party(moment, entity, relying_party).await? {
            Ok(found) => found,
            Err(refused) => return Ok(Err(refused)),
        };
        let consumers = peer.assertion_consumers();
        // Exactly a registered URL, letter for letter (security: I1).
        let registered = |wanted: &str| consumers.iter().any(|(_, url)| *url == wanted);
        let consumer = match acs {
            Some(acs) => Some(acs).filter(|acs| registered(acs) || !guard::stands("request.acs")),
            None => consumers.first().map(|(_, url)| *url),
        };
        let Some(acs) = consumer else {
            return Ok(Err(Refused::new(
                "request.acs",
                "not a registered consumer URL",
            )));
        };
        Ok(Ok(Asked {
            application: application.id.clone(),
            entity_id: peer.descriptor.entity_id.clone(),
            acs: acs.to_owned(),
            in_response_to: None,
            relay_state: relay_state.map(str::to_owned),
            force_authn: false,
            is_passive: false,
            name_id_format: None,
            requested_classes: Vec::new(),
        }))
    }

    /// The relying party of that entity ID, or else of that application id.
    pub(crate) async fn relying_party(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        name: &str,
    ) -> Answer<(Arc<Known<Application>>, Arc<Peer>)> {
        let party = self.party(moment, &entity.organization, name).await?;
        self.with_peer(moment, party).await
    }

    /// A relying party with its metadata.
    pub(crate) async fn with_peer(
        &self,
        moment: &Moment,
        party: Option<Arc<Known<Application>>>,
    ) -> Answer<(Arc<Known<Application>>, Arc<Peer>)> {
        let Some(application) = party else {
            return Ok(Err(unknown_party()));
        };
        let Some(metadata) = &application.metadata else {
            return Ok(Err(unknown_party()));
        };
        let peer = self
            .peer_of(moment, (application.fingerprint, metadata))
            .await?;
        Ok(peer.map(|peer| (application, peer)))
    }

    /// Whether a sign-on that a link starts, with the time at which the link was made (seconds since 1970), is fresh enough.
    /// Code: `request.time`.
    pub fn judge_link_time(&self, moment: &Moment, made: &str) -> Result<(), Refused> {
        let settings = &self.inner.settings;
        let at = made
            .parse()
            .ok()
            .and_then(|seconds| Timestamp::from_second(seconds).ok());
        let age = at.map(|at| moment.now.duration_since(at));
        if age.is_some_and(|age| age >= -settings.skew && age <= settings.request_lifetime) {
            return Ok(());
        }
        Err(Refused::new(
            "request.time",
            "the link is too old, of the future, or its time is no number",
        ))
    }
}

pub(crate) fn unknown_party() -> Refused {
    Refused::new("request.unknown_party", "no relying party of that name")
}

fn issuer(xml: &[u8]) -> Result<String, Refused> {
    let document = Document::parse(xml, &Limits::MESSAGE).map_err(saml::error::Refusal::from)?;
    Ok(AuthnRequest::read(document.root())?.issuer)
}

fn asked(
    entity: &IdentityProvider,
    application: &Application,
    (obeyed, relay_state): (Obeyed, Option<String>),
) -> Result<Asked, Refused> {
    let request = obeyed.request;
    let format = request.name_id_policy.and_then(|policy| policy.format);
    let format = format.filter(|format| format != names::UNSPECIFIED);
    if let Some(format) = &format
        && !formats(entity.name_id).contains(&format.as_str())
        && application.reply.name_id_format.as_ref() != Some(format)
    {
        // SAML core §3.4.1.1: what cannot be honoured is refused, never answered with something else.
        return Err(Refused::new(
            "request.name_id_policy",
            format!("NameID format {format} is not issued here"),
        ));
    }
    let classes = &request.requested_classes;
    if !classes.is_empty()
        && !classes
            .iter()
            .any(|class| CLASSES.contains(&class.as_str()))
    {
        return Err(Refused::new(
            "request.authn_context",
            "none of the requested classes can be met",
        ));
    }
    Ok(Asked {
        application: application.id.clone(),
        entity_id: request.issuer,
        acs: obeyed.acs,
        in_response_to: Some(request.id),
        relay_state,
        force_authn: request.force_authn,
        is_passive: request.is_passive,
        name_id_format: format,
        requested_classes: request.requested_classes,
    })
}

/// The NameID formats that a source can honestly be called.
fn formats(source: NameIdSource) -> &'static [&'static str] {
    match source {
        NameIdSource::Guid => &[names::PERSISTENT],
        NameIdSource::PrincipalName | NameIdSource::Email => &[names::EMAIL_ADDRESS],
    }
}

/// The classes that some sign-in here meets.
pub(crate) const CLASSES: [&str; 5] = [
    names::PASSWORD_PROTECTED_TRANSPORT,
    PASSWORD,
    names::AC_UNSPECIFIED,
    TIME_SYNC_TOKEN,
    MOBILE_TWO_FACTOR,
];
/// Those among them that say of a second factor which one it was.
pub(crate) const TWO_FACTORS: [&str; 2] = [TIME_SYNC_TOKEN, MOBILE_TWO_FACTOR];

fn relayable(asked: Asked) -> Result<Asked, Refused> {
    let state = asked.relay_state.as_deref().unwrap_or_default();
    if state.len() > RELAY_STATE || state.chars().any(char::is_control) {
        return Err(Refused::new(
            "request.relay_state",
            "RelayState is longer than 1 KiB or has a control character",
        ));
    }
    Ok(asked)
}
