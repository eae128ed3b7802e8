//! People and their groups.

use super::{Connection, Store, optional_time};
use crate::directory::Person;
use crate::error::Unavailable;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;
use uuid::Uuid;

/// A person as the store keeps them. Debug shows the name only.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Identifier.
    pub id: String,
    /// User principal name as declared.
    pub name: String,
    /// argon2id in PHC form, or what the person moved in with; none if the person has no password.
    pub password_hash: Option<String>,
    /// Full name.
    pub full_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// objectGUID.
    pub guid: Uuid,
    /// Secret of the second factor, sealed.
    pub totp: Option<Vec<u8>>,
    /// The password hash that the last declaration set: where it differs from the other, the person changed theirs.
    pub declared_password_hash: Option<String>,
    /// The secret of the second factor that the last declaration set, sealed.
    pub declared_totp: Option<Vec<u8>>,
    /// Whether an application on the person's telephone approves sign-ins.
    pub push: bool,
    /// The telephone number to which codes are sent.
    pub telephone: Option<String>,
    /// Since when the person may not sign in.
    pub disabled_at: Option<Timestamp>,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl User {
    /// The identifier in tokens of a federation: a UUID without its dashes, 32 characters like every identifier of that kind.
    pub(crate) fn federation_id(&self) -> String {
        self.id.replace('-', "")
    }
}

/// The form of a user name that look-ups compare.
pub(crate) fn key(name: &str) -> String {
    name.to_lowercase()
}

impl Store {
    /// The person of that user principal name, in any letter case.
    pub async fn user_by_name(
        &self,
        organization: &str,
        name: &str,
    ) -> Result<Option<User>, Unavailable> {
        if !super::storable(name) {
            return Ok(None);
        }
        let row = sqlx::query("select * from users where organization = $1 and key = $2")
            .bind(organization)
            .bind(key(name))
            .fetch_optional(self.database.reads())
            .await?;
        Ok(row.as_ref().map(user).transpose()?)
    }

    /// The one person who has that e-mail address, in any letter case; none where several have it.
    pub async fn user_by_email(
        &self,
        organization: &str,
        email: &str,
    ) -> Result<Option<User>, Unavailable> {
        if !super::storable(email) {
            return Ok(None);
        }
        let rows = sqlx::query(
            "select * from users where organization = $1 and lower(email) = lower($2) limit 2",
        )
        .bind(organization)
        .bind(email)
        .fetch_all(self.database.reads())
        .await?;
        match rows.as_slice() {
            [only] => Ok(Some(user(only)?)),
            _ => Ok(None),
        }
    }

    /// The person of that identifier.
    pub async fn user(&self, organization: &str, id: &str) -> Result<Option<User>, Unavailable> {
        let row = sqlx::query("select * from users where organization = $1 and id = $2")
            .bind(organization)
            .bind(id)
            .fetch_optional(self.database.reads())
            .await?;
        Ok(row.as_ref().map(user).transpose()?)
    }

    /// The person of that identifier, and the names of their groups, in order.
    pub async fn user_and_groups(
        &self,
        organization: &str,
        id: &str,
    ) -> Result<Option<(User, Vec<String>)>, Unavailable> {
        let rows = sqlx::query(
            "select u.*, g.name as group_name from users u \
             left join memberships m on m.organization = u.organization and m.user_id = u.id \
             left join groups g on g.organization = m.organization and g.id = m.group_id \
             where u.organization = $1 and u.id = $2 order by g.name",
        )
        .bind(organization)
        .bind(id)
        .fetch_all(self.database.reads())
        .await?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        let names = rows.iter().map(|row| row.try_get("group_name"));
        let names: Vec<Option<String>> = names.collect::<Result<_, _>>()?;
        Ok(Some((user(first)?, names.into_iter().flatten().collect())))
    }

    /// The names of a person's groups, in order.
    pub async fn groups_of(
        &self,
        organization: &str,
        user: &str,
    ) -> Result<Vec<String>, Unavailable> {
        let rows = sqlx::query(
            "select g.name as name from memberships m join groups g on g.organization = m.organization and g.id = m.group_id \
             where m.organization = $1 and m.user_id = $2 order by g.name",
        )
        .bind(organization)
        .bind(user)
        .fetch_all(self.database.reads())
        .await?;
        Ok(rows
            .iter()
            .map(|row| row.try_get("name"))
            .collect::<Result<_, _>>()?)
    }

