//! An HTTP client that does what it was asked and nothing else.

use identity::guard;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Response};
use std::fmt;
use std::sync::OnceLock;
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

/// A client under the rules for all.
pub(crate) fn builder(patience: Patience) -> ClientBuilder {
    streaming(patience.connect).timeout(patience.answer)
}

/// One whose answers may take as long as whoever reads them allows; `connect` is how long a connection may take to come about.
/// Redirects are not followed: what is sent goes to the configured URL or nowhere.
pub(crate) fn streaming(connect: Duration) -> ClientBuilder {
    let redirects = if guard::stands("outbound.redirect") {
        Policy::none()
    } else {
        Policy::default()
    };
    reqwest::Client::builder()
        .redirect(redirects)
        // What a reused connection swallowed may have arrived: never sent again behind our back.
        .retry(reqwest::retry::never())
        .no_proxy()
        .connect_timeout(connect)
}

/// A client that is built when it is first needed. The certificate authorities of the system are read then: that takes longer
/// than everything else at a start, and most servers ask nobody.
pub(crate) struct Lazy {
    build: Box<dyn Fn() -> ClientBuilder + Send + Sync>,
    built: OnceLock<Client>,
}

impl Lazy {
    /// One that will be built like this.
    pub(crate) fn new(build: impl Fn() -> ClientBuilder + Send + Sync + 'static) -> Self {
        Self {
            build: Box::new(build),
            built: OnceLock::new(),
        }
    }

    /// The client.
    pub(crate) fn get(&self) -> Result<&Client, reqwest::Error> {
        if let Some(client) = self.built.get() {
            return Ok(client);
        }
        let client = (self.build)().build().inspect_err(|error| {
            let error = error as &dyn std::error::Error;
            tracing::error!(error, "a client for outbound requests cannot be built");
        })?;
        Ok(self.built.get_or_init(|| client))
    }
}

impl fmt::Debug for Lazy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lazy").finish_non_exhaustive()
    }
}

/// The body of an answer, if it is no longer than `longest` bytes.
pub(crate) async fn body(mut answer: Response, longest: usize) -> Result<Vec<u8>, NoBody> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| NoBody::Broken)? {
        if bytes.len() + chunk.len() > longest && guard::stands("outbound.size") {
            return Err(NoBody::TooLong);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
