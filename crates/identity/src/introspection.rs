//! APIs ask what a bearer token says (RFC 7662).

use crate::digest;
use crate::error::Unavailable;
use crate::grants::exchange::Exchanged;
use crate::guard;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::resource_servers::ResourceServer;
use crate::tokens::Token;
use jiff::Timestamp;
use oauth::error::{ErrorCode, Refusal};
use oauth::introspect::TokenQuestion;
use std::sync::Arc;

impl Service {
    /// What an API may know of a token: everything of a live one for an account that it may ask about, nothing (`None`) of any
    /// other. `authorization` is the header, `body` the form. Codes: those of [`TokenQuestion::read`], `oauth.client`.
    pub async fn introspect_token(
        &self,
        moment: &Moment,
        organization: &str,
        (authorization, body): (Option<&str>, &str),
    ) -> Exchanged<Option<Arc<Token>>> {
        let question = match TokenQuestion::read(authorization, body) {
            Ok(question) => question,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let secret = question
            .client
            .secret
            .as_ref()
            .map(oauth::secret::Secret::expose);
        let asker = (question.client.id.as_str(), secret.unwrap_or_default());
        let Some(asker) = self.asker(moment, organization, asker).await? else {
            return Ok(Err(Refusal::new(
                ErrorCode::InvalidClient,
                "oauth.client",
                "The client is unknown, or its secret is wrong.",
            )));
        };
        let checked = self
            .check_token(moment, organization, question.token.expose())
            .await?;
        let known = |token: &Arc<Token>| {
            asker.accounts.contains(&token.account) || !guard::stands("introspection.account")
        };
        Ok(Ok(checked.ok().filter(known)))
    }

    /// The API that whoever asks proves to be. What the store says of an API is reused like a token check.
    async fn asker(
        &self,
        moment: &Moment,
        organization: &str,
        (id, secret): (&str, &str),
    ) -> Result<Option<Arc<ResourceServer>>, Unavailable> {
        // No identifier has a control character in it: two parts make one key in one way only.
        let key = format!("{organization}\0{id}");
        let cache = &self.inner.askers;
        let found = match cache.get(&key, moment.now) {
            Some(kept) => Some(kept),
            None => {
                let epoch = cache.epoch();
                let found = self.inner.store.resource_server(organization, id).await?;
                let found = found.map(Arc::new);
                if let Some(server) = &found {
                    let times = (moment.now, Timestamp::MAX);
                    cache.put((key, Arc::clone(server)), times, epoch);
                }
                found
            }
        };
        // Hashes of long random secrets: comparing them tells nothing that helps to guess one.
        Ok(found.filter(|server| {
            server.secret_hash == digest::of_secret(secret) || !guard::stands("oauth.client")
        }))
    }
}
