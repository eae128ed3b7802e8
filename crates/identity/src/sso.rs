//! Being an identity provider: judge a request, vouch for a session.

use crate::entities::IdentityProvider;
use crate::error::Answer;
use crate::login::Session;
use crate::moment::Moment;
use crate::service::Service;

/// How a request came to the door.
#[derive(Debug, Clone, Copy)]
pub enum Came<'a> {
    /// The raw query string of the redirect binding.
    Redirect(&'a str),
    /// The form fields of the POST binding, decoded once.
    Post {
        /// `SAMLRequest`.
        saml_request: &'a str,
        /// `RelayState`.
        relay_state: Option<&'a str>,
    },
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
#[derive(Debug, Clone)]
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

impl Service {
    /// Judges a request. Codes: those of [`saml::error::Refusal`], `request.unknown_party`.
    pub async fn judge_request(
        &self,
        _moment: &Moment,
        _entity: &IdentityProvider,
        _came: Came<'_>,
    ) -> Answer<Asked> {
        todo!()
    }
    /// Vouches for the session's person towards whoever asked. Records the participant and the issued assertion.
    pub async fn vouch(
        &self,
        _moment: &Moment,
        _entity: &IdentityProvider,
        _session: &Session,
        _asked: &Asked,
    ) -> Answer<PostBack> {
        todo!()
    }
    /// A response that says no (IsPassive without a session, sign-in cancelled): `sub_code` is a second-level status.
    pub async fn decline(
        &self,
        _moment: &Moment,
        _entity: &IdentityProvider,
        _asked: &Asked,
        _sub_code: &'static str,
    ) -> Answer<PostBack> {
        todo!()
    }
}
