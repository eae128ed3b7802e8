//! A mapping applied to the attributes of one assertion.

use super::template::{Several, Template};
use super::{Condition, Dialect, DomainTemplate, GroupTemplate, Local, Mapping, Rule};
use oauth::jwt::Claims;
use saml::messages::{Attribute, NameId};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The name under which rules see the NameID.
const NAME_ID: &str = "_NAMEID_";
/// The user of a Huawei identity provider without rules.
const FEDERATION_USER: &str = "FederationUser";

/// Attributes by name, as a mapping sees them.
#[derive(Debug, Clone, Default)]
pub struct Attributes(BTreeMap<String, Vec<String>>);

impl Attributes {
    /// Those of an assertion, and its NameID as `_NAMEID_`.
    pub fn of(attributes: &[Attribute], name_id: &NameId) -> Self {
        let mut map: BTreeMap<String, Vec<String>> = attributes
            .iter()
            .map(|a| (a.name.clone(), a.values.clone()))
            .collect();
        // The signed subject wins over an attribute that happens to have the reserved name.
        map.insert(NAME_ID.to_owned(), vec![name_id.value.clone()]);
        Self(map)
    }

    /// Those of an ID token, and its subject as `_NAMEID_`. Numbers and truth values become texts; a list has several values;
    /// objects are no attributes.
    pub fn of_claims(claims: &Claims, subject: &str) -> Self {
        let one = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            _ => None,
        };
        let values = |value: &Value| match value {
            Value::Array(list) => list.iter().filter_map(one).collect(),
            other => one(other).into_iter().collect::<Vec<_>>(),
        };
        let mut map: BTreeMap<String, Vec<String>> = claims
            .names()
            .filter_map(|name| Some((name.to_owned(), values(claims.value(name)?))))
            .collect();
        map.insert(NAME_ID.to_owned(), vec![subject.to_owned()]);
        Self(map)
    }
}

impl Attributes {
    /// Each with its values.
    pub(crate) fn each(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0
            .iter()
            .map(|(name, values)| (name.as_str(), values.as_slice()))
    }
}

impl FromIterator<(String, Vec<String>)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (String, Vec<String>)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

/// Who somebody is after mapping.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Mapped {
    /// The user, of the first rule that names one.
    pub user: User,
    /// Groups of every rule that applies, each once, in the order in which they were met.
    pub groups: Vec<Group>,
    /// Projects of the last rule that names some (Keystone).
    pub projects: Vec<Project>,
}

/// A user, as far as the rules say.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct User {
    /// Identifier.
    pub id: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Domain, by id or name.
    pub domain: Option<String>,
}

/// A group, not yet looked up.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// By identifier.
    Id(String),
    /// By name, in a domain if one was named.
    Name {
        /// Its name.
        name: String,
        /// The domain, by id or name.
        domain: Option<String>,
    },
}

/// A project with the roles in it (Keystone).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// Role names.
    pub roles: Vec<String>,
    /// Domain, by id or name.
    pub domain: Option<String>,
}

/// Why nobody came out. Access is denied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotMapped {
    /// No rule applies.
    #[error("no rule applies to these attributes")]
    NoRule,
    /// A placeholder with none or several values stands where one must.
    #[error(
        "placeholder {{{placeholder}}} of rule {rule} has none or several values where one must stand"
    )]
    NotOneValue {
        /// Index of the rule.
        rule: usize,
        /// Index of the placeholder.
        placeholder: usize,
    },
    /// A user name that may not be: empty, or with one of `<>{}` (Huawei).
    #[error("the rules give a user name that may not be")]
    UserName,
}

impl NotMapped {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            NotMapped::NoRule => "mapping.no_rule",
            NotMapped::NotOneValue { .. } => "mapping.not_one_value",
            NotMapped::UserName => "mapping.user_name",
        }
    }
}

impl Mapping {
    /// Names of the attributes whose values some rule tests, each once.
    pub fn tested(&self) -> Vec<String> {
        let requirements = self.rules.iter().flat_map(|rule| &rule.remote);
        let tested = requirements.filter(|r| !matches!(r.condition, Condition::Present));
        let names: BTreeSet<String> = tested.map(|r| r.attribute.clone()).collect();
        names.into_iter().collect()
    }

    /// Applies the rules.
    pub fn apply(&self, attributes: &Attributes) -> Result<Mapped, NotMapped> {
        if self.rules.is_empty() {
            let user = User {
                name: Some(FEDERATION_USER.to_owned()),
                ..User::default()
            };
            return Ok(Mapped {
                user,
                ..Mapped::default()
            });
        }
        let mut mapped = Mapped::default();
        let (mut applied, mut named) = (false, false);
        for (index, rule) in self.rules.iter().enumerate() {
            let Some(direct) = self.requirements(rule, attributes) else {
                continue;
            };
            for local in &rule.local {
                applied = true;
                local
                    .write(&direct, &mut mapped, &mut named)
                    .map_err(|Several(placeholder)| NotMapped::NotOneValue {
                        rule: index,
                        placeholder,
                    })?;
            }
        }
        if !applied {
            return Err(NotMapped::NoRule);
        }
        self.judge_name(mapped)
    }

