//! What our identity provider says about a person: NameID and attributes.

use crate::entities::{Dialect, NameIdSource};
use crate::reply::Source;
use crate::store::users::User;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml::messages::Attribute;
use std::collections::BTreeMap;

/// The person's NameID.
pub(crate) fn name_id(source: NameIdSource, user: &User) -> String {
    match source {
        // A GUID as Windows stores it: the first three fields with their lowest byte first ([MS-DTYP] §2.3.4.2).
        NameIdSource::Guid => STANDARD.encode(user.guid.to_bytes_le()),
        NameIdSource::PrincipalName => user.name.clone(),
        NameIdSource::Email => user.email.clone().unwrap_or_else(|| user.name.clone()),
    }
}

/// The person's attributes. An attribute without a value is left out.
pub(crate) fn attributes(dialect: Dialect, user: &User, groups: &[String]) -> Vec<Attribute> {
    let names = match dialect {
        Dialect::Claims => &CLAIMS,
        Dialect::Plain => &PLAIN,
    };
    let short = user.name.split('@').next().unwrap_or_default().to_owned();
    let principal = match dialect {
        Dialect::Claims => user.name.clone(),
        Dialect::Plain => short,
    };
    let one = |value: Option<String>| value.into_iter().collect::<Vec<_>>();
    let values = [
        one(Some(principal)),
        one(user.email.clone()),
        one(user.full_name.clone()),
        groups.to_vec(),
    ];
    names
        .iter()
        .zip(values)
        .filter(|(_, values)| !values.is_empty())
        .map(|(name, values)| Attribute {
            name: (*name).to_owned(),
            friendly_name: None,
            values,
        })
        .collect()
}

/// The attributes that an operator chose, by name. One without a value is left out.
pub(crate) fn chosen(
    chosen: &BTreeMap<String, Source>,
    user: &User,
    groups: &[String],
) -> Vec<Attribute> {
    let values = |source| match source {
        Source::PrincipalName => vec![user.name.clone()],
        Source::UserName => user.name.split('@').take(1).map(str::to_owned).collect(),
        Source::Email => user.email.iter().cloned().collect(),
        Source::FullName => user.full_name.iter().cloned().collect(),
        Source::Groups => groups.to_vec(),
        Source::Guid => vec![user.guid.to_string()],
    };
    chosen
        .iter()
        .map(|(name, source)| Attribute {
            name: name.clone(),
            friendly_name: None,
            values: values(*source),
        })
        .filter(|attribute| !attribute.values.is_empty())
        .collect()
}

/// Principal name, e-mail, full name, groups: claim types as AD FS and Entra write them.
const CLAIMS: [&str; 4] = [
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
    GROUP_CLAIM,
];

/// The same, as PingFederate's attribute contracts have them.
const PLAIN: [&str; 4] = ["uid", "mail", "cn", MEMBER_OF];

/// Where the dialects have the full name.
pub(crate) const FULL_NAMES: [&str; 2] = [CLAIMS[2], PLAIN[2]];
/// Where the claims dialect has groups.
pub(crate) const GROUP_CLAIM: &str = "http://schemas.xmlsoap.org/claims/Group";
/// Where the plain dialect has groups.
pub(crate) const MEMBER_OF: &str = "memberOf";

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> User {
        User {
            declared_password_hash: None,
            declared_totp: None,
            id: "i".into(),
            name: "my-sso-username@my-domain".into(),
            password_hash: None,
            full_name: None,
            email: Some("user@example.com".into()),
            guid: "ac3a1faf-da27-4a25-aa52-5c2722edaa9d".parse().unwrap(),
            totp: None,
            push: false,
            telephone: None,
            disabled_at: None,
        }
    }

    #[test]
    fn a_guid_is_written_as_in_the_documented_cookie() {
        // StorageGRID's document: the SamlSession cookie of step h decodes to this NameID.
        assert_eq!(
            name_id(NameIdSource::Guid, &user()),
            "rx86rCfaJUqqUlwnIu2qnQ=="
        );
    }

    #[test]
    fn chosen_attributes_have_the_names_that_were_given_and_no_others() {
        let chosen_ones = [
            ("login".to_owned(), Source::UserName),
            ("cn".to_owned(), Source::FullName),
            ("role".to_owned(), Source::Groups),
        ];
        let said: Vec<_> = chosen(&chosen_ones.into(), &user(), &["a".into()])
            .into_iter()
            .map(|a| format!("{}={}", a.name, a.values.join(",")))
            .collect();
        assert_eq!(said, ["login=my-sso-username", "role=a"]);
    }

    #[test]
    fn attributes_are_named_in_the_dialect_and_empty_ones_left_out() {
        let said = |dialect| {
            attributes(dialect, &user(), &["a".into(), "b".into()])
                .into_iter()
                .map(|a| format!("{}={}", a.name, a.values.join(",")))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            said(Dialect::Claims),
            [
                "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn=my-sso-username@my-domain",
                "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress=user@example.com",
                "http://schemas.xmlsoap.org/claims/Group=a,b",
            ]
        );
        assert_eq!(
            said(Dialect::Plain),
            [
                "uid=my-sso-username",
                "mail=user@example.com",
                "memberOf=a,b"
            ]
        );
    }
}
