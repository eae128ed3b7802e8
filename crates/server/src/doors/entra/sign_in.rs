//! A request comes in, and somebody types user name and password.

use super::cookies;
use super::door::Door;
use super::giving_up;
use super::proofs::Way;
use super::sign_out;
use crate::http::body::{FORM, SAML};
use crate::http::{Fields, Form};
use crate::pages::hand_over;
use crate::sign_on::desk::{Redirection, came};
use crate::sign_on::{Failure, Look, Visit};
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use identity::login::{Credentials, Secret};
use identity::sso::Came;
use std::sync::Arc;

/// A request by redirect; a logout message comes to the same URL.
pub(super) async fn get(State(door): State<Arc<Door>>, visit: Visit) -> Response<Body> {
    let answer = match Redirection::look(&visit.query) {
        Redirection::Logout => sign_out::obey(&door, &visit).await,
        Redirection::Other(redirected) => {
            let came = came(&visit.query, redirected.as_ref());
            begin(&door, &visit, came).await
        }
    };
    answer.unwrap_or_else(|failure| giving_up::page(&failure, &visit))
}

/// A request by POST.
pub(super) async fn post(
    State(door): State<Arc<Door>>,
    visit: Visit,
    Form(fields): Form<SAML>,
) -> Response<Body> {
    let answer = match (fields.one("SAMLRequest"), fields.one("RelayState")) {
        (Ok(saml_request), Ok(relay_state)) => {
            let came = Came::Post {
                saml_request: saml_request.unwrap_or_default(),
                relay_state,
            };
            begin(&door, &visit, came).await
        }
        _ => Err(Failure::Form),
    };
    answer.unwrap_or_else(|failure| giving_up::page(&failure, &visit))
}

async fn begin(door: &Door, visit: &Visit, came: Came<'_>) -> Result<Response<Body>, Failure> {
    let asked = door.desk.judge(&visit.moment, came).await?;
    match door
        .desk
        .look(&visit.moment, &asked, cookies::session(visit))
        .await?
    {
        Look::HandOver(_, post) | Look::Declined(post) => Ok(hand_over::page(visit.words, &post)),
        Look::Ask => Ok(door.sign_in_page(visit, &asked, "", None)),
    }
}

/// The sign-in page again, for whoever reloads it.
pub(super) async fn get_again(State(door): State<Arc<Door>>, visit: Visit) -> Response<Body> {
    let context = visit.parameter("ctx").unwrap_or_default();
    match door.resume(&visit, &context) {
        Ok(asked) => door.sign_in_page(&visit, &asked, "", None),
        Err(failure) => giving_up::page(&failure, &visit),
    }
}

/// What somebody typed.
pub(super) async fn post_login(
    State(door): State<Arc<Door>>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    let answer = match Typed::read(&fields) {
        _ if visit.foreign() => Err(Failure::Foreign),
        Ok(typed) => login(&door, &visit, typed).await,
        Err(failure) => Err(failure),
    };
    answer.unwrap_or_else(|failure| giving_up::page(&failure, &visit))
}

struct Typed {
    context: String,
    credentials: Credentials,
}

impl Typed {
    fn read(fields: &Fields) -> Result<Self, Failure> {
        let one = |name| {
            fields
                .one(name)
                .map(Option::unwrap_or_default)
                .map_err(|_| Failure::Form)
        };
        // `login` is what the script made of `loginfmt`; a plain form sends it empty.
        let user_name = Some(one("login")?)
            .filter(|name| !name.is_empty())
            .map_or_else(|| one("loginfmt"), Ok)?;
        let code = Some(one("otc")?).filter(|code| !code.is_empty());
        Ok(Self {
            context: one("ctx")?.to_owned(),
            credentials: Credentials {
                user_name: user_name.to_owned(),
                password: Secret::new(one("passwd")?),
                code: code.map(Secret::new),
            },
        })
    }
}

async fn login(door: &Door, visit: &Visit, typed: Typed) -> Result<Response<Body>, Failure> {
    let asked = door.resume(visit, &typed.context)?;
    let step = door.desk.sign_in(&visit.moment, &typed.credentials).await?;
    let typed = &typed.credentials.user_name;
    door.proceed(visit, &asked, (typed, Way::App, step)).await
}
