//! What somebody typed.

use std::borrow::Cow;
use zeroize::Zeroize;

/// A password or code as typed. Never printed.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// As typed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What somebody typed.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// User name: UPN (`user@domain`), `domain\user`, or bare where the door takes it.
    pub user_name: String,
    /// Password.
    pub password: Secret,
    /// One-time code, if it came along.
    pub code: Option<Secret>,
}

/// `user@domain` for a user principal name, for `domain\user`, and for a bare name where the door has a domain for those.
pub(crate) fn principal_name<'a>(typed: &'a str, default_domain: Option<&str>) -> Cow<'a, str> {
    if let Some((domain, user)) = typed.split_once('\\') {
        return Cow::Owned(format!("{user}@{domain}"));
    }
    match default_domain {
        Some(domain) if !typed.contains('@') => Cow::Owned(format!("{typed}@{domain}")),
        _ => Cow::Borrowed(typed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_spellings_of_a_name_are_one() {
        assert_eq!(
            principal_name("user@my-domain", Some("other")),
            "user@my-domain"
        );
        assert_eq!(
            principal_name("my-domain\\user", Some("other")),
            "user@my-domain"
        );
        assert_eq!(principal_name("user", Some("my-domain")), "user@my-domain");
        assert_eq!(principal_name("user", None), "user");
    }
}
