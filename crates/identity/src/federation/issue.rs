//! The text of a new token: what it says, signed, or random characters.
//!
//! A signed token says who somebody is and what it opens, so that a service of the cloud can verify it without asking. We ask
//! our store all the same: only that knows revocations at once.

use super::token::{FederationToken, IssuedFederationToken, Scope};
use crate::digest;
use crate::entities::{Federation, TokenFormat};
use crate::error::Unavailable;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::federation_tokens::FederationTokenRow;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use oauth::jwt::{self, Claims, Expected, SubjectToken};
use serde_json::{Value, json};

/// A token that is not in the store yet.
pub(super) struct Draft {
    pub(super) hash: String,
    pub(super) issued: IssuedFederationToken,
}

/// Bytes of a signed token at most: clients and proxies take headers of that size.
const MOST_BYTES: usize = 4_000;

/// The identifier of a new token.
pub(super) fn token_id(moment: &Moment) -> String {
    URL_SAFE_NO_PAD.encode(moment.bytes::<16>())
}

impl Service {
    /// The token as text; `parent` is the identifier of the token that it was scoped from, and when that was issued.
    pub(super) async fn draft(
        &self,
        moment: &Moment,
        federation: &Federation,
        (token, parent): (FederationToken, Option<(&str, Timestamp)>),
    ) -> Result<Draft, Unavailable> {
        let plain = match federation.format {
            TokenFormat::Opaque => URL_SAFE_NO_PAD.encode(moment.bytes::<32>()),
            TokenFormat::Signed => {
                let owner = (
                    federation.provider.organization.as_str(),
                    federation.provider.door.as_str(),
                );
                let keys = self.jwt_keys_for::<SubjectToken>(moment, owner).await?;
                let key = keys
                    .signing(moment.now)
                    .ok_or_else(|| Unavailable::because("no key signs at this time"))?;
                let issuer = &federation.provider.entity_id;
                bounded(|cut| jwt::sign(&claims(&token, (issuer, parent), cut), key))
            }
        };
        Ok(Draft {
            hash: digest::of_secret(&plain),
            issued: IssuedFederationToken { plain, token },
        })
    }

    /// Whether a token that is in the store has the signature that its format asks for.
    pub(super) async fn is_well_signed(
        &self,
        moment: &Moment,
        federation: &Federation,
        (plain, row): (&str, &FederationTokenRow),
    ) -> Result<bool, Unavailable> {
        if !plain.contains('.') {
            return Ok(true);
        }
        let provider = &federation.provider;
        let owner = (provider.organization.as_str(), provider.door.as_str());
        let keys = self.jwt_keys_for::<SubjectToken>(moment, owner).await?;
        let scoped = row.account.is_some();
        let expected = Expected {
            issuer: &provider.entity_id,
            audience: Some(audience(
                scoped,
                (&provider.entity_id, &provider.organization),
            )),
            skew: self.inner.settings.skew,
        };
        let verified = jwt::verify(plain, &keys.verifying(moment.now), &expected, moment.now);
        Ok(verified.is_ok_and(|verified| verified.id() == row.id))
    }
}

/// Whom a token is for. An unscoped one is for us alone, so that a service that compares the audience refuses it.
fn audience<'a>(scoped: bool, (issuer, domain): (&'a str, &'a str)) -> &'a str {
    if scoped { domain } else { issuer }
}

/// What had to be left out of a signed token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    Nothing,
    Groups,
    GroupsAndRoles,
}

/// The first of three texts that is short enough. The last is: names are bounded where they are declared and mapped.
fn bounded(write: impl Fn(Cut) -> String) -> String {
    let whole = write(Cut::Nothing);
    if whole.len() <= MOST_BYTES {
        return whole;
    }
    let without_groups = write(Cut::Groups);
    if without_groups.len() <= MOST_BYTES {
        return without_groups;
    }
    write(Cut::GroupsAndRoles)
}

