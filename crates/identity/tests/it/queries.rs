//! Every statement of the store, as its source has it: each reads and changes rows of one organization only, or stands in a list
//! with the reason why not. Both engines run the same statements (`conformance`), so what is said of them holds for both.

use identity::store::Store;
use regex::Regex;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row};
use std::collections::BTreeSet;
use std::path::Path;

/// Statements over all organizations, by their beginning.
const OF_ALL: &[(&str, &str)] = &[
    (
        "select id from organizations limit 1",
        "whether anything is answered",
    ),
    ("select version", "what was migrated"),
    ("insert into _sqlx_migrations", "what was migrated"),
    (
        "select id from organizations order",
        "the organizations themselves",
    ),
    (
        "select name from organizations where id =",
        "the organization itself",
    ),
    (
        "select administrators from organizations where id =",
        "the organization itself",
    ),
    ("insert into organizations ", "the organization itself"),
    ("delete from approvals where expires_at <", "purge"),
    ("delete from consumed where expires_at <", "purge"),
    ("delete from device_decisions where expires_at <", "purge"),
    ("delete from federation_tokens where expires_at <", "purge"),
    ("delete from gateway_sessions where expires_at <", "purge"),
    ("delete from grant_tokens where expires_at <", "purge"),
    ("delete from grants where expires_at <", "purge"),
    ("delete from keys where retires_at <=", "purge"),
    ("delete from logout_notices where expires_at <", "purge"),
    ("delete from logouts where expires_at <", "purge"),
    (
        "delete from participants where (organization, session_id) in",
        "purge",
    ),
    ("delete from psc_sessions where expires_at <", "purge"),
    ("delete from sessions where expires_at <", "purge"),
    ("delete from sign_in_history where expires_at <", "purge"),
    ("delete from tokens where expires_at <", "purge"),
    (
        "select certificate from keys where killed_at is not null",
        "a stolen key of ours is nobody's",
    ),
    (
        "select * from metadata_sources where next_at <=",
        "whose time has come; each row says whose it is",
    ),
    (
        "select * from metadata_sources order by organization",
        "the operator's list; each row says whose it is",
    ),
    (
        "select organization, metadata from identity_providers where organization <>",
        "whether another vouches under the same name",
    ),
    (
        "select p.*, m.rules as named_rules",
        "a part: `where p.organization =` follows at each use",
    ),
    (
        "select * from {} where {owner} =",
        "tables are named beside it, and so is the column",
    ),
    (
        "update sessions set ended_at = $1 where ended_at is null",
        "a copy of everything",
    ),
    (
        "update tokens set revoked_at = $1 where revoked_at is null",
        "a copy of everything",
    ),
    (
        "update federation_tokens set revoked_at = $1 where revoked_at is null",
        "a copy of everything",
    ),
    (
        "update grants set revoked_at = $1 where revoked_at is null",
        "a copy of everything",
    ),
    (
        "update psc_sessions set revoked_at = $1 where revoked_at is null",
        "a copy of everything",
    ),
    (
        "update gateway_sessions set ended_at = $1 where ended_at is null",
        "a copy of everything",
    ),
    ("delete from approvals", "a copy of everything"),
    ("delete from device_decisions", "a copy of everything"),
    ("delete from logouts", "a copy of everything"),
    ("vacuum into", "a copy of everything"),
    (
        "select integrity_check from pragma_integrity_check",
        "no rows of anybody",
    ),
    (
        "select count(*) from pragma_foreign_key_check",
        "no rows of anybody",
    ),
];

/// What is wrong with a statement, if it does not keep to one organization.
fn strays(statement: &str) -> Option<&'static str> {
    let find = |pattern: &str| Regex::new(pattern).unwrap().find_iter(statement).count();
    let tables = find(r"\b(from|join|update|into) [a-z_]+") - find(r"\bdo update set\b");
    let named = find(r"\borganization\b");
    let inserts = statement.starts_with("insert ") && find(r"\([^)]*\borganization\b") > 0;
    if !inserts && find(r"\borganization = \$[0-9]") == 0 {
        return Some("no organization is asked for");
    }
    if named < tables {
        return Some("a table is joined without its organization");
    }
    (!inserts && outside_brackets(statement).contains(" or "))
        .then_some("an `or` lets other rows in")
}

fn outside_brackets(statement: &str) -> String {
    let mut depth = 0;
    let outside = statement.chars().filter(|c| {
        depth += i32::from(*c == '(') - i32::from(*c == ')');
        depth == 0
    });
    outside.collect()
}

