//! The authorization request and its answers (RFC 6749 §4.1.1, §4.2.1; RFC 9207; OpenID Connect Core §3.1.2.1).
//!
//! Reading has two stages. [`Asking::read`] finds out who asks and where the answer would go: what it refuses becomes a page,
//! because nobody knows yet where it would be safe to redirect. [`Asking::judge`] refuses towards the registered address.

use crate::error::{ErrorCode, Refusal};
use crate::form::Parameters;
use crate::pkce::CodeChallenge;
use crate::redirect_uri;
use crate::scope::Scope;

/// Bytes of `state` and of `nonce`: both are echoed.
const MOST_ECHOED: usize = 1024;

/// What an application may ask for.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'a> {
    /// `response_type=code`.
    pub code: bool,
    /// `response_type=token`: the token travels in the address, only where the application has it switched on.
    pub implicit: bool,
    /// Whether a code needs a `code_challenge`.
    pub pkce: bool,
    /// Scopes that exist for the application.
    pub scopes: &'a [&'a str],
}

/// `response_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseType {
    /// An authorization code.
    Code,
    /// An access token at once (the implicit flow).
    Token,
}

/// `prompt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// Nobody may be asked.
    None,
    /// The person must prove who they are again.
    Login,
}

/// A request that says who asks; not judged yet.
#[derive(Debug, Clone)]
pub struct Asking {
    /// `client_id`.
    pub client_id: String,
    /// `redirect_uri`.
    pub redirect_uri: Option<String>,
    parameters: Parameters,
}

/// A request that may be obeyed once somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// `response_type`.
    pub response_type: ResponseType,
    /// `scope`.
    pub scope: Scope,
    /// `state` as sent, which may be empty.
    pub state: Option<String>,
    /// `code_challenge`.
    pub challenge: Option<CodeChallenge>,
    /// `nonce`, for the ID token.
    pub nonce: Option<String>,
    /// `prompt`.
    pub prompt: Option<Prompt>,
    /// `max_age`: seconds since the person proved who they are.
    pub max_age: Option<u32>,
    /// `login_hint`: who will probably sign in.
    pub login_hint: Option<String>,
    /// `id_token_hint`: an ID token of the person who should be signed in.
    pub id_token_hint: Option<String>,
}

impl Asking {
    /// Reads a raw query. Codes: those of [`Parameters::read`], `oauth.client_id`. Every refusal is for a page.
    pub fn read(raw_query: &str) -> Result<Self, Refusal> {
        let parameters = Parameters::read(raw_query)?;
        let client_id = parameters.value("client_id").ok_or(Refusal::request(
            "oauth.client_id",
            "The client_id is missing.",
        ))?;
        Ok(Self {
            client_id: client_id.to_owned(),
            redirect_uri: parameters.value("redirect_uri").map(str::to_owned),
            parameters,
        })
    }

    /// `response_type` as sent: an address is registered for one kind of answer.
    pub fn response_type(&self) -> Option<&str> {
        self.parameters.value("response_type")
    }

    /// `state` as sent, which may be empty; none if it is too large to echo.
    pub fn state(&self) -> Option<&str> {
        self.parameters
            .sent("state")
            .filter(|state| state.len() <= MOST_ECHOED)
    }

