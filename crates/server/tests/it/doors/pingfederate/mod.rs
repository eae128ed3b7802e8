//! The PingFederate door as people, scripts and attackers meet it.

mod sign_in;
mod sign_out;

use crate::support::sign_on::authentication_url;
use crate::support::{Browser, Page, TestServer};

/// A sign-in under way for account 67890, at the form.
pub(crate) async fn at_the_form(browser: &mut Browser<'_>) -> Page {
    let url = authentication_url(browser.server(), "67890").await;
    browser.get(&url).await
}

/// Types a right password.
async fn signed_in(browser: &mut Browser<'_>) -> Page {
    let form = at_the_form(browser).await;
    browser
        .submit(&form, &credentials(TestServer::PASSWORD))
        .await
}

fn credentials(password: &str) -> [(&str, &str); 3] {
    [
        ("pf.username", "ana"),
        ("pf.pass", password),
        ("pf.ok", "clicked"),
    ]
}
