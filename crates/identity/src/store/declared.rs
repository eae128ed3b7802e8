//! Everything that a declaration writes, as it stands in the tables: what changes is seen by looking before and after.

use super::Connection;
use sqlx::any::AnyTypeInfoKind;
use sqlx::{Column, Row, TypeInfo, ValueRef};
use std::collections::BTreeMap;

/// A table that declarations write.
pub(crate) struct Table {
    name: &'static str,
    /// What a row is called in a declaration.
    pub(crate) kind: &'static str,
    /// Columns that name a row.
    key: &'static [&'static str],
    /// The section that it is within its entry, if not the whole of it.
    pub(crate) section: &'static str,
}

const fn table(
    name: &'static str,
    kind: &'static str,
    (key, section): (&'static [&'static str], &'static str),
) -> Table {
    Table {
        name,
        kind,
        key,
        section,
    }
}

/// All of them.
pub(crate) const TABLES: &[Table] = &[
    table("organizations", "", (&[], "")),
    table("groups", "group", (&["name"], "")),
    table("users", "user", (&["name"], "")),
    table("identity_providers", "identity_provider", (&["id"], "")),
    table("openid_providers", "identity_provider", (&["id"], "openid")),
    table("accounts", "account", (&["id"], "")),
    table("applications", "application", (&["id"], "")),
    table("jwt_applications", "application", (&["id"], "jwt")),
    table("oauth_applications", "application", (&["id"], "oauth")),
    table("resource_servers", "resource_server", (&["id"], "")),
    table("metadata_sources", "", (&["kind", "id"], "")),
];

/// Columns that say when something happened, not what was declared.
const NOT_DECLARED: &[&str] = &[
    "created_at",
    "totp_step",
    "etag",
    "last_modified",
    "fetched_at",
    "valid_until",
    "next_at",
    "fault",
    "metadata_at",
];

/// A value of a column, for comparison; texts for people too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// Columns of a row.
pub(crate) type Columns = BTreeMap<String, Value>;
/// Rows by table (its place in [`TABLES`]) and name.
pub(crate) type Snapshot = BTreeMap<(usize, String), Columns>;

/// What is there of an organization.
pub(crate) async fn snapshot(
    connection: &mut Connection,
    organization: &str,
) -> Result<Snapshot, sqlx::Error> {
    let mut snapshot = Snapshot::new();
    for (place, table) in TABLES.iter().enumerate() {
        let owner = if table.name == "organizations" {
            "id"
        } else {
            "organization"
        };
        let question = format!("select * from {} where {owner} = $1", table.name);
        // The names come from the list above, never from outside.
        let rows = sqlx::query(sqlx::AssertSqlSafe(question))
            .bind(organization)
            .fetch_all(&mut *connection)
            .await?;
        for row in &rows {
            let name: Vec<String> = table
                .key
                .iter()
                .map(|column| row.try_get(*column))
                .collect::<Result<_, _>>()?;
            snapshot.insert((place, name.join("/")), columns(row)?);
        }
    }
    for (user, groups) in memberships(connection, organization).await? {
        let person = (2, user);
        if let Some(columns) = snapshot.get_mut(&person) {
            columns.insert("groups".to_owned(), Value::Text(groups.join(", ")));
        }
    }
    Ok(snapshot)
}

async fn memberships(
    connection: &mut Connection,
    organization: &str,
) -> Result<BTreeMap<String, Vec<String>>, sqlx::Error> {
    let rows = sqlx::query(
        "select u.name as user_name, g.name as group_name from memberships m \
         join users u on u.organization = m.organization and u.id = m.user_id \
         join groups g on g.organization = m.organization and g.id = m.group_id \
         where m.organization = $1 order by u.name, g.name",
    )
    .bind(organization)
    .fetch_all(connection)
    .await?;
    let mut memberships = BTreeMap::<String, Vec<String>>::new();
    for row in &rows {
        let groups = memberships.entry(row.try_get("user_name")?).or_default();
        groups.push(row.try_get("group_name")?);
    }
    Ok(memberships)
}

fn columns(row: &sqlx::any::AnyRow) -> Result<Columns, sqlx::Error> {
    let mut columns = Columns::new();
    for column in row.columns() {
        let name = column.name();
        if name == "organization" || NOT_DECLARED.contains(&name) {
            continue;
        }
        columns.insert(name.to_owned(), value(row, column.ordinal())?);
    }
    Ok(columns)
}

fn value(row: &sqlx::any::AnyRow, at: usize) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(at)?;
    if raw.is_null() || raw.type_info().is_null() {
        return Ok(Value::Null);
    }
    Ok(match raw.type_info().kind() {
        AnyTypeInfoKind::Text => Value::Text(row.try_get(at)?),
        AnyTypeInfoKind::Blob => Value::Bytes(row.try_get(at)?),
        _ => Value::Number(row.try_get(at)?),
    })
}