    /// A parameter that is not the standard's, for servers that define more; none if it is empty.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.value(name)
    }

    /// Judges everything else. What it refuses goes to the registered address with [`refuse`].
    /// Codes: `oauth.response_type`, `oauth.response_type_off`, `oauth.response_mode`, `oauth.request_object`, `oauth.echo_size`,
    /// `oauth.pkce_required`, `oauth.prompt`, `oauth.max_age`, and those of [`Scope::within`] and [`CodeChallenge::read`].
    pub fn judge(&self, policy: &Policy<'_>) -> Result<AuthorizationRequest, Refusal> {
        let response_type = self.judge_response_type(policy)?;
        self.refuse_request_objects()?;
        let mode = self.parameters.value("response_mode");
        Refusal::request("oauth.response_mode", "The response_mode must be query.")
            .unless(mode.is_none_or(|mode| mode == "query"))?;
        for name in ["state", "nonce"] {
            let size = self.parameters.sent(name).map_or(0, str::len);
            Refusal::request("oauth.echo_size", "The state or nonce is too large.")
                .unless(size <= MOST_ECHOED)?;
        }
        let challenge = CodeChallenge::read(
            self.parameters.value("code_challenge"),
            self.parameters.value("code_challenge_method"),
        )?;
        Refusal::request("oauth.pkce_required", "A code_challenge is required.")
            .unless(challenge.is_some() || !policy.pkce || response_type == ResponseType::Token)?;
        Ok(AuthorizationRequest {
            response_type,
            scope: Scope::within(self.parameters.value("scope"), policy.scopes)?,
            state: self.parameters.sent("state").map(str::to_owned),
            challenge,
            nonce: self.parameters.value("nonce").map(str::to_owned),
            prompt: self.prompt()?,
            max_age: self.max_age()?,
            login_hint: self.login_hint(),
            id_token_hint: self.parameters.value("id_token_hint").map(str::to_owned),
        })
    }

    fn judge_response_type(&self, policy: &Policy<'_>) -> Result<ResponseType, Refusal> {
        let (response_type, allowed) = match self.parameters.value("response_type") {
            Some("code") => (ResponseType::Code, policy.code),
            Some("token") => (ResponseType::Token, policy.implicit),
            None => {
                return Err(Refusal::request(
                    "oauth.response_type",
                    "The response_type is missing.",
                ));
            }
            Some(_) => {
                return Err(Refusal::new(
                    ErrorCode::UnsupportedResponseType,
                    "oauth.response_type",
                    "The response_type must be code or token.",
                ));
            }
        };
        Refusal::new(
            ErrorCode::UnauthorizedClient,
            "oauth.response_type_off",
            "The client may not use that response_type.",
        )
        .unless(allowed)?;
        Ok(response_type)
    }

    // OpenID Connect Core §6: an ignored request object would mean obeying other parameters than the ones that were signed.
    fn refuse_request_objects(&self) -> Result<(), Refusal> {
        let text = "Request objects are not supported.";
        Refusal::new(ErrorCode::RequestNotSupported, "oauth.request_object", text)
            .unless(self.parameters.sent("request").is_none())?;
        Refusal::new(
            ErrorCode::RequestUriNotSupported,
            "oauth.request_object",
            text,
        )
        .unless(self.parameters.sent("request_uri").is_none())
    }

    fn prompt(&self) -> Result<Option<Prompt>, Refusal> {
        match self.parameters.value("prompt") {
            None => Ok(None),
            Some("none") => Ok(Some(Prompt::None)),
            Some("login") => Ok(Some(Prompt::Login)),
            Some(_) => Err(Refusal::request(
                "oauth.prompt",
                "The prompt must be none or login.",
            )),
        }
    }

    /// OpenID Connect Core §3.1.2.1: a hint may be ignored, so one that is no user name is.
    fn login_hint(&self) -> Option<String> {
        let hint = self.parameters.value("login_hint")?;
        (hint.len() <= MOST_ECHOED).then(|| hint.to_owned())
    }

    fn max_age(&self) -> Result<Option<u32>, Refusal> {
        let Some(text) = self.parameters.value("max_age") else {
            return Ok(None);
        };
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let refusal = Refusal::request("oauth.max_age", "The max_age must be a number of seconds.");
        text.parse()
            .ok()
            .filter(|_| digits)
            .map(Some)
            .ok_or(refusal)
    }
}

/// The URL that takes a refusal to the registered address (RFC 6749 §4.1.2.1) and names who refuses (RFC 9207 §2).
pub fn refuse(redirect_uri: &str, refusal: &Refusal, state: Option<&str>, issuer: &str) -> String {
    let mut pairs = vec![
        ("error", refusal.error.as_str()),
        ("error_description", refusal.text),
    ];
    pairs.extend(state.map(|state| ("state", state)));
    pairs.push(("iss", issuer));
    redirect_uri::answer(redirect_uri, &pairs)
}

/// The URL that takes a code to the registered address (RFC 6749 §4.1.2; RFC 9207 §2).
pub fn grant_code(redirect_uri: &str, code: &str, state: Option<&str>, issuer: &str) -> String {
    let mut pairs = vec![("code", code)];
    pairs.extend(state.map(|state| ("state", state)));
    pairs.push(("iss", issuer));
    redirect_uri::answer(redirect_uri, &pairs)
}

