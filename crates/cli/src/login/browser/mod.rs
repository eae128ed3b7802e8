//! This module owns `--browser`: an installed Chromium, Chrome or Edge goes through the sign-in, with a window where somebody can
//! see one. It fills what it knows and leaves the rest to the person; it decides no more than the walk over HTTP does: the same
//! hosts are trusted, and the password goes to them alone.
//!
//! * [`chromium`]: finding and starting one · [`devtools`]: talking to it · [`drive`]: from the signed URL to the response
//! * [`sight`]: what stands on the page, and filling it · [`pins`]: hosts of a private authority

mod chromium;
mod devtools;
mod drive;
mod pins;
mod sight;

use super::refusal::Refusal;
use super::storagegrid::Address;
use super::transport;
use super::walk::Walk;
use crate::folders::Folders;
use chromium::Chromium;
use drive::Drive;
use jiff::Timestamp;
use url::Url;
use zeroize::Zeroizing;

/// Goes all the way, as [`Walk::reach_saml_response`] does over HTTP.
pub(super) async fn reach_saml_response(
    walk: &mut Walk<'_>,
    start: Url,
    address: &Address,
    copies: (&Folders, Timestamp),
) -> Result<Zeroizing<String>, Refusal> {
    // Asked before anything is started: a host that nobody trusts is not even visited.
    walk.admit(&start).await?;
    let proxy = chromium::proxy();
    let pins = match transport::authorities() {
        Some(file) => {
            let hosts = walk.trust.hosts();
            let pinning = pins::pinned(&hosts, &file, proxy.as_deref());
            walk.transport.waiting("the sign-in hosts", pinning).await?
        }
        None => Vec::new(),
    };
    let shown = walk.terminal.has_person() && walk.terminal.has_display();
    if !shown && walk.credentials.password.expose().is_empty() {
        return Err(Refusal::NobodyToAsk {
            what: "the password",
            remedy: "PORTARIA_PASSWORD, --password-command or --password-stdin, or a display for the browser",
        });
    }
    let way = (proxy.as_deref(), pins.as_slice());
    // One that ends while it starts, on a machine that is short of something, has not been anywhere: another may fare better.
    let browser = match started(walk, shown, way).await {
        Err(Refusal::Browser { .. }) => started(walk, shown, way).await?,
        started => started?,
    };
    let mut drive = Drive::begin(browser, walk, shown).await?;
    let outcome = drive.reach(start, address, copies).await;
    drive.end().await;
    outcome
}

/// A browser that answers.
async fn started(
    walk: &Walk<'_>,
    shown: bool,
    (proxy, pins): (Option<&str>, &[String]),
) -> Result<Chromium, Refusal> {
    let insecure = walk.transport.is_insecure();
    let mut browser = Chromium::start((shown, insecure), proxy, pins, walk.terminal)?;
    let starting = browser.devtools.started();
    walk.transport.waiting("the browser", starting).await?;
    Ok(browser)
}
