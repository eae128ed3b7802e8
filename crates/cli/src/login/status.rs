//! `portaria status`: who is signed in, where, and until when.

use super::args::StatusArgs;
use super::output::facts;
use super::session::{Session, cache_failure, now};
use super::storagegrid;
use crate::exit::{Exit, Failure};
use std::io::Write;

/// Tells it. Nobody signed in, or a token that is over, ends with exit code 5: somebody has to sign in.
pub(super) async fn run(typed: StatusArgs) -> Result<(), Failure> {
    let session = Session::open(typed.session)?;
    let profile = &session.typed.profile;
    let Some(cached) = session.cached().await? else {
        let sentence = format!("nobody is signed in with the profile {profile}: portaria login");
        return Err(Failure::because(Exit::InteractionNeeded, sentence));
    };
    let mut valid = cached.expires_at > now();
    if valid && !typed.offline {
        let transport = session.transport()?;
        valid =
            storagegrid::is_accepted(&transport, &cached.address, &cached.account, &cached.token)
                .await?;
    }
    let mut facts = facts(&cached);
    facts["profile"] = profile.as_str().into();
    facts["valid"] = valid.into();
    let keeper = session.cache().keeper(profile).map_err(cache_failure)?;
    facts["cache"] = keeper.map(|keeper| keeper.to_string()).into();
    let text = if typed.json {
        format!("{facts}\n")
    } else {
        lines(&facts)
    };
    std::io::stdout().write_all(text.as_bytes())?;
    if !valid {
        return Err(Failure::because(
            Exit::InteractionNeeded,
            "the token is over: portaria login",
        ));
    }
    Ok(())
}

fn lines(facts: &serde_json::Value) -> String {
    let facts = facts.as_object().into_iter().flatten();
    facts
        .map(|(name, value)| match value.as_str() {
            Some(text) => format!("{name}: {text}\n"),
            None => format!("{name}: {value}\n"),
        })
        .collect()
}
