//! What every handler of this door has, and the steps that several of them take.

use super::cookies;
use super::pages::{Kmsi, SignIn};
use super::proofs::{Proof, Way};
use super::settings::{SIGN_IN, STAY, Settings, token};
use crate::http::SetCookie;
use crate::pages::hand_over;
use crate::sign_on::{Desk, Failure, Visit, Wrong};
use axum::body::Body;
use axum::http::header::{HeaderName, HeaderValue, SET_COOKIE};
use axum::http::{Response, StatusCode};
use identity::login::{NextStep, Session};
use identity::sso::Asked;
use identity::waiting::Waiting;
use serde_json::json;

/// The door of one directory.
pub(super) struct Door {
    /// The rules.
    pub(super) desk: Desk,
    /// The directory's id.
    pub(super) directory: String,
}

/// Whom a request waits for: the browser in which somebody signs in, or the session that came out of it.
#[derive(Clone, Copy)]
pub(super) enum Whose<'a> {
    /// By the cookie that tells it from another.
    Browser(&'a str),
    /// By its cookie.
    Session(&'a str),
}

impl Whose<'_> {
    /// Whoever names their browser like their session must not get a request for the one taken for one for the other: it
    /// would pass for a fresh sign-in. A cookie holds no line break.
    fn text(self) -> String {
        match self {
            Self::Browser(cookie) => format!("browser\n{cookie}"),
            Self::Session(cookie) => format!("session\n{cookie}"),
        }
    }
}

/// What is wrong with what was typed: the number that clients compare, and a sentence.
#[derive(Clone, Copy)]
pub(super) struct Error<'a> {
    /// `sErrorCode`.
    pub(super) code: &'static str,
    /// `sErrTxt`.
    pub(super) text: &'a str,
}

/// Nobody has signed in yet: no error to a person, a number to a client.
const NOT_YET: &str = "50058";
const WRONG_PASSWORD: &str = "50126";
const LOCKED: &str = "50053";
const TOOK_TOO_LONG: &str = "50089";
/// A second factor that is wrong, or denied.
pub(super) const WRONG_CODE: &str = "500121";

impl Door {
    /// Seals a request for the browser of `visit`; a browser that cannot be told from others gets a cookie.
    pub(super) fn suspend(&self, visit: &Visit, asked: &Asked) -> (Waiting, Option<SetCookie>) {
        let known = cookies::browser(visit);
        if !known.is_empty() {
            return (self.seal(visit, Whose::Browser(known), asked), None);
        }
        let fresh = cookies::fresh(visit);
        (
            self.seal(visit, Whose::Browser(&fresh), asked),
            Some(cookies::set_browser(&fresh)),
        )
    }

    /// Seals a request for `whose`.
    pub(super) fn seal(&self, visit: &Visit, whose: Whose<'_>, asked: &Asked) -> Waiting {
        self.desk
            .app
            .service
            .suspend(&visit.moment, &self.desk.entity, &whose.text(), asked)
    }

    /// The request that waits in `context`, for the browser of `visit`.
    pub(super) fn resume(&self, visit: &Visit, context: &str) -> Result<Asked, Failure> {
        let browser = Whose::Browser(cookies::browser(visit)).text();
        let waiting = Waiting::new(context);
        self.desk
            .app
            .service
            .resume(&visit.moment, &self.desk.entity, &browser, &waiting)
            .ok_or(Failure::Expired)
    }

    /// The request that waits in `context` for whom this visit's session signed in, and that session. A context that was
    /// sealed for the session itself proves that the session came out of this very sign-in, as ForceAuthn asks.
    pub(super) async fn resume_signed_in(
        &self,
        visit: &Visit,
        context: &str,
    ) -> Result<(Asked, Session), Failure> {
        let cookie = cookies::session(visit);
        let session = self
            .desk
            .session(&visit.moment, cookie)
            .await?
            .ok_or(Failure::Expired)?;
        let waiting = Waiting::new(context);
        let proved = self.desk.app.service.resume(
            &visit.moment,
            &self.desk.entity,
            &Whose::Session(cookie.unwrap_or_default()).text(),
            &waiting,
        );
        let asked = match proved {
            Some(asked) => asked,
            None => self
                .resume(visit, context)
                .ok()
                .filter(|asked| !asked.force_authn)
                .ok_or(Failure::Expired)?,
        };
        Ok((asked, session))
    }

