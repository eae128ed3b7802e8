//! The pages of this door.

use crate::pages::policy::Policy;
use crate::pages::words::Words;
use askama::Template;
use axum::response::Response;
use hyper::StatusCode;
use identity::accounts::Account;

/// Signed in to one account.
#[derive(Template)]
#[template(path = "storagegrid/account.html")]
pub(super) struct SignedIn<'a> {
    pub(super) words: &'a Words,
    pub(super) user: &'a str,
    pub(super) account: &'a str,
    /// The companion of the cookie, which the form sends back.
    pub(super) companion: &'a str,
}

/// The accounts that may be entered.
#[derive(Template)]
#[template(path = "storagegrid/accounts.html")]
pub(super) struct Choice<'a> {
    pub(super) words: &'a Words,
    pub(super) user: &'a str,
    pub(super) accounts: &'a [Account],
    /// The companion of the cookie, which the form sends back.
    pub(super) companion: &'a str,
}

/// A page as an answer.
pub(super) fn show(template: &impl Template) -> Response {
    crate::pages::answer(StatusCode::OK, template, &Policy::own_form())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::inspection::inspected;
    use crate::pages::words::{ENGLISH, PORTUGUESE, SPANISH};

    #[test]
    fn every_page_keeps_what_pages_keep() {
        let accounts = [Account {
            id: "12345".to_owned(),
            name: "<Tenant>".to_owned(),
            admits: Vec::new(),
            provider: None,
            roles: Vec::new(),
        }];
        for words in [&ENGLISH, &PORTUGUESE, &SPANISH] {
            let (user, companion) = ("<ana>@my-domain", "c");
            let page = SignedIn {
                words,
                user,
                account: "<Tenant>",
                companion,
            };
            let html = inspected(&format!("storagegrid-account-{}", words.language), &page);
            assert!(!html.contains("<ana>") && !html.contains("<Tenant>"));
            let page = Choice {
                words,
                user,
                accounts: &accounts,
                companion,
            };
            let html = inspected(&format!("storagegrid-accounts-{}", words.language), &page);
            assert!(html.contains("/sign-on?accountId=12345") && !html.contains("<Tenant>"));
        }
    }
}
