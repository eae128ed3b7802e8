//! "Integração via Protocolo OAuth 2.0": the document's endpoints, and the standards' beside them.

use super::Door;
use super::answers;
use super::entrance::{self, Errand, Question, Settled};
use crate::http::body::FORM;
use crate::http::oauth::{self as http, Posted};
use crate::http::{At, Fields, Form, authorization};
use crate::sign_on::{Failure, Visit};
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Response, StatusCode};
use identity::grants::authorize::{Authorization, Visitor};
use identity::grants::exchange::Exchanged;
use identity::login::Session;
use identity::{Moment, Refused};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// The application that a path names, if it names one.
type Named = Option<Path<String>>;

/// `GET /idp/oauth/authorize/sso/<app>`
pub(super) async fn authorize(
    State(door): State<Arc<Door>>,
    application: Named,
    visit: Visit,
) -> Response<Body> {
    let errand = Authorize::of(&door, &visit, application.as_ref());
    let answer = entrance::look(&door, &visit, &errand).await;
    answer.unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

/// What somebody typed there.
pub(super) async fn typed(
    State(door): State<Arc<Door>>,
    application: Named,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    let errand = Authorize::of(&door, &visit, application.as_ref());
    let answer = entrance::prove(&door, &visit, (&errand, &fields)).await;
    answer.unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

/// `POST /api/idp/oauth/token/sso/<app>` and `POST /idp/oauth/token`
pub(super) async fn token(
    State(door): State<Arc<Door>>,
    application: Named,
    At(moment): At,
    request: Request,
) -> Response<Body> {
    let service = &door.desk.app.service;
    let named = application.as_ref().map(|Path(id)| id.as_str());
    answered(&moment, request, async |posted| {
        let asked = (named, posted.authorization(), posted.text());
        service.exchange(&moment, &door.server, asked).await
    })
    .await
}

/// `POST /idp/oauth/introspect` (RFC 7662)
pub(super) async fn introspect(
    State(door): State<Arc<Door>>,
    At(moment): At,
    request: Request,
) -> Response<Body> {
    let service = &door.desk.app.service;
    answered(&moment, request, async |posted| {
        let asked = (None, posted.authorization(), posted.text());
        service.introspect(&moment, &door.server, asked).await
    })
    .await
}

/// `POST /api/idp/oauth/revoke/sso/<app>` and `POST /idp/oauth/revoke` (RFC 7009). The document's answer serves both: the
/// standard leaves the body open.
pub(super) async fn revoke(
    State(door): State<Arc<Door>>,
    application: Named,
    At(moment): At,
    request: Request,
) -> Response<Body> {
    #[derive(Serialize)]
    struct Document {
        #[serde(skip_serializing_if = "Option::is_none")]
        state: Option<String>,
        success_description: &'static str,
    }
    let service = &door.desk.app.service;
    let named = application.as_ref().map(|Path(id)| id.as_str());
    answered(&moment, request, async |posted| {
        let asked = (named, posted.authorization(), posted.text());
        let revoked = service.revoke_for_client(&moment, &door.server, asked);
        Ok(revoked.await?.map(|revoked| Document {
            state: revoked.state,
            success_description: "access_token was revoked",
        }))
    })
    .await
}

/// `GET /api/idp/oauth/userinfo/sso/<app>`
pub(super) async fn user_info(
    State(door): State<Arc<Door>>,
    Path(application): Path<String>,
    visit: Visit,
    headers: HeaderMap,
) -> Response<Body> {
    let moment = &visit.moment;
    let Ok(query) = Fields::parse(&visit.query) else {
        return http::unreadable();
    };
    let (Ok(token), Ok(state), Ok(fields)) = (
        query.one("access_token"),
        query.one("state"),
        query.one("fields"),
    ) else {
        return http::unreadable();
    };
    let bearer = authorization::bearer(&headers);
    // RFC 6750 §2: not more than one way to send the token.
    if token.is_some() && bearer.is_some() {
        return http::unreadable();
    }
    let token = token.or(bearer).unwrap_or_default();
    let service = &door.desk.app.service;
    let asked = (application.as_str(), token);
    match service.user_info(moment, &door.server, asked).await {
        Ok(Ok(person)) => {
            let known = [
                ("username", Some(person.user_name)),
                ("name", Some(person.name)),
                ("e-mail", person.email),
            ];
            http::json(StatusCode::OK, &chosen(&known, fields, state))
        }
        Ok(Err(refused)) => http::unauthorized(&refused, moment),
        Err(unavailable) => http::away(&unavailable, moment),
    }
}

/// Reads a form that a client posted, asks a rule, and answers with what it says.
pub(super) async fn answered<T: Serialize>(
    moment: &Moment,
    request: Request,
    rule: impl AsyncFnOnce(&Posted) -> Exchanged<T>,
) -> Response<Body> {
    let posted = match Posted::read(request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    match rule(&posted).await {
        Ok(Ok(document)) => http::json(StatusCode::OK, &document),
        Ok(Err(refusal)) => http::refuse(&refusal),
        Err(unavailable) => http::away(&unavailable, moment),
    }
}

/// The fields that were asked for, in that order, or all; then `state`. The document asks for `e-mail` and is told `email`.
fn chosen(
    known: &[(&str, Option<String>); 3],
    fields: Option<&str>,
    state: Option<&str>,
) -> Map<String, Value> {
    let wanted = fields.unwrap_or("username,name,e-mail");
    let mut document = Map::new();
    for wanted in wanted.split(',').map(str::trim) {
        let wanted = if wanted == "email" { "e-mail" } else { wanted };
        let found = known.iter().find(|(name, _)| *name == wanted);
        if let Some((name, Some(value))) = found {
            document.insert(name.replace('-', ""), Value::from(value.as_str()));
        }
    }
    if let Some(state) = state {
        document.insert("state".to_owned(), Value::from(state));
    }
    document
}

/// An answer for the application's registered address.
struct Authorize<'a> {
    door: &'a Door,
    visit: &'a Visit,
    application: Option<&'a str>,
}

impl<'a> Authorize<'a> {
    fn of(door: &'a Door, visit: &'a Visit, application: Option<&'a Path<String>>) -> Self {
        Self {
            door,
            visit,
            application: application.map(|Path(id)| id.as_str()),
        }
    }
}

impl Errand for Authorize<'_> {
    async fn settle(&self, session: Option<&Session>, fresh: bool) -> Result<Settled, Failure> {
        let service = &self.door.desk.app.service;
        let request = (self.application, self.visit.query.as_str());
        let judged = service
            .authorize(
                &self.visit.moment,
                &self.door.server,
                request,
                Visitor { session, fresh },
            )
            .await?;
        match judged.map_err(|refused: Refused| Failure::from(refused))? {
            Authorization::Redirect(location) => answers::see_other(&location).map(Settled::Answer),
            Authorization::Ask {
                application,
                leads_to,
                login_hint,
            } => Ok(Settled::Ask(Question {
                application,
                leads_to: Some(leads_to),
                login_hint,
            })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> [(&'static str, Option<String>); 3] {
        [
            ("username", Some("u".into())),
            ("name", Some("n".into())),
            ("e-mail", Some("e".into())),
        ]
    }

    #[test]
    fn fields_are_told_as_the_document_prints_them() {
        let told = |fields, state| Value::Object(chosen(&known(), fields, state)).to_string();
        assert_eq!(
            told(Some("username, name, e-mail"), Some("a60")),
            r#"{"username":"u","name":"n","email":"e","state":"a60"}"#
        );
        assert_eq!(told(Some("name"), None), r#"{"name":"n"}"#);
        assert_eq!(told(Some("password, name"), None), r#"{"name":"n"}"#);
        assert_eq!(
            told(None, None),
            r#"{"username":"u","name":"n","email":"e"}"#
        );
    }
}
