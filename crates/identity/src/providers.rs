//! Being a service provider: begin a sign-on elsewhere, finish it with a token.

use crate::entities::ServiceProvider;
use crate::error::Answer;
use crate::login::Credentials;
use crate::moment::Moment;
use crate::service::Service;
use jiff::Timestamp;

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

impl Service {
    /// The URL at the account's identity provider that starts a sign-on: `SAMLRequest, SigAlg, Signature, RelayState`.
    /// Codes: `sso_disabled` (the account signs in locally), `account.unknown`.
    pub async fn begin_sign_on(
        &self,
        _moment: &Moment,
        _entity: &ServiceProvider,
        _account: &str,
    ) -> Answer<String> {
        todo!()
    }
    /// Judges a posted response; one response buys one token. `saml_response` and `relay_state` are form-decoded once.
    /// Codes: those of [`saml::error::Refusal`], `assertion.replayed`, `relay_state.account`, `account.not_admitted`, `idp.disabled`, `unsolicited`.
    pub async fn finish_sign_on(
        &self,
        _moment: &Moment,
        _entity: &ServiceProvider,
        _saml_response: &str,
        _relay_state: Option<&str>,
    ) -> Answer<IssuedToken> {
        todo!()
    }
    /// Signs a local user of the account in with a password. Codes: `sso_enabled`, `login.credentials`, `login.throttled`.
    pub async fn sign_in_to_account(
        &self,
        _moment: &Moment,
        _entity: &ServiceProvider,
        _account: &str,
        _credentials: &Credentials,
    ) -> Answer<IssuedToken> {
        todo!()
    }
}
