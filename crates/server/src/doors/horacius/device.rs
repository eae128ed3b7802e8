//! The device flow (RFC 8628): codes for a device, and the page on which a person lets it in.

use super::Door;
use super::cookies::{self, Browser};
use super::entrance::{self, Errand, Question, Settled, set};
use super::oauth::answered;
use super::pages::{DeviceCode, DeviceConfirmation};
use crate::http::body::FORM;
use crate::http::{At, Fields, Form};
use crate::pages::notice::Notice;
use crate::sign_on::{Failure, Visit};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use identity::Refused;
use identity::grants::device::Asking;
use identity::login::Session;
use std::sync::Arc;

/// Where devices begin.
pub(super) const BEGIN: &str = "/idp/oauth/device_authorization";
/// Where people type their codes: short, because they type it, too.
pub(super) const PAGE: &str = "/device";

/// `POST /idp/oauth/device_authorization`
pub(super) async fn begin(
    State(door): State<Arc<Door>>,
    At(moment): At,
    request: Request,
) -> Response<Body> {
    let service = &door.desk.app.service;
    let page = format!("{}{PAGE}", door.desk.origin);
    answered(&moment, request, async |posted| {
        let asked = (posted.authorization(), posted.text(), page.as_str());
        service.authorize_device(&moment, &door.server, asked).await
    })
    .await
}

/// `GET /device`: asks for a person first, so that nobody tries codes without a name.
pub(super) async fn get(State(door): State<Arc<Door>>, visit: Visit) -> Response<Body> {
    let errand = Typing { visit: &visit };
    let answer = entrance::look(&door, &visit, &errand).await;
    answer.unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

/// What somebody typed there: credentials, a code, or a decision about one.
pub(super) async fn post(
    State(door): State<Arc<Door>>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    let answer = if fields.has("user_code") {
        judge(&door, &visit, &fields).await
    } else {
        let errand = Typing { visit: &visit };
        entrance::prove(&door, &visit, (&errand, &fields)).await
    };
    answer.unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

/// A person who is about to type a code.
struct Typing<'a> {
    visit: &'a Visit,
}

impl Errand for Typing<'_> {
    async fn settle(&self, session: Option<&Session>, _fresh: bool) -> Result<Settled, Failure> {
        let words = self.visit.words;
        if session.is_none() {
            return Ok(Settled::Ask(Question {
                application: words.horacius.device.to_owned(),
                leads_to: None,
                login_hint: None,
            }));
        }
        let code = self.visit.parameter("user_code").unwrap_or_default();
        Ok(Settled::Answer(ask(self.visit, &code, None)))
    }
}

async fn judge(door: &Door, visit: &Visit, fields: &Fields) -> Result<Response<Body>, Failure> {
    let one = |name| {
        let field = fields.one(name).map_err(|_| Failure::Form);
        field.map(Option::unwrap_or_default)
    };
    let (typed, decision) = (one("user_code")?, one("decision")?);
    if visit.foreign() || !Browser::of(visit).was_shown(one("visit")?) {
        return Err(Failure::Foreign);
    }
    let cookie = visit.cookies.one(cookies::SESSION);
    let session = door.desk.session(&visit.moment, cookie).await?;
    let Some(session) = session else {
        return Err(Failure::Expired);
    };
    let (service, moment) = (&door.desk.app.service, &visit.moment);
    let approved = match decision {
        "" => {
            let asking = service.device_asking(moment, &door.server, (&session, typed));
            return match asking.await? {
                Ok(asking) => Ok(confirm(visit, &session, &asking)),
                Err(refused) => wrong(visit, typed, refused),
            };
        }
        "approve" => true,
        "deny" => false,
        _ => return Err(Failure::Form),
    };
    let decided = service.decide_device(moment, &door.server, (&session, typed, approved));
    match decided.await? {
        Ok(_) => Ok(done(visit, approved)),
        Err(refused) => wrong(visit, typed, refused),
    }
}

fn ask(visit: &Visit, code: &str, error: Option<(&str, StatusCode)>) -> Response<Body> {
    let browser = Browser::of(visit);
    let page = DeviceCode {
        words: visit.words,
        visit: &browser.proof(),
        user_code: code,
        error: error.map(|(text, _)| text),
    };
    let mut response = page.answer(error.map_or(StatusCode::OK, |(_, status)| status));
    if let Some(cookie) = browser.cookie() {
        set(&mut response, cookie);
    }
    response
}

fn confirm(visit: &Visit, session: &Session, asking: &Asking) -> Response<Body> {
    let page = DeviceConfirmation {
        words: visit.words,
        visit: &Browser::of(visit).proof(),
        user_code: &asking.user_code,
        application: &asking.application,
        user_name: &session.user_name,
    };
    page.answer()
}

fn wrong(visit: &Visit, typed: &str, refused: Refused) -> Result<Response<Body>, Failure> {
    let words = visit.words;
    let error = match refused.code {
        "device.user_code" => (words.horacius.device_code_wrong, StatusCode::OK),
        "device.throttled" => (words.throttled, StatusCode::TOO_MANY_REQUESTS),
        _ => return Err(refused.into()),
    };
    Ok(ask(visit, typed, Some(error)))
}

fn done(visit: &Visit, approved: bool) -> Response<Body> {
    let (words, horacius) = (visit.words, visit.words.horacius);
    let notice = Notice {
        words,
        title: if approved {
            horacius.device_approved
        } else {
            horacius.device_denied
        },
        text: if approved {
            horacius.device_approved_text
        } else {
            horacius.device_denied_text
        },
        mender: None,
        reference: None,
        link: None,
    };
    notice.answer(StatusCode::OK)
}
