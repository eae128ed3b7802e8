//! Mapping rules: attributes of an assertion in, a user name and groups out. Pure.
//!
//! This module owns the two dialects that operators bring along, Huawei's identity conversion rules and Keystone's mappings
//! (schema 1.0 - 3.0). It does not know where attributes come from, and it does not look up groups.
//!
//! * [`read`]: JSON → [`Mapping`]; a rule that cannot be compiled is refused with its position
//! * [`template`]: the placeholders `{0}`, `{1}`, … · [`evaluate`]: a mapping applied
//!
//! Where the dialects differ from each other, and we from Keystone: `docs/mapping.md`.

mod evaluate;
mod read;
mod template;

pub use evaluate::{Attributes, Group, Mapped, NotMapped, Project, User};
pub use read::{Fault, LONGEST};

use regex::RegexSet;
use template::Template;

/// Whose rules these are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// Huawei Cloud IAM's identity conversion rules.
    #[default]
    Huawei,
    /// Keystone's mappings.
    Keystone,
}

impl Dialect {
    /// As declarations, commands and the store call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Huawei => "huawei",
            Self::Keystone => "keystone",
        }
    }

    /// By its name.
    pub fn of(name: &str) -> Option<Self> {
        [Self::Huawei, Self::Keystone]
            .into_iter()
            .find(|dialect| dialect.name() == name)
    }
}

/// A compiled set of rules.
#[derive(Debug, Clone)]
pub struct Mapping {
    dialect: Dialect,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Rule {
    local: Vec<Local>,
    remote: Vec<Requirement>,
}

/// One condition of a rule, on one attribute.
#[derive(Debug, Clone)]
struct Requirement {
    attribute: String,
    condition: Condition,
}

#[derive(Debug, Clone)]
enum Condition {
    /// Present; gives a placeholder its values.
    Present,
    /// One of the values matches; gives no placeholder.
    AnyOneOf(Values),
    /// None of the values matches; gives no placeholder.
    NotAnyOf(Values),
    /// Gives a placeholder the values that match.
    Whitelist(Values),
    /// Gives a placeholder the values that do not match.
    Blacklist(Values),
}

#[derive(Debug, Clone)]
enum Values {
    Exact(Vec<String>),
    Patterns(RegexSet),
}

/// What a rule that applies says.
#[derive(Debug, Clone, Default)]
struct Local {
    user: Option<UserTemplate>,
    group: Option<GroupTemplate>,
    groups: Option<Template>,
    group_ids: Option<Template>,
    domain: Option<DomainTemplate>,
    projects: Vec<ProjectTemplate>,
}

#[derive(Debug, Clone, Default)]
struct UserTemplate {
    id: Option<Template>,
    name: Option<Template>,
    email: Option<Template>,
    domain: Option<DomainTemplate>,
}

#[derive(Debug, Clone)]
enum GroupTemplate {
    Id(Template),
    Name(Template, Option<DomainTemplate>),
}

#[derive(Debug, Clone)]
enum DomainTemplate {
    Id(Template),
    Name(Template),
}

#[derive(Debug, Clone)]
struct ProjectTemplate {
    name: Template,
    roles: Vec<Template>,
    domain: Option<DomainTemplate>,
}

impl Values {
    fn matches(&self, value: &str) -> bool {
        match self {
            Values::Exact(values) => values.iter().any(|v| v == value),
            Values::Patterns(patterns) => patterns.is_match(value),
        }
    }
}