/// The URL that takes an access token to the registered address: in the query, in the order of HORACIUS's document ("Emissão de
/// uma requisição de autenticação no Fluxo Implícito"), `state` also when it is empty.
pub fn grant_token(
    redirect_uri: &str,
    token: &str,
    expires_in: i64,
    state: Option<&str>,
    issuer: &str,
) -> String {
    let expires_in = expires_in.to_string();
    let mut pairs: Vec<(&str, &str)> = state.map(|state| ("state", state)).into_iter().collect();
    pairs.extend([
        ("access_token", token),
        ("expires_in", &expires_in),
        ("iss", issuer),
    ]);
    redirect_uri::answer(redirect_uri, &pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::without;
    use proptest::prelude::*;

    const ALL: Policy<'_> = Policy {
        code: true,
        implicit: true,
        pkce: false,
        scopes: &["public_profile", "openid"],
    };

    fn judge(raw: &str, policy: &Policy<'_>) -> Result<AuthorizationRequest, Refusal> {
        Asking::read(raw).and_then(|asking| asking.judge(policy))
    }

    #[test]
    fn request_of_the_document_is_read() {
        let raw = "client_id=087d672d-1363-4baa-9207-cd2f16304e31&redirect_uri=https%3A%2F%2Fdante.intranet.example.com%3A9090\
                   %2Foauth%2Ftoken&state=&scope=public_profile&response_type=token";
        let asking = Asking::read(raw).unwrap();
        assert_eq!(asking.client_id, "087d672d-1363-4baa-9207-cd2f16304e31");
        assert_eq!(
            asking.redirect_uri.as_deref(),
            Some("https://dante.intranet.example.com:9090/oauth/token")
        );
        let request = asking.judge(&ALL).unwrap();
        assert_eq!(request.response_type, ResponseType::Token);
        assert_eq!(request.state.as_deref(), Some(""));
        assert_eq!(
            grant_token(
                &asking.redirect_uri.unwrap(),
                "ab",
                3600,
                request.state.as_deref(),
                "https://o.example"
            ),
            "https://dante.intranet.example.com:9090/oauth/token?state=&access_token=ab&expires_in=3600&iss=https%3A%2F%2Fo.example"
        );
    }

    #[test]
    fn each_parameter_doubled_is_refused_before_anything_is_believed() {
        let base = [
            "client_id=a",
            "redirect_uri=https%3A%2F%2Fa.example",
            "response_type=code",
            "scope=openid",
            "state=s",
            "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "code_challenge_method=S256",
            "nonce=n",
            "prompt=login",
            "max_age=1",
            "ui_locales=pt",
        ];
        assert!(judge(&base.join("&"), &ALL).is_ok());
        for doubled in base {
            let raw = format!("{}&{doubled}", base.join("&"));
            assert_eq!(
                Asking::read(&raw).unwrap_err().code(),
                "oauth.duplicate",
                "{doubled}"
            );
            without("oauth.duplicate", || {
                assert!(judge(&raw, &ALL).is_ok(), "{doubled}");
            });
        }
    }

    #[test]
    fn hostile_request_is_refused_by_the_guard_it_names() {
        let base = "client_id=a&response_type=code";
        assert!(judge(base, &ALL).is_ok());
        let strict = Policy {
            implicit: false,
            pkce: true,
            ..ALL
        };
        for (raw, policy, code) in [
            (
                "client_id=a&response_type=token",
                &strict,
                "oauth.response_type_off",
            ),
            (base, &strict, "oauth.pkce_required"),
            (
                &format!("{base}&response_mode=fragment"),
                &ALL,
                "oauth.response_mode",
            ),
            (&format!("{base}&request=eyJ"), &ALL, "oauth.request_object"),
            (
                &format!("{base}&request_uri=http://127.0.0.1/"),
                &ALL,
                "oauth.request_object",
            ),
            (
                &format!("{base}&state={}", "s".repeat(1025)),
                &ALL,
                "oauth.echo_size",
            ),
            (&format!("{base}&scope=admin"), &ALL, "oauth.scope_unknown"),
            (
                &format!("{base}&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
                &ALL,
                "oauth.pkce_method",
            ),
        ] {
            assert_eq!(judge(raw, policy).unwrap_err().code(), code, "{raw}");
            without(code, || assert!(judge(raw, policy).is_ok(), "{raw}"));
        }
        for (raw, code) in [
            ("response_type=code", "oauth.client_id"),
            ("client_id=&response_type=code", "oauth.client_id"),
            ("client_id=a", "oauth.response_type"),
            ("client_id=a&response_type=id_token", "oauth.response_type"),
            (
                "client_id=a&response_type=code+token",
                "oauth.response_type",
            ),
            (&format!("{base}&prompt=consent"), "oauth.prompt"),
            (&format!("{base}&prompt=none+login"), "oauth.prompt"),
            (&format!("{base}&max_age=-1"), "oauth.max_age"),
            (&format!("{base}&max_age=%2B1"), "oauth.max_age"),
            (&format!("{base}&max_age=99999999999"), "oauth.max_age"),
        ] {
            assert_eq!(judge(raw, &ALL).unwrap_err().code(), code, "{raw}");
        }
    }

    #[test]
    fn answers_name_their_issuer() {
        let refusal = Refusal::new(
            ErrorCode::LoginRequired,
            "oauth.test",
            "Nobody is signed in.",
        );
        assert_eq!(
            refuse(
                "https://a.example/cb",
                &refusal,
                Some("x"),
                "https://o.example"
            ),
            "https://a.example/cb?error=login_required&error_description=Nobody%20is%20signed%20in.&state=x&iss=https%3A%2F%2Fo.example"
        );
        assert_eq!(
            grant_code("https://a.example/cb", "c", None, "https://o.example"),
            "https://a.example/cb?code=c&iss=https%3A%2F%2Fo.example"
        );
    }

    proptest! {
        #[test]
        fn never_panics(raw in "([a-z_]{0,12}=[ -~]{0,20}&){0,6}", noise in ".{0,100}") {
            let _ = judge(&raw, &ALL);
            let _ = judge(&format!("client_id=a&response_type=code&{noise}"), &ALL);
        }
    }
}
