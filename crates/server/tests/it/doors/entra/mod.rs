//! The Entra door as people, scripts and attackers meet it.

mod scripted;
mod sign_in;
mod sign_out;
mod telephone;

use crate::support::sign_on::authentication_url;
use crate::support::{Browser, Page, TestServer};
use serde_json::Value;

/// A sign-in under way for account 24680, at the form.
async fn at_the_form(browser: &mut Browser<'_>) -> Page {
    let url = authentication_url(browser.server(), "24680").await;
    browser.get(&url).await
}

/// Types a right password, and does not stay signed in.
async fn signed_in(browser: &mut Browser<'_>) -> Page {
    let form = at_the_form(browser).await;
    let page = browser
        .submit(&form, &credentials("ana@my-domain", TestServer::PASSWORD))
        .await;
    assert_eq!(config(&page)["pgid"], "KmsiInterrupt", "{}", page.answer);
    browser.submit(&page, &[("LoginOptions", "3")]).await
}

fn credentials<'a>(user: &'a str, password: &'a str) -> [(&'a str, &'a str); 2] {
    [("loginfmt", user), ("passwd", password)]
}

/// `$Config`, cut out of the page as scripts do.
fn config(page: &Page) -> Value {
    let line = page
        .body()
        .lines()
        .find_map(|line| line.strip_prefix("$Config="));
    let line = line.unwrap_or_else(|| panic!("no $Config: {}", page.answer));
    serde_json::from_str(line.strip_suffix(';').unwrap()).unwrap()
}
