//! The end of a session, whoever asked for it: the applications are told, the browser passes the SAML parties, and at last it
//! visits the pages of applications that sign people out, shows how all that went, or goes back to who asked.

use super::Door;
use super::answers;
use super::cookies;
use super::entrance::set;
use super::pages::SignedOut;
use crate::sign_on::{Failure, Visit};
use axum::body::Body;
use axum::http::Response;
use identity::login::Session;
use identity::logout::parting::{Outcome, Parting};
use identity::logout::relying_party::Leaving;

/// Ends the session and sends the browser on.
pub(super) async fn leave(
    door: &Door,
    visit: &Visit,
    (session, back_to): (&Session, Option<String>),
) -> Result<Response<Body>, Failure> {
    let (app, moment) = (&door.desk.app, &visit.moment);
    let next = door.desk.sign_out(moment, session).await?;
    let told = app
        .service
        .tell_of_logout(moment, &door.server, (&app.outbound, &session.id))
        .await;
    // The session is over, whatever happens now; who was not told yet is told later.
    if let Err(unavailable) = told {
        let error = &unavailable as &dyn std::error::Error;
        tracing::error!(error, correlation = %moment.correlation, "applications could not be told of a logout");
    }
    let leaving = Leaving {
        session: session.id.clone(),
        back_to,
    };
    let mut response = match next {
        Some(location) => {
            let mut response = answers::see_other(&location)?;
            let sealed = app.service.leave(moment, &door.server, &leaving);
            set(&mut response, cookies::leaving(&sealed));
            response
        }
        None => arrived(door, visit, &leaving).await?,
    };
    set(&mut response, cookies::no_session());
    Ok(response)
}

/// The last step of a sign-out that began here; of any other only says that it is over.
pub(super) async fn end_of_the_line(door: &Door, visit: &Visit) -> Result<Response<Body>, Failure> {
    let Some(leaving) = under_way(door, visit) else {
        return gone(visit, None);
    };
    let mut response = arrived(door, visit, &leaving).await?;
    set(&mut response, cookies::no_leaving());
    Ok(response)
}

/// Nobody is signed in. A browser that a party kept during a sign-out goes on past that party.
pub(super) async fn resume(door: &Door, visit: &Visit) -> Result<Response<Body>, Failure> {
    let Some(leaving) = under_way(door, visit) else {
        return gone(visit, None);
    };
    let next = door.desk.resume_sign_out(&visit.moment, &leaving.session);
    match next.await? {
        Some(location) => answers::see_other(&location),
        None => end_of_the_line(door, visit).await,
    }
}

/// Nobody is signed in any more, and there is nothing to tell about it.
pub(super) fn gone(visit: &Visit, back_to: Option<&str>) -> Result<Response<Body>, Failure> {
    match back_to {
        Some(address) => answers::see_other(address),
        None => Ok(page(visit, &[], None)),
    }
}

fn under_way(door: &Door, visit: &Visit) -> Option<Leaving> {
    let sealed = visit.cookies.one(cookies::LEAVING)?;
    let service = &door.desk.app.service;
    service.left(&visit.moment, &door.server, sealed)
}

/// Goes back to who asked, unless there is something that the person should see: an application that does not know yet, or one
/// whose page is still to be visited.
async fn arrived(door: &Door, visit: &Visit, leaving: &Leaving) -> Result<Response<Body>, Failure> {
    let service = &door.desk.app.service;
    let mut partings = service
        .partings(&door.desk.entity, &leaving.session)
        .await?;
    let back_to = leaving.back_to.as_deref();
    partings.retain(|parting| match &parting.outcome {
        Outcome::Called(page) => Some(page.as_str()) != back_to,
        _ => true,
    });
    let all_know = partings
        .iter()
        .all(|parting| parting.outcome == Outcome::Told);
    match back_to {
        Some(address) if all_know => answers::see_other(address),
        _ => Ok(page(visit, &partings, back_to)),
    }
}

fn page(visit: &Visit, partings: &[Parting], back_to: Option<&str>) -> Response<Body> {
    let page = SignedOut {
        words: visit.words,
        partings,
        back_to,
    };
    page.answer()
}
