//! StorageGRID's side of a sign-on, as its documents describe it: ask for a signed URL, hand over the SAML response, end the
//! token. Nothing here knows what stands at that URL.

use super::refusal::{Refusal, quoted};
use super::secret::Secret;
use super::transport::{Answer, Request, Transport};
use super::trust::host_and_port;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt;
use std::str::FromStr;
use url::Url;
use zeroize::Zeroizing;

/// StorageGRID's document: a token lives 16 hours. For answers that do not say how long.
const DOCUMENTED_LIFETIME: SignedDuration = SignedDuration::from_hours(16);

/// The host of StorageGRID, and its port where it is not that of https.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Address(Url);

impl Address {
    fn at(&self, path: &str) -> Url {
        self.0.join(path).expect("the paths are constant")
    }

    /// Whether that URL leads to this host and port. `…:443` and no port are the same here, as in the documents.
    pub(super) fn is_origin_of(&self, url: &Url) -> bool {
        self.0.origin() == url.origin()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&host_and_port(&self.0))
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(typed: &str) -> Result<Self, String> {
        let typed = typed.trim();
        if typed.starts_with("http://") {
            return Err("StorageGRID is reached over https only".to_owned());
        }
        let bare = typed.strip_prefix("https://").unwrap_or(typed);
        let url = Url::parse(&format!("https://{bare}")).map_err(|error| error.to_string())?;
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none();
        if !plain || url.host_str().is_none_or(str::is_empty) {
            return Err("a host name, such as storagegrid.example.com".to_owned());
        }
        Ok(Self(url))
    }
}

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(written: String) -> Result<Self, String> {
        written.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

/// A token as StorageGRID handed it out.
pub(super) struct Issued {
    pub(super) token: Secret,
    pub(super) expires_at: Timestamp,
}

/// Step b of the document: a signed URL of the sign-in page for that account.
pub(super) async fn signed_url(
    transport: &Transport,
    address: &Address,
    account: &str,
) -> Result<Url, Refusal> {
    const STEP: &str = "POST /api/v3/authorize-saml";
    let request = Request::post_json(
        address.at("/api/v3/authorize-saml"),
        json!({"accountId": account}),
    )
    .with("Accept", "application/json");
    let answer = transport.send(request).await?;
    let data = match answer.status {
        200 => data(&answer),
        401 | 403 => return Err(denied(&answer)),
        _ => None,
    };
    let url = data.and_then(|data| Url::parse(&data).ok());
    url.ok_or_else(|| undocumented(&answer, STEP))
}

/// Step j: the SAML response becomes a token. It goes to the address that was asked and nowhere else.
pub(super) async fn token(
    transport: &Transport,
    address: &Address,
    handover: Handover,
    now: Timestamp,
) -> Result<Issued, Refusal> {
    const STEP: &str = "POST /api/saml-response";
    let fields = vec![
        ("SAMLResponse".to_owned(), handover.response),
        ("RelayState".to_owned(), Zeroizing::new(handover.account)),
    ];
    let request =
        Request::post(address.at("/api/saml-response"), fields).with("Accept", "application/json");
    let answer = transport.send(request).await?;
    match answer.status {
        200 => {}
        400 | 401 | 403 | 422 => return Err(denied(&answer)),
        _ => return Err(undocumented(&answer, STEP)),
    }
    let token = data(&answer)
        .filter(|token| is_bearer(token))
        .ok_or_else(|| undocumented(&answer, STEP))?;
    Ok(Issued {
        token: Secret::new(token),
        expires_at: expiry(&answer, whole_seconds(now)),
    })
}

/// What StorageGRID wants to see before it hands out a token.
pub(super) struct Handover {
    /// The SAML response, base64, as it stood in the sign-in page.
    pub(super) response: Zeroizing<String>,
    /// The account, which is the RelayState whatever the page says.
    pub(super) account: String,
}

/// What came of asking StorageGRID to begin a single logout.
pub(super) enum Logout {
    /// Go there to end the session at the provider.
    At(Url),
    /// There was no session to end: only the token.
    TokenOnly,
    /// The token was over already.
    Over,
}

/// Logout, step 1: with the cookie `sso=true`, StorageGRID gives a signed logout URL.
pub(super) async fn logout_url(
    transport: &Transport,
    address: &Address,
    token: &Secret,
) -> Result<Logout, Refusal> {
    let request = delete(address, token).with("Cookie", "sso=true");
    let answer = transport.send(request).await?;
    match (answer.status, data(&answer).map(|data| Url::parse(&data))) {
        (200, Some(Ok(url))) => Ok(Logout::At(url)),
        (204, _) => Ok(Logout::TokenOnly),
        (401, _) => Ok(Logout::Over),
        _ => Err(undocumented(
            &answer,
            "DELETE /api/v3/authorize with sso=true",
        )),
    }
}

/// Logout, step 4: the token ends. A token that is over already is as good.
pub(super) async fn delete_token(
    transport: &Transport,
    address: &Address,
    token: &Secret,
) -> Result<(), Refusal> {
    let answer = transport.send(delete(address, token)).await?;
    match answer.status {
        200 | 204 | 401 => Ok(()),
        _ => Err(undocumented(&answer, "DELETE /api/v3/authorize")),
    }
}

/// Whether StorageGRID still accepts the token.
pub(super) async fn is_accepted(
    transport: &Transport,
    address: &Address,
    account: &str,
    token: &Secret,
) -> Result<bool, Refusal> {
    let path = if account == "0" {
        "/api/v3/grid/config"
    } else {
        "/api/v3/org/config"
    };
    let request = Request::get(address.at(path)).with("Authorization", bearer(token));
    let answer = transport.send(request).await?;
    match answer.status {
        200..=299 | 403 => Ok(true),
        401 => Ok(false),
        _ => Err(undocumented(&answer, "GET config")),
    }
}

fn delete(address: &Address, token: &Secret) -> Request {
    Request {
        method: Method::DELETE,
        url: address.at("/api/v3/authorize"),
        headers: Vec::new(),
        body: super::transport::Body::Empty,
    }
    .with("Accept", "application/json")
    .with("Authorization", bearer(token))
}

fn bearer(token: &Secret) -> String {
    format!("Bearer {}", token.expose())
}

/// `data` of the envelope. The content type is not looked at: intermediaries change it.
fn data(answer: &Answer) -> Option<String> {
    let envelope: Value = serde_json::from_str(&answer.body).ok()?;
    Some(envelope.get("data")?.as_str()?.to_owned())
}

/// RFC 6750 §2.1, b64token: what may stand in a header, and what needs no quoting in any shell.
fn is_bearer(token: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
    !token.is_empty() && token.len() <= 4096 && token.chars().all(allowed)
}

/// The lifetime that the answer names. `max-age` goes first: it does not depend on two clocks.
fn expiry(answer: &Answer, now: Timestamp) -> Timestamp {
    let max_age = answer.header("cache-control").and_then(|value| {
        let seconds = value
            .split(',')
            .find_map(|part| part.trim().strip_prefix("max-age="))?;
        Some(SignedDuration::from_secs(
            seconds.parse::<u32>().ok()?.into(),
        ))
    });
    if let Some(age) = max_age.filter(|age| !age.is_zero()) {
        return now + age;
    }
    answer
        .header("expires")
        .and_then(|date| rfc2822::DateTimeParser::new().parse_timestamp(date).ok())
        .filter(|date| *date > now)
        .unwrap_or(now + DOCUMENTED_LIFETIME)
}

/// Nobody measures a token's life finer.
fn whole_seconds(now: Timestamp) -> Timestamp {
    Timestamp::from_second(now.as_second()).expect("the present can be written in seconds")
}

/// The refusal, in StorageGRID's words. Its document names two of them, which deserve ours.
fn denied(answer: &Answer) -> Refusal {
    let (host, text) = (answer.host(), message(answer));
    if text.contains("A valid SubjectConfirmation was not found") {
        return Refusal::Expired { host, text };
    }
    Refusal::Denied { host, text }
}

fn undocumented(answer: &Answer, step: &'static str) -> Refusal {
    Refusal::Undocumented {
        host: answer.host(),
        step,
        status: answer.status,
        text: message(answer),
    }
}

fn message(answer: &Answer) -> String {
    let envelope: Option<Value> = serde_json::from_str(&answer.body).ok();
    let text = envelope
        .as_ref()
        .and_then(|envelope| envelope.pointer("/message/text")?.as_str());
    quoted(text.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    fn answer(headers: &[(&str, &str)]) -> Answer {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (
                    name.parse::<HeaderName>().unwrap(),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect();
        Answer {
            url: Url::parse("https://sg.example.com/").unwrap(),
            status: 200,
            headers,
            body: String::new(),
        }
    }

    #[test]
    fn address_is_a_host_and_nothing_else() {
        for (typed, shown) in [
            ("storagegrid.example.com", "storagegrid.example.com"),
            (
                " https://StorageGRID.example.com:443/ ",
                "storagegrid.example.com",
            ),
            ("127.0.0.1:8443", "127.0.0.1:8443"),
        ] {
            assert_eq!(typed.parse::<Address>().unwrap().to_string(), shown);
        }
        for refused in [
            "",
            "http://sg.example.com",
            "sg.example.com/api",
            "a@sg.example.com",
            "sg?x",
            "a b",
        ] {
            assert!(refused.parse::<Address>().is_err(), "{refused}");
        }
    }

    #[test]
    fn lifetime_is_what_the_answer_says_or_sixteen_hours() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let expires = |headers: &[(&str, &str)]| expiry(&answer(headers), now).to_string();
        let date = ("expires", "Thu, 01 Jan 2026 08:40:58 GMT");
        assert_eq!(
            expires(&[("cache-control", "private, no-cache, max-age=57599"), date]),
            "2026-01-01T15:59:59Z"
        );
        assert_eq!(
            expires(&[("cache-control", "no-store"), date]),
            "2026-01-01T08:40:58Z"
        );
        assert_eq!(expires(&[("expires", "-1")]), "2026-01-01T16:00:00Z");
        assert_eq!(expires(&[]), "2026-01-01T16:00:00Z");
    }

    #[test]
    fn token_that_could_leave_its_quotes_is_no_token() {
        assert!(is_bearer("56eb07bf-21f6-40b7-af0b-5c6cacfb25e7"));
        for refused in ["", "a b", "a'b", "a\nb", "$(id)", "ç"] {
            assert!(!is_bearer(refused), "{refused}");
        }
    }
}
