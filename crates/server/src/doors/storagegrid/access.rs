//! Which token may read what: the check that every reading endpoint makes first.

use crate::doors::storagegrid::api::{Api, Failure};
use crate::doors::storagegrid::credential::{Credential, Side};
use crate::doors::storagegrid::{Grid, NAME};
use hyper::{HeaderMap, StatusCode};
use identity::accounts::Account;
use identity::tokens::Token;
use std::sync::Arc;

/// The live token of the request, which must open `side`, and its account.
pub(super) async fn opened(
    grid: &Grid,
    api: &Api,
    headers: &HeaderMap,
    side: Side,
) -> Result<(Arc<Token>, Account), Failure> {
    let organization = &grid.door.entity.organization;
    let checked = match Credential::of_side(api, headers, side) {
        Ok(credential) => {
            grid.app
                .service
                .check_token(&api.moment, organization, &credential.token)
                .await
        }
        Err(failure) => {
            grid.app.metrics.token_refused(NAME);
            return Err(failure);
        }
    };
    if matches!(checked, Ok(Err(_))) {
        grid.app.metrics.token_refused(NAME);
    }
    let token = api.judged(checked, |refused| {
        (StatusCode::UNAUTHORIZED, refused.code, "Unauthorized.")
    })?;
    if Side::of(&token.account) != side {
        return Err(api.failure(
            StatusCode::FORBIDDEN,
            "token.account",
            "The token opens another side of the API.",
        ));
    }
    let account = grid
        .app
        .service
        .account(&api.moment, organization, &token.account)
        .await;
    // The account went away while its token lived: the token opens nothing any more.
    let account = api.judged(account, |_| {
        (StatusCode::UNAUTHORIZED, "token.invalid", "Unauthorized.")
    })?;
    Ok((token, account))
}
