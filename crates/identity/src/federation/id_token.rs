//! An ID token of an OpenID provider buys an unscoped token.
//!
//! It says who somebody is for as long as it lives, and may be shown again until then: OpenID Connect has no single use for it.

use super::history::Memory;
use super::person::Said;
use super::token::{IssuedFederationToken, OPENID};
use crate::audit::Event;
use crate::entities::Federation;
use crate::error::{Answer, Refused};
use crate::guard;
use crate::mapping::Attributes;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::federation_tokens;
use crate::store::openid_providers::OpenidProvider;
use crate::store::{audit, sign_in_history};
use oauth::jwt::{ExpectedIdToken, ForeignClaims, ForeignKeys, JwtError, verify_foreign};

/// Names under which clients know the protocol.
const NAMES: [&str; 2] = [OPENID, "openid"];

impl From<JwtError> for Refused {
    fn from(error: JwtError) -> Self {
        Refused::new(error.code(), error.to_string())
    }
}

impl Service {
    /// Judges an ID token of the provider with that identifier. Codes: `protocol.unknown`, `idp.disabled` (or unknown), those of
    /// [`JwtError`], those of [`crate::mapping::NotMapped`].
    pub async fn redeem_id_token(
        &self,
        moment: &Moment,
        federation: &Federation,
        (provider, protocol, id_token): (&str, &str, &str),
    ) -> Answer<IssuedFederationToken> {
        if !NAMES.contains(&protocol) {
            return Ok(Err(Refused::new(
                "protocol.unknown",
                "no such protocol has ID tokens here",
            )));
        }
        let outcome = self
            .redeem_believed(moment, federation, (provider, id_token))
            .await?;
        Self::log_refused(moment, &federation.provider.organization, &outcome);
        Ok(outcome)
    }

    async fn redeem_believed(
        &self,
        moment: &Moment,
        federation: &Federation,
        (provider, id_token): (&str, &str),
    ) -> Answer<IssuedFederationToken> {
        let store = &self.inner.store;
        let organization = federation.provider.organization.as_str();
        let found = store.openid_provider(organization, provider).await?;
        let Some(provider) = found.filter(|found| found.enabled || !guard::stands("idp.disabled"))
        else {
            return Ok(Err(Refused::new(
                "idp.disabled",
                "the OpenID provider is disabled or was removed",
            )));
        };
        let claims = match self.believed(moment, &provider, id_token) {
            Ok(claims) => claims,
            Err(error) => {
                // The issuer may have a new key; whoever comes again in a while finds it here.
                if error == JwtError::Key {
                    self.inner.sought_keys.seek(organization, &provider.id);
                }
                return Ok(Err(error.into()));
            }
        };
        let said = Said {
            rules: provider.mapping.as_ref(),
            attributes: Attributes::of_claims(claims.claims(), claims.subject()),
            // OpenID Connect Core §5.7: `sub` and `iss` together, and nothing else, mean somebody.
            who: [&provider.settings.issuer, OPENID, claims.subject()],
        };
        let person = match self.person(organization, &said).await? {
            Ok(person) => person,
            Err(refused) => return Ok(Err(refused)),
        };
        let via = format!("unscoped through {}", provider.id);
        let event = Event::new(moment, "token.issued", organization, via).by(&person.name);
        let (by, whom) = ((provider.id.as_str(), OPENID), (&person, &said.attributes));
        let memory = self.memory(moment, organization, by, whom).await?;
        let row = self.unscoped(moment, (&provider.id, OPENID), person);
        let draft = self.draft_unscoped(moment, federation, row.clone()).await?;
        let (owner, hash) = (organization.to_owned(), draft.hash);
        let written = store.write(move |connection| {
            Box::pin(async move {
                federation_tokens::add(connection, &owner, &hash, &row).await?;
                if let Some(Memory { sign_in, bounds }) = &memory {
                    sign_in_history::remember(connection, &owner, sign_in, *bounds).await?;
                }
                audit::append(connection, &event).await?;
                Ok(Ok::<_, std::convert::Infallible>(()))
            })
        });
        let Ok(()) = written.await?;
        Ok(Ok(draft.issued))
    }

    fn believed(
        &self,
        moment: &Moment,
        provider: &OpenidProvider,
        id_token: &str,
    ) -> Result<ForeignClaims, JwtError> {
        let settings = &provider.settings;
        // They were read before they were stored: keys that another release took and this one does not verify nothing.
        let keys = ForeignKeys::read(settings.keys.as_bytes()).map_err(|_| JwtError::Key)?;
        let expected = ExpectedIdToken {
            issuer: &settings.issuer,
            clients: &settings.clients,
            skew: self.inner.settings.skew,
        };
        verify_foreign(id_token, &keys, &expected, moment.now)
    }
}
