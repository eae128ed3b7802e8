//! `/`: the start page, which needs no application to have sent anybody.

use super::super::Door;
use super::super::answers;
use super::super::entrance::{self, Errand, Question, Settled};
use super::pages::{self, Start};
use crate::http::Form;
use crate::http::body::FORM;
use crate::sign_on::{Failure, Visit};
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use identity::login::Session;
use identity::people::Home;
use identity::people::home::Start as Way;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;

/// `GET /`
pub(super) async fn get(State(door): State<Arc<Door>>, visit: Visit) -> Response<Body> {
    let answer = entrance::look(
        &door,
        &visit,
        &AtHome {
            door: &door,
            visit: &visit,
        },
    )
    .await;
    answer.unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

/// What somebody typed there.
pub(super) async fn typed(
    State(door): State<Arc<Door>>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    let errand = AtHome {
        door: &door,
        visit: &visit,
    };
    let answer = entrance::prove(&door, &visit, (&errand, &fields)).await;
    answer.unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

/// A look at the start page.
struct AtHome<'a> {
    door: &'a Door,
    visit: &'a Visit,
}

impl Errand for AtHome<'_> {
    async fn settle(&self, session: Option<&Session>, fresh: bool) -> Result<Settled, Failure> {
        let door = self.door;
        let organization = door.name().await?;
        let Some(session) = session else {
            return Ok(Settled::Ask(Question {
                application: organization,
                leads_to: None,
                login_hint: None,
            }));
        };
        if fresh {
            // So that reloading the page does not send the password again.
            return answers::see_other("/").map(Settled::Answer);
        }
        let homes = door.desk.app.service.homes(&door.desk.entity).await?;
        let homes: Vec<_> = homes.into_iter().filter_map(address).collect();
        let page = Start {
            words: self.visit.words,
            organization: &organization,
            user: &session.user_name,
            homes: &homes,
        };
        Ok(Settled::Answer(pages::show(&page)))
    }
}

/// Name and address: the home page, or the sign-on that begins here.
fn address(home: Home) -> Option<(String, String)> {
    let id = utf8_percent_encode(&home.id, NON_ALPHANUMERIC);
    let begun = match home.start {
        Some(Way::Jwt) => Some(format!("/jwt/login/{id}/")),
        Some(Way::Saml) => Some(format!("/idp/saml/redirect/sso/{id}")),
        None => None,
    };
    let url = home.url.or(begun)?;
    Some((home.name, url))
}
