//! StorageGRID's document, "Use the API if single sign-on is enabled (Active Directory)": the curl workflow, steps b to j, and
//! the sign-out, steps 1 to 4. Letters and numbers are the document's.

use super::super::journey::{Answer, Journey};
use anyhow::{Context, Result};
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE};
use scraper::{Html, Selector};

const STORAGEGRID: &str = "https://storagegrid.example.com";
const AD_FS: &str = "https://adfs.example.com";
const USER: &str = "my-sso-username@my-domain";
const PASSWORD: &str = "my-password";

/// Everything that the document shows, for that account.
pub(in super::super) async fn run(journey: &mut Journey, account: &str) -> Result<()> {
    let token = sign_on(journey, account).await?;
    use_token(journey, account, &token).await?;
    sign_out(journey, account, &token).await
}

/// Steps b to j: the token.
pub(in super::super) async fn sign_on(journey: &mut Journey, account: &str) -> Result<String> {
    let signed_url = signed_url(journey, account).await?;
    let form_action = login_form(journey, &signed_url, account).await?;
    let (location, cookie) = credentials(journey, &form_action).await?;
    let saml_response = saml_response(journey, &location, &cookie).await?;
    token(journey, &saml_response, account).await
}

async fn signed_url(journey: &mut Journey, account: &str) -> Result<String> {
    journey.step("b", "A signed authentication URL from StorageGRID");
    let request = journey
        .client()
        .post(format!("{STORAGEGRID}/api/v3/authorize-saml"))
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/json")
        .body(serde_json::json!({ "accountId": account }).to_string());
    let url = data(journey, &journey.send(request).await?)?;
    let begins = url.starts_with(&format!("{AD_FS}/adfs/ls/?SAMLRequest="));
    journey.check(
        "the URL leads to AD FS and carries a SAMLRequest",
        begins,
        &url,
    )?;
    journey.check(
        "and ends with the account as RelayState",
        url.ends_with(&format!("&RelayState={account}")),
        &url,
    )?;
    Ok(url)
}

async fn login_form(journey: &mut Journey, signed_url: &str, account: &str) -> Result<String> {
    journey.step("c", "Keep its SAMLRequest");
    let parameters = signed_url
        .split_once("SAMLRequest=")
        .context("a SAMLRequest")?
        .1;
    let saml_request = parameters.split('&').next().unwrap_or_default();

    journey.step("d", "The login form of AD FS");
    let url = format!("{AD_FS}/adfs/ls/?SAMLRequest={saml_request}&RelayState={account}");
    let page = journey.send(journey.client().get(url)).await?;
    journey.check(
        "the page is shown",
        page.status == StatusCode::OK,
        &page.status,
    )?;
    let action = attribute(&page.body, "form#loginForm", "action")
        .context("no form with the id loginForm")?;

    journey.step("e", "Keep its client request ID");
    let id = action
        .split_once("&client-request-id=")
        .map(|(_, id)| id.to_owned());
    journey.check(
        "the form's action carries one",
        id.as_deref().is_some_and(|id| id.len() == 36),
        &id,
    )?;
    Ok(format!("{AD_FS}{action}"))
}

async fn credentials(journey: &mut Journey, form_action: &str) -> Result<(String, String)> {
    journey.step("f", "Send the credentials");
    let fields = [
        ("UserName", USER),
        ("Password", PASSWORD),
        ("AuthMethod", "FormsAuthentication"),
    ];
    let answer = journey
        .send(journey.client().post(form_action).form(&fields))
        .await?;
    journey.check(
        "AD FS redirects",
        answer.status == StatusCode::FOUND,
        &answer.status,
    )?;
    let location = answer.header("location").context("no Location")?.to_owned();
    let stays = location.starts_with(&format!("{AD_FS}/adfs/ls/?SAMLRequest="));
    journey.check("to itself, with the SAMLRequest", stays, &location)?;

    journey.step("g", "Keep the MSISAuth cookie");
    let cookie = answer
        .cookie("MSISAuth")
        .context("no cookie MSISAuth")?
        .to_owned();
    Ok((location, cookie))
}

async fn saml_response(journey: &mut Journey, location: &str, cookie: &str) -> Result<String> {
    journey.step("h", "Go where AD FS says, with the cookie");
    let request = journey
        .client()
        .get(location)
        .header(COOKIE, format!("MSISAuth={cookie}"));
    let page = journey.send(request).await?;
    let set: Vec<&str> = page.cookies().collect();
    for name in [
        "SamlSession",
        "MSISAuthenticated",
        "MSISLoopDetectionCookie",
    ] {
        journey.check(&format!("AD FS sets {name}"), set.contains(&name), &set)?;
    }
    let action = attribute(&page.body, "form[name=hiddenform]", "action");
    let expected = format!("{STORAGEGRID}:443/api/saml-response");
    journey.check(
        "a hidden form leads to StorageGRID",
        action.as_ref() == Some(&expected),
        &action,
    )?;

    journey.step("i", "Keep its SAMLResponse");
    attribute(&page.body, "input[name=SAMLResponse]", "value")
        .context("no hidden field SAMLResponse")
}

async fn token(journey: &mut Journey, saml_response: &str, account: &str) -> Result<String> {
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

async fn use_token(journey: &mut Journey, account: &str, token: &str) -> Result<()> {
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

async fn sign_out(journey: &mut Journey, account: &str, token: &str) -> Result<()> {
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
    let leads = url.starts_with(&format!("{AD_FS}/adfs/ls/?SAMLRequest="));
    journey.check("it leads to AD FS", leads, &url)?;
    let alive = config(journey, account, token).await?;
    journey.check(
        "asking for it revokes nothing yet",
        alive == StatusCode::OK,
        &alive,
    )?;

    journey.step("3", "Send it, and go where AD FS says");
    let answer = journey.send(journey.client().get(url)).await?;
    journey.check(
        "AD FS redirects",
        answer.status == StatusCode::FOUND,
        &answer.status,
    )?;
    let back = answer.header("location").context("no Location")?.to_owned();
    let returns = back.starts_with(&format!("{STORAGEGRID}:443/api/saml-logout?SAMLResponse="));
    journey.check("back to StorageGRID, with a SAMLResponse", returns, &back)?;
    let protocol = answer.cookie("MSISSignoutProtocol");
    journey.check(
        "and sets MSISSignoutProtocol",
        protocol == Some("U2FtbA=="),
        &protocol,
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
        .post(format!("{STORAGEGRID}:443/api/saml-response"))
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

fn bearer(request: reqwest::RequestBuilder, token: &str) -> reqwest::RequestBuilder {
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

/// An attribute of the first element that a selector finds.
fn attribute(page: &str, selector: &'static str, name: &str) -> Option<String> {
    let selector = Selector::parse(selector).expect("selectors are written here and valid");
    Html::parse_document(page)
        .select(&selector)
        .next()?
        .attr(name)
        .map(str::to_owned)
}
