//! The AD FS door as people, scripts and attackers meet it.

mod request;
mod second_factor;
mod sign_in;
mod sign_out;

use crate::support::sign_on::authentication_url;
use crate::support::{Browser, Page, TestServer};

/// A sign-in under way for account 12345, at the form.
async fn at_the_form(browser: &mut Browser<'_>) -> Page {
    let url = authentication_url(browser.server(), "12345").await;
    browser.get(&url).await
}

/// Types a right password, and follows to the end.
async fn signed_in(browser: &mut Browser<'_>) -> Page {
    let form = at_the_form(browser).await;
    let page = browser
        .submit(&form, &credentials("ana@my-domain", TestServer::PASSWORD))
        .await;
    browser.follow(page).await
}

fn credentials<'a>(user: &'a str, password: &'a str) -> [(&'a str, &'a str); 2] {
    [("UserName", user), ("Password", password)]
}
