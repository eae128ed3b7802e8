//! StorageGRID's document, "Use the API if single sign-on is enabled (PingFederate)": the curl workflow, steps b to j, and the
//! sign-out, steps 1 to 4. Letters and numbers are the document's.

use super::super::journey::Journey;
use super::page::attribute;
use super::storagegrid::{self, CONSUMER, SignOut};
use anyhow::{Context, Result};
use reqwest::StatusCode;
use reqwest::header::COOKIE;

const SIGN_OUT: SignOut = SignOut {
    url: "https://my-pf-baseurl/idp/SLO.saml2?SAMLRequest=",
    cookie: "PF",
};
const USER: &str = "my-sso-username";
const PASSWORD: &str = "my-password";

/// Everything that the document shows, for that account.
pub(super) async fn run(journey: &mut Journey, account: &str) -> Result<()> {
    let token = sign_on(journey, account).await?;
    storagegrid::use_token(journey, account, &token).await?;
    storagegrid::sign_out(journey, account, &token, &SIGN_OUT).await
}

/// Steps b to j: the token.
pub(super) async fn sign_on(journey: &mut Journey, account: &str) -> Result<String> {
    let signed_url = storagegrid::signed_url(
        journey,
        account,
        "https://my-pf-baseurl/idp/SSO.saml2?SAMLRequest=",
    )
    .await?;
    let form = login_form(journey, &signed_url).await?;
    let saml_response = credentials(journey, &form).await?;
    storagegrid::token(journey, &saml_response, account).await
}

/// What the document exports from the page.
struct LoginForm {
    cookie: String,
    adapter: String,
    action: String,
}

async fn login_form(journey: &mut Journey, signed_url: &str) -> Result<LoginForm> {
    journey.step("c", "Keep the URL");
    journey.step("d", "The page and its cookie");
    let page = journey.send(journey.client().get(signed_url)).await?;
    journey.check(
        "the page is shown",
        page.status == StatusCode::OK,
        &page.status,
    )?;
    let cookie = page.cookie("PF").context("no cookie PF")?.to_owned();

    journey.step("e", "Keep pf.adapterId");
    let adapter = attribute(&page.body, "input[name='pf.adapterId']", "value")
        .context("no field pf.adapterId")?;

    journey.step("f", "Keep the base, without its last slash");
    let base = attribute(&page.body, "base", "href").context("no base")?;
    journey.check(
        "it is PingFederate's",
        base == "https://my-pf-baseurl/",
        &base,
    )?;

    journey.step("g", "Keep the form's action");
    let action = attribute(&page.body, "form[method=POST]", "action").context("no form")?;
    let resumes = action.starts_with("/idp/") && action.ends_with("/resumeSAML20/idp/SSO.ping");
    journey.check("it resumes this sign-on", resumes, &action)?;
    Ok(LoginForm {
        cookie,
        adapter,
        action: format!("{}{action}", base.trim_end_matches('/')),
    })
}

async fn credentials(journey: &mut Journey, form: &LoginForm) -> Result<String> {
    journey.step("h", "Send the cookie and the credentials");
    let fields = [
        ("pf.username", USER),
        ("pf.pass", PASSWORD),
        ("pf.ok", "clicked"),
        ("pf.cancel", ""),
        ("pf.adapterId", &form.adapter),
    ];
    let request = journey
        .client()
        .post(&form.action)
        .header(COOKIE, format!("PF={}", form.cookie))
        .form(&fields);
    let page = journey.send(request).await?;
    journey.check(
        "the page is shown",
        page.status == StatusCode::OK,
        &page.status,
    )?;
    let action = attribute(&page.body, "form", "action");
    journey.check(
        "its form leads to StorageGRID",
        action.as_deref() == Some(CONSUMER),
        &action,
    )?;

    journey.step("i", "Keep the SAMLResponse of its hidden field");
    attribute(&page.body, "input[name=SAMLResponse]", "value")
        .context("no hidden field SAMLResponse")
}
