//! StorageGRID's side of its workflows: the same letters and numbers, whichever provider people sign in through.

use super::super::journey::{Answer, Journey};
use anyhow::{Context, Result};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE};
use reqwest::{RequestBuilder, StatusCode};

const STORAGEGRID: &str = "https://storagegrid.example.com";
/// Where a provider sends its response, port included, as the documents print it.
pub(super) const CONSUMER: &str = "https://storagegrid.example.com:443/api/saml-response";

/// What the documents show of signing out at a provider.
pub(super) struct SignOut {
    /// How the logout URL begins.
    pub(super) url: &'static str,
    /// The cookie that its answer sets.
    pub(super) cookie: &'static str,
}

/// Step b: the URL at which a person signs in.
pub(super) async fn signed_url(
    journey: &mut Journey,
    account: &str,
    begins: &str,
) -> Result<String> {
    journey.step("b", "A signed authentication URL from StorageGRID");
    let request = journey
        .client()
        .post(format!("{STORAGEGRID}/api/v3/authorize-saml"))
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/json")
        .body(serde_json::json!({ "accountId": account }).to_string());
    let url = data(journey, &journey.send(request).await?)?;
    journey.check(
        "the URL leads to the provider and carries a SAMLRequest",
        url.starts_with(begins),
        &url,
    )?;
    journey.check(
        "and ends with the account as RelayState",
        url.ends_with(&format!("&RelayState={account}")),
        &url,
    )?;
    Ok(url)
}

/// Step j: what the response buys, once.
pub(super) async fn token(
    journey: &mut Journey,
    saml_response: &str,
    account: &str,
) -> Result<String> {
    journey.step("j", "Turn the SAMLResponse into a token");
    let answer = post_response(journey, saml_response, account).await?;
    let token = data(journey, &answer)?;
    journey.check(
        "the token is a UUID",
        token.len() == 36 && token.split('-').count() == 5,
        &token.len(),
    )?;
    let again = post_response(journey, saml_response, account).await?;
    journey.check(
        "the same response buys no second token",
        again.status == StatusCode::UNAUTHORIZED,
        &again.status,
    )?;
    Ok(token)
}

/// The use that the documents leave to the reader.
pub(super) async fn use_token(journey: &mut Journey, account: &str, token: &str) -> Result<()> {
    journey.step("k", "Use the token");
    let opened = config(journey, account, token).await?;
    journey.check(
        "the token opens its account's side of the API",
        opened == StatusCode::OK,
        &opened,
    )?;
    let other = config(journey, account, "00000000-0000-4000-8000-000000000000").await?;
    journey.check(
        "a token that nobody was given opens nothing",
        other == StatusCode::UNAUTHORIZED,
        &other,
    )
}

/// Steps 1 to 4: signing out.
pub(super) async fn sign_out(
    journey: &mut Journey,
    account: &str,
    token: &str,
    at: &SignOut,
) -> Result<()> {
    journey.step("1", "A signed logout request from StorageGRID");
    let request = bearer(
        journey
            .client()
            .delete(format!("{STORAGEGRID}/api/v3/authorize")),
        token,
    );
    let url = data(
        journey,
        &journey.send(request.header(COOKIE, "sso=true")).await?,
    )?;
    journey.step("2", "Keep its URL");
    journey.check(
        "it leads to the provider and carries a SAMLRequest",
        url.starts_with(at.url),
        &url,
    )?;
    let alive = config(journey, account, token).await?;
    journey.check(
        "asking for it revokes nothing yet",
        alive == StatusCode::OK,
        &alive,
    )?;

    journey.step("3", "Send it, and go where the provider says");
    let answer = journey.send(journey.client().get(url)).await?;
    journey.check(
        "the provider redirects",
        answer.status == StatusCode::FOUND,
        &answer.status,
    )?;
    let back = answer.header("location").context("no Location")?.to_owned();
    let returns = back.starts_with(&format!("{STORAGEGRID}:443/api/saml-logout?SAMLResponse="));
    journey.check("back to StorageGRID, with a SAMLResponse", returns, &back)?;
    let set: Vec<&str> = answer.cookies().collect();
    journey.check(
        &format!("and sets {}", at.cookie),
        set.contains(&at.cookie),
        &set,
    )?;
    let accepted = journey.send(journey.client().get(back)).await?.status;
    journey.check(
        "StorageGRID accepts it",
        accepted.is_success() || accepted.is_redirection(),
        &accepted,
    )?;
    let dead = config(journey, account, token).await?;
    journey.check("the token is dead", dead == StatusCode::UNAUTHORIZED, &dead)?;

    journey.step("4", "Delete the token");
    let request = bearer(
        journey
            .client()
            .delete(format!("{STORAGEGRID}/api/v3/authorize")),
        token,
    );
    let deleted = journey.send(request).await?.status;
    journey.check("No Content", deleted == StatusCode::NO_CONTENT, &deleted)
}

async fn post_response(journey: &Journey, saml_response: &str, account: &str) -> Result<Answer> {
    let request = journey
        .client()
        .post(CONSUMER)
        .header(ACCEPT, "application/json")
        .form(&[("SAMLResponse", saml_response), ("RelayState", account)]);
    journey.send(request).await
}

/// What the token opens: the grid's side of the API for account 0, the tenants' side for all others.
async fn config(journey: &Journey, account: &str, token: &str) -> Result<StatusCode> {
    let side = if account == "0" { "grid" } else { "org" };
    let request = bearer(
        journey
            .client()
            .get(format!("{STORAGEGRID}/api/v3/{side}/config")),
        token,
    );
    Ok(journey.send(request).await?.status)
}

fn bearer(request: RequestBuilder, token: &str) -> RequestBuilder {
    request
        .header(ACCEPT, "application/json")
        .header(AUTHORIZATION, format!("Bearer {token}"))
}

/// The `data` of a successful answer.
fn data(journey: &mut Journey, answer: &Answer) -> Result<String> {
    let envelope = answer.json()?;
    let success = answer.status == StatusCode::OK && envelope["status"] == "success";
    journey.check("StorageGRID says success", success, &envelope)?;
    Ok(envelope["data"]
        .as_str()
        .context("no data in the answer")?
        .to_owned())
}
