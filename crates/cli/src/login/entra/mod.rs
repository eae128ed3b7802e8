//! Entra's pages: a `$Config` full of tokens, and a script that posts them.
//!
//! This module owns what Entra's pages want; it does not decide which page one is.
//!
//! * [`script`]: what the page's script would send · [`second_factor`](mod@second_factor): the conversation about a telephone or a code

mod script;
mod second_factor;

pub(super) use second_factor::second_factor;

use super::page::Page;
use super::refusal::{Refusal, quoted};
use super::transport::Request;
use super::trust::host_and_port;
use super::walk::Walk;
use script::{conversation, post, target};
use serde_json::{Value, json};
use url::Url;

/// A wrong password, a disabled person, a locked one: Entra's page says the same of them and shows the form again.
const FIRST_VISIT: [&str; 3] = ["", "0", "50058"];
/// Codes of a transaction that is over.
const EXPIRED: [&str; 4] = ["50089", "70044", "90025", "165900"];

/// User name and password; or the way to the sign-in page that answers for that name.
pub(super) async fn sign_in(walk: &mut Walk<'_>, page: &Page) -> Result<Option<Request>, Refusal> {
    let error = page.setting("sErrorCode");
    if EXPIRED.contains(&error.as_str()) {
        return Err(self::error(page));
    }
    if !FIRST_VISIT.contains(&error.as_str()) {
        return Err(Refusal::Password {
            host: host_and_port(&page.url),
            text: error_text(page),
        });
    }
    if let Some(elsewhere) = federated(walk, page).await? {
        return Ok(Some(Request::get(elsewhere)));
    }
    walk.password_once(page)?;
    let name = walk.credentials.name.clone();
    let fields = [
        ("login", name.as_str()),
        ("loginfmt", &name),
        ("passwd", walk.credentials.password.expose()),
        ("type", "11"),
        ("LoginOptions", "3"),
        ("ps", "2"),
        ("i13", "0"),
        ("i19", "1"),
        ("i21", "0"),
        ("CookieDisclosure", "0"),
    ];
    Ok(post(page, &fields, "ctx"))
}

/// "Stay signed in?" No: this program keeps no cookies.
pub(super) fn do_not_stay(page: &Page) -> Option<Request> {
    post(page, &[("LoginOptions", "3"), ("type", "28")], "ctx")
}

/// Another second factor can be registered another day, if Entra lets one.
pub(super) fn skip_registration(page: &Page) -> Option<Request> {
    target(page, "urlSkipMfaRegistration").map(Request::get)
}

/// What the page says that gives up.
pub(super) fn error(page: &Page) -> Refusal {
    let (host, text) = (host_and_port(&page.url), error_text(page));
    if EXPIRED.contains(&page.setting("sErrorCode").as_str()) {
        return Refusal::Expired { host, text };
    }
    Refusal::EndedByProvider { host, text }
}

/// Whether another sign-in page answers for that name. Entra's own page asks this before it shows a password box.
async fn federated(walk: &mut Walk<'_>, page: &Page) -> Result<Option<Url>, Refusal> {
    let Some(url) = target(page, "urlGetCredentialType") else {
        return Ok(None);
    };
    let question = json!({
        "username": walk.credentials.name,
        "isOtherIdpSupported": true,
        "checkPhones": false,
        "isRemoteNGCSupported": false,
        "isCookieBannerShown": false,
        "isFidoSupported": false,
        "originalRequest": page.setting("sCtx"),
        "country": page.setting("country"),
        "forceotclogin": false,
        "flowToken": page.setting("sFT"),
    });
    let mut request = Request::post_json(url, question);
    for (header, setting) in [
        ("canary", "apiCanary"),
        ("client-request-id", "correlationId"),
        ("hpgact", "hpgact"),
        ("hpgid", "hpgid"),
    ] {
        let value = page.setting(setting);
        if !value.is_empty() {
            request = request.with(header, value);
        }
    }
    let answer = conversation(walk, &request).await?;
    let elsewhere = answer
        .pointer("/Credentials/FederationRedirectUrl")
        .and_then(Value::as_str);
    Ok(elsewhere
        .filter(|url| !url.is_empty())
        .and_then(|url| page.url.join(url).ok()))
}

fn error_text(page: &Page) -> String {
    let written = [
        page.setting("sErrTxt"),
        page.setting("strServiceExceptionMessage"),
        page.complaint.clone(),
    ];
    match written.iter().find(|text| !text.is_empty()) {
        Some(text) => quoted(text),
        None => format!("error {}", page.setting("sErrorCode")),
    }
}
