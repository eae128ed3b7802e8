//! The parties that trust us, as their protocols see them.

use crate::digest;
use crate::entities::{IdentityProvider, NameIdSource};
use crate::error::{Answer, Refused, Unavailable};
use crate::moment::Moment;
use crate::service::Service;
use crate::store::oauth_applications::OauthApplication;
use jiff::Timestamp;
use oauth::authorize::Policy;
use oauth::jwt::{ApplicationToken, SharedSecret};
use oauth::openid::{EMAIL, OPENID, PROFILE};
use oauth::redirect_uri::RedirectUri;
use saml::names;
use std::sync::Arc;

/// What the secret of a JWT application is sealed for.
pub(crate) const SECRET_SEALED: &str = "application-secret";
/// The scopes that exist: the one that HORACIUS's document names, and those of OpenID Connect.
pub const SCOPES: [&str; 4] = ["public_profile", OPENID, PROFILE, EMAIL];

/// An application that is handed JWTs.
#[derive(Debug)]
pub struct JwtClient {
    /// Identifier.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Where JWTs go.
    pub callback: String,
    /// The `iss` of its JWTs, if it is not the one of the organization.
    pub(crate) issuer: Option<String>,
    pub(crate) secret: SharedSecret<ApplicationToken>,
}

/// What a sealed secret belongs to.
pub(crate) fn bound(organization: &str, application: &str) -> Vec<u8> {
    digest::of_parts(&[organization, application]).to_vec()
}

impl Service {
    /// The JWT application of that identifier. Refused with `application.unknown`.
    pub async fn jwt_client(&self, organization: &str, id: &str) -> Answer<JwtClient> {
        let Some(row) = self.inner.store.jwt_application(organization, id).await? else {
            return Ok(Err(unknown()));
        };
        let secret = self
            .inner
            .vault
            .open(SECRET_SEALED, &bound(organization, id), &row.secret)
            .ok_or_else(|| {
                Unavailable::because("an application's secret was sealed with another master key")
            })?;
        let secret =
            SharedSecret::of_any_length(&secret).map_err(|error| Unavailable(Box::new(error)))?;
        Ok(Ok(JwtClient {
            id: row.id,
            name: row.name,
            callback: row.callback_url,
            issuer: row.issuer,
            secret,
        }))
    }

    /// The OAuth client of that identifier. Refused with `application.unknown`.
    pub async fn oauth_client(
        &self,
        moment: &Moment,
        organization: &str,
        id: &str,
    ) -> Answer<Arc<OauthApplication>> {
        let cache = &self.inner.clients;
        let key = digest::key(&[organization, id]);
        if let Some(known) = cache.get(&key, moment.now) {
            return Ok(Ok(known));
        }
        let epoch = cache.epoch();
        let Some(found) = self.inner.store.oauth_application(organization, id).await? else {
            return Ok(Err(unknown()));
        };
        let found = Arc::new(found);
        cache.put((key, found.clone()), (moment.now, Timestamp::MAX), epoch);
        Ok(Ok(found))
    }

    /// The identity provider that one SAML application sees: `entity` with the NameID of its settings. Refused with
    /// `application.unknown`.
    pub async fn face_for(
        &self,
        moment: &Moment,
        entity: IdentityProvider,
        application: &str,
    ) -> Answer<IdentityProvider> {
        let found = self
            .settled_application(moment, &entity.organization, application)
            .await?;
        let Some((fingerprint, metadata)) = found
            .as_ref()
            .and_then(|found| Some((found.fingerprint, found.metadata.as_deref()?)))
        else {
            return Ok(Err(unknown()));
        };
        let peer = self.peer_of(moment, (fingerprint, metadata)).await?;
        let email = peer.map(|peer| {
            let role = peer.descriptor.service_provider.as_ref();
            role.and_then(|role| role.name_id_formats.first())
                .is_some_and(|format| format == names::EMAIL_ADDRESS)
        });
        Ok(email.map(|email| IdentityProvider {
            name_id: if email {
                NameIdSource::Email
            } else {
                entity.name_id
            },
            ..entity
        }))
    }
}

impl Service {
    /// The metadata of `entity` as one SAML application needs it: with the keys that sign for it, the application's own or the
    /// door's. Refused with `application.unknown`.
    pub async fn metadata_for(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        application: &str,
    ) -> Answer<String> {
        let found = self
            .settled_application(moment, &entity.organization, application)
            .await?;
        let Some(application) = found.filter(|application| application.metadata.is_some()) else {
            return Ok(Err(unknown()));
        };
        let holder = application.reply.holder(entity, &application.id);
        self.metadata_with_keys_of(moment, entity, (&holder, application.sign_requests))
            .await
            .map(Ok)
    }
}

impl OauthApplication {
    /// What it may ask for.
    pub(crate) fn policy(&self) -> Policy<'static> {
        Policy {
            code: !self.code_redirects.is_empty(),
            implicit: self.implicit,
            pkce: !self.without_pkce,
            scopes: &SCOPES,
        }
    }

    /// The registered address that a request names, or the only one there is. Tokens and codes go to addresses of their own.
    pub(crate) fn destination(
        &self,
        presented: Option<&str>,
        response_type: Option<&str>,
    ) -> Option<String> {
        let tokens = self.implicit && response_type != Some("code");
        let codes = response_type != Some("token");
        let registered: Vec<&String> = (tokens.then_some(&self.token_redirects).into_iter())
            .chain(codes.then_some(&self.code_redirects))
            .flatten()
            .collect();
        let Some(presented) = presented else {
            // RFC 6749 §3.1.2.3: only where one address is registered can it be left out.
            return match registered.as_slice() {
                [only] => Some((*only).clone()),
                _ => None,
            };
        };
        registered
            .iter()
            .filter_map(|address| RedirectUri::register(address).ok())
            .any(|address| address.admits(presented))
            .then(|| presented.to_owned())
    }
}

fn unknown() -> Refused {
    Refused::new("application.unknown", "no application of that identifier")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(implicit: bool) -> OauthApplication {
        OauthApplication {
            id: "app".into(),
            name: "App".into(),
            home_url: None,
            secret_hash: None,
            code_redirects: vec!["https://app.example.com/code".into()],
            token_redirects: vec!["https://app.example.com/token".into()],
            logout_url: None,
            implicit,
            without_pkce: false,
            client_credentials: false,
            device: false,
            post_logout_redirects: Vec::new(),
            back_channel_logout: None,
        }
    }

    #[test]
    fn codes_and_tokens_go_to_their_own_addresses() {
        let (code, token) = (
            "https://app.example.com/code",
            "https://app.example.com/token",
        );
        let to = |presented, kind| client(true).destination(presented, Some(kind));
        assert_eq!(to(Some(code), "code").as_deref(), Some(code));
        assert_eq!(to(Some(token), "token").as_deref(), Some(token));
        assert_eq!(to(Some(token), "code"), None);
        assert_eq!(to(Some(code), "token"), None);
        assert_eq!(to(None, "code").as_deref(), Some(code));
        // Nothing says which of the two is meant.
        assert_eq!(client(true).destination(None, None), None);
    }

    #[test]
    fn token_address_does_not_exist_unless_the_implicit_flow_is_on() {
        let token = Some("https://app.example.com/token");
        assert_eq!(client(false).destination(token, Some("token")), None);
    }
}
