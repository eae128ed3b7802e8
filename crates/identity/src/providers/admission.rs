//! Whom an accepted assertion speaks of, and what that opens.

use super::finish::Sought;
use super::{IssuedToken, issue};
use crate::digest;
use crate::entities::ServiceProvider;
use crate::error::Refused;
use crate::moment::Moment;
use crate::statement::{FULL_NAMES, GROUP_CLAIM, MEMBER_OF};
use crate::store::identity_providers::IdentityProvider;
use crate::store::tokens::{Origin, TokenRow};
use crate::subject::Identity;
use crate::tokens::Token;
use jiff::SignedDuration;
use saml::messages::Assertion;
use saml::names;

/// A person, and the groups that let them into the account; none if it does not admit them.
pub(super) struct Admission {
    pub(super) user_name: String,
    pub(super) groups: Vec<String>,
    identity: Identity,
}

impl Admission {
    pub(super) fn of(assertion: Assertion, sought: &Sought) -> Result<Self, Refused> {
        let identity = identity(assertion)?;
        let user_name = user_name(&identity, &sought.provider);
        if user_name.is_empty() || user_name.chars().any(char::is_control) {
            // It would break whatever shows it: a log line, a header, a terminal (security: H4).
            let detail = "the user name is empty or has a control character";
            return Err(Refused::new("assertion.attributes", detail));
        }
        let groups = sought
            .account
            .admitting(&groups(&identity, &sought.provider));
        Ok(Self {
            user_name,
            groups,
            identity,
        })
    }

    pub(super) fn token(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        (sought, lifetime): (&Sought, SignedDuration),
    ) -> (IssuedToken, TokenRow) {
        let identity = &self.identity;
        let format = identity.name_id.format.as_deref().unwrap_or_default();
        let token = Token {
            organization: entity.organization.clone(),
            account: sought.account.id.clone(),
            user_name: self.user_name.clone(),
            // SAML core §8.3: a NameID means somebody only together with its issuer and format (security: A6).
            user_id: digest::uuid(&["person", &identity.issuer, format, &identity.name_id.value])
                .to_string(),
            full_name: full_name(identity),
            groups: self.groups.clone(),
            federated: true,
            issued: moment.now,
            expires: moment.now + lifetime,
        };
        let origin = Origin {
            provider: sought.provider.id.clone(),
            name_id: identity.name_id.clone(),
            session_index: identity.session_index.clone(),
        };
        issue(moment, token, Some(origin))
    }
}

/// The waist: what the assertion says, without how it was said.
pub(crate) fn identity(assertion: Assertion) -> Result<Identity, Refused> {
    let incomplete = || {
        Refused::new(
            "assertion.authn_statement",
            "no subject or no authentication statement",
        )
    };
    let statement = assertion
        .authn_statements
        .into_iter()
        .next()
        .ok_or_else(incomplete)?;
    Ok(Identity {
        issuer: assertion.issuer,
        name_id: assertion.name_id.ok_or_else(incomplete)?,
        session_index: statement.session_index,
        attributes: assertion.attributes,
        authenticated_at: statement.authn_instant,
        class_ref: statement
            .class_ref
            .unwrap_or_else(|| names::AC_UNSPECIFIED.to_owned()),
    })
}

fn values<'a>(identity: &'a Identity, name: &str) -> &'a [String] {
    identity
        .attributes
        .iter()
        .find(|attribute| attribute.name == name)
        .map_or(&[], |attribute| &attribute.values)
}

pub(super) fn user_name(identity: &Identity, provider: &IdentityProvider) -> String {
    let mapped = provider
        .user_attribute
        .as_deref()
        .and_then(|name| values(identity, name).first());
    mapped.unwrap_or(&identity.name_id.value).clone()
}

pub(super) fn groups(identity: &Identity, provider: &IdentityProvider) -> Vec<String> {
    match provider.groups_attribute.as_deref() {
        Some(name) => values(identity, name).to_vec(),
        // The names under which AD FS, Entra and PingFederate usually send them.
        None => [values(identity, GROUP_CLAIM), values(identity, MEMBER_OF)].concat(),
    }
}

pub(super) fn full_name(identity: &Identity) -> Option<String> {
    FULL_NAMES
        .iter()
        .find_map(|name| values(identity, name).first().cloned())
}
