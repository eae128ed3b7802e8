//! What people have at the host of their organization.

mod account;
mod authenticator;
mod links;
mod partners;
mod start;

use crate::support::{Browser, HORACIUS, Page, TestServer};

const ORIGIN: &str = "https://comercial.sso.example.com";
const SESSION: &str = "__Host-portaria-session";

/// A browser that is signed in, at the page that it asked for.
async fn signed_in<'s>(server: &'s TestServer, path: &str) -> (Browser<'s>, Page) {
    let mut browser = Browser::new(server);
    let page = browser.get(&format!("{ORIGIN}{path}")).await;
    let typed = [
        ("username", "bia@example.com"),
        ("password", TestServer::PASSWORD),
    ];
    let answer = browser.submit(&page, &typed).await;
    let page = browser.follow(answer).await;
    assert_eq!(page.answer.status, 200, "{}", page.answer);
    (browser, page)
}

/// Posts one of the page's forms by its address.
async fn post(browser: &mut Browser<'_>, page: &Page, path: &str, typed: &[(&str, &str)]) -> Page {
    let visit = page.field("visit").expect("a form of ours");
    let mut fields = vec![("visit", visit.as_str())];
    fields.extend(typed);
    browser.post(&format!("{ORIGIN}{path}"), &fields).await
}

async fn is_in(browser: &mut Browser<'_>) -> bool {
    let page = browser.get(&format!("{ORIGIN}/account")).await;
    page.text("user").is_some()
}

/// Whether a password opens a session.
async fn opens(server: &TestServer, password: &str) -> bool {
    let mut browser = Browser::new(server);
    let page = browser.get(&format!("{ORIGIN}/")).await;
    let typed = [("username", "bia@example.com"), ("password", password)];
    browser.submit(&page, &typed).await;
    browser.cookie(HORACIUS, SESSION).is_some()
}