/// Every text of a source file that is a statement, its lines joined.
fn statements(source: &str) -> Vec<String> {
    let literal = Regex::new(r#""((?:[^"\\]|\\.|\\\n)*)""#).unwrap();
    let broken = Regex::new(r"\\\n\s*").unwrap();
    let begins =
        Regex::new(r"^(select|insert|update|delete|vacuum|with|\{[A-Z_]+\} where) ").unwrap();
    let texts = literal.captures_iter(source);
    texts
        .map(|found| broken.replace_all(&found[1], "").trim().to_owned())
        .filter(|text| begins.is_match(text))
        .collect()
}

/// Every statement of the store.
fn all() -> Vec<String> {
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let files = [store.clone(), store.join("sqlite")]
        .into_iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|file| file.unwrap().path())
        .filter(|path| path.is_file() && !path.ends_with("tests.rs"));
    let sources = files.map(|path| std::fs::read_to_string(path).unwrap());
    let all: Vec<_> = sources.flat_map(|source| statements(&source)).collect();
    assert!(all.len() > 150, "control: they are found, {}", all.len());
    all
}

/// Why a statement is for all organizations, if it is in the list.
fn of_all(statement: &str) -> Option<&'static (&'static str, &'static str)> {
    let mut known = OF_ALL.iter();
    known.find(|(begins, _)| statement.starts_with(begins))
}

#[test]
fn every_statement_keeps_to_one_organization() {
    let (mut used, mut faults) = (BTreeSet::new(), Vec::new());
    for statement in all() {
        let Some(why) = strays(&statement) else {
            continue;
        };
        match of_all(&statement) {
            Some((begins, _)) => {
                used.insert(*begins);
            }
            None => faults.push(format!("{why}: {statement}")),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let stale: Vec<_> = OF_ALL
        .iter()
        .filter(|(begins, _)| !used.contains(begins))
        .collect();
    assert!(
        stale.is_empty(),
        "no statement begins so any more: {stale:?}"
    );
}

#[tokio::test]
async fn what_expired_is_found_without_reading_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("portaria.db").display());
    Store::open(&url).await.unwrap().close().await;
    sqlx::any::install_default_drivers();
    let mut database = AnyConnection::connect(&url).await.unwrap();
    let mut seen = 0;
    for statement in all() {
        if of_all(&statement).is_none_or(|(_, why)| *why != "purge") {
            continue;
        }
        seen += 1;
        let question = AssertSqlSafe(format!("explain query plan {statement}"));
        let plan = sqlx::query(question)
            .bind(0_i64)
            .fetch_all(&mut database)
            .await
            .unwrap();
        for step in plan {
            let step: String = step.try_get("detail").unwrap();
            assert!(!step.starts_with("SCAN"), "{statement}: {step}");
        }
    }
    assert!(seen > 10, "control: they are tried, {seen}");
}

#[test]
fn nobody_else_writes_sql() {
    fn look(folder: &Path, found: &mut Vec<String>) {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() && !path.ends_with("store") {
                look(&path, found);
            } else if path.is_file()
                && std::fs::read_to_string(&path)
                    .unwrap()
                    .contains("sqlx::query")
            {
                found.push(path.display().to_string());
            }
        }
    }
    let mut found = Vec::new();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for name in ["identity", "server", "cli"] {
        look(&crates.join(name).join("src"), &mut found);
    }
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_statement_that_strays_is_found() {
    for (statement, strays_by) in [
        (
            "select * from tokens where organization = $1 and hash = $2",
            None,
        ),
        (
            "select * from tokens where hash = $1",
            Some("no organization is asked for"),
        ),
        (
            "update tokens set organization = organization where hash = $1",
            Some("no organization is asked for"),
        ),
        (
            "delete from tokens where organization = $1 or hash = $2",
            Some("an `or` lets other rows in"),
        ),
        (
            "delete from tokens where organization = $1 and (hash = $2 or hash = $3)",
            None,
        ),
        (
            "select * from users u join groups g on g.id = u.id where u.organization = $1",
            Some("a table is joined without its organization"),
        ),
        (
            "insert into tokens (hash) values ($1)",
            Some("no organization is asked for"),
        ),
        (
            "insert into tokens (organization, hash) values ($1, $2)",
            None,
        ),
    ] {
        assert_eq!(strays(statement), strays_by, "{statement}");
    }
    let source = "query(\"select * from tokens \\\n    where hash = $1\")";
    assert_eq!(statements(source), ["select * from tokens where hash = $1"]);
}
