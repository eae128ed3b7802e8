//! The token endpoint (RFC 6749 §3.2): codes, refresh tokens and clients themselves become tokens.

use super::authorize::{Code, SEALED};
use super::issue::{ACCESS, Drawn, Issue};
use super::{AuthorizationServer, live};
use crate::audit::Event;
use crate::digest;
use crate::error::Unavailable;
use crate::guard;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::grants::{self, Grant, Holder, TokenKind};
use crate::store::oauth_applications::OauthApplication;
use crate::store::{audit, consumed, millis};
use jiff::{SignedDuration, Timestamp};
use oauth::client::ClientCredentials;
use oauth::error::{ErrorCode, Refusal};
use oauth::pkce::{self, CodeChallenge};
use oauth::scope::Scope;
use oauth::secret::Secret;
use oauth::token::{Grant as Brought, TokenRequest, TokenResponse, TokenType};
use std::convert::Infallible;
use std::sync::Arc;

/// How long a used code is remembered: it cannot be opened any more long before.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(10);

/// The scopes of a client that acts for itself: there is no person about whom the others could tell something.
const FOR_ITSELF: [&str; 1] = [crate::applications::SCOPES[0]];

/// An answer of the token endpoint, a refusal with the standard's code, or none because the store is away.
pub type Exchanged<T> = Result<Result<T, Refusal>, Unavailable>;

/// What became of something that may be used once.
enum Use {
    First,
    Again,
    Dead,
}

/// Something that buys tokens once.
pub(super) struct Once {
    /// What it is.
    pub(super) kind: &'static str,
    /// Its hash.
    pub(super) key: String,
    /// How long its use is remembered.
    pub(super) remembered: SignedDuration,
    /// The code with which its second use is refused.
    pub(super) replayed: &'static str,
}

