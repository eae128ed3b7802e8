//! `/account/authenticator`: enrolment; its end, and recovery codes.

use super::super::Door;
use super::super::answers;
use super::super::cookies;
use super::super::entrance::set;
use super::account::{self, done, or_page, sentence};
use super::member::{Member, one, secret};
use super::pages::{self, Authenticator, Codes, Section};
use crate::http::body::FORM;
use crate::http::{Fields, Form};
use crate::sign_on::{Failure, Visit};
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use identity::people::{Enrolment, Proof, RecoveryCodes, Renewed};
use std::sync::Arc;

/// The page.
pub(super) const PATH: &str = "/account/authenticator";

/// `GET /account/authenticator`
pub(super) async fn get(State(door): State<Arc<Door>>, visit: Visit) -> Response<Body> {
    let shown = async {
        let Some(member) = Member::of(&door, &visit).await? else {
            return answers::see_other(account::PATH);
        };
        let desk = &door.desk;
        let means = desk.app.service.means_of(&desk.entity, &member.session);
        if !means.await?.password {
            // Whoever cannot prove who sits there cannot end the enrolment either.
            return answers::see_other(account::PATH);
        }
        let enrolment = begin(&door, &visit, &member).await?;
        page(&door, &visit, &member, (&enrolment, None)).await
    };
    or_page(&visit, shown.await)
}

/// `POST /account/authenticator`
pub(super) async fn post(
    State(door): State<Arc<Door>>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    let enrolled = async {
        let member = Member::posting(&door, &visit, &fields).await?;
        let (sealed, shown) = (one(&fields, "enrolment")?, secret(&fields, "shown")?);
        let desk = &door.desk;
        let enrolled = desk
            .app
            .service
            .enrol(
                &visit.moment,
                &desk.entity,
                &member.session,
                (sealed, &shown, &proof(&fields)?),
            )
            .await?;
        let refused = match enrolled {
            Ok((codes, renewed)) => return Ok(handed(&visit, &codes, &renewed)),
            Err(refused) => refused,
        };
        let error = sentence(refused, visit.words)?;
        let resumed = desk
            .app
            .service
            .resume_enrolment(&visit.moment, &desk.entity, &member.session, sealed)
            .await?;
        let enrolment = match resumed {
            Some(enrolment) => enrolment,
            None => begin(&door, &visit, &member).await?,
        };
        page(&door, &visit, &member, (&enrolment, Some(error))).await
    };
    or_page(&visit, enrolled.await)
}

/// `POST /account/authenticator/remove`
pub(super) async fn remove(
    State(door): State<Arc<Door>>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    let removed = async {
        let member = Member::posting(&door, &visit, &fields).await?;
        let desk = &door.desk;
        let proof = proof(&fields)?;
        let removed = desk
            .app
            .service
            .remove_authenticator(&visit.moment, &desk.entity, &member.session, &proof)
            .await?;
        match removed {
            Ok(renewed) => done("removed", Some(&renewed.cookie)),
            Err(refused) => {
                let error = sentence(refused, visit.words)?;
                let error = Some((Section::Authenticator, error));
                account::page(&door, &visit, &member, error).await
            }
        }
    };
    or_page(&visit, removed.await)
}

/// `POST /account/recovery-codes`
pub(super) async fn recovery(
    State(door): State<Arc<Door>>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    let drawn = async {
        let member = Member::posting(&door, &visit, &fields).await?;
        let desk = &door.desk;
        let proof = proof(&fields)?;
        let drawn = desk
            .app
            .service
            .replace_recovery_codes(&visit.moment, &desk.entity, &member.session, &proof)
            .await?;
        match drawn {
            Ok((codes, renewed)) => Ok(handed(&visit, &codes, &renewed)),
            Err(refused) => {
                let error = sentence(refused, visit.words)?;
                let error = Some((Section::Authenticator, error));
                account::page(&door, &visit, &member, error).await
            }
        }
    };
    or_page(&visit, drawn.await)
}

/// What is typed to prove who sits there.
fn proof(fields: &Fields) -> Result<Proof, Failure> {
    let code = secret(fields, "code")?;
    Ok(Proof {
        password: secret(fields, "password")?,
        code: (!code.expose().is_empty()).then_some(code),
    })
}

/// Codes, which stand in this one answer and nowhere else, with the session's new cookie.
fn handed(visit: &Visit, codes: &RecoveryCodes, renewed: &Renewed) -> Response<Body> {
    let mut response = pages::show(&Codes {
        words: visit.words,
        codes: codes.shown(),
    });
    set(&mut response, cookies::session(&renewed.cookie));
    response
}

async fn begin(door: &Door, visit: &Visit, member: &Member) -> Result<Enrolment, Failure> {
    let desk = &door.desk;
    let begun = desk
        .app
        .service
        .begin_enrolment(&visit.moment, &desk.entity, &member.session)
        .await?;
    Ok(begun)
}

async fn page(
    door: &Door,
    visit: &Visit,
    member: &Member,
    (enrolment, error): (&Enrolment, Option<&str>),
) -> Result<Response<Body>, Failure> {
    let (service, entity) = (&door.desk.app.service, &door.desk.entity);
    let replacing = service
        .means_of(entity, &member.session)
        .await?
        .authenticator;
    let page = Authenticator::of(visit.words, enrolment, &member.browser, (replacing, error));
    Ok(member.told(pages::show(&page)))
}
