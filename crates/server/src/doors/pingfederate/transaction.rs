//! A sign-in under way: what the form's URL holds.

use identity::waiting::Waiting;

/// Which endpoint a transaction began at; clients see it in the form's action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// `/idp/SSO.saml2`: the relying party asked.
    Partner,
    /// `/idp/startSSO.ping`: it began here.
    Here,
}

impl Start {
    /// By the last part of a path.
    pub(super) fn of(page: &str) -> Option<Self> {
        match page {
            "SSO.ping" => Some(Self::Partner),
            "startSSO.ping" => Some(Self::Here),
            _ => None,
        }
    }

    fn page(self) -> &'static str {
        match self {
            Self::Partner => "SSO.ping",
            Self::Here => "startSSO.ping",
        }
    }
}

/// A request that waits, and where it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Transaction {
    /// The sealed request.
    pub(super) waiting: Waiting,
    /// Where it came in.
    pub(super) start: Start,
}

impl Transaction {
    /// The form's action.
    pub(super) fn path(&self) -> String {
        format!(
            "/idp/{}/resumeSAML20/idp/{}",
            self.waiting.as_str(),
            self.start.page()
        )
    }
}
