//! Sign-on for people in browsers: begin, come back with cookies, see where one is, leave.

use crate::doors::storagegrid::Grid;
use crate::doors::storagegrid::api::{Api, Failure};
use crate::doors::storagegrid::binding;
use crate::doors::storagegrid::credential::{
    self, CSRF_PARAMETER, Credential, Reach, Side, companion,
};
use crate::doors::storagegrid::pages::{Choice, SignedIn, show};
use crate::doors::storagegrid::sign_on;
use crate::http::body::FORM;
use crate::http::{Fields, Form, answer};
use crate::pages::language;
use crate::pages::leaving::Leaving;
use crate::pages::notice::{Notice, Reference};
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use hyper::header::{ACCEPT, SET_COOKIE};
use hyper::{HeaderMap, StatusCode};
use identity::tokens::Token;
use std::sync::Arc;

/// Whether the client is a browser that shows pages, by the described API's own rule.
pub(super) fn wants_page(headers: &HeaderMap) -> bool {
    let accepts = |wanted: &str| {
        headers.get_all(ACCEPT).iter().any(|value| {
            let text = value.to_str().unwrap_or_default();
            text.split(',').any(|range| {
                let essence = range.split(';').next().unwrap_or_default();
                essence.trim().eq_ignore_ascii_case(wanted)
            })
        })
    };
    accepts("text/html") && !accepts("application/json")
}

/// `GET /sign-on?accountId=…&return=…`: off to the provider, to come back to a path of this host.
pub(super) async fn begin(
    State(grid): State<Grid>,
    api: Api,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let fields = Fields::parse(query.as_deref().unwrap_or_default()).unwrap_or_default();
    let one = |name| fields.one(name).ok().flatten();
    let account = one("accountId").unwrap_or_default();
    let back = one("return").filter(|back| binding::leads_home(back));
    let begun = grid
        .app
        .service
        .begin_sign_on_in_browser(&api.moment, &grid.door.entity, account)
        .await;
    match begun {
        Ok(Ok(begun)) => {
            let Some(mut response) = answer::found(&begun.url) else {
                return refused(&api, &headers, "idp.disabled");
            };
            let until = api.moment.now + begun.lifetime;
            let cookie = binding::set(&begun.binding, back, until);
            response.headers_mut().append(SET_COOKIE, cookie);
            response
        }
        Ok(Err(reason)) => refused(&api, &headers, reason.code),
        Err(unavailable) => api.unavailable(&unavailable).into_response(),
    }
}

/// `POST /api/saml-response` from a browser: 302 to the account's page, to the accounts where no RelayState names one, or
/// to where the person wanted to go.
pub(super) async fn finish(
    grid: &Grid,
    api: &Api,
    headers: &HeaderMap,
    posted: (&str, Option<&str>),
) -> Response {
    let shown = binding::read(headers);
    let bindings: Vec<&str> = shown.iter().map(|(binding, _)| binding.as_str()).collect();
    let finished = grid
        .app
        .service
        .finish_sign_on_in_browser(&api.moment, &grid.door.entity, posted, &bindings)
        .await;
    grid.app
        .metrics
        .sign_on(super::NAME, sign_on::outcome(&finished));
    let token = match finished {
        Ok(Ok(token)) => token,
        Ok(Err(reason)) => return refused(api, headers, sign_on::public_key(reason.code)),
        Err(unavailable) => return api.unavailable(&unavailable).into_response(),
    };
    grid.app.metrics.token_issued(super::NAME);
    let side = Side::of(&token.account);
    let home = match posted.1 {
        None | Some("") => "/accounts",
        Some(_) => home(side),
    };
    let back = shown.into_iter().find_map(|(_, back)| back);
    let location = back.as_deref().unwrap_or(home);
    let mut response = answer::found(location).expect("a way back is visible ASCII");
    credential::set_cookies(&mut response, side, &token.plain, Reach::Lax);
    response.headers_mut().append(SET_COOKIE, binding::clear());
    response
}

/// `GET /grid`: signed in to the grid.
pub(super) async fn grid_page(State(grid): State<Grid>, api: Api, headers: HeaderMap) -> Response {
    account_page(&grid, &api, &headers, Side::Grid).await
}

/// `GET /account`: signed in to a tenant's account.
pub(super) async fn tenant_page(
    State(grid): State<Grid>,
    api: Api,
    headers: HeaderMap,
) -> Response {
    account_page(&grid, &api, &headers, Side::Tenant).await
}