impl Service {
    /// Judges a token request. `application` is the one that the path names, if it names one.
    pub async fn exchange(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        (application, authorization, body): (Option<&str>, Option<&str>, &str),
    ) -> Exchanged<TokenResponse> {
        let request = match TokenRequest::read(authorization, body) {
            Ok(request) => request,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let client = match self
            .authenticate(moment, server, (application, &request.client))
            .await?
        {
            Ok(client) => client,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let answer = match request.grant {
            Brought::AuthorizationCode {
                code,
                redirect_uri,
                verifier,
            } => {
                let bound = (redirect_uri.as_deref(), verifier.as_ref());
                self.redeem(moment, server, &client, (&code, bound)).await?
            }
            Brought::RefreshToken { token, scope } => {
                self.refresh(moment, server, &client, (&token, scope))
                    .await?
            }
            Brought::ClientCredentials { scope } => {
                self.for_itself(moment, server, &client, scope).await?
            }
            Brought::DeviceCode { device_code } => {
                self.redeem_device(moment, server, &client, &device_code)
                    .await?
            }
        };
        if let Err(refusal) = &answer
            && refusal.error != ErrorCode::AuthorizationPending
        {
            Event::new(moment, "token.refused", &server.organization, refusal.text)
                .by(&client.id)
                .refused(refusal.code)
                .log();
        }
        Ok(answer)
    }

    /// The client that these credentials prove. One refusal for unknown clients and wrong secrets.
    pub(super) async fn authenticate(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        (application, credentials): (Option<&str>, &ClientCredentials),
    ) -> Exchanged<Arc<OauthApplication>> {
        let refusal = || {
            Refusal::new(
                ErrorCode::InvalidClient,
                "oauth.client",
                "The client is unknown, or its secret is wrong.",
            )
        };
        if application.is_some_and(|application| application != credentials.id) {
            return Ok(Err(refusal()));
        }
        let client = self.oauth_client(moment, &server.organization, &credentials.id);
        let proven = client.await?.ok().filter(|client| {
            let proven = match (&client.secret_hash, &credentials.secret) {
                (None, None) => true,
                // Hashes of 256 random bits: comparing them tells nothing that helps to guess one.
                (Some(hash), Some(secret)) => *hash == digest::of_secret(secret.expose()),
                _ => false,
            };
            proven || !guard::stands("oauth.client")
        });
        Ok(proven.ok_or_else(refusal))
    }

    async fn redeem(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        client: &OauthApplication,
        (plain, (redirect_uri, verifier)): (&Secret, (Option<&str>, Option<&Secret>)),
    ) -> Exchanged<TokenResponse> {
        let opened = self.inner.vault.open_ticket(
            SEALED,
            server.organization.as_bytes(),
            plain.expose(),
            moment.now,
        );
        let code = opened.and_then(|plain| serde_json::from_slice::<Code>(&plain).ok());
        let own = |code: &Code| code.application == client.id || !guard::stands("oauth.code");
        let Some(code) = code.filter(own) else {
            return Ok(Err(invalid("oauth.code")));
        };
        // RFC 6749 §4.1.3: required if it was in the authorization request, and then identical.
        let same = match redirect_uri {
            Some(uri) => uri == code.redirect_uri,
            None => !code.named,
        };
        if !same && guard::stands("oauth.code_redirect_uri") {
            return Ok(Err(invalid("oauth.code_redirect_uri")));
        }
        let challenge = code.challenge.clone().map(CodeChallenge::stored);
        if let Err(refusal) = pkce::judge(challenge.as_ref(), verifier.map(Secret::expose)) {
            return Ok(Err(refusal));
        }
        let store = &self.inner.store;
        let holder = store
            .grant_holder(&server.organization, &code.session)
            .await?;
        let stands = |holder: &Holder| {
            holder.stands_by(code.issued_at) || !guard::stands("oauth.code_session")
        };
        let Some(holder) = live(holder, moment).filter(stands) else {
            return Ok(Err(invalid("oauth.code_session")));
        };
        let key = digest::of_secret(plain.expose());
        let grant = Grant {
            // Derived from the code, so that its second use finds what the first one was given.
            id: digest::uuid(&["oauth-code", &key]).to_string(),
            application: client.id.clone(),
            user: Some(code.user),
            session: Some(code.session),
            scope: code.scope,
            issued_at: millis(moment.now),
            expires_at: millis(holder.session_expires_at + ACCESS),
        };
        let (mut answer, issue) = pair(moment, server, grant, holder.session_expires_at);
        let about = (&issue.grant, &holder);
        answer.id_token = self
            .id_token(
                moment,
                server,
                about,
                (code.nonce.as_deref(), &answer.access_token),
            )
            .await?;
        let once = Once {
            kind: "oauth-code",
            key,
            remembered: REMEMBERED,
            replayed: "oauth.code_replayed",
        };
        let bought = self.buy_once(moment, server, (once, issue)).await?;
        Ok(bought.map(|()| answer))
    }

    /// Writes what a code buys, and marks the code as used. Refused if it was used before: then everything that the first use
    /// bought is revoked (RFC 6749 §4.1.2: one of the two is a thief).
    pub(super) async fn buy_once(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        (once, issue): (Once, Issue),
    ) -> Exchanged<()> {
        let replayed = replay(moment, server, &issue.grant);
        let (organization, now, refusal) = (server.organization.clone(), moment.now, once.replayed);
        let first = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    let until = millis(now + once.remembered);
                    let used = (once.kind, once.key.as_str());
                    if consumed::consume(connection, used.0, &organization, used.1, until).await? {
                        issue.write_first(connection).await?;
                        return Ok(Ok::<_, Infallible>(true));
                    }
                    if !guard::stands(once.replayed) {
                        // What the first use wrote is there; only tests get here.
                        issue.write_next(connection).await?;
                        return Ok(Ok(true));
                    }
                    grants::revoke(connection, &organization, &issue.grant.id, millis(now)).await?;
                    audit::append(connection, &replayed).await?;
                    Ok(Ok(false))
                })
            })
            .await
            .map(|Ok(first)| first)?;
        if first {
            return Ok(Ok(()));
        }
        self.forget_checks();
        Ok(Err(invalid(refusal)))
    }

    async fn refresh(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        client: &OauthApplication,
        (plain, scope): (&Secret, Option<Scope>),
    ) -> Exchanged<TokenResponse> {
        let hash = digest::of_secret(plain.expose());
        let kind = (TokenKind::Refresh, hash.as_str());
        let held = self.live_token(moment, &server.organization, kind).await?;
        let held = held.filter(|held| {
            held.grant.application == client.id || !guard::stands("oauth.refresh_token")
        });
        let Some(held) = held else {
            return Ok(Err(invalid("oauth.refresh_token")));
        };
        let granted = Scope::read(&held.grant.scope).unwrap_or_default();
        // RFC 6749 §6: nothing that was not granted before.
        if scope
            .as_ref()
            .is_some_and(|scope| !scope.is_within(&granted))
            && guard::stands("oauth.scope_wider")
        {
            return Ok(Err(Refusal::new(
                ErrorCode::InvalidScope,
                "oauth.scope_wider",
                "The scope is wider than what was granted.",
            )));
        }
        let expires = held.expires_at;
        // A narrower wish gets the whole grant, and the answer says so (RFC 6749 §3.3).
        let (mut answer, issue) = pair(moment, server, held.grant.clone(), expires);
        if let Some(holder) = &held.holder {
            let (about, access) = ((&issue.grant, holder), answer.access_token.as_str());
            // OpenID Connect Core §12.2: without the nonce, which belonged to the authorization request.
            let id_token = self.id_token(moment, server, about, (None, access));
            answer.id_token = id_token.await?;
        }
        let replayed = replay(moment, server, &issue.grant);
        let (organization, now) = (server.organization.clone(), millis(moment.now));
        let used = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    if !grants::hold(connection, &organization, &issue.grant.id).await? {
                        return Ok(Ok::<_, Infallible>(Use::Dead));
                    }
                    if !grants::use_up(connection, &organization, &hash, now).await?
                        && guard::stands("oauth.refresh_replayed")
                    {
                        // RFC 9700 §4.14.2: nobody can tell the thief from the client, so the family ends.
                        grants::revoke(connection, &organization, &issue.grant.id, now).await?;
                        audit::append(connection, &replayed).await?;
                        return Ok(Ok(Use::Again));
                    }
                    issue.write_next(connection).await?;
                    Ok(Ok(Use::First))
                })
            })
            .await
            .map(|Ok(used)| used)?;
        if !matches!(used, Use::First) {
            self.forget_checks();
        }
        Ok(match used {
            Use::First => Ok(answer),
            Use::Again => Err(invalid("oauth.refresh_replayed")),
            Use::Dead => Err(invalid("oauth.refresh_token")),
        })
    }

    async fn for_itself(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        client: &OauthApplication,
        scope: Option<Scope>,
    ) -> Exchanged<TokenResponse> {
        let may = client.client_credentials && client.secret_hash.is_some();
        if !may && guard::stands("oauth.client_credentials_off") {
            return Ok(Err(Refusal::new(
                ErrorCode::UnauthorizedClient,
                "oauth.client_credentials_off",
                "The client may not act for itself.",
            )));
        }
        let text = scope.map(|scope| scope.to_string());
        let scope = match Scope::within(text.as_deref(), &FOR_ITSELF) {
            Ok(scope) => scope,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let access = Drawn::access(moment);
        let grant = Grant {
            id: moment.uuid().to_string(),
            application: client.id.clone(),
            user: None,
            session: None,
            scope: scope.to_string(),
            issued_at: millis(moment.now),
            expires_at: access.row.expires_at,
        };
        let answer = response(access.plain, None, &grant.scope);
        let issue = Issue {
            organization: server.organization.clone(),
            event: issued(moment, server, &grant),
            grant,
            tokens: vec![access.row],
        };
        self.inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    issue.write_first(connection).await?;
                    Ok(Ok::<_, Infallible>(()))
                })
            })
            .await
            .map(|Ok(())| ())?;
        Ok(Ok(answer))
    }
}

