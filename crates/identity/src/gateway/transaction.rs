//! `VCSchemaCfg` and `VCSchemaData`: what a client asks of a session, and what it is told (CESS's document,
//! "Autenticação com abertura de sessão").

use crate::login::Secret;
use jiff::SignedDuration;

/// What `VCSchemaCfg` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wishes {
    /// `returnAccessToken`: whether the answer carries `VCSchemaData`. Default false.
    pub return_access_token: bool,
    /// `lifetime` in seconds, before the provider's rules clamp it. Default: that of the application, else of the instance.
    pub lifetime: Option<SignedDuration>,
    /// `autoRevoke`: whether the session ends with the transaction. Default true.
    pub auto_revoke: bool,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            return_access_token: false,
            lifetime: None,
            auto_revoke: true,
        }
    }
}

/// A `VCSchemaCfg` that cannot be obeyed: 400 at the door. Names the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("VCSchemaCfg: the value of {0} is not one that it takes")]
pub struct BadWish(pub &'static str);

impl BadWish {
    /// The stable code.
    pub fn code(self) -> &'static str {
        "gateway.configuration_value"
    }
}

impl Wishes {
    /// The same for an application with a default of its own, which counts where the client asks for no lifetime ("o lifetime
    /// padrão da instância/aplicação").
    #[must_use]
    pub fn of_application(self, lifetime: Option<SignedDuration>) -> Self {
        Self {
            lifetime: self.lifetime.or(lifetime),
            ..self
        }
    }

    /// Reads `key=value;key=value`. Keys that we do not know are ignored; one that stands twice is refused, because which of
    /// them counts would be a guess about how long a session stays open.
    pub fn read(text: &str) -> Result<Self, BadWish> {
        if text.len() > 1024 {
            return Err(BadWish("VCSchemaCfg"));
        }
        let (mut return_access_token, mut lifetime, mut auto_revoke) = (None, None, None);
        for part in text.split(';').map(str::trim).filter(|p| !p.is_empty()) {
            let Some((key, value)) = part.split_once('=').map(|(k, v)| (k.trim(), v.trim())) else {
                continue;
            };
            let twice = match key {
                "returnAccessToken" => return_access_token
                    .replace(flag("returnAccessToken", value)?)
                    .is_some(),
                "lifetime" => lifetime.replace(seconds(value)?).is_some(),
                "autoRevoke" => auto_revoke.replace(flag("autoRevoke", value)?).is_some(),
                _ => false,
            };
            if twice {
                return Err(BadWish("a doubled key"));
            }
        }
        let default = Self::default();
        Ok(Self {
            return_access_token: return_access_token.unwrap_or(default.return_access_token),
            lifetime,
            auto_revoke: auto_revoke.unwrap_or(default.auto_revoke),
        })
    }
}

/// The value of `VCSchemaData`: `accessToken;lifetime;provider`.
pub fn schema_data(token: &Secret, lifetime: SignedDuration, provider: &str) -> String {
    format!("{};{};{provider}", token.expose(), lifetime.as_secs())
}

fn flag(key: &'static str, value: &str) -> Result<bool, BadWish> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(BadWish(key)),
    }
}

fn seconds(value: &str) -> Result<SignedDuration, BadWish> {
    if value.is_empty() || value.len() > 10 || !value.bytes().all(|b| b.is_ascii_digit()) {
        return Err(BadWish("lifetime"));
    }
    match value.parse() {
        Ok(0) | Err(_) => Err(BadWish("lifetime")),
        Ok(seconds) => Ok(SignedDuration::from_secs(seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_printed_in_the_document_is_read() {
        let wishes = Wishes::read("returnAccessToken=true;lifetime=999;autoRevoke=true").unwrap();
        assert_eq!(
            wishes,
            Wishes {
                return_access_token: true,
                lifetime: Some(SignedDuration::from_secs(999)),
                auto_revoke: true
            }
        );
    }

    #[test]
    fn nothing_asked_means_no_token_and_revocation() {
        for text in ["", ";;", "unknown=1", "unknown", " ; x = y ; "] {
            assert_eq!(Wishes::read(text).unwrap(), Wishes::default(), "{text}");
        }
    }

    #[test]
    fn an_applications_default_stands_in_for_a_lifetime_that_nobody_asked_for() {
        let hour = SignedDuration::from_hours(1);
        let lifetime = |text, application| {
            let wishes = Wishes::read(text).unwrap().of_application(application);
            wishes.lifetime
        };
        assert_eq!(lifetime("", Some(hour)), Some(hour));
        assert_eq!(
            lifetime("lifetime=999", None),
            lifetime("lifetime=999", Some(hour))
        );
        assert_eq!(lifetime("", None), None, "then the instance's counts");
    }

    #[test]
    fn a_bad_value_is_refused_and_named() {
        for (text, key) in [
            ("lifetime=0", "lifetime"),
            ("lifetime=-1", "lifetime"),
            ("lifetime=+1", "lifetime"),
            ("lifetime=1e3", "lifetime"),
            ("lifetime=99999999999", "lifetime"),
            ("lifetime=", "lifetime"),
            ("autoRevoke=TRUE", "autoRevoke"),
            ("returnAccessToken=1", "returnAccessToken"),
            ("autoRevoke=true;autoRevoke=false", "a doubled key"),
        ] {
            assert_eq!(Wishes::read(text).unwrap_err(), BadWish(key), "{text}");
        }
    }

    #[test]
    fn the_answer_has_the_three_parts_of_the_document() {
        assert_eq!(
            schema_data(
                &Secret::new("e16c"),
                SignedDuration::from_secs(999),
                "VAULTID"
            ),
            "e16c;999;VAULTID"
        );
    }
}