fn claims(
    token: &FederationToken,
    (issuer, parent): (&str, Option<(&str, Timestamp)>),
    cut: Cut,
) -> Claims {
    let named = |id: &str, name: &str| json!({"id": id, "name": name});
    let scoped = token.scope != Scope::Unscoped;
    let mut claims = Claims::new()
        .with("iss", issuer)
        .with("sub", token.user_id.as_str())
        .with("aud", audience(scoped, (issuer, &token.domain.id)))
        .with("iat", token.issued.as_second())
        .with("exp", token.expires.as_second())
        .with("jti", token.id.as_str())
        .with("methods", token.method.names())
        .with("name", token.user_name.as_str())
        .with("domain", named(&token.domain.id, &token.domain.name));
    if let Some((id, issued)) = parent {
        claims = claims.with("parent", json!({"jti": id, "iat": issued.as_second()}));
    }
    if let Some(provider) = &token.provider {
        claims = claims.with("identity_provider", provider.as_str());
    }
    let roles = match &token.scope {
        Scope::Unscoped => None,
        Scope::Domain(roles) => Some(roles),
        Scope::Project(project, roles) => {
            claims = claims.with("project", named(&project.id, &project.name));
            Some(roles)
        }
    };
    if cut == Cut::Nothing {
        let groups = token.groups.iter().map(|g| named(&g.id, &g.name));
        claims = claims.with("groups", groups.collect::<Vec<Value>>());
    }
    if let Some(roles) = roles.filter(|_| cut != Cut::GroupsAndRoles) {
        let roles = roles.iter().map(|role| named(&role.id, &role.name));
        claims = claims.with("roles", roles.collect::<Vec<Value>>());
    }
    match cut {
        Cut::Nothing => claims,
        Cut::Groups => claims.with("cut", ["groups"].as_slice()),
        Cut::GroupsAndRoles => claims.with("cut", ["groups", "roles"].as_slice()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::{Domain, Group, Method};
    use super::*;
    use crate::accounts::Role;

    fn token(groups: usize, roles: usize) -> FederationToken {
        let name = |at: usize| format!("{at:032}");
        FederationToken {
            id: "id".to_owned(),
            method: Method::Token,
            scope: Scope::Domain(
                (0..roles)
                    .map(|at| Role {
                        id: name(at),
                        name: name(at),
                        groups: Vec::new(),
                    })
                    .collect(),
            ),
            domain: Domain {
                id: "06ba".to_owned(),
                name: "IAMDomain".to_owned(),
            },
            user_id: "LdUTYSC7zmJVIic3yaCbLBXDxPAdDxLg".to_owned(),
            user_name: "FederationUser".to_owned(),
            groups: (0..groups)
                .map(|at| Group {
                    id: name(at),
                    name: name(at),
                })
                .collect(),
            provider: Some("ACME".to_owned()),
            protocol: Some("saml".to_owned()),
            issued: Timestamp::UNIX_EPOCH,
            expires: Timestamp::UNIX_EPOCH,
        }
    }

    fn said(groups: usize, roles: usize) -> (Vec<String>, usize) {
        let token = token(groups, roles);
        let key = jwt::KeyPair::<SubjectToken>::from_pkcs8("k", &jwt::generate_p256()).unwrap();
        let length = std::cell::Cell::new(0);
        let last = std::cell::RefCell::new(Vec::new());
        bounded(|cut| {
            let claims = claims(&token, ("iam.example.com", None), cut);
            *last.borrow_mut() = claims.names().map(str::to_owned).collect();
            let text = jwt::sign(&claims, &key);
            length.set(text.len());
            text
        });
        (last.into_inner(), length.get())
    }

    #[test]
    fn token_that_would_be_too_long_leaves_groups_out_and_then_roles_and_says_so() {
        for (groups, roles, groups_stay, roles_stay) in [
            (1, 1, true, true),
            (100, 1, false, true),
            (1, 100, false, false),
        ] {
            let (names, length) = said(groups, roles);
            let has = |name: &str| names.iter().any(|n| n == name);
            assert!(length <= MOST_BYTES, "{length}");
            assert_eq!((has("groups"), has("roles")), (groups_stay, roles_stay));
            assert_eq!(has("cut"), !groups_stay);
        }
    }
}
