//! StorageGRID's document, "Use the API if single sign-on is enabled (Active Directory)": the curl workflow, steps b to j, and
//! the sign-out, steps 1 to 4. Letters and numbers are the document's.

use super::super::journey::Journey;
use super::page::attribute;
use super::storagegrid::{self, CONSUMER, SignOut};
use anyhow::{Context, Result};
use reqwest::StatusCode;
use reqwest::header::COOKIE;

const AD_FS: &str = "https://adfs.example.com";
const SIGN_IN: &str = "https://adfs.example.com/adfs/ls/?SAMLRequest=";
const SIGN_OUT: SignOut = SignOut {
    url: SIGN_IN,
    cookie: "MSISSignoutProtocol",
};
const USER: &str = "my-sso-username@my-domain";
const PASSWORD: &str = "my-password";

/// Everything that the document shows, for that account.
pub(super) async fn run(journey: &mut Journey, account: &str) -> Result<()> {
    let token = sign_on(journey, account).await?;
    storagegrid::use_token(journey, account, &token).await?;
    storagegrid::sign_out(journey, account, &token, &SIGN_OUT).await
}

/// Steps b to j: the token.
pub(super) async fn sign_on(journey: &mut Journey, account: &str) -> Result<String> {
    let signed_url = storagegrid::signed_url(journey, account, SIGN_IN).await?;
    let form_action = login_form(journey, &signed_url, account).await?;
    let (location, cookie) = credentials(journey, &form_action).await?;
    let saml_response = saml_response(journey, &location, &cookie).await?;
    storagegrid::token(journey, &saml_response, account).await
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
    let stays = location.starts_with(SIGN_IN);
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
    journey.check(
        "a hidden form leads to StorageGRID",
        action.as_deref() == Some(CONSUMER),
        &action,
    )?;

    journey.step("i", "Keep its SAMLResponse");
    attribute(&page.body, "input[name=SAMLResponse]", "value")
        .context("no hidden field SAMLResponse")
}
