//! What a person finds at home: the applications of the organization.

use crate::entities::IdentityProvider;
use crate::error::Unavailable;
use crate::service::Service;

/// An application that can be started from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Its home page, if declared.
    pub url: Option<String>,
    /// By which protocol a sign-on begins here, where there is no home page.
    pub start: Option<Start>,
}

/// How a sign-on begins at our side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The application is handed a JWT.
    Jwt,
    /// The application is posted a response.
    Saml,
}

impl Service {
    /// The applications that people of the organization can go to, by name. One that has neither a home page nor a sign-on
    /// that begins here (an OAuth client without a page) is not among them.
    pub async fn homes(&self, entity: &IdentityProvider) -> Result<Vec<Home>, Unavailable> {
        let mut homes = self.inner.store.homes(&entity.organization).await?;
        homes.retain(|home| home.url.is_some() || home.start.is_some());
        Ok(homes)
    }
}
