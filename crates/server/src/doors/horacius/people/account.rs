//! `/account`: what a person sees and changes of their own.

use super::super::Door;
use super::super::answers;
use super::super::cookies;
use super::super::entrance::{self, Errand, Question, Settled, set};
use super::member::{Member, one, secret};
use super::pages::{self, Account, Line, Section};
use crate::http::Form;
use crate::http::body::FORM;
use crate::pages::words::Words;
use crate::sign_on::{Failure, Visit};
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use identity::Refused;
use identity::login::Session;
use std::sync::Arc;

/// The page.
pub(super) const PATH: &str = "/account";

/// `GET /account`
pub(super) async fn get(State(door): State<Arc<Door>>, visit: Visit) -> Response<Body> {
    let errand = AtAccount {
        door: &door,
        visit: &visit,
    };
    let answer = entrance::look(&door, &visit, &errand).await;
    answer.unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

/// What somebody typed there to sign in.
pub(super) async fn typed(
    State(door): State<Arc<Door>>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    let errand = AtAccount {
        door: &door,
        visit: &visit,
    };
    let answer = entrance::prove(&door, &visit, (&errand, &fields)).await;
    answer.unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

/// `POST /account/password`
pub(super) async fn password(
    State(door): State<Arc<Door>>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    let changed = async {
        let member = Member::posting(&door, &visit, &fields).await?;
        let (old, new) = (secret(&fields, "old")?, secret(&fields, "new")?);
        if new.expose() != one(&fields, "again")? {
            let error = visit.words.people.password_differs;
            return page(&door, &visit, &member, Some((Section::Password, error))).await;
        }
        let desk = &door.desk;
        let changed = desk
            .app
            .service
            .change_password(&visit.moment, &desk.entity, &member.session, (&old, &new))
            .await?;
        match changed {
            Ok(renewed) => done("password", Some(&renewed.cookie)),
            Err(refused) => {
                let error = sentence(refused, visit.words)?;
                page(&door, &visit, &member, Some((Section::Password, error))).await
            }
        }
    };
    or_page(&visit, changed.await)
}

/// `POST /account/sign-out-elsewhere`
pub(super) async fn elsewhere(
    State(door): State<Arc<Door>>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    let ended = async {
        let member = Member::posting(&door, &visit, &fields).await?;
        let desk = &door.desk;
        desk.app
            .service
            .sign_out_elsewhere(&visit.moment, &desk.entity, &member.session)
            .await?;
        done("elsewhere", None)
    };
    or_page(&visit, ended.await)
}

/// The page of whoever is there.
pub(super) async fn page(
    door: &Door,
    visit: &Visit,
    member: &Member,
    error: Option<(Section, &str)>,
) -> Result<Response<Body>, Failure> {
    let (words, session) = (visit.words, &member.session);
    let (service, entity) = (&door.desk.app.service, &door.desk.entity);
    let sessions = service.sessions_of(&visit.moment, entity, session).await?;
    let sessions: Vec<_> = sessions.into_iter().map(|s| Line::of(s, words)).collect();
    let means = service.means_of(entity, session).await?;
    let done = visit.parameter("done");
    let page = Account {
        words,
        user: &session.user_name,
        visit: &member.browser.proof(),
        means,
        delivers: door.desk.app.post.delivers(),
        recovery_left: service.recovery_codes_left(entity, session).await?,
        sessions: &sessions,
        done: done.as_deref().and_then(|what| what_was_done(what, words)),
        error,
    };
    Ok(member.told(pages::show(&page)))
}

/// Back to the page, by a GET that can be reloaded, with the session's new cookie.
pub(super) fn done(what: &str, cookie: Option<&str>) -> Result<Response<Body>, Failure> {
    let mut response = answers::see_other(&format!("{PATH}?done={what}"))?;
    if let Some(cookie) = cookie {
        set(&mut response, cookies::session(cookie));
    }
    Ok(response)
}

/// The answer, or the page that says why not.
pub(super) fn or_page(visit: &Visit, answer: Result<Response<Body>, Failure>) -> Response<Body> {
    answer.unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

/// What a person can do about a refusal; what nobody can do anything about on this page is a failure of the visit.
pub(super) fn sentence(refused: Refused, words: &Words) -> Result<&'static str, Failure> {
    Ok(match refused.code {
        "login.credentials" => words.people.wrong_password,
        "login.code" => words.code_wrong,
        "login.throttled" => words.throttled,
        "password.short" => words.people.password_short,
        "password.long" => words.people.password_long,
        "password.common" => words.people.password_common,
        "enrolment.code" => words.people.authenticator_wrong,
        "enrolment.over" => words.people.enrolment_over,
        "account.overtaken" => words.people.overtaken,
        "account.session" => return Err(Failure::Expired),
        _ => return Err(Failure::Refused(refused)),
    })
}

fn what_was_done<'w>(what: &str, words: &'w Words) -> Option<&'w str> {
    match what {
        "password" => Some(words.people.done_password),
        "removed" => Some(words.people.done_removed),
        "elsewhere" => Some(words.people.done_elsewhere),
        _ => None,
    }
}

/// A look at the account page.
struct AtAccount<'a> {
    door: &'a Door,
    visit: &'a Visit,
}

impl Errand for AtAccount<'_> {
    async fn settle(&self, session: Option<&Session>, fresh: bool) -> Result<Settled, Failure> {
        let Some(session) = session else {
            return Ok(Settled::Ask(Question {
                application: self.door.name().await?,
                leads_to: None,
                login_hint: None,
            }));
        };
        if fresh {
            return answers::see_other(PATH).map(Settled::Answer);
        }
        let member = Member {
            session: session.clone(),
            browser: cookies::Browser::of(self.visit),
        };
        page(self.door, self.visit, &member, None)
            .await
            .map(Settled::Answer)
    }
}
