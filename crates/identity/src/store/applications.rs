//! Applications: the parties that trust us.

use super::{Connection, Store};
use crate::error::Unavailable;
use crate::people::Home;
use crate::people::home::Start;
use crate::reply::Reply;
use sqlx::Row;
use sqlx::any::AnyRow;

/// An application as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Entity ID, if it is a SAML relying party.
    pub entity_id: Option<String>,
    /// Its SAML metadata, as XML.
    pub metadata: Option<String>,
    /// Whether its requests must be signed.
    pub sign_requests: bool,
    /// How it is answered as a SAML relying party.
    pub reply: Reply,
}

impl Store {
    /// The SAML relying party of that entity ID.
    pub async fn application_by_entity_id(
        &self,
        organization: &str,
        entity_id: &str,
    ) -> Result<Option<Application>, Unavailable> {
        if !super::storable(entity_id) {
            return Ok(None);
        }
        let row =
            sqlx::query("select * from applications where organization = $1 and entity_id = $2")
                .bind(organization)
                .bind(entity_id)
                .fetch_optional(self.database.reads())
                .await?;
        Ok(row.as_ref().map(application).transpose()?)
    }

    /// The application of that identifier.
    pub async fn application(
        &self,
        organization: &str,
        id: &str,
    ) -> Result<Option<Application>, Unavailable> {
        if !super::storable(id) {
            return Ok(None);
        }
        let row = sqlx::query("select * from applications where organization = $1 and id = $2")
            .bind(organization)
            .bind(id)
            .fetch_optional(self.database.reads())
            .await?;
        Ok(row.as_ref().map(application).transpose()?)
    }
}

impl Store {
    /// How each relying party of an organization is answered.
    pub async fn replies(&self, organization: &str) -> Result<Vec<(String, Reply)>, Unavailable> {
        let rows = sqlx::query("select * from applications where organization = $1 order by id")
            .bind(organization)
            .fetch_all(self.database.reads())
            .await?;
        let replies = rows.iter().map(|row| {
            let application = application(row)?;
            Ok((application.id, application.reply))
        });
        Ok(replies.collect::<Result<_, sqlx::Error>>()?)
    }

    /// Every application, by name, with its home page and how a sign-on of it begins here.
    pub async fn homes(&self, organization: &str) -> Result<Vec<Home>, Unavailable> {
        let rows = sqlx::query(
            "select a.id as id, a.name as name, a.entity_id as entity_id, coalesce(o.home_url, j.home_url) as home_url, \
             j.id as jwt from applications a \
             left join oauth_applications o on o.organization = a.organization and o.id = a.id \
             left join jwt_applications j on j.organization = a.organization and j.id = a.id \
             where a.organization = $1 order by a.name, a.id",
        )
        .bind(organization)
        .fetch_all(self.database.reads())
        .await?;
        Ok(rows.iter().map(home).collect::<Result<_, _>>()?)
    }
}

/// Whether there still is a relying party of that identifier and entity ID, inside a transaction.
pub(crate) async fn is_party(
    connection: &mut Connection,
    organization: &str,
    (id, entity_id): (&str, &str),
) -> Result<bool, sqlx::Error> {
    let row = sqlx::query("select id from applications where organization = $1 and id = $2 and entity_id = $3 and metadata is not null")
        .bind(organization)
        .bind(id)
        .bind(entity_id)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Inserts or replaces one.
pub(crate) async fn put(
    connection: &mut Connection,
    organization: &str,
    application: &Application,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into applications (organization, id, name, entity_id, metadata, sign_requests, reply) values ($1, $2, $3, $4, $5, $6, $7) \
         on conflict (organization, id) do update set name = excluded.name, entity_id = excluded.entity_id, metadata = excluded.metadata, \
         sign_requests = excluded.sign_requests, reply = excluded.reply",
    )
    .bind(organization)
    .bind(application.id.as_str())
    .bind(application.name.as_str())
    .bind(application.entity_id.as_deref())
    .bind(application.metadata.as_deref())
    .bind(i64::from(application.sign_requests))
    .bind(serde_json::to_string(&application.reply).map_err(|e| sqlx::Error::Encode(e.into()))?)
    .execute(connection)
    .await?;
    Ok(())
}

fn home(row: &AnyRow) -> Result<Home, sqlx::Error> {
    let has = |column| Ok::<_, sqlx::Error>(row.try_get::<Option<String>, _>(column)?.is_some());
    let start = if has("jwt")? {
        Some(Start::Jwt)
    } else {
        has("entity_id")?.then_some(Start::Saml)
    };
    Ok(Home {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        url: row.try_get("home_url")?,
        start,
    })
}

fn application(row: &AnyRow) -> Result<Application, sqlx::Error> {
    Ok(Application {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        entity_id: row.try_get("entity_id")?,
        metadata: row.try_get("metadata")?,
        sign_requests: row.try_get::<i64, _>("sign_requests")? != 0,
        reply: reply(row)?,
    })
}

/// What was written before there were such settings left everything to the door.
fn reply(row: &AnyRow) -> Result<Reply, sqlx::Error> {
    match row.try_get::<Option<String>, _>("reply")? {
        Some(json) => serde_json::from_str(&json).map_err(|e| sqlx::Error::Decode(e.into())),
        None => Ok(Reply::default()),
    }
}
