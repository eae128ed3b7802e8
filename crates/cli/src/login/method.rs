//! The sign-on methods, and how each writes a user's name.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What stands before StorageGRID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) enum Method {
    /// AD FS.
    Adfs,
    /// PingFederate.
    PingFederate,
    /// Entra ID, which the documents call Azure.
    Entra,
}

impl Method {
    /// The name that the sign-in page wants. AD FS and Entra take `user@domain`; at PingFederate the domain is not used,
    /// as StorageGRID's document says. A user who typed the whole name is taken at their word.
    pub(crate) fn sign_in_name(self, user: &str, domain: &str) -> String {
        let whole = user.contains('@') || user.contains('\\');
        if self == Self::PingFederate || domain.is_empty() || whole {
            return user.to_owned();
        }
        format!("{user}@{domain}")
    }
}

impl fmt::Display for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Adfs => "adfs",
            Self::PingFederate => "pingfederate",
            Self::Entra => "entra",
        })
    }
}

impl FromStr for Method {
    type Err = String;

    // StorageGRID's document: "any variation of pingfederate (PINGFEDERATE, pingfederate, and so on)".
    fn from_str(typed: &str) -> Result<Self, String> {
        match typed.trim().to_ascii_lowercase().as_str() {
            "adfs" => Ok(Self::Adfs),
            "pingfederate" => Ok(Self::PingFederate),
            "entra" | "azure" => Ok(Self::Entra),
            _ => Err("one of adfs, pingfederate, entra (or azure)".to_owned()),
        }
    }
}

impl TryFrom<String> for Method {
    type Error = String;

    fn try_from(written: String) -> Result<Self, String> {
        written.parse()
    }
}

impl From<Method> for String {
    fn from(method: Method) -> Self {
        method.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn method_is_read_in_any_letter_case() {
        for (typed, method) in [
            ("ADFS", Method::Adfs),
            ("PingFederate", Method::PingFederate),
            ("Azure", Method::Entra),
            ("entra", Method::Entra),
        ] {
            assert_eq!(typed.parse(), Ok(method));
        }
        assert!("saml".parse::<Method>().is_err());
    }

    #[test]
    fn domain_is_joined_where_the_page_wants_it() {
        assert_eq!(Method::Adfs.sign_in_name("ana", "corp"), "ana@corp");
        assert_eq!(Method::Entra.sign_in_name("ana", "corp"), "ana@corp");
        assert_eq!(Method::PingFederate.sign_in_name("ana", "corp"), "ana");
        assert_eq!(Method::Adfs.sign_in_name("ana", ""), "ana");
        assert_eq!(Method::Entra.sign_in_name("ana@corp", "corp"), "ana@corp");
        assert_eq!(Method::Adfs.sign_in_name("CORP\\ana", "corp"), "CORP\\ana");
    }
}
