//! `iam_user_sso`: an assertion that names a user whom the domain keeps itself.

use super::person::Person;
use crate::error::{Answer, Refused};
use crate::guard;
use crate::service::Service;
use crate::store::identity_providers::IdentityProvider;
use crate::subject::Identity;

/// The user, by name or by identifier.
const USER: &str = "IAM_SAML_Attributes_xUserId";
/// The domain for which the assertion was made.
const DOMAIN: &str = "IAM_SAML_Attributes_domain_id";
/// The identity provider as which it was made.
const PROVIDER: &str = "IAM_SAML_Attributes_idp_id";

impl Service {
    /// The user whom the assertion names. Code: `iam_user.refused`, whatever the reason.
    pub(super) async fn kept_user(
        &self,
        organization: &str,
        provider: &IdentityProvider,
        identity: &Identity,
    ) -> Answer<Person> {
        let refused = |why: &str| Ok(Err(Refused::new("iam_user.refused", why)));
        // Signed at one provider for one domain, it counts for no other, even if both trust the same metadata.
        let meant = only(identity, DOMAIN) == Some(organization)
            && only(identity, PROVIDER) == Some(provider.id.as_str());
        if !meant && guard::stands("iam_user.refused") {
            return refused("the assertion names another domain or identity provider, or none");
        }
        let Some(named) = only(identity, USER) else {
            return refused("the assertion names no user, or several");
        };
        let store = &self.inner.store;
        let found = match store.user_by_name(organization, named).await? {
            Some(user) => Some(user),
            None => match uuid::Uuid::try_parse(named) {
                Ok(id) => store.user(organization, &id.to_string()).await?,
                Err(_) => None,
            },
        };
        let Some(user) = found.filter(|user| user.disabled_at.is_none()) else {
            return refused("the domain keeps no such user, or the user may not sign in");
        };
        let groups = self.group_ids_of(organization, &user.id).await?;
        Ok(Ok(Person {
            id: user.federation_id(),
            name: user.name,
            groups,
        }))
    }
}

/// The value of an attribute that has one.
fn only<'a>(identity: &'a Identity, name: &str) -> Option<&'a str> {
    let mut values = identity
        .attributes
        .iter()
        .filter(|attribute| attribute.name == name)
        .flat_map(|attribute| &attribute.values);
    let first = values.next()?;
    values.next().is_none().then_some(first.as_str())
}
