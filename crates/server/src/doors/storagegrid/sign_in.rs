//! Sign-in with a password, for accounts without single sign-on.

use crate::doors::storagegrid::api::{Api, Failure};
use crate::doors::storagegrid::credential::{self, Reach, Side};
use crate::doors::storagegrid::json::Document;
use crate::doors::storagegrid::{Grid, NAME, sign_on};
use axum::extract::{Request, State};
use axum::response::Response;
use hyper::StatusCode;
use identity::login::{Credentials, Secret};

/// `POST /api/v3/authorize`.
pub(super) async fn authorize(
    State(grid): State<Grid>,
    api: Api,
    request: Request,
) -> Result<Response, Failure> {
    let document = Document::read(&api, request).await?;
    let account = document.account(&api)?;
    let (cookie, csrf) = (
        document.switch(&api, "cookie")?,
        document.switch(&api, "csrfToken")?,
    );
    let credentials = Credentials {
        user_name: document.required(&api, "username")?,
        password: Secret::new(document.required(&api, "password")?),
        code: None,
    };
    let answer = grid
        .app
        .service
        .sign_in_to_account(&api.moment, &grid.door.entity, &account, &credentials)
        .await;
    grid.app.metrics.sign_on(NAME, sign_on::outcome(&answer));
    let token = api.judged(answer, |refused| match refused.code {
        // Clients look for this key to find out that they must sign on elsewhere.
        "sso_enabled" => {
            let text = "Single sign-on is enabled and must be used to log in.";
            (StatusCode::BAD_REQUEST, "sso_enabled", text)
        }
        "login.throttled" => (
            StatusCode::TOO_MANY_REQUESTS,
            refused.code,
            "Too many attempts.",
        ),
        "login.busy" => (
            StatusCode::SERVICE_UNAVAILABLE,
            refused.code,
            "Too many sign-ins are under way.",
        ),
        // An unknown account, user or password: one face, so that none of them can be found out.
        _ => (
            StatusCode::UNAUTHORIZED,
            "login.credentials",
            "Credentials invalid.",
        ),
    })?;
    let mut response = sign_on::issued(&grid, &api, &token);
    let side = Side::of(&token.account);
    if cookie {
        credential::set_cookies(&mut response, side, &token.plain, Reach::Strict);
    } else if csrf {
        credential::set_companion(&mut response, side, &token.plain, Reach::Strict);
    }
    Ok(response)
}
