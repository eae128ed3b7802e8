//! Entra's pages: a `$Config` full of tokens, a script that posts them, and a JSON conversation about the second factor.

use super::page::Page;
use super::refusal::{Refusal, quoted};
use super::transport::{Answer, Request};
use super::trust::host_and_port;
use super::walk::Walk;
use serde_json::{Value, json};
use std::fmt;
use std::time::Duration;
use url::Url;
use zeroize::Zeroizing;

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

/// Approves, or types a code, as the person's registered methods allow.
pub(super) async fn second_factor(
    walk: &mut Walk<'_>,
    page: &Page,
) -> Result<Option<Request>, Refusal> {
    let Some(proof) = choose(walk, page).await? else {
        return Ok(None);
    };
    let (Some(begin), Some(end)) = (target(page, "urlBeginAuth"), target(page, "urlEndAuth"))
    else {
        return code_at_once(walk, page, &proof).await;
    };
    let host = host_and_port(&page.url);
    let first = json!({
        "AuthMethodId": proof.method,
        "Method": "BeginAuth",
        "Ctx": page.setting("sCtx"),
        "FlowToken": page.setting("sFT"),
    });
    let begun = conversation(walk, &Request::post_json(begin, first)).await?;
    if !succeeded(&begun) {
        return Err(Refusal::SecondFactor {
            host,
            text: message(&begun),
        });
    }
    let code = if proof.is_push() {
        let number = text(&begun, "Entropy");
        // Zero: there is none to match.
        walk.announce_push(&host, number.trim_start_matches('0'))?;
        None
    } else {
        Some(walk.code(page).await?)
    };
    let mut latest = begun;
    for count in 1.. {
        let mut question = json!({
            "AuthMethodId": proof.method,
            "Method": "EndAuth",
            "Ctx": text(&latest, "Ctx"),
            "FlowToken": text(&latest, "FlowToken"),
            "SessionId": text(&latest, "SessionId"),
            "PollCount": count,
        });
        if let Some(code) = &code {
            question["AdditionalAuthData"] = Value::from(code.expose());
        }
        latest = conversation(walk, &Request::post_json(end.clone(), question)).await?;
        if succeeded(&latest) {
            break;
        }
        let pending = latest.get("Retry") == Some(&Value::Bool(true))
            || text(&latest, "ResultValue") == "AuthenticationPending";
        if !proof.is_push() || !pending {
            return Err(Refusal::SecondFactor {
                host,
                text: message(&latest),
            });
        }
        walk.transport.pause(interval(page, &proof), &host).await?;
    }
    let kind = if proof.is_push() { "22" } else { "19" };
    let (context, token) = (text(&latest, "Ctx"), text(&latest, "FlowToken"));
    let name = page.setting("sPOST_Username");
    let fields = [
        ("request", context.as_str()),
        ("flowToken", &token),
        ("login", &name),
        ("mfaAuthMethod", &proof.method),
        ("type", kind),
    ];
    Ok(post(page, &fields, "request"))
}

