//! The file and the variables, section by section, so that one faulty section does not hide the next.

use crate::config::fault::{Fault, Faults, line};
use crate::config::{Config, Door, Lifetimes, Limits, Listen, Log, Outbound, Tls, gateway};
use serde::de::DeserializeOwned;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// What a variable may override: `listen.https` is `PORTARIA_LISTEN_HTTPS`. Doors are lists, so they stand in the file.
const OVERRIDABLE: &[(&str, &[&str])] = &[
    ("", &["database", "master_key"]),
    ("listen", &["https", "http", "telemetry", "forward_auth"]),
    ("tls", &["certificate", "key"]),
    (
        "lifetimes",
        &[
            "token",
            "request",
            "response",
            "session",
            "session_idle",
            "skew",
            "token_cache",
        ],
    ),
    (
        "limits",
        &[
            "connections",
            "requests",
            "attempts_per_minute",
            "failures_in_a_row",
            "codes_per_five_minutes",
            "links_per_hour",
            "argon2_memory_kib",
            "argon2_passes",
            "argon2_permits",
            "argon2_queue",
            "linger_seconds",
            "grace_seconds",
        ],
    ),
    ("outbound", &["authorities"]),
    ("log", &["level", "format"]),
    ("mail", &["from", "server", "port", "user", "password"]),
];