async fn account_page(grid: &Grid, api: &Api, headers: &HeaderMap, side: Side) -> Response {
    let (token, plain) = match session(grid, api, headers, side).await {
        Ok(Some(session)) => session,
        Ok(None) => return refused(api, headers, "token.invalid"),
        Err(failure) => return failure.into_response(),
    };
    let organization = &grid.door.entity.organization;
    let account = grid
        .app
        .service
        .account(&api.moment, organization, &token.account)
        .await;
    match account {
        Ok(Ok(account)) => show(&SignedIn {
            words: language::words(headers),
            user: token.full_name.as_deref().unwrap_or(&token.user_name),
            account: &account.name,
            companion: &companion(&plain),
        }),
        Ok(Err(reason)) => refused(api, headers, reason.code),
        Err(unavailable) => api.unavailable(&unavailable).into_response(),
    }
}

/// `GET /accounts`: the accounts that the person's groups open.
pub(super) async fn accounts(State(grid): State<Grid>, api: Api, headers: HeaderMap) -> Response {
    let mut found = None;
    for side in Side::BOTH {
        match session(&grid, &api, &headers, side).await {
            Ok(Some(session)) => found = Some(session),
            Ok(None) => {}
            Err(failure) => return failure.into_response(),
        }
    }
    let Some((token, plain)) = found else {
        return refused(&api, &headers, "token.invalid");
    };
    match grid.app.service.open_accounts(&token).await {
        Ok(accounts) => show(&Choice {
            words: language::words(&headers),
            user: token.full_name.as_deref().unwrap_or(&token.user_name),
            accounts: &accounts,
            companion: &companion(&plain),
        }),
        Err(unavailable) => api.unavailable(&unavailable).into_response(),
    }
}

/// `POST /sign-out`: the provider's logout where it has one, else the end of this token.
pub(super) async fn sign_out(
    State(grid): State<Grid>,
    api: Api,
    headers: HeaderMap,
    form: Result<Form<FORM>, crate::http::BodyFault>,
) -> Result<Response, Failure> {
    let Form(fields) = form.map_err(|fault| api.body_fault(fault))?;
    let sent = fields.one(CSRF_PARAMETER).ok().flatten();
    let credential = Credential::of_any(&api, &headers, sent)?;
    credential.may_change(&api, sent)?;
    let (service, entity) = (&grid.app.service, &grid.door.entity);
    let words = language::words(&headers);
    let token = credential.token.as_str();
    let url = service.begin_logout(&api.moment, entity, token).await;
    let mut response = if let Ok(url) = url.map_err(|unavailable| api.unavailable(&unavailable))? {
        Leaving { words, url: &url }.answer()
    } else {
        // Without a provider to ask, the token ends here. One that has ended already is as good.
        let ended = service.revoke_token(&api.moment, &entity.organization, token);
        let _ = ended
            .await
            .map_err(|unavailable| api.unavailable(&unavailable))?;
        signed_out(&headers)
    };
    credential::clear_cookies(&mut response, &headers, token);
    Ok(response)
}

/// The page after a logout.
pub(super) fn signed_out(headers: &HeaderMap) -> Response {
    let words = language::words(headers);
    let notice = Notice {
        words,
        title: words.signed_out,
        text: words.signed_out_text,
        mender: None,
        reference: None,
        link: Some((words.sign_in, "/sign-on")),
    };
    notice.answer(StatusCode::OK)
}

/// The live session of a side, with its token in plain text.
async fn session(
    grid: &Grid,
    api: &Api,
    headers: &HeaderMap,
    side: Side,
) -> Result<Option<(Arc<Token>, String)>, Failure> {
    let Ok(credential) = Credential::of_side(api, headers, side) else {
        return Ok(None);
    };
    let organization = &grid.door.entity.organization;
    let checked = grid
        .app
        .service
        .check_token(&api.moment, organization, &credential.token)
        .await
        .map_err(|unavailable| api.unavailable(&unavailable))?;
    let token = checked.ok();
    let token = token.filter(|token| Side::of(&token.account) == side);
    Ok(token.map(|token| (token, credential.token)))
}

/// The page of a side.
fn home(side: Side) -> &'static str {
    match side {
        Side::Grid => "/grid",
        Side::Tenant => "/account",
    }
}

/// A page that says that this did not work, and where to begin again.
fn refused(api: &Api, headers: &HeaderMap, code: &'static str) -> Response {
    let correlation = api.moment.correlation;
    tracing::info!(code, correlation = %correlation, "refused");
    let words = language::words(headers);
    let text = match code {
        "sign_on.browser" | "assertion.confirmation_expired" | "token.invalid" => {
            words.refused_expired
        }
        _ => words.refused_sign_on,
    };
    let notice = Notice {
        words,
        title: words.refused,
        text,
        mender: None,
        reference: Some(Reference { code, correlation }),
        link: Some((words.sign_in, "/sign-on")),
    };
    notice.answer(StatusCode::UNAUTHORIZED)
}
