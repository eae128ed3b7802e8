//! Signing keys, sealed by the vault before they come here.

use super::Store;
use crate::error::Unavailable;
use sqlx::Row;

/// A sealed private key and the certificate that publishes it.
pub struct SealedKey {
    /// PKCS#8, sealed.
    pub sealed: Vec<u8>,
    /// DER.
    pub certificate: Vec<u8>,
}

impl Store {
    /// The key of a door for a purpose.
    pub async fn signing_key(
        &self,
        organization: &str,
        door: &str,
        purpose: &str,
    ) -> Result<Option<SealedKey>, Unavailable> {
        let row = sqlx::query("select sealed, certificate from signing_keys where organization = $1 and door = $2 and purpose = $3")
            .bind(organization)
            .bind(door)
            .bind(purpose)
            .fetch_optional(self.database.reads())
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(SealedKey {
            sealed: row.try_get("sealed")?,
            certificate: row.try_get("certificate")?,
        }))
    }

    /// Keeps a key unless there is one already: of two nodes that start together, the first wins and both read its key.
    pub async fn add_signing_key(
        &self,
        organization: &str,
        door: &str,
        purpose: &'static str,
        key: SealedKey,
        now: i64,
    ) -> Result<(), Unavailable> {
        let (organization, door) = (organization.to_owned(), door.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "insert into signing_keys (organization, door, purpose, sealed, certificate, created_at) \
                     values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
                )
                .bind(organization)
                .bind(door)
                .bind(purpose)
                .bind(key.sealed)
                .bind(key.certificate)
                .bind(now)
                .execute(connection)
                .await?;
                Ok(Ok::<_, std::convert::Infallible>(()))
            })
        })
        .await
        .map(|Ok(())| ())
    }
}
