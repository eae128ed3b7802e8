//! The device flow (RFC 8628): codes for a device without a browser, and what a person decides about them elsewhere.
//!
//! Whoever asks for codes writes no row, because anybody can name a public client. The device code is a sealed value; the
//! user code carries a few letters by which we know which application it was made for. The first row is the decision of a
//! person who is signed in.

use super::exchange::{Exchanged, Once, invalid, pair};
use super::{AuthorizationServer, live};
use crate::audit::Event;
use crate::digest;
use crate::error::{Answer, Refused, Unavailable};
use crate::guard;
use crate::login::Session;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::device_decisions::{self, DeviceDecision};
use crate::store::grants::{Grant, Holder};
use crate::store::oauth_applications::OauthApplication;
use crate::store::{audit, millis};
use crate::throttle::Attempt;
use jiff::{SignedDuration, Timestamp};
use oauth::device::{DeviceRequest, DeviceResponse, UserCode};
use oauth::error::{ErrorCode, Refusal};
use oauth::secret::Secret;
use oauth::token::TokenResponse;
use serde::{Deserialize, Serialize};

/// How long a person may take.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);
/// How long a device may go on asking about a code that is over, to hear that it is.
const HEARD: SignedDuration = SignedDuration::from_mins(10);
/// How long a decision and a used code are remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_secs(LIFETIME.as_secs() + HEARD.as_secs());
/// How long a device waits between two questions.
const INTERVAL: SignedDuration = SignedDuration::from_secs(5);
/// What a device code is sealed for, and what letters of a user code are computed for.
const SEALED: &str = "device-code";
/// A user code is computed for a stretch of time this long, and good in it and in the two that follow.
const STRETCH: i64 = LIFETIME.as_secs() / 2;

/// Wrong user codes of one person at one client before further ones wait (RFC 8628 §5.1).
pub(crate) const WRONG_USER_CODES: u32 = 8;
/// How long they wait.
pub(crate) const USER_CODE_WINDOW: SignedDuration = SignedDuration::from_mins(10);

/// What a device code says, sealed.
#[derive(Serialize, Deserialize)]
struct DeviceCode {
    application: String,
    scope: String,
    user_code: String,
    expires: i64,
}

/// An application for which a device asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asking {
    /// Its name.
    pub application: String,
    /// The code, as it is printed.
    pub user_code: String,
}

