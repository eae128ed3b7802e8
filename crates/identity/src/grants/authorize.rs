//! The authorization endpoint (RFC 6749 §3.1): an answer for the registered address, or a question to a person.

use super::issue::{ACCESS, Drawn, Issue};
use super::{AuthorizationServer, live};
use crate::audit::Event;
use crate::error::{Answer, Refused, Unavailable};
use crate::guard;
use crate::login::Session;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::grants::Grant;
use crate::store::millis;
use crate::store::oauth_applications::OauthApplication;
use jiff::SignedDuration;
use oauth::authorize::{self, Asking, AuthorizationRequest, Prompt, ResponseType};
use oauth::error::{ErrorCode, Refusal};
use oauth::scope::Scope;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::sync::Arc;

/// How long a code may travel (RFC 6749 §4.1.2 recommends at most ten minutes; one browser redirect takes seconds).
const CODE: SignedDuration = SignedDuration::from_secs(60);
/// What a code is sealed for.
pub(super) const SEALED: &str = "oauth-code";
/// How old a sign-in may be that answers `prompt=login`: the time from the form to the answer.
const FRESH: SignedDuration = SignedDuration::from_mins(1);

/// Who looks at the authorization endpoint.
#[derive(Debug, Clone, Copy)]
pub struct Visitor<'a> {
    /// The live session, if there is one.
    pub session: Option<&'a Session>,
    /// Whether it was opened by this very request.
    pub fresh: bool,
}

/// What becomes of an authorization request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorization {
    /// The browser goes to this URL: the registered address, with an answer or a refusal.
    Redirect(String),
    /// Somebody must sign in first.
    Ask {
        /// Name of the application, for the page.
        application: String,
        /// The registered address where the answer will go.
        leads_to: String,
        /// Who will probably sign in, as the application says.
        login_hint: Option<String>,
    },
}

/// What a code says, sealed. It needs no row: that it was used is what is remembered.
#[derive(Serialize, Deserialize)]
pub(super) struct Code {
    pub(super) application: String,
    pub(super) user: String,
    pub(super) session: String,
    pub(super) redirect_uri: String,
    /// Whether the request named the address: then the token request must, too (RFC 6749 §4.1.3).
    pub(super) named: bool,
    pub(super) challenge: Option<String>,
    pub(super) scope: String,
    pub(super) nonce: Option<String>,
    /// When it was given, in milliseconds.
    #[serde(default)]
    pub(super) issued_at: i64,
}

/// A request that knows where its answers go.
struct Addressed {
    client: Arc<OauthApplication>,
    asking: Asking,
    redirect_uri: String,
}

impl Service {
    /// Judges an authorization request. `application` is the one that the path names, if it names one. What is refused here is
    /// for a page, never for a redirect: codes `application.unknown`, `oauth.redirect_uri`, and those of [`Asking::read`].
    pub async fn authorize(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        (application, raw_query): (Option<&str>, &str),
        visitor: Visitor<'_>,
    ) -> Answer<Authorization> {
        let addressed = self.address(moment, server, (application, raw_query));
        let addressed = match addressed.await? {
            Ok(addressed) => addressed,
            Err(refused) => {
                Event::new(
                    moment,
                    "authorization.refused",
                    &server.organization,
                    &refused.detail,
                )
                .refused(refused.code)
                .log();
                return Ok(Err(refused));
            }
        };
        let to_application = |refusal: &Refusal| {
            let (uri, state) = (&addressed.redirect_uri, addressed.asking.state());
            Authorization::Redirect(authorize::refuse(uri, refusal, state, &server.issuer))
        };
        let request = match addressed.asking.judge(&addressed.client.policy()) {
            Ok(request) => request,
            Err(refusal) => return Ok(Ok(to_application(&refusal))),
        };
        let hinted = match &request.id_token_hint {
            Some(hint) => match self.hinted(moment, server, hint).await? {
                Ok(hinted) => Some(hinted.subject().to_owned()),
                Err(_) => return Ok(Ok(to_application(&unknown_hint()))),
            },
            None => None,
        };
        let meant = |session: &&Session| {
            hinted.as_ref().is_none_or(|user| *user == session.user)
                || !guard::stands("oauth.login_required")
        };
        let Some(session) = visitor
            .session
            .filter(|session| suffices(session, &request, visitor.fresh, moment))
            .filter(meant)
        else {
            if request.prompt == Some(Prompt::None) {
                return Ok(Ok(to_application(&Refusal::new(
                    ErrorCode::LoginRequired,
                    "oauth.login_required",
                    "Nobody is signed in.",
                ))));
            }
            return Ok(Ok(Authorization::Ask {
                application: addressed.client.name.clone(),
                leads_to: addressed.redirect_uri,
                login_hint: request.login_hint,
            }));
        };
        let answered = match request.response_type {
            ResponseType::Code => {
                Ok(self.grant_code(moment, server, &addressed, (&request, session)))
            }
            ResponseType::Token => {
                self.grant_token(moment, server, &addressed, (&request, session))
                    .await?
            }
        };
        Ok(answered.map(Authorization::Redirect))
    }

