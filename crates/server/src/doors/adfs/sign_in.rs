//! `/adfs/ls/`: a request comes in, a person signs in, the browser carries a response away.

use super::address::Address;
use super::cookies::{self, Rounds};
use super::pages::{Carried, Code, Frame, SignIn};
use super::sign_out;
use crate::http::body::SAML;
use crate::http::{Fields, Form, SetCookie, answer};
use crate::pages::hand_over;
use crate::pages::notice::Notice;
use crate::sign_on::desk::{Redirection, came};
use crate::sign_on::{Desk, Failure, Look, Visit, Wrong};
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, HeaderValue, SET_COOKIE};
use axum::http::{Response, StatusCode};
use identity::login::{Credentials, NextStep, Secret, Session};
use identity::sso::{Asked, Came, PostBack};
use std::sync::Arc;

/// The fields in which clients of the various second-factor adapters send a one-time code.
const CODE_FIELDS: [&str; 7] = [
    "VerificationCode",
    "ChallengeQuestionAnswer",
    "OathCode",
    "Passcode",
    "security_code",
    "otc",
    "otp",
];

/// A request by redirect; a logout message, or a wish to sign out, comes to the same URL.
pub(super) async fn get(State(desk): State<Arc<Desk>>, visit: Visit) -> Response<Body> {
    let answer = if sign_out::is_wished(&visit) {
        sign_out::begin(&desk, &visit).await
    } else {
        match Redirection::look(&visit.query) {
            Redirection::Logout => sign_out::obey(&desk, &visit).await,
            Redirection::Other(redirected) => {
                let came = came(&visit.query, redirected.as_ref());
                Knock {
                    desk: &desk,
                    visit: &visit,
                    carried: None,
                }
                .answer(Some(came), &Fields::default())
                .await
            }
        }
    };
    answer.unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

/// What somebody typed, or a request by POST.
pub(super) async fn post(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Form(fields): Form<SAML>,
) -> Response<Body> {
    let answer = match carried(&fields) {
        Err(failure) => Err(failure),
        Ok(carried) => {
            let came = match carried {
                Some(carried) => Came::Post {
                    saml_request: carried.saml_request,
                    relay_state: carried.relay_state,
                },
                None => Came::Redirect(&visit.query),
            };
            Knock {
                desk: &desk,
                visit: &visit,
                carried,
            }
            .answer(Some(came), &fields)
            .await
        }
    };
    answer.unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

/// `IdpInitiatedSignOn.aspx`: a sign-on that starts here.
pub(super) async fn get_initiated(State(desk): State<Arc<Desk>>, visit: Visit) -> Response<Body> {
    initiated(&desk, &visit, &Fields::default()).await
}

/// What somebody typed there.
pub(super) async fn post_initiated(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Form(fields): Form<SAML>,
) -> Response<Body> {
    initiated(&desk, &visit, &fields).await
}

async fn initiated(desk: &Desk, visit: &Visit, fields: &Fields) -> Response<Body> {
    let page = visit.path.rsplit('/').next().unwrap_or_default();
    // Clients spell the page in several letter cases; the product's web server does not tell them apart.
    if !page.eq_ignore_ascii_case("IdpInitiatedSignOn.aspx") {
        return answer::plain(StatusCode::NOT_FOUND);
    }
    let relying_party = visit.parameter("loginToRp");
    let relay_state = visit.parameter("RelayState");
    let came = relying_party
        .as_deref()
        .map(|relying_party| Came::Unsolicited {
            relying_party,
            acs: None,
            relay_state: relay_state.as_deref(),
        });
    let answer = Knock {
        desk,
        visit,
        carried: None,
    }
    .answer(came, fields)
    .await;
    answer.unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

fn carried(fields: &Fields) -> Result<Option<Carried<'_>>, Failure> {
    let saml_request = fields.one("SAMLRequest").map_err(|_| Failure::Form)?;
    let relay_state = fields.one("RelayState").map_err(|_| Failure::Form)?;
    Ok(saml_request.map(|saml_request| Carried {
        saml_request,
        relay_state,
    }))
}

/// What a form of ours brought.
enum Typed {
    /// User name and password, perhaps with the code at once.
    Password(Credentials),
    /// The code of a sign-in under way.
    Code { pending: String, code: Secret },
}

impl Typed {
    /// `AuthMethod` is not asked: generic clients send it empty, and forms are the only method there is.
    fn read(fields: &Fields) -> Result<Option<Self>, Failure> {
        let one = |name| {
            fields
                .one(name)
                .map_err(|_| Failure::Form)
                .map(Option::unwrap_or_default)
        };
        let code = code(fields)?;
        let pending = one("Context")?;
        if !pending.is_empty() {
            return Ok(Some(Self::Code {
                pending: pending.to_owned(),
                code: code.unwrap_or_else(|| Secret::new("")),
            }));
        }
        if !fields.has("UserName") && !fields.has("Password") {
            return Ok(None);
        }
        let (user_name, password) = (one("UserName")?.to_owned(), Secret::new(one("Password")?));
        Ok(Some(Self::Password(Credentials {
            user_name,
            password,
            code,
        })))
    }

    fn user_name(&self) -> &str {
        match self {
            Self::Password(credentials) => &credentials.user_name,
            Self::Code { .. } => "",
        }
    }
}

fn code(fields: &Fields) -> Result<Option<Secret>, Failure> {
    for name in CODE_FIELDS {
        if let Some(code) = fields
            .one(name)
            .map_err(|_| Failure::Form)?
            .filter(|code| !code.is_empty())
        {
            return Ok(Some(Secret::new(code)));
        }
    }
    Ok(None)
}

/// One visit to the sign-in page.
struct Knock<'a> {
    desk: &'a Desk,
    visit: &'a Visit,
    carried: Option<Carried<'a>>,
}

impl Knock<'_> {
    /// `came` is none where a person signs in here without going anywhere.
    async fn answer(
        &self,
        came: Option<Came<'_>>,
        fields: &Fields,
    ) -> Result<Response<Body>, Failure> {
        let asked = match came {
            Some(came) => Some(self.desk.judge(&self.visit.moment, came).await?),
            None => None,
        };
        match Typed::read(fields)? {
            Some(_) if self.visit.foreign() => Err(Failure::Foreign),
            Some(typed) => self.prove(asked.as_ref(), typed).await,
            None => self.greet(asked.as_ref()).await,
        }
    }

    async fn greet(&self, asked: Option<&Asked>) -> Result<Response<Body>, Failure> {
        let cookie = self.visit.cookies.one(cookies::SESSION);
        let Some(asked) = asked else {
            return self.greet_without_destination(cookie).await;
        };
        match self.desk.look(&self.visit.moment, asked, cookie).await? {
            Look::Ask => Ok(self.sign_in_page(Some(asked), "", None, StatusCode::OK)),
            Look::Declined(post) => Ok(hand_over::page(self.visit.words, &post)),
            Look::HandOver(session, post) => self.hand_over(&session, &post),
        }
    }

    async fn greet_without_destination(
        &self,
        cookie: Option<&str>,
    ) -> Result<Response<Body>, Failure> {
        let words = self.visit.words;
        let Some(session) = self.desk.session(&self.visit.moment, cookie).await? else {
            return Ok(self.sign_in_page(None, "", None, StatusCode::OK));
        };
        let text = format!("{} {}", words.signed_in_as, session.user_name);
        let link = Some((words.sign_out, sign_out::PATH));
        Ok(Notice {
            words,
            title: words.signed_in,
            text: &text,
            mender: None,
            reference: None,
            link,
        }
        .answer(StatusCode::OK))
    }

    async fn prove(&self, asked: Option<&Asked>, typed: Typed) -> Result<Response<Body>, Failure> {
        let moment = &self.visit.moment;
        let step = match &typed {
            Typed::Password(credentials) => self.desk.sign_in(moment, credentials).await?,
            Typed::Code { pending, code } => self.desk.second_factor(moment, pending, code).await?,
        };
        let words = self.visit.words;
        match step {
            NextStep::SignedIn { cookie, session } => {
                self.signed_in(asked, &cookie, &session).await
            }
            NextStep::AskSecondFactor {
                pending,
                wrong_code,
            } => Ok(self.code_page(&pending, wrong_code)),
            NextStep::Refused(refused) => {
                let (status, text) = match Wrong::of(refused)? {
                    Wrong::Credentials => (StatusCode::OK, words.adfs_wrong),
                    Wrong::Throttled => (StatusCode::TOO_MANY_REQUESTS, words.throttled),
                    Wrong::StartAgain => (StatusCode::OK, words.start_again),
                };
                Ok(self.sign_in_page(asked, typed.user_name(), Some(text), status))
            }
        }
    }

    /// The document's answer is a redirect to the same URL, whose GET then finds the session. Where that GET would not be
    /// the same question - a request by POST stands in no URL, ForceAuthn asks anew each time - the response comes at once.
    async fn signed_in(
        &self,
        asked: Option<&Asked>,
        cookie: &str,
        session: &Session,
    ) -> Result<Response<Body>, Failure> {
        let mut response = match asked {
            Some(asked) if asked.force_authn || self.carried.is_some() => {
                let post = self.desk.vouch(&self.visit.moment, session, asked).await?;
                self.hand_over(session, &post)?
            }
            _ => {
                let location = format!("{}{}", self.desk.origin, Address::of(self.visit).as_str());
                let mut response = answer::found(&location).ok_or(Failure::Form)?;
                response.headers_mut().insert(
                    CONTENT_TYPE,
                    HeaderValue::from_static("text/html; charset=utf-8"),
                );
                response
            }
        };
        set(&mut response, cookies::session(cookie));
        Ok(response)
    }

    fn hand_over(&self, session: &Session, post: &PostBack) -> Result<Response<Body>, Failure> {
        let rounds = Rounds::next(self.visit.cookies.one(cookies::LOOP), self.visit.moment.now)
            .ok_or(Failure::Loop)?;
        let mut response = hand_over::page(self.visit.words, post);
        set(&mut response, cookies::saml_session(post));
        set(&mut response, cookies::authenticated(session));
        set(&mut response, rounds.cookie());
        Ok(response)
    }

    fn sign_in_page(
        &self,
        asked: Option<&Asked>,
        user_name: &str,
        error: Option<&str>,
        status: StatusCode,
    ) -> Response<Body> {
        let application = asked
            .and_then(|asked| url::Url::parse(&asked.acs).ok())
            .and_then(|acs| acs.host_str().map(str::to_owned));
        let address = Address::of(self.visit);
        SignIn {
            frame: self.frame(&address),
            application: application.as_deref(),
            user_name,
            error,
        }
        .answer(status)
    }

    fn code_page(&self, pending: &str, wrong_code: bool) -> Response<Body> {
        let address = Address::of(self.visit);
        let error = wrong_code.then_some(self.visit.words.code_wrong);
        Code {
            frame: self.frame(&address),
            pending,
            error,
        }
        .answer()
    }

    fn frame<'a>(&'a self, address: &'a Address) -> Frame<'a> {
        Frame {
            words: self.visit.words,
            address,
            carried: self.carried,
        }
    }
}

pub(super) fn set(response: &mut Response<Body>, cookie: SetCookie) {
    response.headers_mut().append(SET_COOKIE, cookie.header());
}
