//! ID tokens, and what OpenID Connect tells of a person (Core §2, §5.3).

use super::AuthorizationServer;
use super::issue::ACCESS;
use crate::codes::TIME_SYNC_TOKEN;
use crate::digest;
use crate::error::{Answer, Refused, Unavailable};
use crate::guard;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::grants::{Grant, Holder, TokenKind};
use oauth::jwks::JwkSet;
use oauth::jwt::{self, IdToken, JwtError, LogoutToken, Verified};
use oauth::openid::{self, About, Authentication, EMAIL, OPENID, PROFILE};
use oauth::scope::Scope;
use saml::names;
use serde::Serialize;

/// What userinfo tells (Core §5.3.2): as much as the scopes that were granted ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// The person's identifier, the same as in the ID token.
    pub sub: String,
    /// Full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// User name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

impl Service {
    /// Makes sure that the keys exist with which the door signs tokens.
    pub async fn ensure_token_keys(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
    ) -> Result<(), Unavailable> {
        let owner = (server.organization.as_str(), server.door.as_str());
        self.jwt_keys_for::<IdToken>(moment, owner).await?;
        self.jwt_keys_for::<LogoutToken>(moment, owner).await?;
        Ok(())
    }

    /// What others verify the door's tokens with.
    pub async fn jwk_set(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
    ) -> Result<JwkSet, Unavailable> {
        self.published_jwt_keys(moment, &server.organization, &server.door)
            .await
    }

    /// The claims of a person about whom a live access token was granted `openid`. Codes: `token.invalid`, and `token.scope`
    /// without that scope.
    pub async fn claims(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        token: &str,
    ) -> Answer<Claims> {
        let hash = digest::of_secret(token);
        let kind = (TokenKind::Access, hash.as_str());
        let held = self.live_token(moment, &server.organization, kind).await?;
        let known = held.and_then(|held| {
            Some((
                held.grant.user.clone()?,
                held.holder.clone()?,
                held.grant.scope.clone(),
            ))
        });
        let Some((sub, holder, scope)) = known else {
            return Ok(Err(Refused::new(
                "token.invalid",
                "not a live access token of a person",
            )));
        };
        let scope = Scope::read(&scope).unwrap_or_default();
        if !scope.contains(OPENID) && guard::stands("token.scope") {
            return Ok(Err(Refused::new("token.scope", "openid was not granted")));
        }
        let profile = scope.contains(PROFILE);
        let name = holder.full_name.unwrap_or_else(|| holder.user_name.clone());
        Ok(Ok(Claims {
            sub,
            name: profile.then_some(name),
            preferred_username: profile.then_some(holder.user_name),
            email: holder.email.filter(|_| scope.contains(EMAIL)),
        }))
    }

    /// An ID token of ours that came back. The code is that of the [`JwtError`].
    pub(crate) async fn hinted(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        hint: &str,
    ) -> Result<Result<Verified<IdToken>, JwtError>, Unavailable> {
        let owner = (server.organization.as_str(), server.door.as_str());
        let keys = self.jwt_keys_for::<IdToken>(moment, owner).await?;
        let keys = keys.verifying(moment.now);
        Ok(jwt::verify_hint(hint, &keys, &server.issuer))
    }

    /// The ID token beside an access token, if the grant has `openid`.
    pub(super) async fn id_token(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        (grant, holder): (&Grant, &Holder),
        (nonce, access_token): (Option<&str>, &str),
    ) -> Result<Option<String>, Unavailable> {
        let asked = Scope::read(&grant.scope).is_ok_and(|scope| scope.contains(OPENID));
        let (Some(subject), Some(session), true) = (&grant.user, &grant.session, asked) else {
            return Ok(None);
        };
        let owner = (server.organization.as_str(), server.door.as_str());
        let keys = self.jwt_keys_for::<IdToken>(moment, owner).await?;
        let key = keys
            .signing(moment.now)
            .ok_or_else(|| Unavailable::because("no key for ID tokens"))?;
        let about = About {
            issuer: &server.issuer,
            client: &grant.application,
            subject,
            session,
        };
        let authentication = Authentication {
            at: holder.authenticated_at,
            class: &holder.class_ref,
            methods: methods(&holder.class_ref),
        };
        let id = moment.uuid().to_string();
        let times = (moment.now, moment.now + ACCESS);
        let claims = openid::id_token(about, authentication, (&id, times), (nonce, access_token));
        Ok(Some(jwt::sign(&claims, key)))
    }

    /// A logout token for one application.
    pub(crate) async fn logout_token(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        (application, user, session): (&str, &str, &str),
    ) -> Result<String, Unavailable> {
        let owner = (server.organization.as_str(), server.door.as_str());
        let keys = self.jwt_keys_for::<LogoutToken>(moment, owner).await?;
        let key = keys
            .signing(moment.now)
            .ok_or_else(|| Unavailable::because("no key for logout tokens"))?;
        let about = About {
            issuer: &server.issuer,
            client: application,
            subject: user,
            session,
        };
        let id = moment.uuid().to_string();
        Ok(jwt::sign(
            &openid::logout_token(about, &id, moment.now),
            key,
        ))
    }
}

/// `amr` (RFC 8176 §2) of how somebody signed in, where that is known.
fn methods(class_ref: &str) -> &'static [&'static str] {
    match class_ref {
        names::PASSWORD_PROTECTED_TRANSPORT => &["pwd"],
        TIME_SYNC_TOKEN => &["pwd", "otp", "mfa"],
        _ => &[],
    }
}
