//! Sign-outs that applications ask for (OpenID Connect RP-Initiated Logout §2).

use crate::error::Refusal;
use crate::form::Parameters;

/// Bytes of `state`, which is echoed.
const MOST_ECHOED: usize = 1024;

/// What an application asks for when it sends a browser to be signed out. Nothing of it is believed yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EndSessionRequest {
    /// `id_token_hint`.
    pub id_token_hint: Option<String>,
    /// `client_id`.
    pub client_id: Option<String>,
    /// `post_logout_redirect_uri`.
    pub redirect_uri: Option<String>,
    /// `state`, for the redirect.
    pub state: Option<String>,
}

impl EndSessionRequest {
    /// Reads a raw query or form. Codes: those of [`Parameters::read`], `oauth.echo_size`.
    pub fn read(raw: &str) -> Result<Self, Refusal> {
        let parameters = Parameters::read(raw)?;
        let value = |name| parameters.value(name).map(str::to_owned);
        let state = parameters.sent("state").map(str::to_owned);
        Refusal::request("oauth.echo_size", "The state is too large.").unless(
            state
                .as_ref()
                .is_none_or(|state| state.len() <= MOST_ECHOED),
        )?;
        Ok(Self {
            id_token_hint: value("id_token_hint"),
            client_id: value("client_id"),
            redirect_uri: value("post_logout_redirect_uri"),
            state,
        })
    }

    /// The URL that takes the browser back to a registered address.
    pub fn answer(redirect_uri: &str, state: Option<&str>) -> String {
        let pairs: Vec<_> = state.map(|state| ("state", state)).into_iter().collect();
        crate::redirect_uri::answer(redirect_uri, &pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_is_read_once_each() {
        let read = EndSessionRequest::read(
            "client_id=app&post_logout_redirect_uri=https%3A%2F%2Fa%2F&state=",
        )
        .unwrap();
        assert_eq!(read.client_id.as_deref(), Some("app"));
        assert_eq!(read.redirect_uri.as_deref(), Some("https://a/"));
        assert_eq!(read.state.as_deref(), Some(""));
        for doubled in [
            "client_id",
            "id_token_hint",
            "post_logout_redirect_uri",
            "state",
        ] {
            let raw = format!("{doubled}=a&{doubled}=a");
            let code = EndSessionRequest::read(&raw).unwrap_err().code();
            assert_eq!(code, "oauth.duplicate", "{doubled}");
            crate::guard::without("oauth.duplicate", || {
                assert!(EndSessionRequest::read(&raw).is_ok());
            });
        }
        let large = format!("state={}", "x".repeat(MOST_ECHOED + 1));
        assert_eq!(
            EndSessionRequest::read(&large).unwrap_err().code(),
            "oauth.echo_size"
        );
    }

    #[test]
    fn answer_carries_the_state_only() {
        assert_eq!(
            EndSessionRequest::answer("https://a/?x=1", Some("s t")),
            "https://a/?x=1&state=s%20t"
        );
        assert_eq!(EndSessionRequest::answer("https://a/", None), "https://a/");
    }
}