pub(super) fn read(
    text: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Config, Faults> {
    let clouds = variable(gateway::URLS_MULTI_CLOUD);
    let overrides = overrides(variable);
    let document = DeTable::parse(text)
        .map_err(|error| Faults::one(fault(text, "file", &error, error.span())))?;
    let mut reader = Reader {
        text,
        faults: Vec::new(),
        doors: Vec::new(),
        sections: Vec::new(),
    };
    let mut table = document.into_inner();
    for (section, key, toml) in &overrides {
        put(&mut table, section, key, toml);
    }
    let mut config = reader.config(table);
    let mut faults = std::mem::take(&mut reader.faults);
    if let Some(json) = clouds {
        for (index, door) in config.door.iter_mut().enumerate() {
            if let Some(gateway) = &mut door.gateway {
                gateway.fill(&format!("door[{index}].gateway"), &json, &mut faults);
            }
        }
    }
    let unread: Vec<String> = faults.iter().map(|fault| fault.at.clone()).collect();
    for found in config.check() {
        let found = reader.placed(found);
        // Of a section that could not be read only the reading is reported.
        if !unread.iter().any(|at| is_within(&found.at, at)) {
            faults.push(found);
        }
    }
    if faults.is_empty() {
        Ok(config)
    } else {
        Err(Faults(faults))
    }
}

struct Reader<'t> {
    text: &'t str,
    faults: Vec<Fault>,
    doors: Vec<Place>,
    sections: Vec<(&'static str, usize)>,
}

/// Where a door that could be read stands: its number among all, and its line.
struct Place {
    number: usize,
    line: usize,
}

impl Reader<'_> {
    /// A fault of the second door that could be read, say, at the number and line that it has in the file.
    fn placed(&self, fault: Fault) -> Fault {
        let door = fault
            .at
            .strip_prefix("door[")
            .and_then(|rest| rest.split_once(']'));
        let found = door
            .and_then(|(index, rest)| Some((self.doors.get(index.parse::<usize>().ok()?)?, rest)));
        if let Some((place, rest)) = found {
            let at = format!("door[{}]{rest}", place.number);
            return Fault {
                at,
                line: Some(place.line),
                ..fault
            };
        }
        let section = self
            .sections
            .iter()
            .find(|(name, _)| is_within(&fault.at, name));
        Fault {
            line: section.map(|(_, line)| *line),
            ..fault
        }
    }

    fn config(&mut self, mut table: DeTable<'_>) -> Config {
        let database = self.take(&mut table, "database");
        let master_key = self.take(&mut table, "master_key");
        for (name, value) in [
            ("database", database.is_none()),
            ("master_key", master_key.is_none()),
        ] {
            if value && !self.faults.iter().any(|fault| fault.at == name) {
                self.faults.push(Fault::new(name, "is missing"));
            }
        }
        let listen: Option<Listen> = self.take(&mut table, "listen");
        let tls: Option<Tls> = self.take(&mut table, "tls");
        let lifetimes: Option<Lifetimes> = self.take(&mut table, "lifetimes");
        let limits: Option<Limits> = self.take(&mut table, "limits");
        let log: Option<Log> = self.take(&mut table, "log");
        let outbound: Option<Outbound> = self.take(&mut table, "outbound");
        let mail = self.take(&mut table, "mail");
        let door = self.doors(&mut table);
        let forward_auth = self.take(&mut table, "forward_auth");
        for (key, value) in &table {
            let mut unknown =
                Fault::new(key.get_ref().to_string(), "is not a known section or key");
            unknown.line = Some(line(self.text, &value.span()));
            self.faults.push(unknown);
        }
        let (listen, lifetimes, limits) = (
            listen.unwrap_or_default(),
            lifetimes.unwrap_or_default(),
            limits.unwrap_or_default(),
        );
        Config {
            database: database.unwrap_or_default(),
            master_key: master_key.unwrap_or_default(),
            listen,
            tls,
            lifetimes,
            limits,
            log: log.unwrap_or_default(),
            outbound: outbound.unwrap_or_default(),
            mail,
            door,
            forward_auth: forward_auth.unwrap_or_default(),
        }
    }

    fn doors(&mut self, table: &mut DeTable<'_>) -> Vec<Door> {
        let Some(value) = table.remove("door") else {
            return Vec::new();
        };
        let span = value.span();
        let DeValue::Array(entries) = value.into_inner() else {
            self.faults.push(Fault {
                at: "door".to_owned(),
                line: Some(line(self.text, &span)),
                what: "write [[door]], once for each".to_owned(),
            });
            return Vec::new();
        };
        let mut doors = Vec::new();
        for (number, entry) in entries.into_iter().enumerate() {
            let line = line(self.text, &entry.span());
            if let Some(door) = self.section::<Door>(&format!("door[{number}]"), entry) {
                self.doors.push(Place { number, line });
                doors.push(door);
            }
        }
        doors
    }

    fn take<T: DeserializeOwned>(
        &mut self,
        table: &mut DeTable<'_>,
        name: &'static str,
    ) -> Option<T> {
        let value = table.remove(name)?;
        // What a variable brought has no place in the file.
        if !value.span().is_empty() {
            self.sections.push((name, line(self.text, &value.span())));
        }
        self.section(name, value)
    }

    fn section<T: DeserializeOwned>(&mut self, at: &str, value: Spanned<DeValue<'_>>) -> Option<T> {
        let whole = value.span();
        match T::deserialize(ValueDeserializer::from(value)) {
            Ok(section) => Some(section),
            Err(error) => {
                let span = error.span().unwrap_or(whole);
                self.faults.push(fault(self.text, at, &error, Some(span)));
                None
            }
        }
    }
}

fn fault(text: &str, at: &str, error: &toml::de::Error, span: Option<Range<usize>>) -> Fault {
    Fault {
        at: at.to_owned(),
        line: span.map(|span| line(text, &span)),
        what: error.message().to_owned(),
    }
}

fn is_within(at: &str, section: &str) -> bool {
    at.strip_prefix(section)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

type Override = (&'static str, &'static str, String);

fn overrides(variable: impl Fn(&str) -> Option<String>) -> Vec<Override> {
    let mut found = Vec::new();
    for (section, keys) in OVERRIDABLE {
        for key in *keys {
            let path = if section.is_empty() {
                (*key).to_owned()
            } else {
                format!("{section}_{key}")
            };
            found.extend(
                variable(&format!("PORTARIA_{}", path.to_ascii_uppercase()))
                    .map(|value| (*section, *key, value)),
            );
        }
    }
    found
}

fn put<'i>(table: &mut DeTable<'i>, section: &'static str, key: &'static str, text: &'i str) {
    // A number stays a number; everything else that a variable may hold is text.
    let number = text
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| DeValue::parse(text).ok())
        .flatten();
    let value = number.unwrap_or_else(|| Spanned::new(0..0, DeValue::String(text.into())));
    let table = if section.is_empty() {
        table
    } else {
        let entry = table
            .entry(Spanned::new(0..0, section.into()))
            .or_insert_with(|| Spanned::new(0..0, DeValue::Table(DeTable::new())));
        match entry.get_mut() {
            DeValue::Table(inner) => inner,
            // Whatever stands there is reported when the section is read.
            _ => return,
        }
    };
    table.insert(Spanned::new(0..0, key.into()), value);
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = r#"
database = "sqlite:portaria.db"
master_key = "master.key"