/// An access token and the refresh token that follows it.
pub(super) fn pair(
    moment: &Moment,
    server: &AuthorizationServer,
    grant: Grant,
    expires: Timestamp,
) -> (TokenResponse, Issue) {
    let (access, refresh) = (Drawn::access(moment), Drawn::refresh(moment, expires));
    let answer = response(access.plain, Some(refresh.plain), &grant.scope);
    let issue = Issue {
        organization: server.organization.clone(),
        event: issued(moment, server, &grant),
        grant,
        tokens: vec![access.row, refresh.row],
    };
    (answer, issue)
}

fn response(access_token: String, refresh_token: Option<String>, scope: &str) -> TokenResponse {
    TokenResponse {
        access_token,
        token_type: TokenType::Bearer,
        expires_in: ACCESS.as_secs(),
        refresh_token,
        scope: scope.to_owned(),
        id_token: None,
    }
}

fn issued(moment: &Moment, server: &AuthorizationServer, grant: &Grant) -> Event {
    let actor = grant.user.as_deref().unwrap_or(&grant.application);
    Event::new(
        moment,
        "token.issued",
        &server.organization,
        &grant.application,
    )
    .by(actor)
    .about(&grant.id)
}

fn replay(moment: &Moment, server: &AuthorizationServer, grant: &Grant) -> Event {
    let detail = "used a second time: everything of that grant is revoked";
    Event::new(moment, "grant.replayed", &server.organization, detail)
        .by(&grant.application)
        .about(&grant.id)
}

/// One sentence for everything that may be wrong with a code or refresh token: whoever guesses learns nothing.
pub(super) fn invalid(code: &'static str) -> Refusal {
    let text = "The grant is invalid, expired, revoked, or was issued to another client.";
    Refusal::new(ErrorCode::InvalidGrant, code, text)
}
