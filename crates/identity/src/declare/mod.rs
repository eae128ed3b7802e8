//! What an operator declares (`portaria apply`), reconciled with the store. A faulty declaration changes nothing.
//!
//! This module owns the form of a declaration (here, in [`settings`] and in [`reply`]), the judgement of it (`judge`, with
//! a file for some nouns: every fault, with its place; `fitness`: of metadata), what it comes to beside what is stored (`draft`)
//! and the writing of that (`reconcile`: one transaction; [`changes`]: what it changes). It removes what is not declared only where it is told to.

pub mod changes;
mod draft;
pub(crate) mod fitness;
mod identity_providers;
mod impostors;
mod judge;
mod own_keys;
mod parties;
mod reconcile;
pub mod reply;
mod resource_servers;
pub mod settings;

pub(crate) use identity_providers::{judge_import, judge_openid};

use crate::accounts::Role;
use crate::error::Unavailable;
use crate::federation::SsoType;
use crate::moment::Moment;
use crate::service::Service;
pub use changes::Change;

/// A declaration, as TOML spells it. Organizations hold everything else.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Organizations.
    #[serde(default)]
    pub organization: Vec<Organization>,
}

/// An organization and what it owns.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// Identifier.
    pub id: String,
    /// Name for people.
    pub name: Option<String>,
    /// Groups (names) whose people may register identity providers by API.
    #[serde(default)]
    pub administrators: Vec<String>,
    /// Groups (names). Groups named by users and accounts need not be listed.
    #[serde(default)]
    pub group: Vec<Group>,
    /// People it keeps.
    #[serde(default)]
    pub user: Vec<User>,
    /// Accounts.
    #[serde(default)]
    pub account: Vec<Account>,
    /// Relying parties and other applications.
    #[serde(default)]
    pub application: Vec<Application>,
    /// Identity providers it trusts.
    #[serde(default)]
    pub identity_provider: Vec<IdentityProvider>,
    /// APIs that may ask about tokens.
    #[serde(default)]
    pub resource_server: Vec<ResourceServer>,
    /// Which sign-ins are remembered, to try changed mapping rules on; none means none, and forgets what was.
    pub sign_in_history: Option<settings::SignInHistory>,
}

/// A group.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Name.
    pub name: String,
    /// Identifier, generated if not given.
    pub id: Option<String>,
}

/// A person.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// User principal name (`user@domain`).
    pub name: String,
    /// Identifier, generated if not given.
    pub id: Option<String>,
    /// Password in plain text, or a hash of it; exactly one of them.
    pub password: Option<String>,
    /// Hash of the password: argon2id in PHC form; or bcrypt or PBKDF2, replaced at the first sign-in.
    pub password_hash: Option<String>,
    /// Full name.
    pub full_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// GUID (objectGUID); generated if not given.
    pub guid: Option<uuid::Uuid>,
    /// Base32 secret of the second factor.
    pub totp: Option<String>,
    /// Whether an application on the person's telephone approves sign-ins.
    #[serde(default)]
    pub push: bool,
    /// Telephone number to which codes are sent, in international form.
    pub telephone: Option<String>,
    /// Groups.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Whether the person may not sign in.
    #[serde(default)]
    pub disabled: bool,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// An account.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Identifier; `0` is the grid.
    pub id: String,
    /// Name.
    pub name: Option<String>,
    /// Groups that may enter.
    #[serde(default)]
    pub admits: Vec<String>,
    /// Identity provider (its id here) through which people sign in; none means with local passwords.
    pub identity_provider: Option<String>,
    /// What people may do in it, by group.
    #[serde(default)]
    pub role: Vec<Role>,
}

