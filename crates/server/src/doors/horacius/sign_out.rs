//! `GET /logout`: the end of the session, of everything that was granted because of it, and of its parts elsewhere.

use super::Door;
use super::answers;
use super::cookies;
use super::farewell;
use super::question;
use crate::sign_on::{Failure, Visit};
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use std::sync::Arc;

/// The path.
pub(super) const PATH: &str = "/logout";

/// Asks, ends the session of the cookie, or obeys a SAML logout message.
pub(super) async fn get(State(door): State<Arc<Door>>, visit: Visit) -> Response<Body> {
    let carries = |name| visit.parameter(name).is_some();
    let answer = if carries("SAMLRequest") || carries("SAMLResponse") {
        obey(&door, &visit).await
    } else {
        begin(&door, &visit).await
    };
    answer.unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

async fn begin(door: &Door, visit: &Visit) -> Result<Response<Body>, Failure> {
    let cookie = visit.cookies.one(cookies::SESSION);
    let session = door.desk.session(&visit.moment, cookie).await?;
    let Some(session) = session else {
        return farewell::resume(door, visit).await;
    };
    if !question::confirmed(visit) {
        let text = visit.words.people.sign_out_confirm;
        return Ok(question::ask(visit, PATH, text));
    }
    let back_to = registered(door, visit).await?;
    farewell::leave(door, visit, (&session, back_to)).await
}

/// "URL de Logout" of the application that sent the browser here, if it said who it is. Only a registered address: anything
/// else would be an open redirect.
async fn registered(door: &Door, visit: &Visit) -> Result<Option<String>, Failure> {
    let Some(client) = visit.parameter("client_id") else {
        return Ok(None);
    };
    let service = &door.desk.app.service;
    let client = service.oauth_client(&visit.moment, door.organization(), &client);
    let client = client.await?.ok();
    Ok(client.and_then(|client| client.logout_url.clone()))
}

async fn obey(door: &Door, visit: &Visit) -> Result<Response<Body>, Failure> {
    match door.desk.logout(&visit.moment, &visit.query).await? {
        Some(next) => answers::see_other(&next),
        None => farewell::end_of_the_line(door, visit).await,
    }
}
