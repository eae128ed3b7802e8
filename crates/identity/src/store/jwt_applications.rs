//! Settings of applications that are handed JWTs.

use super::{Connection, Store};
use crate::error::Unavailable;
use sqlx::Row;

/// An application that is handed JWTs, as the store keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct JwtApplication {
    /// Identifier.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Home page.
    pub home_url: Option<String>,
    /// Where JWTs go.
    pub callback_url: String,
    /// The `iss` of its JWTs, if it is not the one of the organization.
    pub issuer: Option<String>,
    /// The shared secret, sealed.
    pub secret: Vec<u8>,
}

impl std::fmt::Debug for JwtApplication {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JwtApplication")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// The JWT settings of an application.
    pub async fn jwt_application(
        &self,
        organization: &str,
        id: &str,
    ) -> Result<Option<JwtApplication>, Unavailable> {
        if !super::storable(id) {
            return Ok(None);
        }
        let row = sqlx::query(
            "select j.*, a.name as name from jwt_applications j join applications a on a.organization = j.organization and a.id = j.id \
             where j.organization = $1 and j.id = $2",
        )
            .bind(organization)
            .bind(id)
            .fetch_optional(self.database.reads())
            .await?;
        Ok(row
            .map(|row| {
                Ok::<_, sqlx::Error>(JwtApplication {
                    id: row.try_get("id")?,
                    name: row.try_get("name")?,
                    home_url: row.try_get("home_url")?,
                    callback_url: row.try_get("callback_url")?,
                    issuer: row.try_get("issuer")?,
                    secret: row.try_get("secret")?,
                })
            })
            .transpose()?)
    }
}

/// Inserts or replaces them.
pub(crate) async fn put(
    connection: &mut Connection,
    organization: &str,
    application: &JwtApplication,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into jwt_applications (organization, id, home_url, callback_url, secret, issuer) values ($1, $2, $3, $4, $5, $6) \
         on conflict (organization, id) do update set home_url = excluded.home_url, callback_url = excluded.callback_url, secret = excluded.secret, \
         issuer = excluded.issuer",
    )
    .bind(organization)
    .bind(application.id.as_str())
    .bind(application.home_url.as_deref())
    .bind(application.callback_url.as_str())
    .bind(application.secret.as_slice())
    .bind(application.issuer.as_deref())
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes them away.
pub(crate) async fn remove(
    connection: &mut Connection,
    organization: &str,
    id: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from jwt_applications where organization = $1 and id = $2")
        .bind(organization)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}
