//! "Integração via Protocolo OAuth 2.0": the document's endpoints, and the standards' beside them.

use super::Door;
use super::answers;
use super::entrance::{self, Errand, Question, Settled};
use crate::http::body::{self, FORM};
use crate::http::{At, Fields, Form, authorization};
use crate::sign_on::{Failure, Visit};
use ::oauth::discovery::Metadata;
use ::oauth::error::Refusal;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Response, StatusCode};
use identity::applications::SCOPES;
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
    posted(&moment, request, async |authorization, body| {
        let asked = (named, authorization, body);
        service.exchange(&moment, &door.server, asked).await
    })
    .await
    .unwrap_or_else(|document| answers::json(StatusCode::OK, &document))
}

/// `POST /idp/oauth/introspect` (RFC 7662)
pub(super) async fn introspect(
    State(door): State<Arc<Door>>,
    At(moment): At,
    request: Request,
) -> Response<Body> {
    let service = &door.desk.app.service;
    posted(&moment, request, async |authorization, body| {
        let asked = (None, authorization, body);
        service.introspect(&moment, &door.server, asked).await
    })
    .await
    .unwrap_or_else(|document| answers::json(StatusCode::OK, &document))
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
    posted(&moment, request, async |authorization, body| {
        let asked = (named, authorization, body);
        service
            .revoke_for_client(&moment, &door.server, asked)
            .await
    })
    .await
    .unwrap_or_else(|revoked| {
        let document = Document {
            state: revoked.state,
            success_description: "access_token was revoked",
        };
        answers::json(StatusCode::OK, &document)
    })
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
        return unreadable();
    };
    let (Ok(token), Ok(state), Ok(fields)) = (
        query.one("access_token"),
        query.one("state"),
        query.one("fields"),
    ) else {
        return unreadable();
    };
    let bearer = authorization::bearer(&headers);
    // RFC 6750 §2: not more than one way to send the token.
    if token.is_some() && bearer.is_some() {
        return unreadable();
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
            answers::json(StatusCode::OK, &chosen(&known, fields, state))
        }
        Ok(Err(refused)) => answers::unauthorized(&refused, moment),
        Err(unavailable) => answers::away(&unavailable, moment),
    }
}

/// `GET /.well-known/oauth-authorization-server` (RFC 8414 §3)
pub(super) async fn metadata(State(door): State<Arc<Door>>) -> Response<Body> {
    let at = |path: &str| format!("{}{path}", door.server.issuer);
    let mut document = Metadata::new(
        &door.server.issuer,
        at("/idp/oauth/token"),
        at("/idp/oauth/introspect"),
        at("/idp/oauth/revoke"),
    );
    document.authorization_endpoint = Some(at("/idp/oauth/authorize"));
    document.scopes_supported = SCOPES.to_vec();
    answers::json(StatusCode::OK, &document)
}

/// Reads a form that a client posted and asks a rule; `Err` holds what the rule said yes with.
async fn posted<T>(
    moment: &Moment,
    request: Request,
    rule: impl AsyncFnOnce(Option<&str>, &str) -> Exchanged<T>,
) -> Result<Response<Body>, T> {
    let headers = request.headers().clone();
    let authorization = match answers::authorization(&headers) {
        Ok(authorization) => authorization,
        Err(refusal) => return Ok(answers::refuse(&refusal)),
    };
    // RFC 6749 §4.1.3: parameters in another form would be read by others and not by us, or the other way round.
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = media_type.and_then(|value| value.split(';').next());
    if essence.map(str::trim) != Some("application/x-www-form-urlencoded") {
        return Ok(unreadable());
    }
    let bytes = match body::read(request, FORM).await {
        Ok(bytes) => bytes,
        Err(fault) => return Ok(crate::http::answer::plain(fault.status())),
    };
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return Ok(unreadable());
    };
    match rule(authorization, text).await {
        Ok(Ok(document)) => Err(document),
        Ok(Err(refusal)) => Ok(answers::refuse(&refusal)),
        Err(unavailable) => Ok(answers::away(&unavailable, moment)),
    }
}

fn unreadable() -> Response<Body> {
    let text = "The request is not application/x-www-form-urlencoded, or a parameter is doubled.";
    answers::refuse(&Refusal::request("oauth.unreadable", text))
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
            } => Ok(Settled::Ask(Question {
                application,
                leads_to: Some(leads_to),
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
