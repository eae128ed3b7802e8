//! Single logout, both roles (SAML profiles §4.4).

use crate::entities::{IdentityProvider, ServiceProvider};
use crate::error::Answer;
use crate::login::Session;
use crate::moment::Moment;
use crate::service::Service;

/// What a service provider's logout endpoint answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogoutOutcome {
    /// A LogoutResponse was accepted; the session's tokens are dead.
    Done,
    /// A LogoutRequest was obeyed; the browser goes on to this URL with our LogoutResponse.
    Redirect(String),
}

impl Service {
    /// The signed logout URL for a token; revokes nothing. Codes: `token.invalid`, `logout.unsupported` (local sign-in, or a provider without SLO).
    pub async fn begin_logout(
        &self,
        _moment: &Moment,
        _entity: &ServiceProvider,
        _token: &str,
    ) -> Answer<String> {
        todo!()
    }
    /// Judges what came to the service provider's logout URL (LogoutResponse or LogoutRequest, raw query).
    pub async fn service_provider_logout(
        &self,
        _moment: &Moment,
        _entity: &ServiceProvider,
        _raw_query: &str,
    ) -> Answer<LogoutOutcome> {
        todo!()
    }
    /// Judges a LogoutRequest (or the answer of a participant) at the identity provider. The session is the one that NameID and
    /// SessionIndex name; no cookie is needed. Returns where the browser goes: the next participant, or back to who asked;
    /// none when a sign-out that started here is complete.
    pub async fn identity_provider_logout(
        &self,
        _moment: &Moment,
        _entity: &IdentityProvider,
        _raw_query: &str,
    ) -> Answer<Option<String>> {
        todo!()
    }
    /// Ends a session from the identity provider's own page. Returns the first participant's logout URL, if any takes part.
    pub async fn sign_out(
        &self,
        _moment: &Moment,
        _entity: &IdentityProvider,
        _session: &Session,
    ) -> Answer<Option<String>> {
        todo!()
    }
}
