//! Sign-outs that OAuth applications ask for (OpenID Connect RP-Initiated Logout §2).

use crate::error::{Answer, Refused, Unavailable};
use crate::grants::AuthorizationServer;
use crate::guard;
use crate::login::Session;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::oauth_applications::OauthApplication;
use jiff::SignedDuration;
use oauth::end_session::EndSessionRequest;
use oauth::redirect_uri::RedirectUri;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a sign-out under way is sealed for.
const SEALED: &str = "leaving";
/// How long it may take: as long as the parties together.
const ON_THE_WAY: SignedDuration = SignedDuration::from_mins(10);

/// A sign-out that may happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndSession {
    /// Name of the application that asked, if it said who it is.
    pub application: Option<String>,
    /// Whether an ID token of this very session vouches for the wish; without it the person is asked, because anybody can
    /// send a browser here (security: L4).
    pub vouched: bool,
    /// Where the browser goes afterwards: a registered address with the `state`.
    pub back_to: Option<String>,
}

/// A sign-out under way in a browser that passes other parties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    /// The session that ended.
    pub session: String,
    /// Where the browser goes at last.
    pub back_to: Option<String>,
}

impl Service {
    /// Seals a sign-out under way for the browser to keep.
    pub fn leave(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        leaving: &Leaving,
    ) -> String {
        let plain = serde_json::to_vec(leaving).expect("texts are always JSON");
        let expires = moment.now + ON_THE_WAY;
        let bound = server.organization.as_bytes();
        self.inner
            .vault
            .ticket(SEALED, bound, &plain, expires, moment.bytes())
    }

    /// The sign-out again; none if it took too long or is not one of ours.
    pub fn left(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        sealed: &str,
    ) -> Option<Leaving> {
        let bound = server.organization.as_bytes();
        let plain = self
            .inner
            .vault
            .open_ticket(SEALED, bound, sealed, moment.now)?;
        serde_json::from_slice(&plain).ok()
    }

    /// Judges a sign-out that an application asked for; `session` is the one of the browser that came. Refused for a page,
    /// never for a redirect. Codes: those of [`EndSessionRequest::read`] and [`oauth::jwt::JwtError`], `application.unknown`,
    /// `oauth.client_differs`, `oauth.post_logout_redirect_uri`.
    pub async fn end_session(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        (raw, session): (&str, Option<&Session>),
    ) -> Answer<EndSession> {
        let request = match EndSessionRequest::read(raw) {
            Ok(request) => request,
            Err(refusal) => return Ok(Err(Refused::new(refusal.code, refusal.text))),
        };
        let hint = match &request.id_token_hint {
            Some(hint) => match self.hinted(moment, server, hint).await? {
                Ok(hint) => Some(hint),
                Err(error) => return Ok(Err(Refused::new(error.code(), error.to_string()))),
            },
            None => None,
        };
        let audience = hint.as_ref().and_then(|hint| hint.claims().text("aud"));
        let client = self
            .asking(moment, server, (audience, request.client_id.as_deref()))
            .await?;
        let client = match client {
            Ok(client) => client,
            Err(refused) => return Ok(Err(refused)),
        };
        let back_to = match &request.redirect_uri {
            Some(uri) if is_registered(client.as_deref(), uri) => {
                Some(EndSessionRequest::answer(uri, request.state.as_deref()))
            }
            Some(_) => {
                let detail = "post_logout_redirect_uri is not exactly a registered one";
                return Ok(Err(Refused::new("oauth.post_logout_redirect_uri", detail)));
            }
            None => None,
        };
        let vouched = hint.zip(session).is_some_and(|(hint, session)| {
            hint.subject() == session.user && hint.claims().text("sid") == Some(&session.id)
        });
        Ok(Ok(EndSession {
            application: client.map(|client| client.name.clone()),
            vouched,
            back_to,
        }))
    }

    /// The application that asks, if it says so: by an ID token that it was given, or by its name.
    async fn asking(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        (audience, named): (Option<&str>, Option<&str>),
    ) -> Result<Result<Option<Arc<OauthApplication>>, Refused>, Unavailable> {
        let differ = audience
            .zip(named)
            .is_some_and(|(audience, named)| audience != named);
        if differ && guard::stands("oauth.client_differs") {
            let detail = "client_id is not whom the ID token was for";
            return Ok(Err(Refused::new("oauth.client_differs", detail)));
        }
        let Some(id) = audience.or(named) else {
            return Ok(Ok(None));
        };
        let client = self.oauth_client(moment, &server.organization, id).await?;
        Ok(client.map(Some))
    }
}

/// Whether a browser may be sent there: anything but a registered address would be an open redirect.
fn is_registered(client: Option<&OauthApplication>, uri: &str) -> bool {
    let registered = client.is_some_and(|client| {
        client
            .post_logout_redirects
            .iter()
            .filter_map(|address| RedirectUri::register(address).ok())
            .any(|address| address.admits(uri))
    });
    registered || !guard::stands("oauth.post_logout_redirect_uri")
}
