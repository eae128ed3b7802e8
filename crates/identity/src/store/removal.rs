//! What is no longer declared goes, and with it whatever it made valid: sessions end, tokens die. Nothing is left that a later
//! declaration of the same name would bring back to life.

use super::Connection;
use sqlx::Row;

/// Something that can be removed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Removable {
    Account,
    IdentityProvider,
    Application,
    Person,
    Group,
    ResourceServer,
}

/// In the order in which nothing refers to what is already gone.
pub(crate) const ORDER: [Removable; 6] = [
    Removable::Account,
    Removable::IdentityProvider,
    Removable::Application,
    Removable::Person,
    Removable::Group,
    Removable::ResourceServer,
];

impl Removable {
    /// Every identifier of an organization.
    fn all(self) -> &'static str {
        match self {
            Self::Account => "select id from accounts where organization = $1",
            Self::IdentityProvider => "select id from identity_providers where organization = $1",
            Self::Application => "select id from applications where organization = $1",
            Self::Person => "select id from users where organization = $1",
            Self::Group => "select id from groups where organization = $1",
            Self::ResourceServer => "select id from resource_servers where organization = $1",
        }
    }

    /// Ends what it made valid: `$1` the organization, `$2` the identifier, `$3` now. The rows stay as long as they are remembered.
    fn ends(self) -> &'static [&'static str] {
        match self {
            Self::Account => &[
                "update tokens set revoked_at = $3 where organization = $1 and account = $2 and revoked_at is null",
                "update federation_tokens set revoked_at = $3 where organization = $1 and account = $2 and revoked_at is null",
            ],
            Self::IdentityProvider => &[
                "update tokens set revoked_at = $3 where organization = $1 and provider = $2 and revoked_at is null",
                "update federation_tokens set revoked_at = $3 where organization = $1 and provider = $2 and revoked_at is null",
            ],
            Self::Person => &[
                "update tokens set revoked_at = $3 where organization = $1 and user_id = $2 and revoked_at is null",
                // There people are known without hyphens.
                "update federation_tokens set revoked_at = $3 where organization = $1 and user_id = replace($2, '-', '') and revoked_at is null",
                "update psc_sessions set revoked_at = $3 where organization = $1 and user_id = $2 and revoked_at is null",
            ],
            Self::Application | Self::Group | Self::ResourceServer => &[],
        }
    }

    /// Deletes it and what belongs to it: `$1` the organization, `$2` the identifier.
    fn deletes(self) -> &'static [&'static str] {
        match self {
            Self::Account => &["delete from accounts where organization = $1 and id = $2"],
            Self::IdentityProvider => &[
                "delete from metadata_sources where organization = $1 and kind in ('identity_provider', 'openid') and id = $2",
                "delete from openid_providers where organization = $1 and id = $2",
                "delete from identity_providers where organization = $1 and id = $2",
            ],
            Self::Application => &[
                "delete from metadata_sources where organization = $1 and kind = 'application' and id = $2",
                "delete from participants where organization = $1 and entity_id in \
                 (select entity_id from applications where organization = $1 and id = $2)",
                "delete from grants where organization = $1 and application = $2",
                "delete from device_decisions where organization = $1 and application = $2",
                "delete from keys where organization = $1 and application = $2 and door = ''",
                "delete from jwt_applications where organization = $1 and id = $2",
                "delete from oauth_applications where organization = $1 and id = $2",
                "delete from applications where organization = $1 and id = $2",
            ],
            Self::Person => &[
                "delete from grants where organization = $1 and user_id = $2",
                "delete from device_decisions where organization = $1 and user_id = $2",
                "delete from approvals where organization = $1 and user_id = $2",
                "delete from sessions where organization = $1 and user_id = $2",
                "delete from memberships where organization = $1 and user_id = $2",
                "delete from failures where organization = $1 and user_id = $2",
                "delete from users where organization = $1 and id = $2",
            ],
            Self::Group => &[
                "delete from memberships where organization = $1 and group_id = $2",
                "delete from groups where organization = $1 and id = $2",
            ],
            Self::ResourceServer => {
                &["delete from resource_servers where organization = $1 and id = $2"]
            }
        }
    }
}

/// Removes those whose identifier `stays` does not know.
pub(crate) async fn remove_others(
    connection: &mut Connection,
    organization: &str,
    (what, stays, now): (Removable, &[&str], i64),
) -> Result<(), sqlx::Error> {
    let rows = sqlx::query(what.all())
        .bind(organization)
        .fetch_all(&mut *connection)
        .await?;
    for row in &rows {
        let id: String = row.try_get("id")?;
        if stays.contains(&id.as_str()) {
            continue;
        }
        for statement in what.ends() {
            sqlx::query(*statement)
                .bind(organization)
                .bind(id.as_str())
                .bind(now)
                .execute(&mut *connection)
                .await?;
        }
        for statement in what.deletes() {
            sqlx::query(*statement)
                .bind(organization)
                .bind(id.as_str())
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}
