//! Entra's second factor: which way, the conversation about it, and the post that ends it.

use super::script::{conversation, message, post, succeeded, target, text};
use crate::login::page::Page;
use crate::login::refusal::{Refusal, quoted};
use crate::login::transport::Request;
use crate::login::trust::host_and_port;
use crate::login::walk::Walk;
use serde_json::{Value, json};
use std::fmt;
use std::time::Duration;

/// Approves, or types a code, as the person's registered methods allow.
pub(in crate::login) async fn second_factor(
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
