//! "Integração via Protocolo SAML 2.0": requests by redirect and by POST, sign-ons that start here, metadata per application.

use super::Door;
use super::answers;
use super::cookies::Browser;
use super::entrance::{self, Errand, Question, Settled, set};
use crate::http::body::SAML;
use crate::http::{Fields, Form};
use crate::pages::hand_over;
use crate::sign_on::{Desk, Failure, Look, Visit};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::Response;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use identity::Refused;
use identity::login::Session;
use identity::sso::{Asked, Came};
use identity::waiting::Waiting;
use std::sync::Arc;

/// `GET /idp/saml/redirect/sso/<app>` and its twin.
pub(super) async fn get(
    State(door): State<Arc<Door>>,
    Path(application): Path<String>,
    visit: Visit,
) -> Response<Body> {
    let answer = match errand(&door, &visit, &application).await {
        Ok(errand) => entrance::look(&door, &visit, &errand).await,
        Err(failure) => Err(failure),
    };
    answer.unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

/// A request by POST, or what somebody typed.
pub(super) async fn post(
    State(door): State<Arc<Door>>,
    Path(application): Path<String>,
    visit: Visit,
    Form(fields): Form<SAML>,
) -> Response<Body> {
    let answer = if fields.has("SAMLRequest") {
        take_in(&door, &visit, (&application, &fields)).await
    } else {
        match errand(&door, &visit, &application).await {
            Ok(errand) => entrance::prove(&door, &visit, (&errand, &fields)).await,
            Err(failure) => Err(failure),
        }
    };
    answer.unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

/// `GET /idp/saml/metadata/<app>`
pub(super) async fn metadata(
    State(door): State<Arc<Door>>,
    Path(application): Path<String>,
    visit: Visit,
) -> Response<Body> {
    match metadata_for(&door, &visit, &application).await {
        Ok(xml) => ([(CONTENT_TYPE, "application/samlmetadata+xml")], xml).into_response(),
        Err(failure) => failure.page(visit.words, &visit.moment),
    }
}

async fn metadata_for(door: &Door, visit: &Visit, application: &str) -> Result<String, Failure> {
    let desk = door.desk_for(&visit.moment, application).await?;
    let service = &desk.app.service;
    Ok(service
        .metadata_for(&visit.moment, &desk.entity, application)
        .await??)
}

/// A request by POST comes from the application's page, and a browser sends no session cookie with that (SameSite=Lax). The
/// judged request is put into the address of a GET, with which the browser does.
async fn take_in(
    door: &Door,
    visit: &Visit,
    (application, fields): (&str, &Fields),
) -> Result<Response<Body>, Failure> {
    let one = |name| fields.one(name).map_err(|_| Failure::Form);
    let came = Came::Post {
        saml_request: one("SAMLRequest")?.unwrap_or_default(),
        relay_state: one("RelayState")?,
    };
    let desk = door.desk_for(&visit.moment, application).await?;
    let asked = judge(&desk, visit, (application, came)).await?;
    let browser = Browser::fresh(visit);
    let service = &door.desk.app.service;
    let waiting = service.suspend(&visit.moment, &desk.entity, &browser.value, &asked);
    let location = format!(
        "{}{}?waiting={}",
        door.desk.origin,
        visit.path,
        waiting.as_str()
    );
    let mut response = answers::see_other(&location)?;
    if let Some(cookie) = browser.cookie() {
        set(&mut response, cookie);
    }
    Ok(response)
}

/// A response for the application.
struct SignOn<'a> {
    desk: Desk,
    visit: &'a Visit,
    asked: Asked,
}

async fn errand<'a>(
    door: &Door,
    visit: &'a Visit,
    application: &str,
) -> Result<SignOn<'a>, Failure> {
    let desk = door.desk_for(&visit.moment, application).await?;
    let asked = match visit.parameter("waiting") {
        Some(waiting) => resume(door, &desk, visit, &waiting)
            .filter(|asked| asked.application == application)
            .ok_or(Failure::Expired)?,
        None => came(&desk, visit, application).await?,
    };
    Ok(SignOn { desk, visit, asked })
}

/// A request that was taken in before, for the browser that was told.
fn resume(door: &Door, desk: &Desk, visit: &Visit, waiting: &str) -> Option<Asked> {
    let (waiting, browser) = (Waiting::new(waiting), Browser::of(visit));
    let service = &door.desk.app.service;
    service.resume(&visit.moment, &desk.entity, &browser.value, &waiting)
}

/// A request by redirect, or none: then the sign-on starts here.
async fn came(desk: &Desk, visit: &Visit, application: &str) -> Result<Asked, Failure> {
    let relay_state = visit.parameter("RelayState");
    let mut pairs = visit.query.split('&');
    let came = if pairs.any(|pair| pair.starts_with("SAMLRequest=")) {
        Came::Redirect(&visit.query)
    } else {
        Came::Unsolicited {
            relying_party: application,
            acs: None,
            relay_state: relay_state.as_deref(),
        }
    };
    judge(desk, visit, (application, came)).await
}

async fn judge(
    desk: &Desk,
    visit: &Visit,
    (application, came): (&str, Came<'_>),
) -> Result<Asked, Failure> {
    let asked = desk.judge(&visit.moment, came).await?;
    if asked.application != application {
        let detail = "the request comes from another application than the path names";
        return Err(Refused::new("request.unknown_party", detail).into());
    }
    Ok(asked)
}

impl SignOn<'_> {
    /// The application's name: an entity ID says little to people.
    async fn application(&self) -> Result<String, Failure> {
        let store = self.desk.app.service.store();
        let organization = &self.desk.entity.organization;
        let found = store.application(organization, &self.asked.application);
        Ok(found.await?.map_or_else(
            || self.asked.entity_id.clone(),
            |application| application.name,
        ))
    }
}

impl Errand for SignOn<'_> {
    async fn settle(&self, session: Option<&Session>, fresh: bool) -> Result<Settled, Failure> {
        let (moment, words) = (&self.visit.moment, self.visit.words);
        let look = match session {
            Some(session) if fresh => {
                let post = self.desk.vouch(moment, session, &self.asked).await?;
                return Ok(Settled::Answer(hand_over::page(words, &post)));
            }
            session => self.desk.look_with(moment, &self.asked, session).await?,
        };
        Ok(match look {
            Look::HandOver(_, post) | Look::Declined(post) => {
                Settled::Answer(hand_over::page(words, &post))
            }
            Look::Ask => Settled::Ask(Question {
                application: self.application().await?,
                leads_to: None,
                login_hint: None,
            }),
        })
    }
}
