//! JSON → [`Mapping`]. Everything that could go wrong later is refused here, with its position.

mod local;

use super::{Condition, Dialect, Mapping, Requirement, Rule, Values};
use local::Reader;
use regex::RegexSetBuilder;
use serde_json::{Map, Value};

/// Bytes of a rule set: far above what people write, far below what costs anything.
pub const LONGEST: usize = 64 * 1024;
const RULES: usize = 256;
const VALUES: usize = 1024;
/// Bytes of one compiled set of expressions: `a{1000}{1000}` stays cheap.
const COMPILED: usize = 256 * 1024;

/// What is wrong with a rule set, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {what}")]
pub struct Fault {
    /// Such as `rules[0].remote[2].any_one_of[1]`.
    pub at: String,
    /// A sentence.
    pub what: String,
}

type Object = Map<String, Value>;

impl Mapping {
    /// Reads a list of rules (`[{"local":[…],"remote":[…]}]`), or an object that holds it as `rules`.
    pub fn read(json: &str, dialect: Dialect) -> Result<Self, Fault> {
        if json.len() > LONGEST {
            return fault("rules", format!("longer than {LONGEST} bytes"));
        }
        let value: Value = serde_json::from_str(json).map_err(|e| Fault {
            at: format!("line {}, column {}", e.line(), e.column()),
            what: "not JSON".to_owned(),
        })?;
        Self::compile(&value, dialect)
    }

    /// Compiles parsed JSON.
    pub fn compile(value: &Value, dialect: Dialect) -> Result<Self, Fault> {
        let list = match value {
            Value::Object(object) => object.get("rules").unwrap_or(&Value::Null),
            list => list,
        };
        let list = array(list, "rules", RULES)?;
        if list.is_empty() && dialect == Dialect::Keystone {
            return fault("rules", "at least one rule is needed");
        }
        let rules = list
            .iter()
            .enumerate()
            .map(|(i, rule)| read_rule(rule, &format!("rules[{i}]"), dialect))
            .collect::<Result<_, _>>()?;
        Ok(Self { dialect, rules })
    }
}

fn read_rule(value: &Value, at: &str, dialect: Dialect) -> Result<Rule, Fault> {
    let rule = object(value, at, &["local", "remote"])?;
    let limit = if dialect == Dialect::Huawei { 10 } else { 64 };
    let remote = array(
        rule.get("remote").unwrap_or(&Value::Null),
        &format!("{at}.remote"),
        limit,
    )?;
    if remote.is_empty() {
        return fault(format!("{at}.remote"), "at least one condition is needed");
    }
    let remote: Vec<Requirement> = remote
        .iter()
        .enumerate()
        .map(|(i, r)| read_requirement(r, &format!("{at}.remote[{i}]")))
        .collect::<Result<_, _>>()?;
    let given = remote
        .iter()
        .filter(|r| !matches!(r.condition, Condition::AnyOneOf(_) | Condition::NotAnyOf(_)))
        .count();
    let reader = Reader { given, dialect };
    let local = array(
        rule.get("local").unwrap_or(&Value::Null),
        &format!("{at}.local"),
        64,
    )?;
    let local = local
        .iter()
        .enumerate()
        .map(|(i, l)| reader.local(l, &format!("{at}.local[{i}]")))
        .collect::<Result<_, _>>()?;
    Ok(Rule { local, remote })
}

fn read_requirement(value: &Value, at: &str) -> Result<Requirement, Fault> {
    let fields = object(
        value,
        at,
        &[
            "type",
            "any_one_of",
            "not_any_of",
            "whitelist",
            "blacklist",
            "regex",
        ],
    )?;
    let attribute = text(
        fields.get("type").unwrap_or(&Value::Null),
        &format!("{at}.type"),
    )?
    .to_owned();
    let regex = match fields.get("regex") {
        None => false,
        Some(Value::Bool(regex)) => *regex,
        Some(_) => return fault(format!("{at}.regex"), "true or false"),
    };
    let mut condition = None;
    for (key, make) in [
        ("any_one_of", Condition::AnyOneOf as fn(Values) -> Condition),
        ("not_any_of", Condition::NotAnyOf),
        ("whitelist", Condition::Whitelist),
        ("blacklist", Condition::Blacklist),
    ] {
        let Some(list) = fields.get(key) else {
            continue;
        };
        if condition
            .replace(make(read_values(list, &format!("{at}.{key}"), regex)?))
            .is_some()
        {
            return fault(
                at,
                "one condition at most: any_one_of, not_any_of, whitelist or blacklist",
            );
        }
    }
    Ok(Requirement {
        attribute,
        condition: condition.unwrap_or(Condition::Present),
    })
}