    /// Everybody who is in a group.
    pub async fn people(&self, organization: &str) -> Result<Vec<Person>, Unavailable> {
        let rows = sqlx::query(
            "select u.id as id, u.name as name, u.full_name as full_name, u.disabled_at as disabled_at, g.name as group_name \
             from users u join memberships m on m.organization = u.organization and m.user_id = u.id \
             join groups g on g.organization = m.organization and g.id = m.group_id \
             where u.organization = $1 order by u.id, g.name",
        )
        .bind(organization)
        .fetch_all(self.database.reads())
        .await?;
        let mut people: Vec<Person> = Vec::new();
        for row in &rows {
            let (id, group) = (row.try_get::<String, _>("id")?, row.try_get("group_name")?);
            match people.last_mut() {
                Some(last) if last.id == id => last.groups.push(group),
                _ => people.push(Person {
                    id,
                    user_name: row.try_get("name")?,
                    full_name: row.try_get("full_name")?,
                    groups: vec![group],
                    disabled: optional_time(row, "disabled_at")?.is_some(),
                }),
            }
        }
        Ok(people)
    }

    /// Identifier and name of every group.
    pub async fn groups(&self, organization: &str) -> Result<Vec<(String, String)>, Unavailable> {
        let rows = sqlx::query("select id, name from groups where organization = $1 order by name")
            .bind(organization)
            .fetch_all(self.database.reads())
            .await?;
        Ok(rows
            .iter()
            .map(|row| Ok((row.try_get("id")?, row.try_get("name")?)))
            .collect::<Result<_, sqlx::Error>>()?)
    }
}

