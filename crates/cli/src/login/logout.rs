//! `portaria logout`: the steps of StorageGRID's document, each of which is told.

use super::refusal::Refusal;
use super::session::{Session, cache_failure};
use super::storagegrid::{self, Logout};
use super::transport::{Request, Transport};
use super::trust::Trust;
use crate::cache::CachedToken;
use crate::exit::Failure;
use url::Url;

/// Ends the cached sign-on: at the provider, then the token. The token is forgotten only when it is over.
pub(super) async fn run(session: &Session) -> Result<(), Failure> {
    let Some(cached) = session.cached().await? else {
        session
            .terminal
            .say("nobody is signed in with this profile");
        return Ok(());
    };
    let transport = session.transport()?;
    let single = single_logout(session, &transport, &cached).await;
    match &single {
        Ok(outcome) => session.terminal.say(outcome),
        Err(refusal) => session.terminal.say(format_args!(
            "signing out at the provider: not done: {refusal}"
        )),
    }
    storagegrid::delete_token(&transport, &cached.address, &cached.token).await?;
    session
        .cache()
        .remove(&session.typed.profile)
        .map_err(cache_failure)?;
    session
        .terminal
        .say(format_args!("ending the token at {}: done", cached.address));
    Ok(single.map(|_| ())?)
}

/// Steps 1 to 3: a signed logout URL, and a visit to it.
async fn single_logout(
    session: &Session,
    transport: &Transport,
    cached: &CachedToken,
) -> Result<String, Refusal> {
    match storagegrid::logout_url(transport, &cached.address, &cached.token).await? {
        Logout::At(url) => visit(session, transport, cached, url).await,
        Logout::TokenOnly => Ok("signing out at the provider: not needed".to_owned()),
        Logout::Over => Ok("signing out at the provider: the token was over already".to_owned()),
    }
}

async fn visit(
    session: &Session,
    transport: &Transport,
    cached: &CachedToken,
    url: Url,
) -> Result<String, Refusal> {
    let mut trust =
        Trust::new(&cached.hosts, &cached.address, &session.folders).map_err(|error| {
            Refusal::Unreachable {
                host: cached.address.to_string(),
                reason: error.to_string(),
            }
        })?;
    trust.admit(&url, &session.terminal).await?;
    let answer = transport.send(Request::get(url)).await?;
    if answer.status >= 400 {
        return Err(Refusal::Undocumented {
            host: answer.host(),
            step: "GET logout URL",
            status: answer.status,
            text: String::new(),
        });
    }
    let done = format!("signing out at {}: done", answer.host());
    // The document does not need the way back. Going it tells StorageGRID at once instead of at its next question.
    let back = answer
        .header("location")
        .and_then(|target| answer.url.join(target).ok());
    if let Some(back) = back.filter(|back| cached.address.is_origin_of(back)) {
        let _ = transport.send(Request::get(back)).await;
    }
    Ok(done)
}