    /// Who asks, and where answers go. Nothing is believed before the address is a registered one (security: O1).
    async fn address(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        (application, raw_query): (Option<&str>, &str),
    ) -> Answer<Addressed> {
        let asking = match Asking::read(raw_query) {
            Ok(asking) => asking,
            Err(refusal) => return Ok(Err(Refused::new(refusal.code, refusal.text))),
        };
        if application.is_some_and(|application| application != asking.client_id) {
            let detail = "client_id is not the application that the path names";
            return Ok(Err(Refused::new("application.unknown", detail)));
        }
        let client = self.oauth_client(moment, &server.organization, &asking.client_id);
        let client = match client.await? {
            Ok(client) => client,
            Err(refused) => return Ok(Err(refused)),
        };
        let presented = asking.redirect_uri.as_deref();
        let Some(redirect_uri) = client.destination(presented, asking.response_type()) else {
            let detail = "redirect_uri is not exactly a registered one";
            return Ok(Err(Refused::new("oauth.redirect_uri", detail)));
        };
        Ok(Ok(Addressed {
            client,
            asking,
            redirect_uri,
        }))
    }

    fn grant_code(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        addressed: &Addressed,
        (request, session): (&AuthorizationRequest, &Session),
    ) -> String {
        let code = Code {
            application: addressed.client.id.clone(),
            user: session.user.clone(),
            session: session.id.clone(),
            redirect_uri: addressed.redirect_uri.clone(),
            named: addressed.asking.redirect_uri.is_some(),
            challenge: request.challenge.as_ref().map(|c| c.as_str().to_owned()),
            scope: granted(&request.scope),
            nonce: request.nonce.clone(),
            issued_at: millis(moment.now),
        };
        let plain = serde_json::to_vec(&code).expect("texts and flags are always JSON");
        let ticket = self.inner.vault.ticket(
            SEALED,
            server.organization.as_bytes(),
            &plain,
            moment.now + CODE,
            moment.bytes(),
        );
        let state = request.state.as_deref();
        authorize::grant_code(&addressed.redirect_uri, &ticket, state, &server.issuer)
    }

    async fn grant_token(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        addressed: &Addressed,
        (request, session): (&AuthorizationRequest, &Session),
    ) -> Result<Result<String, Refused>, Unavailable> {
        let store = &self.inner.store;
        let holder = store
            .grant_holder(&server.organization, &session.id)
            .await?;
        if live(holder, moment).is_none() {
            return Ok(Err(Refused::new("login.session", "the session ended")));
        }
        let access = Drawn::access(moment);
        let client = &addressed.client;
        let issue = Issue {
            organization: server.organization.clone(),
            grant: Grant {
                id: moment.uuid().to_string(),
                application: client.id.clone(),
                user: Some(session.user.clone()),
                session: Some(session.id.clone()),
                scope: granted(&request.scope),
                issued_at: millis(moment.now),
                expires_at: access.row.expires_at,
            },
            tokens: vec![access.row],
            event: Event::new(
                moment,
                "token.issued",
                &server.organization,
                format!("{}, implicit", client.id),
            )
            .by(&session.user_name),
        };
        store
            .write(move |connection| {
                Box::pin(async move {
                    issue.write_first(connection).await?;
                    Ok(Ok::<_, Infallible>(()))
                })
            })
            .await
            .map(|Ok(())| ())?;
        Ok(Ok(authorize::grant_token(
            &addressed.redirect_uri,
            &access.plain,
            ACCESS.as_secs(),
            request.state.as_deref(),
            &server.issuer,
        )))
    }
}

fn unknown_hint() -> Refusal {
    Refusal::request(
        "oauth.id_token_hint",
        "The id_token_hint is not an ID token of ours.",
    )
}

/// Whether a session answers what was asked of it (OpenID Connect Core §3.1.2.1: `prompt`, `max_age`).
fn suffices(
    session: &Session,
    request: &AuthorizationRequest,
    fresh: bool,
    moment: &Moment,
) -> bool {
    let age = moment.now.duration_since(session.authenticated_at);
    if fresh && age <= FRESH {
        return true;
    }
    let young = request
        .max_age
        .is_none_or(|most| age <= SignedDuration::from_secs(i64::from(most)) && most > 0);
    request.prompt != Some(Prompt::Login) && young
}

/// HORACIUS's document: `public_profile` is the scope of whoever names none.
pub(super) fn granted(scope: &Scope) -> String {
    if scope.is_empty() {
        return crate::applications::SCOPES[0].to_owned();
    }
    scope.to_string()
}