[listen]
http = "127.0.0.1:8080"

[lifetimes]
token = "1h"

[[door]]
kind = "storagegrid"
organization = "grid"
hosts = ["storagegrid.example.com"]
"#;

    fn none(_: &str) -> Option<String> {
        None
    }

    fn faults(text: &str) -> String {
        read(text, none).unwrap_err().to_string()
    }

    #[test]
    fn a_sound_file_is_read() {
        let config = read(SOUND, none).unwrap();
        assert_eq!(
            config.settings().token_lifetime,
            jiff::SignedDuration::from_hours(1)
        );
        assert_eq!(config.door[0].hosts, ["storagegrid.example.com"]);
    }

    #[test]
    fn variables_override_the_file() {
        let config = read(SOUND, |name| {
            let value = match name {
                "PORTARIA_DATABASE" => "postgres://db/portaria",
                "PORTARIA_LISTEN_TELEMETRY" => "127.0.0.1:9090",
                "PORTARIA_LIMITS_REQUESTS" => "7",
                "PORTARIA_LIFETIMES_TOKEN" => "2h",
                _ => return None,
            };
            Some(value.to_owned())
        });
        let config = config.unwrap();
        assert_eq!(config.database, "postgres://db/portaria");
        assert_eq!(
            config.listen.telemetry,
            Some("127.0.0.1:9090".parse().unwrap())
        );
        assert_eq!(config.limits.requests, 7);
        assert_eq!(config.lifetimes.token, jiff::SignedDuration::from_hours(2));
    }

    #[test]
    fn every_fault_is_reported_at_once_with_its_line() {
        let text = r#"
database = 7
surplus = true

[listen]
https = "127.0.0.1:443"
http = "no address"

[limits]
requests = 0

[lifetimes]
skew = "5m"

[[door]]
kind = "storagegrid"
organization = "grid"
hosts = ["login.microsoftonline.com"]

[[door]]
kind = "adfs"
organization = "my-domain"
hosts = 7
"#;
        insta::assert_snapshot!(faults(text), @"
        line 2: database: invalid type: integer `7`, expected a string
        master_key: is missing
        line 7: listen: invalid socket address syntax
        line 23: door[1]: invalid type: integer `7`, expected a sequence
        line 3: surplus: is not a known section or key
        line 12: lifetimes.skew: 5m is not within 0s and 1m
        line 9: limits.requests: must be at least 1
        line 15: door[0].hosts: login.microsoftonline.com stands under microsoftonline.com, where a vendor runs its own sign-in
        ");
    }

    #[test]
    fn values_are_judged_together_once_each_section_reads() {
        let text = SOUND
            .replace("http = \"127.0.0.1:8080\"", "https = \"127.0.0.1:8443\"")
            .replace("\"1h\"", "\"0s\"");
        let text = format!(
            "{text}\n[[door]]\nkind = \"adfs\"\norganization = \"my-domain\"\nhosts = [\"storagegrid.example.com\"]\n"
        );
        insta::assert_snapshot!(faults(&text), @"
        tls: is missing: listen.https needs `certificate` and `key`
        line 8: lifetimes.token: 0s is not within 1s and 8784h
        line 16: door[1].hosts: storagegrid.example.com already belongs to door[0]
        ");
    }

    #[test]
    fn a_file_that_is_no_toml_is_one_fault_with_its_line() {
        insta::assert_snapshot!(faults("database = \"a\"\n= 3\n"), @"line 2: file: unquoted keys cannot be empty, expected letters, numbers, `-`, `_`");
    }
}