fn read_values(value: &Value, at: &str, regex: bool) -> Result<Values, Fault> {
    let list = array(value, at, VALUES)?;
    let texts = list
        .iter()
        .enumerate()
        .map(|(i, v)| text(v, &format!("{at}[{i}]")).map(str::to_owned))
        .collect::<Result<Vec<_>, _>>()?;
    if !regex {
        return Ok(Values::Exact(texts));
    }
    // One by one first, so that a fault has its position.
    for (i, pattern) in texts.iter().enumerate() {
        if let Err(e) = RegexSetBuilder::new([pattern]).size_limit(COMPILED).build() {
            return fault(
                format!("{at}[{i}]"),
                format!(
                    "not an expression that runs in linear time: {}",
                    e.to_string().lines().last().unwrap_or_default()
                ),
            );
        }
    }
    match RegexSetBuilder::new(&texts).size_limit(COMPILED).build() {
        Ok(set) => Ok(Values::Patterns(set)),
        Err(_) => fault(at, "the expressions are too large together"),
    }
}

fn object<'v>(value: &'v Value, at: &str, keys: &[&str]) -> Result<&'v Object, Fault> {
    let Value::Object(object) = value else {
        return fault(at, "an object is needed");
    };
    match object.keys().find(|k| !keys.contains(&k.as_str())) {
        // The key itself is the author's text, not a position: shortened, because a fault is shown.
        Some(key) => fault(
            at,
            format!(
                "no such key here: {}",
                key.chars().take(40).collect::<String>()
            ),
        ),
        None => Ok(object),
    }
}

fn array<'v>(value: &'v Value, at: &str, limit: usize) -> Result<&'v [Value], Fault> {
    match value {
        Value::Array(list) if list.len() > limit => fault(at, format!("more than {limit} entries")),
        Value::Array(list) => Ok(list),
        _ => fault(at, "a list is needed"),
    }
}

fn text<'v>(value: &'v Value, at: &str) -> Result<&'v str, Fault> {
    value.as_str().ok_or_else(|| Fault {
        at: at.to_owned(),
        what: "a text is needed".to_owned(),
    })
}

