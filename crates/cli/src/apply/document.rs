//! The file: every fault of its form at once, and the line of each fault that the rules find.

use super::{elsewhere, shown};
use identity::declare::{Declaration, Fault, Organization};
use serde::de::DeserializeOwned;
use server::config::fault::line;
use server::config::{self, Faults};
use std::ops::Range;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// A declaration and the text that it was read from.
pub(super) struct Document {
    text: String,
    pub(super) declaration: Declaration,
}

impl Document {
    /// Reads it. Values that stand elsewhere come from files, relative to `folder`, and from `variable`.
    pub(super) fn read(
        text: &str,
        folder: &Path,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Faults> {
        let parsed = DeTable::parse(text);
        let mut table = parsed
            .map_err(|error| Faults::one(fault(text, "file", (&error, error.span()))))?
            .into_inner();
        let mut reader = Reader {
            text,
            faults: Vec::new(),
        };
        let missing = elsewhere::fill_in(&mut table, (folder, &variable));
        reader
            .faults
            .extend(missing.into_iter().map(|missing| config::Fault {
                at: missing.key,
                line: Some(line(text, &missing.span)),
                what: missing.what,
            }));
        let organization = reader.list("", &mut table, "organization", |reader, at, entry| {
            reader.organization(at, entry)
        });
        for (key, value) in &table {
            reader.faults.push(config::Fault {
                at: key.get_ref().to_string(),
                line: Some(line(text, &value.span())),
                what: "is not known here".to_owned(),
            });
        }
        if reader.faults.is_empty() {
            Ok(Self {
                text: text.to_owned(),
                declaration: Declaration { organization },
            })
        } else {
            Err(Faults(reader.faults))
        }
    }

    /// The fault, with the line on which the thing stands that it is about.
    pub(super) fn placed(&self, fault: Fault) -> config::Fault {
        let found = DeTable::parse(&self.text)
            .ok()
            .and_then(|table| find(&table, &fault.at));
        let line = found.map(|span| line(&self.text, &span));
        shown(fault, line)
    }
}

struct Reader<'t> {
    text: &'t str,
    faults: Vec<config::Fault>,
}

impl Reader<'_> {
    /// An organization, entry by entry, so that one that is faulty does not hide the next.
    fn organization(&mut self, at: &str, value: Spanned<DeValue<'_>>) -> Option<Organization> {
        let span = value.span();
        let DeValue::Table(mut table) = value.into_inner() else {
            self.faults.push(config::Fault {
                at: at.to_owned(),
                line: Some(line(self.text, &span)),
                what: "write [[organization]], once for each".to_owned(),
            });
            return None;
        };
        let group = self.entries(at, &mut table, "group");
        let user = self.entries(at, &mut table, "user");
        let account = self.entries(at, &mut table, "account");
        let application = self.entries(at, &mut table, "application");
        let identity_provider = self.entries(at, &mut table, "identity_provider");
        let resource_server = self.entries(at, &mut table, "resource_server");
        let rest: Organization = self.entry(at, Spanned::new(span, DeValue::Table(table)))?;
        Some(Organization {
            group,
            user,
            account,
            application,
            identity_provider,
            resource_server,
            ..rest
        })
    }

    fn entries<T: DeserializeOwned>(
        &mut self,
        at: &str,
        table: &mut DeTable<'_>,
        name: &str,
    ) -> Vec<T> {
        self.list(at, table, name, Self::entry)
    }

    /// What `read` makes of each entry of a list. Something else than a list is left for whoever reads the rest.
    fn list<T>(
        &mut self,
        at: &str,
        table: &mut DeTable<'_>,
        name: &str,
        read: impl Fn(&mut Self, &str, Spanned<DeValue<'_>>) -> Option<T>,
    ) -> Vec<T> {
        if !table
            .get(name)
            .is_some_and(|value| value.get_ref().is_array())
        {
            return Vec::new();
        }
        let Some(DeValue::Array(entries)) = table.remove(name).map(Spanned::into_inner) else {
            return Vec::new();
        };
        let dot = if at.is_empty() { "" } else { "." };
        let mut found = Vec::new();
        for (number, entry) in entries.into_iter().enumerate() {
            let called = named(&entry).map_or_else(|| number.to_string(), str::to_owned);
            let here = format!("{at}{dot}{name}[{called}]");
            found.extend(read(self, &here, entry));
        }
        found
    }

    fn entry<T: DeserializeOwned>(&mut self, at: &str, value: Spanned<DeValue<'_>>) -> Option<T> {
        let whole = value.span();
        match T::deserialize(ValueDeserializer::from(value)) {
            Ok(entry) => Some(entry),
            Err(error) => {
                let span = error.span().unwrap_or(whole);
                self.faults.push(fault(self.text, at, (&error, Some(span))));
                None
            }
        }
    }
}

fn fault(
    text: &str,
    at: &str,
    (error, span): (&toml::de::Error, Option<Range<usize>>),
) -> config::Fault {
    config::Fault {
        at: at.to_owned(),
        line: span.map(|span| line(text, &span)),
        what: error.message().to_owned(),
    }
}

/// What an entry is called: by its `id`, else by its `name`.
fn named<'v>(entry: &'v Spanned<DeValue<'_>>) -> Option<&'v str> {
    let table = entry.get_ref().as_table()?;
    ["id", "name"]
        .into_iter()
        .find_map(|key| table.get(key)?.get_ref().as_str())
}

