//! What stands under `local`: users, groups, domains, projects, each with placeholders.

use super::super::template::Template;
use super::super::{Dialect, DomainTemplate, GroupTemplate, Local, ProjectTemplate, UserTemplate};
use super::{Fault, Object, VALUES, array, fault, object, text};
use serde_json::Value;

/// Reads what stands under `local`; knows how many placeholders have values.
pub(super) struct Reader {
    pub(super) given: usize,
    pub(super) dialect: Dialect,
}

impl Reader {
    pub(super) fn local(&self, value: &Value, at: &str) -> Result<Local, Fault> {
        let fields = object(
            value,
            at,
            &["user", "group", "groups", "group_ids", "domain", "projects"],
        )?;
        let local = Local {
            user: fields
                .get("user")
                .map(|v| self.user(v, &format!("{at}.user")))
                .transpose()?,
            group: fields
                .get("group")
                .map(|v| self.group(v, &format!("{at}.group")))
                .transpose()?,
            groups: self.optional(fields, "groups", at)?,
            group_ids: self.optional(fields, "group_ids", at)?,
            domain: fields
                .get("domain")
                .map(|v| self.domain(v, &format!("{at}.domain")))
                .transpose()?,
            projects: fields
                .get("projects")
                .map(|v| self.projects(v, &format!("{at}.projects")))
                .transpose()?
                .unwrap_or_default(),
        };
        if local.groups.is_some() && local.domain.is_none() && self.dialect == Dialect::Keystone {
            return fault(format!("{at}.groups"), "needs a domain beside it");
        }
        Ok(local)
    }

    fn user(&self, value: &Value, at: &str) -> Result<UserTemplate, Fault> {
        let fields = object(value, at, &["id", "name", "email", "domain", "type"])?;
        match fields.get("type").and_then(Value::as_str) {
            Some("ephemeral") => {}
            None if !fields.contains_key("type") => {}
            // A local user would be an account of the organization itself, taken over by what somebody else asserts.
            _ => return fault(format!("{at}.type"), "only ephemeral users are mapped"),
        }
        Ok(UserTemplate {
            id: self.optional(fields, "id", at)?,
            name: self.optional(fields, "name", at)?,
            email: self.optional(fields, "email", at)?,
            domain: fields
                .get("domain")
                .map(|v| self.domain(v, &format!("{at}.domain")))
                .transpose()?,
        })
    }

    fn group(&self, value: &Value, at: &str) -> Result<GroupTemplate, Fault> {
        let fields = object(value, at, &["id", "name", "domain"])?;
        let domain = fields
            .get("domain")
            .map(|v| self.domain(v, &format!("{at}.domain")))
            .transpose()?;
        match (
            self.optional(fields, "id", at)?,
            self.optional(fields, "name", at)?,
        ) {
            (Some(id), None) if domain.is_none() => Ok(GroupTemplate::Id(id)),
            (None, Some(_)) if domain.is_none() && self.dialect == Dialect::Keystone => {
                fault(at, "a group by name needs its domain")
            }
            (None, Some(name)) => Ok(GroupTemplate::Name(name, domain)),
            _ => fault(at, "either an id alone, or a name"),
        }
    }

    fn domain(&self, value: &Value, at: &str) -> Result<DomainTemplate, Fault> {
        let fields = object(value, at, &["id", "name"])?;
        match (
            self.optional(fields, "id", at)?,
            self.optional(fields, "name", at)?,
        ) {
            (Some(id), None) => Ok(DomainTemplate::Id(id)),
            (None, Some(name)) => Ok(DomainTemplate::Name(name)),
            _ => fault(at, "either an id or a name"),
        }
    }

    fn projects(&self, value: &Value, at: &str) -> Result<Vec<ProjectTemplate>, Fault> {
        let read = |(i, value): (usize, &Value)| {
            let at = format!("{at}[{i}]");
            let fields = object(value, &at, &["name", "roles", "domain"])?;
            let roles = array(
                fields.get("roles").unwrap_or(&Value::Null),
                &format!("{at}.roles"),
                VALUES,
            )?;
            let role = |(j, value): (usize, &Value)| {
                let at = format!("{at}.roles[{j}]");
                let fields = object(value, &at, &["name"])?;
                self.template(
                    fields.get("name").unwrap_or(&Value::Null),
                    &format!("{at}.name"),
                )
            };
            Ok(ProjectTemplate {
                name: self.template(
                    fields.get("name").unwrap_or(&Value::Null),
                    &format!("{at}.name"),
                )?,
                roles: roles
                    .iter()
                    .enumerate()
                    .map(role)
                    .collect::<Result<_, _>>()?,
                domain: fields
                    .get("domain")
                    .map(|v| self.domain(v, &format!("{at}.domain")))
                    .transpose()?,
            })
        };
        array(value, at, VALUES)?
            .iter()
            .enumerate()
            .map(read)
            .collect()
    }

    fn optional(&self, fields: &Object, key: &str, at: &str) -> Result<Option<Template>, Fault> {
        fields
            .get(key)
            .map(|v| self.template(v, &format!("{at}.{key}")))
            .transpose()
    }

    fn template(&self, value: &Value, at: &str) -> Result<Template, Fault> {
        Template::read(text(value, at)?, self.given).map_err(|what| Fault {
            at: at.to_owned(),
            what,
        })
    }
}