/// A page without the conversation takes the code in its form.
async fn code_at_once(
    walk: &mut Walk<'_>,
    page: &Page,
    proof: &Proof,
) -> Result<Option<Request>, Refusal> {
    if proof.is_push() {
        return Ok(None);
    }
    let code = walk.code(page).await?;
    let name = page.setting("sPOST_Username");
    let fields = [
        ("otc", code.expose()),
        ("login", &name),
        ("mfaAuthMethod", &proof.method),
        ("type", "19"),
    ];
    Ok(post(page, &fields, "request"))
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

/// A registered way to prove who one is.
struct Proof {
    method: String,
    display: String,
    preferred: bool,
}

impl Proof {
    fn is_push(&self) -> bool {
        self.method == "PhoneAppNotification"
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.method.as_str() {
            "PhoneAppNotification" => formatter.write_str("approve on the telephone"),
            "PhoneAppOTP" => formatter.write_str("type the code that the authenticator shows"),
            _ => write!(formatter, "type a code sent to {}", self.display),
        }
    }
}

/// Picks a method: with a code at hand the one that takes it, else the person's choice.
async fn choose(walk: &mut Walk<'_>, page: &Page) -> Result<Option<Proof>, Refusal> {
    let mut proofs = proofs(page);
    if walk.credentials.second_factor.is_at_hand() {
        let position = ["PhoneAppOTP", "OneWaySMS"]
            .iter()
            .find_map(|wanted| proofs.iter().position(|proof| proof.method == *wanted));
        return Ok(position.map(|position| proofs.swap_remove(position)));
    }
    if !walk.terminal.has_person() {
        return Err(Refusal::SecondFactorNeeded {
            host: host_and_port(&page.url),
        });
    }
    if proofs.len() < 2 {
        return Ok(proofs.pop());
    }
    proofs.sort_by_key(|proof| !proof.preferred);
    let chosen = walk.terminal.choose("Second factor:", proofs).await?;
    walk.transport.start_anew();
    Ok(Some(chosen))
}

fn proofs(page: &Page) -> Vec<Proof> {
    const FOLLOWED: [&str; 3] = ["PhoneAppOTP", "PhoneAppNotification", "OneWaySMS"];
    let config = page.config.as_ref();
    let listed = config.and_then(|config| config.get("arrUserProofs")?.as_array());
    listed
        .into_iter()
        .flatten()
        .map(|proof| Proof {
            method: text(proof, "authMethodId"),
            display: quoted(&text(proof, "display")),
            preferred: proof.get("isDefault") == Some(&Value::Bool(true)),
        })
        .filter(|proof| FOLLOWED.contains(&proof.method.as_str()))
        .collect()
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

/// One question and answer in JSON.
async fn conversation(walk: &mut Walk<'_>, request: &Request) -> Result<Value, Refusal> {
    let answer: Answer = walk.exchange(request).await?;
    serde_json::from_str(&answer.body).map_err(|_| Refusal::Undocumented {
        host: answer.host(),
        step: "a question of the sign-in page's script",
        status: answer.status,
        text: String::new(),
    })
}

/// The post that the page's script would make: what the page handed out goes back, beside `fields`.
fn post(page: &Page, fields: &[(&str, &str)], context: &str) -> Option<Request> {
    let url = target(page, "urlPost")?;
    let token = match page.setting("sFTName") {
        name if name.is_empty() => "flowToken".to_owned(),
        name => name,
    };
    let request_id = match page.request_id.as_str() {
        "" => page.setting("sessionId"),
        id => id.to_owned(),
    };
    let mut values: Vec<(String, Zeroizing<String>)> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Zeroizing::new((*value).to_owned())))
        .collect();
    let handed_out = [
        (token.as_str(), page.setting("sFT")),
        (context, page.setting("sCtx")),
        ("canary", page.setting("canary")),
        ("hpgrequestid", request_id),
    ];
    for (name, value) in handed_out {
        if !values.iter().any(|(known, _)| known == name) {
            values.push((name.to_owned(), Zeroizing::new(value)));
        }
    }
    Some(Request::post(url, values))
}

fn target(page: &Page, setting: &str) -> Option<Url> {
    let target = page.setting(setting);
    (!target.is_empty()).then(|| page.url.join(&target).ok())?
}

fn interval(page: &Page, proof: &Proof) -> Duration {
    let config = page.config.as_ref();
    let named = config.and_then(|config| {
        config
            .get("oPerAuthPollingInterval")?
            .get(&proof.method)?
            .as_f64()
    });
    Duration::from_secs_f64(named.unwrap_or(1.0).clamp(0.5, 10.0))
}

fn succeeded(answer: &Value) -> bool {
    answer.get("Success") == Some(&Value::Bool(true))
}

fn message(answer: &Value) -> String {
    quoted(&text(
        answer,
        if text(answer, "Message").is_empty() {
            "ResultValue"
        } else {
            "Message"
        },
    ))
}

fn text(value: &Value, key: &str) -> String {
    match value.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
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
