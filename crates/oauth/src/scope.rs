//! `scope`: a bounded set of names (RFC 6749 §3.3).

use crate::error::{ErrorCode, Refusal};
use std::fmt;

/// Bytes of the whole parameter: unbounded scopes have taken servers down (CVE-2026-4634).
const MOST_BYTES: usize = 1024;
/// Names in it.
const MOST_NAMES: usize = 64;

/// Names in the order in which they were asked for, each once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope(Vec<String>);

impl Scope {
    /// Reads the parameter. Codes: `oauth.scope_size`, `oauth.scope_syntax`, `oauth.scope_duplicate`.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let refusal = |code, text| Refusal::new(ErrorCode::InvalidScope, code, text);
        let size = || refusal("oauth.scope_size", "The scope is too large.");
        size().unless(text.len() <= MOST_BYTES)?;
        let mut names: Vec<String> = Vec::new();
        for name in text.split(' ') {
            // RFC 6749 §3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
            let plain = !name.is_empty()
                && name
                    .bytes()
                    .all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
            refusal("oauth.scope_syntax", "The scope is malformed.").unless(plain)?;
            refusal("oauth.scope_duplicate", "A scope stands more than once.")
                .unless(names.iter().all(|before| before != name))?;
            size().unless(names.len() < MOST_NAMES)?;
            names.push(name.to_owned());
        }
        Ok(Self(names))
    }

    /// Reads the parameter if it came, and judges it against what is `allowed`. Code: `oauth.scope_unknown`.
    pub fn within(text: Option<&str>, allowed: &[&str]) -> Result<Self, Refusal> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        let scope = Self::read(text)?;
        Refusal::new(
            ErrorCode::InvalidScope,
            "oauth.scope_unknown",
            "The client may not ask for that scope.",
        )
        .unless(scope.0.iter().all(|name| allowed.contains(&name.as_str())))?;
        Ok(scope)
    }

    /// Whether every name also stands in `wider`.
    pub fn is_within(&self, wider: &Self) -> bool {
        self.0.iter().all(|name| wider.contains(name))
    }

    /// Whether the name stands in it.
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|own| own == name)
    }

    /// Whether there is no name in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn scope_keeps_its_names_in_order() {
        let scope =
            Scope::within(Some("public_profile openid"), &["openid", "public_profile"]).unwrap();
        assert_eq!(scope.to_string(), "public_profile openid");
        assert!(Scope::read("openid").unwrap().is_within(&scope));
        assert!(!scope.is_within(&Scope::read("openid").unwrap()));
        assert!(Scope::within(None, &[]).unwrap().is_empty());
    }

    #[test]
    fn hostile_scope_is_refused_by_the_guard_it_names() {
        let allowed = ["public_profile"];
        assert!(Scope::within(Some("public_profile"), &allowed).is_ok());
        let cases = [
            ("x".repeat(1 << 20), "oauth.scope_size"),
            (
                (0..65)
                    .map(|n| format!("s{n}"))
                    .collect::<Vec<_>>()
                    .join(" "),
                "oauth.scope_size",
            ),
            (
                "public_profile public_profile".into(),
                "oauth.scope_duplicate",
            ),
            ("public_profile  x".into(), "oauth.scope_syntax"),
            ("pub\"lic".into(), "oauth.scope_syntax"),
            ("público".into(), "oauth.scope_syntax"),
        ];
        for (text, code) in cases {
            assert_eq!(Scope::read(&text).unwrap_err().code(), code);
            crate::guard::without(code, || assert!(Scope::read(&text).is_ok(), "{code}"));
        }
        let unknown = || Scope::within(Some("public_profile admin"), &allowed);
        assert_eq!(unknown().unwrap_err().code(), "oauth.scope_unknown");
        crate::guard::without("oauth.scope_unknown", || assert!(unknown().is_ok()));
    }

    proptest! {
        #[test]
        fn never_panics_and_prints_what_it_read(text in ".{0,80}") {
            if let Ok(scope) = Scope::read(&text) {
                prop_assert_eq!(scope.to_string(), text);
            }
        }
    }
}
