//! Settings of OAuth clients.

use super::{Connection, Store, json, list};
use crate::error::Unavailable;
use sqlx::Row;
use sqlx::any::AnyRow;

/// An OAuth client, as the store keeps it.
#[derive(Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch that an operator declares"
)]
pub struct OauthApplication {
    /// Identifier: `client_id`.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Home page.
    pub home_url: Option<String>,
    /// SHA-256 of the secret; none for a public client.
    pub secret_hash: Option<String>,
    /// Where codes go.
    pub code_redirects: Vec<String>,
    /// Where tokens of the implicit flow go.
    pub token_redirects: Vec<String>,
    /// Where a browser goes that signed out.
    pub logout_url: Option<String>,
    /// Whether the implicit flow is switched on.
    pub implicit: bool,
    /// Whether codes are issued without a `code_challenge`.
    pub without_pkce: bool,
    /// Whether it may act for itself.
    pub client_credentials: bool,
    /// Whether devices may ask for it.
    pub device: bool,
    /// Where a browser may go after a sign-out that the application asked for.
    pub post_logout_redirects: Vec<String>,
    /// Where it is told of logouts directly.
    pub back_channel_logout: Option<String>,
}

/// A page of an application that signs out whoever visits it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutPage {
    /// The application.
    pub application: String,
    /// Its name for people.
    pub name: String,
    /// The page.
    pub url: String,
}

impl std::fmt::Debug for OauthApplication {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OauthApplication")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// The OAuth settings of an application.
    pub async fn oauth_application(
        &self,
        organization: &str,
        id: &str,
    ) -> Result<Option<OauthApplication>, Unavailable> {
        if !super::storable(id) {
            return Ok(None);
        }
        let row = sqlx::query(
            "select o.*, a.name as name from oauth_applications o join applications a on a.organization = o.organization and a.id = o.id \
             where o.organization = $1 and o.id = $2",
        )
        .bind(organization)
        .bind(id)
        .fetch_optional(self.database.reads())
        .await?;
        Ok(row.as_ref().map(application).transpose()?)
    }

    /// The applications that were granted something in a session and have a page that signs people out.
    pub async fn logout_pages(
        &self,
        organization: &str,
        session: &str,
    ) -> Result<Vec<LogoutPage>, Unavailable> {
        let rows = sqlx::query(
            "select distinct o.id as id, a.name as name, o.logout_url as url from grants g \
             join oauth_applications o on o.organization = g.organization and o.id = g.application \
             join applications a on a.organization = o.organization and a.id = o.id \
             where g.organization = $1 and g.session_id = $2 and o.logout_url is not null order by 2, 1",
        )
        .bind(organization)
        .bind(session)
        .fetch_all(self.database.reads())
        .await?;
        let page = |row: &AnyRow| {
            Ok(LogoutPage {
                application: row.try_get("id")?,
                name: row.try_get("name")?,
                url: row.try_get("url")?,
            })
        };
        Ok(rows.iter().map(page).collect::<Result<_, sqlx::Error>>()?)
    }

    /// Every application for which devices may ask.
    pub async fn device_applications(
        &self,
        organization: &str,
    ) -> Result<Vec<OauthApplication>, Unavailable> {
        let rows = sqlx::query(
            "select o.*, a.name as name from oauth_applications o join applications a on a.organization = o.organization and a.id = o.id \
             where o.organization = $1 and o.device <> 0 order by o.id",
        )
        .bind(organization)
        .fetch_all(self.database.reads())
        .await?;
        Ok(rows.iter().map(application).collect::<Result<_, _>>()?)
    }
}

/// Inserts or replaces them.
pub(crate) async fn put(
    connection: &mut Connection,
    organization: &str,
    application: &OauthApplication,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into oauth_applications (organization, id, home_url, secret_hash, code_redirects, token_redirects, logout_url, implicit, \
         without_pkce, client_credentials, device, post_logout_redirects, back_channel_logout) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
         on conflict (organization, id) do update set home_url = excluded.home_url, secret_hash = excluded.secret_hash, \
         code_redirects = excluded.code_redirects, token_redirects = excluded.token_redirects, logout_url = excluded.logout_url, \
         implicit = excluded.implicit, without_pkce = excluded.without_pkce, client_credentials = excluded.client_credentials, \
         device = excluded.device, post_logout_redirects = excluded.post_logout_redirects, back_channel_logout = excluded.back_channel_logout",
    )
    .bind(organization)
    .bind(application.id.as_str())
    .bind(application.home_url.as_deref())
    .bind(application.secret_hash.as_deref())
    .bind(json(&application.code_redirects))
    .bind(json(&application.token_redirects))
    .bind(application.logout_url.as_deref())
    .bind(i64::from(application.implicit))
    .bind(i64::from(application.without_pkce))
    .bind(i64::from(application.client_credentials))
    .bind(i64::from(application.device))
    .bind(json(&application.post_logout_redirects))
    .bind(application.back_channel_logout.as_deref())
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
    sqlx::query("delete from oauth_applications where organization = $1 and id = $2")
        .bind(organization)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

fn application(row: &AnyRow) -> Result<OauthApplication, sqlx::Error> {
    let flag = |column| row.try_get::<i64, _>(column).map(|flag| flag != 0);
    Ok(OauthApplication {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        home_url: row.try_get("home_url")?,
        secret_hash: row.try_get("secret_hash")?,
        code_redirects: list(row, "code_redirects")?,
        token_redirects: list(row, "token_redirects")?,
        logout_url: row.try_get("logout_url")?,
        implicit: flag("implicit")?,
        without_pkce: flag("without_pkce")?,
        client_credentials: flag("client_credentials")?,
        device: flag("device")?,
        post_logout_redirects: list(row, "post_logout_redirects")?,
        back_channel_logout: row.try_get("back_channel_logout")?,
    })
}
