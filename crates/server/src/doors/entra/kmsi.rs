//! "Stay signed in?", and the hand-over after it.

use super::cookies;
use super::door::{Door, set};
use super::giving_up;
use crate::http::body::FORM;
use crate::http::{Fields, Form};
use crate::sign_on::{Failure, Visit};
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use std::sync::Arc;

/// `LoginOptions` of whoever stays.
const YES: &str = "1";

pub(super) async fn post(
    State(door): State<Arc<Door>>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    answer(&door, &visit, &fields)
        .await
        .unwrap_or_else(|failure| giving_up::page(&failure, &visit))
}

async fn answer(door: &Door, visit: &Visit, fields: &Fields) -> Result<Response<Body>, Failure> {
    if visit.foreign() {
        return Err(Failure::Foreign);
    }
    let one = |name| {
        fields
            .one(name)
            .map(Option::unwrap_or_default)
            .map_err(|_| Failure::Form)
    };
    let (asked, session) = door.resume_signed_in(visit, one("ctx")?).await?;
    let mut response = door.hand_over(visit, (&asked, &session)).await?;
    if one("LoginOptions")? == YES
        && let Some(cookie) = cookies::session(visit)
    {
        set(&mut response, cookies::stay(cookie, visit.moment.now));
    }
    Ok(response)
}