/// An application, by any number of protocols.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: Option<String>,
    /// SAML metadata of the relying party, as XML.
    pub metadata: Option<String>,
    /// Where its metadata is fetched, now and again.
    pub metadata_url: Option<String>,
    /// Its entity ID, where a document describes several.
    pub metadata_entity: Option<String>,
    /// Certificates, PEM or base64, one of whose keys must have signed the metadata; none believes whoever TLS says it is.
    pub metadata_certificate: Option<String>,
    /// Settings of a SAML relying party that has no metadata document.
    pub saml: Option<settings::Saml>,
    /// Whether its requests must be signed.
    #[serde(default)]
    pub sign_requests: bool,
    /// How it is answered as a SAML relying party, where that is not the door's own way.
    pub reply: Option<reply::Reply>,
    /// Settings of an application that is handed JWTs.
    pub jwt: Option<settings::Jwt>,
    /// Settings of an OAuth client.
    pub oauth: Option<settings::Oauth>,
}

/// An API that may ask about tokens.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceServer {
    /// Identifier.
    pub id: String,
    /// Its secret: 32 characters or more, drawn by a machine; a shorter one is taken with a warning.
    pub secret: String,
    /// Accounts about whose tokens it may ask.
    pub accounts: Vec<String>,
}

impl std::fmt::Debug for ResourceServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResourceServer")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// An identity provider.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityProvider {
    /// Identifier inside the organization.
    pub id: String,
    /// SAML metadata, as XML.
    pub metadata: Option<String>,
    /// Where its metadata is fetched, now and again.
    pub metadata_url: Option<String>,
    /// Its entity ID, where a document describes several.
    pub metadata_entity: Option<String>,
    /// Certificates, PEM or base64, one of whose keys must have signed the metadata; none believes whoever TLS says it is.
    pub metadata_certificate: Option<String>,
    /// What it is by OpenID Connect, beside or instead of SAML (doors with a federation).
    pub openid: Option<settings::Openid>,
    /// Whether it may be used.
    pub enabled: Option<bool>,
    /// Whether it may answer without having been asked.
    #[serde(default)]
    pub allow_unsolicited: bool,
    /// Attribute that holds the groups.
    pub groups_attribute: Option<String>,
    /// Attribute that holds the user name; none takes the NameID.
    pub user_attribute: Option<String>,
    /// Rules that turn attributes into a user name and groups (doors with a federation).
    pub mapping: Option<settings::Mapping>,
    /// Whom its people become (doors with a federation): `virtual_user_sso` (the default) or `iam_user_sso`.
    #[serde(default)]
    pub sso_type: SsoType,
}

/// What was wrong, each with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where: a path such as `organization[grid].account[12345].identity_provider`.
    pub at: String,
    /// What.
    pub what: String,
}

/// How a declaration is reconciled.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// Removes what the organizations that it names hold beyond it, and ends what that made valid.
    pub prune: bool,
    /// Changes nothing, and says what would change.
    pub dry_run: bool,
}

/// What came of a declaration.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// What changed, or would change.
    pub changes: Vec<Change>,
    /// What was taken though it had better not be so.
    pub warnings: Vec<Fault>,
}

impl Service {
    /// Declares, and removes nothing.
    pub async fn declare(
        &self,
        moment: &Moment,
        declaration: &Declaration,
    ) -> Result<Result<Declared, Vec<Fault>>, Unavailable> {
        let manner = Manner::default();
        self.reconcile(moment, declaration, manner).await
    }

    /// Checks everything, then writes everything in one transaction, or returns every fault and writes nothing. Declaring the
    /// same again changes nothing: generated identifiers stay, and a password that is right already is not hashed anew.
    pub async fn reconcile(
        &self,
        moment: &Moment,
        declaration: &Declaration,
        manner: Manner,
    ) -> Result<Result<Declared, Vec<Fault>>, Unavailable> {
        match judge::judge(self, moment, (declaration, manner)).await? {
            Ok(sound) => {
                let written = reconcile::write(self, moment, (sound, manner)).await;
                self.forget_checks();
                self.inner.tokens.clear();
                self.inner.keys.forget();
                written
            }
            Err(faults) => Ok(Err(faults)),
        }
    }
}