    /// What follows a step of a sign-in.
    pub(super) async fn proceed(
        &self,
        visit: &Visit,
        asked: &Asked,
        (typed, way, step): (&str, Way, NextStep),
    ) -> Result<Response<Body>, Failure> {
        let words = visit.words;
        match step {
            NextStep::SignedIn { cookie, .. } => {
                let context = self.seal(visit, Whose::Session(&cookie), asked);
                let mut response = kmsi_page(visit, &context);
                set(&mut response, cookies::set_session(&cookie));
                Ok(response)
            }
            NextStep::AskSecondFactor {
                pending,
                wrong_code,
            } => {
                let error = wrong_code.then_some(Error {
                    code: WRONG_CODE,
                    text: words.code_wrong,
                });
                let proof = Proof {
                    way,
                    pending: &pending,
                    typed,
                    number: "",
                    error,
                };
                self.proof_page(visit, asked, proof).await
            }
            NextStep::Refused(refused) => {
                let (status, code, text) = match Wrong::of(refused)? {
                    Wrong::Credentials => (StatusCode::OK, WRONG_PASSWORD, words.entra_wrong),
                    Wrong::Throttled => (StatusCode::TOO_MANY_REQUESTS, LOCKED, words.throttled),
                    Wrong::StartAgain => (StatusCode::OK, TOOK_TOO_LONG, words.start_again),
                };
                let mut response =
                    self.sign_in_page(visit, asked, typed, Some(Error { code, text }));
                *response.status_mut() = status;
                Ok(response)
            }
        }
    }

    /// User name and password.
    pub(super) fn sign_in_page(
        &self,
        visit: &Visit,
        asked: &Asked,
        typed: &str,
        error: Option<Error<'_>>,
    ) -> Response<Body> {
        let (context, cookie) = self.suspend(visit, asked);
        let action = format!("/{}/login", self.directory);
        let settings = Settings::new(
            SIGN_IN,
            visit,
            json!({
                "urlGetCredentialType": format!("{}/common/GetCredentialType", self.desk.origin),
                "urlPost": action,
                "urlLogin": format!("/common/reprocess?ctx={}", context.as_str()),
                "sFT": token(visit),
                "sCtx": context.as_str(),
                "sErrorCode": error.map_or(NOT_YET, |error| error.code),
                "sErrTxt": error.map_or("", |error| error.text),
                "arrValErrs": error.map_or_else(Vec::new, |error| vec![error.code]),
                "fKMSIEnabled": true,
                "iMaxPollErrors": 5,
            }),
        );
        let acs = url::Url::parse(&asked.acs).ok();
        let application = acs
            .as_ref()
            .and_then(url::Url::host_str)
            .unwrap_or(&asked.entity_id);
        let page = SignIn {
            words: visit.words,
            settings: &settings,
            action: &action,
            context: context.as_str(),
            application,
            user_name: typed,
            error: error.map(|error| error.text),
        };
        let mut response = page.answer();
        if let Some(cookie) = cookie {
            set(&mut response, cookie);
        }
        named(response, visit)
    }

    /// "Stay signed in?", for whom this visit's session signed in.
    pub(super) fn ask_to_stay(&self, visit: &Visit, asked: &Asked) -> Response<Body> {
        let cookie = cookies::session(visit).unwrap_or_default();
        kmsi_page(visit, &self.seal(visit, Whose::Session(cookie), asked))
    }

    /// The response for the relying party.
    pub(super) async fn hand_over(
        &self,
        visit: &Visit,
        (asked, session): (&Asked, &Session),
    ) -> Result<Response<Body>, Failure> {
        let post = self.desk.vouch(&visit.moment, session, asked).await?;
        Ok(hand_over::page(visit.words, &post))
    }
}

/// "Stay signed in?"
fn kmsi_page(visit: &Visit, context: &Waiting) -> Response<Body> {
    let settings = Settings::new(
        STAY,
        visit,
        json!({ "urlPost": "/kmsi", "sFT": token(visit), "sCtx": context.as_str() }),
    );
    named(
        Kmsi {
            words: visit.words,
            settings: &settings,
            context: context.as_str(),
        }
        .answer(),
        visit,
    )
}

/// Adds a cookie.
pub(super) fn set(response: &mut Response<Body>, cookie: SetCookie) {
    response.headers_mut().append(SET_COOKIE, cookie.header());
}

/// Clients send this header's value back as `hpgrequestid`.
pub(super) fn named(mut response: Response<Body>, visit: &Visit) -> Response<Body> {
    let id = HeaderValue::from_str(&visit.moment.correlation.to_string())
        .expect("a UUID is visible ASCII");
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-ms-request-id"), id);
    response
}
