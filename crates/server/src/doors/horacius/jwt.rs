//! "Integração via Protocolo JWT": sign-in with a callback, and the calls with the token.

use super::Door;
use super::answers;
use super::entrance::{self, Errand, Question, Settled};
use crate::http::body::FORM;
use crate::http::{At, Form, authorization, oauth};
use crate::sign_on::{Failure, Visit};
use ::oauth::redirect_uri;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response, StatusCode};
use identity::applications::JwtClient;
use identity::error::Answer;
use identity::login::Session;
use identity::{Moment, Refused};
use serde::Serialize;
use std::sync::Arc;

/// The longest `refer` and `return_to` that are passed on, in bytes.
const PASSED_ON: usize = 1024;

/// `GET /jwt/login/<app>/`
pub(super) async fn login(
    State(door): State<Arc<Door>>,
    Path(application): Path<String>,
    visit: Visit,
) -> Response<Body> {
    let answer = match errand(&door, &visit, &application).await {
        Ok(errand) => entrance::look(&door, &visit, &errand).await,
        Err(failure) => Err(failure),
    };
    answer.unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

/// What somebody typed there.
pub(super) async fn typed(
    State(door): State<Arc<Door>>,
    Path(application): Path<String>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    let answer = match errand(&door, &visit, &application).await {
        Ok(errand) => entrance::prove(&door, &visit, (&errand, &fields)).await,
        Err(failure) => Err(failure),
    };
    answer.unwrap_or_else(|failure| failure.page(visit.words, &visit.moment))
}

/// `GET /api/idp/jwt/<app>/user`
pub(super) async fn user(
    State(door): State<Arc<Door>>,
    Path(application): Path<String>,
    At(moment): At,
    headers: HeaderMap,
) -> Response<Body> {
    #[derive(Serialize)]
    struct User {
        username: String,
        name: String,
    }
    let call = Call::of(&door, &moment, &application);
    call.with_token(&headers, async |client, token| {
        let service = &door.desk.app.service;
        let user = service.jwt_user(&moment, door.organization(), (client, token));
        Ok(user.await?.map(|user| User {
            username: user.user_name,
            name: user.name,
        }))
    })
    .await
}

/// `POST /api/idp/jwt/<app>/revoke`
pub(super) async fn revoke(
    State(door): State<Arc<Door>>,
    Path(application): Path<String>,
    At(moment): At,
    headers: HeaderMap,
) -> Response<Body> {
    #[derive(Serialize)]
    struct Revoked {
        success_description: &'static str,
    }
    let call = Call::of(&door, &moment, &application);
    call.with_token(&headers, async |client, token| {
        let service = &door.desk.app.service;
        let revoked = service.revoke_jwt(&moment, door.organization(), (client, token));
        Ok(revoked.await?.map(|()| Revoked {
            success_description: "jwt token was revoked",
        }))
    })
    .await
}

/// `POST /api/idp/jwt/<app>/renew`: `renewTicketValue` buys one new token.
pub(super) async fn renew(
    State(door): State<Arc<Door>>,
    Path(application): Path<String>,
    At(moment): At,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    #[derive(Serialize)]
    struct Renewed {
        jwt: String,
    }
    let ticket = fields.one("renewTicketValue").ok().flatten();
    let call = Call::of(&door, &moment, &application);
    call.answer(ticket.unwrap_or_default(), async |client, ticket| {
        let service = &door.desk.app.service;
        let renewed = service.renew_jwt(&moment, door.organization(), (client, ticket));
        Ok(renewed.await?.map(|jwt| Renewed { jwt }))
    })
    .await
}

/// A call of an application's API.
struct Call<'a> {
    door: &'a Door,
    moment: &'a Moment,
    application: &'a str,
}

impl<'a> Call<'a> {
    fn of(door: &'a Door, moment: &'a Moment, application: &'a str) -> Self {
        Self {
            door,
            moment,
            application,
        }
    }

    async fn with_token<T: Serialize>(
        &self,
        headers: &HeaderMap,
        rule: impl AsyncFnOnce(&JwtClient, &str) -> Answer<T>,
    ) -> Response<Body> {
        let token = authorization::bearer(headers).unwrap_or_default();
        self.answer(token, rule).await
    }

    async fn answer<T: Serialize>(
        &self,
        credential: &str,
        rule: impl AsyncFnOnce(&JwtClient, &str) -> Answer<T>,
    ) -> Response<Body> {
        let service = &self.door.desk.app.service;
        let client = service
            .jwt_client(self.door.organization(), self.application)
            .await;
        let answer = match client {
            Ok(Ok(client)) => rule(&client, credential).await,
            Ok(Err(refused)) => Ok(Err(refused)),
            Err(unavailable) => Err(unavailable),
        };
        match answer {
            Ok(Ok(document)) => oauth::json(StatusCode::OK, &document),
            Ok(Err(refused)) => oauth::unauthorized(&refused, self.moment),
            Err(unavailable) => oauth::away(&unavailable, self.moment),
        }
    }
}

/// A token for the application's callback.
struct Callback<'a> {
    door: &'a Door,
    visit: &'a Visit,
    client: JwtClient,
}

async fn errand<'a>(
    door: &'a Door,
    visit: &'a Visit,
    application: &str,
) -> Result<Callback<'a>, Failure> {
    let service = &door.desk.app.service;
    let client = service
        .jwt_client(door.organization(), application)
        .await??;
    Ok(Callback {
        door,
        visit,
        client,
    })
}

impl Errand for Callback<'_> {
    async fn settle(&self, session: Option<&Session>, _fresh: bool) -> Result<Settled, Failure> {
        let Some(session) = session else {
            return Ok(Settled::Ask(Question {
                application: self.client.name.clone(),
                leads_to: Some(self.client.callback.clone()),
                login_hint: None,
            }));
        };
        let service = &self.door.desk.app.service;
        let issued = service
            .issue_jwt(
                &self.visit.moment,
                self.door.organization(),
                (&self.client, session),
            )
            .await?;
        let jwt = issued.map_err(|refused: Refused| Failure::from(refused))?;
        let (refer, return_to) = (self.passed_on("refer"), self.passed_on("return_to"));
        let pairs = [
            ("refer", refer.as_str()),
            ("jwt", &jwt),
            ("return_to", &return_to),
        ];
        let location = redirect_uri::answer(&self.client.callback, &pairs);
        answers::see_other(&location).map(Settled::Answer)
    }
}

impl Callback<'_> {
    /// What the application sent along and gets back; the document shows both empty.
    fn passed_on(&self, name: &str) -> String {
        let value = self.visit.parameter(name).unwrap_or_default();
        if value.len() > PASSED_ON {
            return String::new();
        }
        value
    }
}
