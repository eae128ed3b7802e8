//! Tokens of a StorageGRID door, from a header or a cookie.

use super::answered::{Denial, admitted};
use super::asked::Asked;
use super::deny;
use super::rules::Tokens;
use crate::app::App;
use crate::doors::storagegrid::credential::{Credential, Side};
use axum::response::Response;
use identity::Moment;
use identity::admission::Admits;

/// Whether the token in a request may open the API.
pub(super) async fn judge(
    app: &App,
    moment: &Moment,
    (rule, asked): (&Tokens, &Asked<'_>),
) -> Response {
    let sides: Vec<Side> = Side::BOTH
        .into_iter()
        .filter(|side| rule.accounts.iter().any(|id| Side::of(id) == *side))
        .collect();
    let sign_in = || Denial::SignIn {
        offer: rule.sign_in(asked),
        redirect: asked.redirects(),
    };
    let Some(credential) = Credential::presented(asked.headers, &sides, asked.companion()) else {
        return deny(moment, "token.invalid", sign_in());
    };
    let admits = Admits {
        accounts: &rule.accounts,
        groups: &rule.groups,
    };
    let judged = app
        .service
        .admit(moment, &rule.organization, &credential.token, &admits)
        .await;
    match judged {
        Ok(Ok(_)) if asked.changes() && !credential.vouched(asked.companion()) => {
            deny(moment, "csrf.token", Denial::Forbidden)
        }
        Ok(Ok(token)) => admitted(&token),
        Ok(Err(refused)) if refused.code == "token.invalid" => {
            deny(moment, refused.code, sign_in())
        }
        Ok(Err(refused)) => deny(moment, refused.code, Denial::Forbidden),
        Err(unavailable) => {
            let error = &unavailable as &dyn std::error::Error;
            tracing::error!(error, correlation = %moment.correlation, "the store is unavailable");
            crate::http::answer::unavailable()
        }
    }
}