    /// The values of the placeholders, or none if a requirement is not met.
    fn requirements<'a>(
        &self,
        rule: &Rule,
        attributes: &'a Attributes,
    ) -> Option<Vec<Vec<&'a str>>> {
        let mut direct = Vec::new();
        for requirement in &rule.remote {
            let sent = attributes.0.get(&requirement.attribute)?;
            let values: Vec<&str> = match self.dialect {
                Dialect::Huawei => sent.iter().map(String::as_str).collect(),
                Dialect::Keystone => sent.iter().flat_map(|v| v.split(';')).collect(),
            };
            if values.is_empty() {
                return None;
            }
            match &requirement.condition {
                Condition::Present => direct.push(values),
                Condition::AnyOneOf(wanted) if values.iter().any(|v| wanted.matches(v)) => {}
                Condition::NotAnyOf(unwanted) if !values.iter().any(|v| unwanted.matches(v)) => {}
                Condition::AnyOneOf(_) | Condition::NotAnyOf(_) => return None,
                Condition::Whitelist(list) => {
                    direct.push(each_once(values, |v| list.matches(v)));
                }
                Condition::Blacklist(list) => {
                    direct.push(each_once(values, |v| !list.matches(v)));
                }
            }
        }
        Some(direct)
    }

    fn judge_name(&self, mapped: Mapped) -> Result<Mapped, NotMapped> {
        let bad = |name: &String| {
            name.is_empty()
                || (self.dialect == Dialect::Huawei && name.contains(['<', '>', '{', '}']))
        };
        if mapped.user.name.as_ref().is_some_and(bad) {
            Err(NotMapped::UserName)
        } else {
            Ok(mapped)
        }
    }
}

/// The values that a list lets through. They are a set: equal ones are one, which may stand where one must.
fn each_once(values: Vec<&str>, passes: impl Fn(&str) -> bool) -> Vec<&str> {
    let mut passed: Vec<&str> = Vec::new();
    for value in values.into_iter().filter(|value| passes(value)) {
        if !passed.contains(&value) {
            passed.push(value);
        }
    }
    passed
}

impl Local {
    fn write(
        &self,
        direct: &[Vec<&str>],
        mapped: &mut Mapped,
        named: &mut bool,
    ) -> Result<(), Several> {
        let one =
            |template: &Option<Template>| template.as_ref().map(|t| t.one(direct)).transpose();
        if let Some(user) = &self.user
            && !*named
        {
            *named = true;
            mapped.user = User {
                id: one(&user.id)?,
                name: one(&user.name)?,
                email: one(&user.email)?,
                domain: domain(user.domain.as_ref(), direct)?,
            };
        }
        let default = domain(self.domain.as_ref(), direct)?;
        match &self.group {
            Some(GroupTemplate::Id(id)) => mapped.add(Group::Id(id.one(direct)?)),
            Some(GroupTemplate::Name(name, own)) => {
                let domain = domain(own.as_ref(), direct)?;
                mapped.add(Group::Name {
                    name: name.one(direct)?,
                    domain,
                });
            }
            None => {}
        }
        for name in self
            .groups
            .as_ref()
            .map(|g| g.many(direct))
            .transpose()?
            .unwrap_or_default()
        {
            mapped.add(Group::Name {
                name,
                domain: default.clone(),
            });
        }
        for id in self
            .group_ids
            .as_ref()
            .map(|g| g.many(direct))
            .transpose()?
            .unwrap_or_default()
        {
            mapped.add(Group::Id(id));
        }
        if !self.projects.is_empty() {
            mapped.projects = self
                .projects
                .iter()
                .map(|p| p.write(direct, default.as_ref()))
                .collect::<Result<_, _>>()?;
        }
        Ok(())
    }
}

impl super::ProjectTemplate {
    fn write(&self, direct: &[Vec<&str>], default: Option<&String>) -> Result<Project, Several> {
        Ok(Project {
            name: self.name.one(direct)?,
            roles: self
                .roles
                .iter()
                .map(|r| r.one(direct))
                .collect::<Result<_, _>>()?,
            domain: domain(self.domain.as_ref(), direct)?.or_else(|| default.cloned()),
        })
    }
}

impl Mapped {
    fn add(&mut self, group: Group) {
        if !self.groups.contains(&group) {
            self.groups.push(group);
        }
    }
}

fn domain(
    template: Option<&DomainTemplate>,
    direct: &[Vec<&str>],
) -> Result<Option<String>, Several> {
    template
        .map(|t| match t {
            DomainTemplate::Id(t) | DomainTemplate::Name(t) => t.one(direct),
        })
        .transpose()
}
