//! The authorization code grant: `GET` and `POST /v0/oauth/authorize`, `POST /v0/oauth/token`.
//!
//! The request waits nowhere: it stands in the address of the form, and is judged again when the form comes back.

use super::Psc;
use super::pages::Allow;
use super::sessions::refuse;
use crate::http::body::{self, FORM};
use crate::http::{At, Form, answer};
use crate::psc::wire::Authorized;
use crate::sign_on::{Failure, Visit};
use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use identity::gateway::authorization::Holder;
use identity::gateway::own::codes::{
    PscAsked, PscAuthorization, PscCode, PscGranted, judge_psc_request,
};
use identity::login::Secret;
use oauth::error::{ErrorCode, Refusal};
use oauth::token::{Grant, TokenRequest};

/// `GET /v0/oauth/authorize`.
pub(super) async fn authorize(State(psc): State<Psc>, visit: Visit) -> Response<Body> {
    let asked = match psc.asked(&visit) {
        Ok(asked) => asked,
        Err(response) => return *response,
    };
    let holder = asked.hint.as_ref().map_or("", Holder::as_str);
    psc.page(&visit, &asked, (holder, None), StatusCode::OK)
}

/// `POST /v0/oauth/authorize`: what a person typed.
pub(super) async fn allow(
    State(psc): State<Psc>,
    visit: Visit,
    Form(fields): Form<FORM>,
) -> Response<Body> {
    if visit.foreign() {
        return Failure::Foreign.page(visit.words, &visit.moment);
    }
    let asked = match psc.asked(&visit) {
        Ok(asked) => asked,
        Err(response) => return *response,
    };
    let (Ok(Some(typed)), Ok(Some(otp))) = (fields.one("username"), fields.one("password")) else {
        return Failure::Form.page(visit.words, &visit.moment);
    };
    let words = visit.words;
    let Some(holder) = Holder::new(typed) else {
        let wrong = (typed, Some(words.code_wrong));
        return psc.page(&visit, &asked, wrong, StatusCode::OK);
    };
    let allowed = psc
        .app
        .service
        .allow_psc_session(
            &visit.moment,
            (&psc.organization, &psc.client),
            &asked,
            (&holder, &Secret::new(otp)),
        )
        .await;
    match allowed {
        Ok(Ok(url)) => redirect(&visit, &url),
        Ok(Err(refused)) if refused.code == "login.throttled" => {
            let wrong = (typed, Some(words.throttled));
            psc.page(&visit, &asked, wrong, StatusCode::TOO_MANY_REQUESTS)
        }
        Ok(Err(_)) => {
            let wrong = (typed, Some(words.code_wrong));
            psc.page(&visit, &asked, wrong, StatusCode::OK)
        }
        Err(unavailable) => Failure::from(unavailable).page(words, &visit.moment),
    }
}

/// `POST /v0/oauth/token`: a code becomes an access token.
pub(super) async fn token(
    State(psc): State<Psc>,
    At(moment): At,
    request: Request,
) -> Response<Body> {
    let authorization = request.headers().get(AUTHORIZATION).cloned();
    let Ok(authorization) = authorization.as_ref().map(|v| v.to_str()).transpose() else {
        return refused(&Refusal::request(
            "oauth.authorization",
            "The Authorization header is malformed.",
        ));
    };
    let form = match body::read(request, FORM).await {
        Ok(form) => form,
        Err(fault) => return fault.into_response(),
    };
    let Ok(form) = std::str::from_utf8(&form) else {
        let text = "The parameters are no text.";
        return refused(&Refusal::request("oauth.form", text));
    };
    let asked = match TokenRequest::read(authorization, form) {
        Ok(asked) => asked,
        Err(refusal) => return refused(&refusal),
    };
    let secret = asked.client.secret.as_ref().map_or("", |s| s.expose());
    if !psc.is_client(&asked.client.id, secret) {
        return refused(&Refusal::new(
            ErrorCode::InvalidClient,
            "oauth.client",
            "The client is unknown, or its secret is wrong.",
        ));
    }
    let Grant::AuthorizationCode {
        code,
        redirect_uri,
        verifier,
    } = asked.grant
    else {
        return refused(&Refusal::new(
            ErrorCode::UnsupportedGrantType,
            "oauth.grant_type",
            "The grant_type must be authorization_code.",
        ));
    };
    let brought = PscCode {
        code: code.expose(),
        redirect_uri: redirect_uri.as_deref(),
        verifier: verifier.as_ref().map(oauth::secret::Secret::expose),
    };
    match psc
        .app
        .service
        .redeem_psc_code(&moment, (&psc.organization, &psc.client), brought)
        .await
    {
        Ok(Ok(granted)) => Json(authorized(&granted)).into_response(),
        Ok(Err(refusal)) => {
            tracing::info!(code = refusal.code(), correlation = %moment.correlation, "refused");
            refused(&refusal)
        }
        Err(_) => answer::unavailable(),
    }
}

fn authorized(granted: &PscGranted) -> Authorized {
    let holder = granted.holder.as_str();
    let kind = if holder.len() == 14 { "CNPJ" } else { "CPF" };
    Authorized {
        access_token: granted.opened.token.expose().to_owned(),
        token_type: "bearer".to_owned(),
        expires_in: granted.opened.lifetime.as_secs(),
        scope: granted.scope.name().to_owned(),
        authorized_identification: Some(holder.to_owned()),
        authorized_identification_type: Some(kind.to_owned()),
    }
}

fn refused(refusal: &Refusal) -> Response<Body> {
    let status = StatusCode::from_u16(refusal.error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    refuse(status, refusal.error.as_str(), refusal.text)
}

/// Only to addresses that were registered, or with an answer that we wrote into one.
fn redirect(visit: &Visit, url: &str) -> Response<Body> {
    answer::found(url).unwrap_or_else(|| Failure::Form.page(visit.words, &visit.moment))
}

impl Psc {
    /// What an application asks a person for, or the answer without asking anybody.
    fn asked(&self, visit: &Visit) -> Result<PscAsked, Box<Response<Body>>> {
        match judge_psc_request(&self.client, &visit.query) {
            Ok(PscAuthorization::Ask(asked)) => Ok(asked),
            Ok(PscAuthorization::Redirect(url)) => Err(Box::new(redirect(visit, &url))),
            Err(refused) => Err(Box::new(
                Failure::from(refused).page(visit.words, &visit.moment),
            )),
        }
    }

    fn page(
        &self,
        visit: &Visit,
        asked: &PscAsked,
        (holder, error): (&str, Option<&str>),
        status: StatusCode,
    ) -> Response<Body> {
        Allow {
            words: visit.words,
            action: &format!("{}?{}", visit.path, visit.query),
            application: &self.client.id,
            scope: asked.scope.name(),
            holder,
            error,
        }
        .answer(status, &asked.redirect_uri)
    }
}