/// Whether an entry is called that, in any way.
fn is_called(entry: &Spanned<DeValue<'_>>, called: &str) -> bool {
    let table = entry.get_ref().as_table();
    table.is_some_and(|table| {
        ["id", "name"]
            .into_iter()
            .any(|key| table.get(key).and_then(|value| value.get_ref().as_str()) == Some(called))
    })
}

/// Where a path such as `organization[grid].user[ana].password` leads, as far as it can be followed.
fn find(table: &Spanned<DeTable<'_>>, at: &str) -> Option<Range<usize>> {
    let mut here = None;
    let mut table = Some(table.get_ref());
    let mut rest = at;
    while let (Some(current), false) = (table, rest.is_empty()) {
        let (name, called, behind) = step(rest);
        rest = behind;
        // A value that stands elsewhere has its place where the file or variable is named.
        let elsewhere = ["_file", "_env", "_url"].map(|suffix| format!("{name}{suffix}"));
        let value = std::iter::once(name)
            .chain(elsewhere.iter().map(String::as_str))
            .find_map(|key| current.get(key));
        let Some(value) = value else { break };
        let entry = match (called, value.get_ref()) {
            // Of two that are called the same, the later is the one too many.
            (Some(called), DeValue::Array(entries)) => {
                entries.iter().rfind(|entry| is_called(entry, called))
            }
            _ => Some(value),
        };
        let Some(entry) = entry else { break };
        here = Some(entry.span());
        table = entry.get_ref().as_table();
    }
    here
}

/// The first step of a path: a name, what is called so, and the rest. What stands in brackets may hold dots and brackets, but not `].`: then the line is that of what is around it.
fn step(path: &str) -> (&str, Option<&str>, &str) {
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (name, rest) = path.split_at(end);
    let Some(inside) = rest.strip_prefix('[') else {
        return (name, None, rest.strip_prefix('.').unwrap_or(rest));
    };
    match inside.split_once("].") {
        Some((called, rest)) => (name, Some(called), rest),
        None => (name, Some(inside.strip_suffix(']').unwrap_or(inside)), ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECLARED: &str = r#"
[[organization]]
id = "grid"
[[organization.identity_provider]]
id = "adfs"
metadata_file = "adfs.xml"
[[organization.user]]
name = "ana@example.com"
password_env = "ANA"
[[organization.user]]
name = "a[b]c"
totp = "x"
"#;

    fn read(text: &str, folder: &Path) -> Result<Document, Vec<String>> {
        let variable = |name: &str| (name == "ANA").then(|| "from the variable".to_owned());
        Document::read(text, folder, variable)
            .map_err(|faults| faults.0.iter().map(ToString::to_string).collect())
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("adfs.xml"), "<EntityDescriptor/>\n").unwrap();
        folder
    }

    #[test]
    fn values_come_from_files_beside_the_declaration_and_from_variables() {
        let folder = folder();
        let document = read(DECLARED, folder.path()).unwrap_or_else(|faults| panic!("{faults:?}"));
        let organization = &document.declaration.organization[0];
        let provider = &organization.identity_provider[0];
        assert_eq!(provider.metadata.as_deref(), Some("<EntityDescriptor/>"));
        assert_eq!(
            organization.user[0].password.as_deref(),
            Some("from the variable")
        );
    }

    #[test]
    fn every_fault_of_form_is_reported_with_its_line() {
        let folder = folder();
        let text = DECLARED
            .replace("adfs.xml", "missing.xml")
            .replace("\"ANA\"", "\"NOBODY\"")
            .replace("totp = \"x\"", "totp = 1")
            + "password = \"x\"\npassword_file = \"adfs.xml\"\n[[organization.group]]\nnam = \"x\"\n[surprise]\n";
        let Err(faults) = read(&text, folder.path()) else {
            panic!("faults")
        };
        let starts = [
            "line 6: metadata_file: ",
            "line 9: password_env: the variable NOBODY is not set",
            "line 14: password_file: password stands beside it",
            "line 16: organization[grid].group[0]: unknown field `nam`",
            "line 12: organization[grid].user[a[b]c]: invalid type",
            "line 17: surprise: is not known here",
        ];
        for start in starts {
            assert!(
                faults.iter().any(|fault| fault.starts_with(start)),
                "{start}\n{faults:#?}"
            );
        }
        assert_eq!(faults.len(), starts.len(), "{faults:#?}");
    }

    #[test]
    fn a_fault_of_the_rules_gets_the_line_of_what_it_is_about() {
        let folder = folder();
        let document = read(DECLARED, folder.path()).unwrap_or_else(|faults| panic!("{faults:?}"));
        for (at, line) in [
            ("organization[grid]", 2),
            ("organization[grid].identity_provider[adfs].metadata", 6),
            (
                "organization[grid].identity_provider[adfs].metadata.entityID",
                6,
            ),
            ("organization[grid].user[ana@example.com].password", 9),
            ("organization[grid].user[a[b]c].totp", 12),
            ("organization[grid].user[a[b]c].name", 11),
            ("organization[grid].user[a[b]c].groups", 10),
            ("organization[grid].account[x]", 2),
        ] {
            let fault = Fault {
                at: at.to_owned(),
                what: "is wrong".to_owned(),
            };
            assert_eq!(document.placed(fault).line, Some(line), "{at}");
        }
    }
}