/// Inserts or replaces one; its groups become exactly `groups` (identifiers).
pub(crate) async fn put(
    connection: &mut Connection,
    organization: &str,
    (user, groups): (&User, &[String]),
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into users (organization, id, name, key, password_hash, full_name, email, guid, totp, push, telephone, disabled_at, created_at, \
         declared_password_hash, declared_totp) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
         on conflict (organization, id) do update set name = excluded.name, key = excluded.key, password_hash = excluded.password_hash, \
         full_name = excluded.full_name, email = excluded.email, guid = excluded.guid, totp = excluded.totp, push = excluded.push, \
         telephone = excluded.telephone, disabled_at = excluded.disabled_at, \
         declared_password_hash = excluded.declared_password_hash, declared_totp = excluded.declared_totp",
    )
    .bind(organization)
    .bind(user.id.as_str())
    .bind(user.name.as_str())
    .bind(key(&user.name))
    .bind(user.password_hash.as_deref())
    .bind(user.full_name.as_deref())
    .bind(user.email.as_deref())
    .bind(user.guid.to_string())
    .bind(user.totp.as_deref())
    .bind(i64::from(user.push))
    .bind(user.telephone.as_deref())
    .bind(user.disabled_at.map(super::millis))
    .bind(now)
    .bind(user.declared_password_hash.as_deref())
    .bind(user.declared_totp.as_deref())
    .execute(&mut *connection)
    .await?;
    sqlx::query("delete from memberships where organization = $1 and user_id = $2")
        .bind(organization)
        .bind(user.id.as_str())
        .execute(&mut *connection)
        .await?;
    for group in groups {
        sqlx::query("insert into memberships (organization, user_id, group_id) values ($1, $2, $3) on conflict do nothing")
            .bind(organization)
            .bind(user.id.as_str())
            .bind(group.as_str())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Somebody whom a partner vouches for.
#[derive(Debug, Clone)]
pub(crate) struct Newcomer {
    /// Identifier: the same whenever the partner speaks of the same person.
    pub(crate) id: String,
    /// objectGUID, if this is the first time.
    pub(crate) guid: Uuid,
    pub(crate) name: String,
    pub(crate) full_name: Option<String>,
    /// Names of groups; those that the organization does not have are left out.
    pub(crate) groups: Vec<String>,
    /// The partner.
    pub(crate) provider: String,
}

/// Inserts or renews whoever a partner vouches for; none if somebody else has the name.
pub(crate) async fn welcome(
    connection: &mut Connection,
    organization: &str,
    newcomer: &Newcomer,
    now: i64,
) -> Result<Option<User>, sqlx::Error> {
    sqlx::query(
        "insert into users (organization, id, name, key, full_name, guid, provider, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
    )
    .bind(organization)
    .bind(newcomer.id.as_str())
    .bind(newcomer.name.as_str())
    .bind(key(&newcomer.name))
    .bind(newcomer.full_name.as_deref())
    .bind(newcomer.guid.to_string())
    .bind(newcomer.provider.as_str())
    .bind(now)
    .execute(&mut *connection)
    .await?;
    let row = sqlx::query("select * from users where organization = $1 and id = $2")
        .bind(organization)
        .bind(newcomer.id.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    sqlx::query("update users set full_name = $1 where organization = $2 and id = $3")
        .bind(newcomer.full_name.as_deref())
        .bind(organization)
        .bind(newcomer.id.as_str())
        .execute(&mut *connection)
        .await?;
    sqlx::query("delete from memberships where organization = $1 and user_id = $2")
        .bind(organization)
        .bind(newcomer.id.as_str())
        .execute(&mut *connection)
        .await?;
    for group in &newcomer.groups {
        sqlx::query(
            "insert into memberships (organization, user_id, group_id) \
             select organization, $1, id from groups where organization = $2 and name = $3 on conflict do nothing",
        )
        .bind(newcomer.id.as_str())
        .bind(organization)
        .bind(group.as_str())
        .execute(&mut *connection)
        .await?;
    }
    user(&row).map(Some)
}

/// Replaces a password hash by one of the same password, unless it was changed meanwhile.
pub(crate) async fn rehash(
    connection: &mut Connection,
    organization: &str,
    id: &str,
    (old, new): (&str, &str),
) -> Result<(), sqlx::Error> {
    sqlx::query("update users set password_hash = $1 where organization = $2 and id = $3 and password_hash = $4")
        .bind(new)
        .bind(organization)
        .bind(id)
        .bind(old)
        .execute(connection)
        .await?;
    Ok(())
}

/// Sets a password that the person chose, unless it was changed meanwhile; false if so.
pub(crate) async fn set_password(
    connection: &mut Connection,
    (organization, id): (&str, &str),
    (old, new): (Option<&str>, &str),
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "update users set password_hash = $1 where organization = $2 and id = $3 and coalesce(password_hash, '') = $4",
    )
    .bind(new)
    .bind(organization)
    .bind(id)
    .bind(old.unwrap_or_default())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Sets or takes away the secret of a second factor, with the step of the code that confirmed it.
pub(crate) async fn set_totp(
    connection: &mut Connection,
    (organization, id): (&str, &str),
    totp: Option<(&[u8], i64)>,
) -> Result<(), sqlx::Error> {
    sqlx::query("update users set totp = $1, totp_step = $2 where organization = $3 and id = $4")
        .bind(totp.map(|(sealed, _)| sealed))
        .bind(totp.map(|(_, step)| step))
        .bind(organization)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Remembers the time step of a code as used; false if it or a later one was used before (RFC 6238 §5.2). The comparison is in
/// the statement, so that of any number of concurrent sign-ins with one code exactly one succeeds.
pub(crate) async fn accept_totp_step(
    connection: &mut Connection,
    organization: &str,
    id: &str,
    step: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("update users set totp_step = $1 where organization = $2 and id = $3 and (totp_step is null or totp_step < $4)")
        .bind(step)
        .bind(organization)
        .bind(id)
        .bind(step)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Inserts or renames a group.
pub(crate) async fn put_group(
    connection: &mut Connection,
    organization: &str,
    id: &str,
    name: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("insert into groups (organization, id, name) values ($1, $2, $3) on conflict (organization, id) do update set name = excluded.name")
        .bind(organization)
        .bind(id)
        .bind(name)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) fn user(row: &AnyRow) -> Result<User, sqlx::Error> {
    Ok(User {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        password_hash: row.try_get("password_hash")?,
        full_name: row.try_get("full_name")?,
        email: row.try_get("email")?,
        guid: row
            .try_get::<String, _>("guid")?
            .parse()
            .map_err(|e: uuid::Error| sqlx::Error::Decode(e.into()))?,
        totp: row.try_get("totp")?,
        declared_password_hash: row.try_get("declared_password_hash")?,
        declared_totp: row.try_get("declared_totp")?,
        push: row.try_get::<i64, _>("push")? != 0,
        telephone: row.try_get("telephone")?,
        disabled_at: optional_time(row, "disabled_at")?,
    })
}