impl Service {
    /// Codes for a device. `page` is where people type theirs. Refused with the codes of [`DeviceRequest::read`],
    /// `oauth.client`, `oauth.device_off`, and those of scopes.
    pub async fn authorize_device(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        (authorization, body, page): (Option<&str>, &str, &str),
    ) -> Exchanged<DeviceResponse> {
        let request = match DeviceRequest::read(authorization, body) {
            Ok(request) => request,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let client = self.authenticate(moment, server, (None, &request.client));
        let client = match client.await? {
            Ok(client) => client,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Err(refusal) = may_ask(&client) {
            return Ok(Err(refusal));
        }
        let scope = match request.scope_within(&crate::applications::SCOPES) {
            Ok(scope) => scope,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let seal = self.seal(server, &client.id, stretch(moment.now));
        let user_code = UserCode::draw(|buffer| moment.random.fill(buffer), seal).to_string();
        let expires = moment.now + LIFETIME;
        let code = DeviceCode {
            application: client.id.clone(),
            scope: super::authorize::granted(&scope),
            user_code: user_code.clone(),
            expires: millis(expires),
        };
        let plain = serde_json::to_vec(&code).expect("texts and numbers are always JSON");
        let device_code = self.inner.vault.ticket(
            SEALED,
            server.organization.as_bytes(),
            &plain,
            expires + HEARD,
            moment.bytes(),
        );
        Ok(Ok(DeviceResponse {
            device_code,
            verification_uri: page.to_owned(),
            verification_uri_complete: format!("{page}?user_code={user_code}"),
            user_code,
            expires_in: LIFETIME.as_secs(),
            interval: INTERVAL.as_secs(),
        }))
    }

    /// For which application a device asks with the code that a person typed. Codes: `device.throttled`, `device.user_code`.
    pub async fn device_asking(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        (session, typed): (&Session, &str),
    ) -> Answer<Asking> {
        let attempt = Attempt {
            organization: &server.organization,
            account: &session.user,
            client: moment.client,
        };
        if !self.inner.user_codes.admits(attempt, moment.now) && guard::stands("device.throttled") {
            let detail = "too many wrong codes";
            return Ok(Err(Refused::new("device.throttled", detail)));
        }
        let found = self.made_for(moment, server, typed).await?;
        Ok(found
            .map(|(client, code)| Asking {
                application: client.name,
                user_code: code.to_string(),
            })
            .ok_or_else(|| {
                self.inner.user_codes.wrong(attempt, moment.now);
                Refused::new("device.user_code", "no live code of a device")
            }))
    }

    /// Writes down what a person decided. Codes: those of [`Service::device_asking`], `device.decided` for a second decision,
    /// `login.session`.
    pub async fn decide_device(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        (session, typed, approved): (&Session, &str, bool),
    ) -> Answer<Asking> {
        let asking = match self.device_asking(moment, server, (session, typed)).await? {
            Ok(asking) => asking,
            Err(refused) => return Ok(Err(refused)),
        };
        let Some((client, code)) = self.made_for(moment, server, &asking.user_code).await? else {
            let detail = "the code was over while it was decided about";
            return Ok(Err(Refused::new("device.user_code", detail)));
        };
        let decision = DeviceDecision {
            application: client.id.clone(),
            user: session.user.clone(),
            session: session.id.clone(),
            approved,
            expires_at: millis(moment.now + REMEMBERED),
        };
        let kind = if approved {
            "device.approved"
        } else {
            "device.denied"
        };
        let event =
            Event::new(moment, kind, &server.organization, &client.id).by(&session.user_name);
        let hash = digest::of_secret(&code.to_string());
        let organization = server.organization.clone();
        let written = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    if !device_decisions::add(connection, &organization, &hash, &decision).await? {
                        return Ok(Err(()));
                    }
                    audit::append(connection, &event).await?;
                    Ok(Ok(()))
                })
            })
            .await?;
        let decided =
            |()| Refused::new("device.decided", "somebody decided about that code before");
        Ok(written.map(|()| asking).map_err(decided))
    }

    /// Tokens for a device whose code was approved. Codes: `oauth.device_code`, `oauth.device_expired`,
    /// `oauth.device_too_fast`, `oauth.device_pending`, `oauth.device_denied`, `oauth.device_session`,
    /// `oauth.device_replayed`.
    pub(super) async fn redeem_device(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        client: &OauthApplication,
        plain: &Secret,
    ) -> Exchanged<TokenResponse> {
        if let Err(refusal) = may_ask(client) {
            return Ok(Err(refusal));
        }
        let key = digest::of_secret(plain.expose());
        let polled = digest::of_parts(&[&server.organization, &key]);
        let code = match self.open_device_code(moment, server, (client, plain)) {
            Ok(code) => code,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if !self.inner.polls.admits(polled, INTERVAL, moment.now)
            && guard::stands("oauth.device_too_fast")
        {
            return Ok(Err(refusal(ErrorCode::SlowDown, "oauth.device_too_fast")));
        }
        let store = &self.inner.store;
        let hash = digest::of_secret(&code.user_code);
        let Some(decision) = store.device_decision(&server.organization, &hash).await? else {
            return Ok(Err(refusal(
                ErrorCode::AuthorizationPending,
                "oauth.device_pending",
            )));
        };
        if !decision.approved && guard::stands("oauth.device_denied") {
            return Ok(Err(refusal(ErrorCode::AccessDenied, "oauth.device_denied")));
        }
        // The letters that name the application could fit another one's by chance: what the person saw is what counts.
        if decision.application != client.id && guard::stands("oauth.device_code") {
            return Ok(Err(invalid("oauth.device_code")));
        }
        let holder = store
            .grant_holder(&server.organization, &decision.session)
            .await?;
        let decided = decision.expires_at - REMEMBERED.as_secs() * 1000;
        let stands =
            |holder: &Holder| holder.stands_by(decided) || !guard::stands("oauth.device_session");
        let Some(holder) = live(holder, moment).filter(stands) else {
            return Ok(Err(invalid("oauth.device_session")));
        };
        let grant = Grant {
            // Derived from the code, so that its second use finds what the first one was given.
            id: digest::uuid(&["device-code", &key]).to_string(),
            application: client.id.clone(),
            user: Some(decision.user),
            session: Some(decision.session),
            scope: code.scope,
            issued_at: millis(moment.now),
            expires_at: millis(holder.session_expires_at + super::issue::ACCESS),
        };
        let (mut answer, issue) = pair(moment, server, grant, holder.session_expires_at);
        let about = (&issue.grant, &holder);
        answer.id_token = self
            .id_token(moment, server, about, (None, &answer.access_token))
            .await?;
        let once = Once {
            kind: "device-code",
            key,
            remembered: REMEMBERED,
            replayed: "oauth.device_replayed",
        };
        let bought = self.buy_once(moment, server, (once, issue)).await?;
        Ok(bought.map(|()| answer))
    }

    fn open_device_code(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        (client, plain): (&OauthApplication, &Secret),
    ) -> Result<DeviceCode, Refusal> {
        let bound = server.organization.as_bytes();
        let opened = self
            .inner
            .vault
            .open_ticket(SEALED, bound, plain.expose(), moment.now);
        let code = opened
            .and_then(|plain| serde_json::from_slice::<DeviceCode>(&plain).ok())
            .filter(|code| code.application == client.id || !guard::stands("oauth.device_code"))
            .ok_or_else(|| invalid("oauth.device_code"))?;
        if millis(moment.now) >= code.expires && guard::stands("oauth.device_expired") {
            return Err(refusal(ErrorCode::ExpiredToken, "oauth.device_expired"));
        }
        Ok(code)
    }

    /// The application that a code was made for, and the code; none if it was made for none, or too long ago.
    async fn made_for(
        &self,
        moment: &Moment,
        server: &AuthorizationServer,
        typed: &str,
    ) -> Result<Option<(OauthApplication, UserCode)>, Unavailable> {
        let Some(code) = UserCode::read(typed) else {
            return Ok(None);
        };
        let store = &self.inner.store;
        let clients = store.device_applications(&server.organization).await?;
        let now = stretch(moment.now);
        let made = |client: &OauthApplication| {
            (now - 2..=now).any(|then| code.is_sealed_by(self.seal(server, &client.id, then)))
                || !guard::stands("device.user_code")
        };
        Ok(clients.into_iter().find(made).map(|client| (client, code)))
    }

    /// The keyed hash by which the letters of a code tell its application.
    fn seal<'a>(
        &'a self,
        server: &'a AuthorizationServer,
        application: &'a str,
        stretch: i64,
    ) -> impl FnOnce(&str) -> [u8; 32] + use<'a> {
        move |drawn| {
            let stretch = stretch.to_string();
            let parts = [server.organization.as_str(), application, &stretch, drawn];
            self.inner.vault.keyed_hash(SEALED, &parts)
        }
    }
}

fn stretch(now: Timestamp) -> i64 {
    now.as_second().div_euclid(STRETCH)
}

fn may_ask(client: &OauthApplication) -> Result<(), Refusal> {
    if client.device || !guard::stands("oauth.device_off") {
        return Ok(());
    }
    let text = "The client may not use the device flow.";
    Err(Refusal::new(
        ErrorCode::UnauthorizedClient,
        "oauth.device_off",
        text,
    ))
}

fn refusal(error: ErrorCode, code: &'static str) -> Refusal {
    let text = match error {
        ErrorCode::AuthorizationPending => "Nobody has decided yet.",
        ErrorCode::SlowDown => "Asked too soon. Wait five seconds longer from now on.",
        ErrorCode::ExpiredToken => "The device code is too old. Begin again.",
        _ => "The person said no.",
    };
    Refusal::new(error, code, text)
}
