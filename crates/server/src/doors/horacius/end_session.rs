//! Sign-outs that applications ask for (OpenID Connect RP-Initiated Logout §2).

use super::Door;
use super::answers;
use super::cookies;
use super::farewell;
use super::question;
use crate::http::oauth::Posted;
use crate::sign_on::{Failure, Visit};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use std::sync::Arc;

/// The path.
pub(super) const PATH: &str = "/idp/oauth/logout";

/// `GET /idp/oauth/logout`
pub(super) async fn get(State(door): State<Arc<Door>>, visit: Visit) -> Response<Body> {
    let answer = end(&door, &visit).await;
    answer.unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

/// The same by POST: from the application's page, with which a browser sends no session cookie (SameSite=Lax). It comes back
/// with a GET, with which it does.
pub(super) async fn post(visit: Visit, request: Request) -> Response<Body> {
    let posted = match Posted::read(request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    answers::see_other(&format!("{PATH}?{}", posted.text()))
        .unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

async fn end(door: &Door, visit: &Visit) -> Result<Response<Body>, Failure> {
    let cookie = visit.cookies.one(cookies::SESSION);
    let session = door.desk.session(&visit.moment, cookie).await?;
    let service = &door.desk.app.service;
    let request = (visit.query.as_str(), session.as_ref());
    let asked = service
        .end_session(&visit.moment, &door.server, request)
        .await??;
    let Some(session) = session else {
        return farewell::gone(visit, asked.back_to.as_deref());
    };
    if asked.vouched || question::confirmed(visit) {
        return farewell::leave(door, visit, (&session, asked.back_to)).await;
    }
    Ok(question::ask(visit, PATH, visit.words.sign_out_question))
}
