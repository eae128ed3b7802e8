//! Mapping rules, tried without a server.

use crate::program::{Ended, argument, run};

const RULES: &str = r#"[
  {"local": [{"user": {"name": "{0}"}}], "remote": [{"type": "UserName"}]},
  {"local": [{"group": {"name": "admin"}}], "remote": [{"type": "role", "any_one_of": ["boss"]}]}
]"#;

fn try_rules(rules: &str, attributes: &str, more: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let (rules_file, attributes_file) =
        (folder.path().join("r.json"), folder.path().join("a.json"));
    std::fs::write(&rules_file, rules).unwrap();
    std::fs::write(&attributes_file, attributes).unwrap();
    let files = [
        "mapping",
        "test",
        "--rules",
        argument(&rules_file),
        "--attributes",
        argument(&attributes_file),
    ];
    run(&[&files, more].concat())
}

#[test]
fn rules_say_who_somebody_becomes() {
    let mapped = try_rules(
        RULES,
        r#"{"UserName": "ana", "role": ["clerk", "boss"]}"#,
        &[],
    );
    assert_eq!(mapped.code, 0, "{}", mapped.err);
    let mapped: serde_json::Value = serde_json::from_str(&mapped.out).unwrap();
    assert_eq!(mapped["user"]["name"], "ana");
    assert_eq!(mapped["groups"][0]["name"]["name"], "admin");
}

#[test]
fn dialects_differ_in_whether_a_group_needs_a_domain() {
    let attributes = r#"{"UserName": "ana", "role": "boss"}"#;
    let keystone = try_rules(RULES, attributes, &["--dialect", "keystone"]);
    assert_eq!(keystone.code, 2, "{}", keystone.out);
    assert!(keystone.err.contains("rules[1]"), "{}", keystone.err);
}

#[test]
fn nobody_comes_out_where_no_rule_applies() {
    let nobody = try_rules(RULES, r#"{"role": "clerk"}"#, &[]);
    assert_eq!(nobody.code, 4);
    assert!(nobody.err.contains("mapping.no_rule"), "{}", nobody.err);
    assert_eq!(try_rules("[", "{}", &[]).code, 2);
    assert_eq!(try_rules(RULES, "[]", &[]).code, 2);
}