fn fault<T>(at: impl Into<String>, what: impl Into<String>) -> Result<T, Fault> {
    Err(Fault {
        at: at.into(),
        what: what.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::{Attributes, Group, NotMapped};

    fn mapping(json: &str, dialect: Dialect) -> Mapping {
        Mapping::read(json, dialect).unwrap_or_else(|e| panic!("{e}"))
    }

    fn attributes(pairs: &[(&str, &[&str])]) -> Attributes {
        pairs
            .iter()
            .map(|(n, vs)| {
                (
                    (*n).to_owned(),
                    vs.iter().map(|v| (*v).to_owned()).collect(),
                )
            })
            .collect()
    }

    fn name(name: &str) -> Group {
        Group::Name {
            name: name.to_owned(),
            domain: None,
        }
    }

    const HUAWEI: &str = r#"[{"local":[{"user":{"name":"{0}"}},{"group":{"name":"admin"}}],
        "remote":[{"type":"UserName"},{"type":"orgPersonType","any_one_of":["Employee"]}]},
        {"local":[{"user":{"name":"second"}},{"groups":"{0}"}],"remote":[{"type":"groups"}]}]"#;

    #[test]
    fn the_first_rule_names_the_user_and_all_rules_give_groups() {
        let mapped = mapping(HUAWEI, Dialect::Huawei)
            .apply(&attributes(&[
                ("UserName", &["ana"]),
                ("orgPersonType", &["Employee"]),
                ("groups", &["a", "b;c", "a"]),
            ]))
            .unwrap();
        assert_eq!(mapped.user.name.as_deref(), Some("ana"));
        assert_eq!(mapped.groups, [name("admin"), name("a"), name("b;c")]);
    }

    #[test]
    fn no_rule_that_applies_means_no_access() {
        let refused = mapping(HUAWEI, Dialect::Huawei)
            .apply(&attributes(&[("UserName", &["ana"])]))
            .unwrap_err();
        assert_eq!(refused.code(), "mapping.no_rule");
    }

    #[test]
    fn a_huawei_provider_without_rules_maps_everybody_to_federation_user() {
        let mapped = mapping("[]", Dialect::Huawei)
            .apply(&Attributes::default())
            .unwrap();
        assert_eq!(
            (mapped.user.name.as_deref(), mapped.groups.len()),
            (Some("FederationUser"), 0)
        );
    }

    #[test]
    fn a_name_that_could_be_a_placeholder_or_markup_is_refused() {
        let rules = mapping(
            r#"[{"local":[{"user":{"name":"{0}"}}],"remote":[{"type":"u"}]}]"#,
            Dialect::Huawei,
        );
        assert!(
            rules.apply(&attributes(&[("u", &["ana"])])).is_ok(),
            "control"
        );
        for bad in ["<ana>", "{0}", ""] {
            assert_eq!(
                rules.apply(&attributes(&[("u", &[bad])])),
                Err(NotMapped::UserName),
                "{bad}"
            );
        }
        assert_eq!(
            rules.apply(&attributes(&[("u", &["a", "b"])])),
            Err(NotMapped::NotOneValue {
                rule: 0,
                placeholder: 0
            })
        );
    }

    #[test]
    fn conditions_take_no_placeholder_but_lists_do() {
        let rules = r#"[{"local":[{"user":{"name":"{1}"}},{"groups":"{0}"}],
            "remote":[{"type":"f","not_any_of":["x"]},{"type":"g","whitelist":["^[ab]$"],"regex":true},{"type":"u"}]}]"#;
        let mapped = mapping(rules, Dialect::Huawei)
            .apply(&attributes(&[
                ("f", &["y"]),
                ("g", &["a", "c", "b"]),
                ("u", &["ana"]),
            ]))
            .unwrap();
        assert_eq!(mapped.groups, [name("a"), name("b")]);
        assert_eq!(mapped.user.name.as_deref(), Some("ana"));
    }

    #[test]
    fn a_fault_has_its_position() {
        for (json, at) in [
            ("[", "line 1, column 1"),
            ("{}", "rules"),
            (r#"[{"local":[],"remote":[]}]"#, "rules[0].remote"),
            (
                r#"[{"local":[{"user":{"name":"{1}"}}],"remote":[{"type":"a"}]}]"#,
                "rules[0].local[0].user.name",
            ),
            (
                r#"[{"local":[],"remote":[{"type":"a","any_one_of":["ok","(?=x)"],"regex":true}]}]"#,
                "rules[0].remote[0].any_one_of[1]",
            ),
            (
                r#"[{"local":[],"remote":[{"type":"a","any_one_of":["(a{1000}){1000}"],"regex":true}]}]"#,
                "rules[0].remote[0].any_one_of[0]",
            ),
            (
                r#"[{"local":[],"remote":[{"type":"a","any_one_of":[],"whitelist":[]}]}]"#,
                "rules[0].remote[0]",
            ),
            (
                r#"[{"local":[{"user":{"type":"local"}}],"remote":[{"type":"a"}]}]"#,
                "rules[0].local[0].user.type",
            ),
            (
                r#"[{"local":[],"remote":[{"type":"a"},{"type":"a"},{"type":"a"},{"type":"a"},{"type":"a"},{"type":"a"},{"type":"a"},{"type":"a"},{"type":"a"},{"type":"a"},{"type":"a"}]}]"#,
                "rules[0].remote",
            ),
        ] {
            assert_eq!(
                Mapping::read(json, Dialect::Huawei).unwrap_err().at,
                at,
                "{json}"
            );
        }
        assert_eq!(
            Mapping::read(
                r#"[{"local":[{"group":{"name":"g"}}],"remote":[{"type":"a"}]}]"#,
                Dialect::Keystone
            )
            .unwrap_err()
            .at,
            "rules[0].local[0].group"
        );
    }

    #[test]
    fn no_value_of_the_sender_is_taken_apart_into_groups() {
        let rules = r#"{"rules":[{"local":[{"groups":"{0}","domain":{"name":"d"}}],"remote":[{"type":"g"}]}]}"#;
        let mapped = mapping(rules, Dialect::Keystone)
            .apply(&attributes(&[("g", &["['admin', 'x']"])]))
            .unwrap();
        assert_eq!(
            mapped.groups,
            [Group::Name {
                name: "['admin', 'x']".to_owned(),
                domain: Some("d".to_owned())
            }]
        );
    }
}
