//! An HTTP client that does what it was asked and nothing else.

use reqwest::{ClientBuilder, Response};
use std::time::Duration;

/// How long the other side may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// Until a connection has come about.
    pub(crate) connect: Duration,
    /// Until the answer has ended.
    pub(crate) answer: Duration,
}

/// Why there is no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoBody {
    /// It broke off, or took too long.
    Broken,
    /// It is longer than it may be.
    TooLong,
}

/// A client under the rules for all. Redirects are not followed: what is sent goes to the configured URL or nowhere.
pub(crate) fn builder(patience: Patience) -> ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        // What a reused connection swallowed may have arrived: never sent again behind our back.
        .retry(reqwest::retry::never())
        .no_proxy()
        .connect_timeout(patience.connect)
        .timeout(patience.answer)
}

/// The body of an answer, if it is no longer than `longest` bytes.
pub(crate) async fn body(mut answer: Response, longest: usize) -> Result<Vec<u8>, NoBody> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| NoBody::Broken)? {
        if bytes.len() + chunk.len() > longest {
            return Err(NoBody::TooLong);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
