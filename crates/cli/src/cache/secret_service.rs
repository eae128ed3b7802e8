//! The keyring of the desktop (GNOME Keyring, KDE Wallet, KeePassXC), by the Secret Service API of freedesktop.org, version 0.2.
//!
//! The session is a `plain` one: the bus is a socket of this user's, and whoever can listen to it can ask the service for the
//! same key. Its Diffie-Hellman sessions would keep the key from nobody else.

use super::keys::KeyringError;
use super::sealed::Key;
use futures_util::StreamExt;
use std::collections::HashMap;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Type, Value};
use zbus::{Connection, Proxy};
use zeroize::{Zeroize, Zeroizing};

const NAME: &str = "org.freedesktop.secrets";
const SERVICE: &str = "/org/freedesktop/secrets";
/// What the service answers instead of a path when there is nothing.
const NOTHING: &str = "/";

/// A secret on the bus.
#[derive(serde::Serialize, serde::Deserialize, Type)]
struct Secret {
    session: OwnedObjectPath,
    parameters: Vec<u8>,
    value: Vec<u8>,
    content_type: String,
}

/// The key of that name; `fresh` becomes it if there is none. `may_ask`: a locked keyring may open its window.
pub(super) async fn key(
    name: &str,
    fresh: Option<&Key>,
    may_ask: bool,
) -> Result<Option<Key>, KeyringError> {
    let service = SecretService::open(may_ask).await?;
    let attributes = HashMap::from([("application", "portaria"), ("key", name)]);
    if let Some(item) = service.find(&attributes).await? {
        return service.secret(&item).await.map(Some);
    }
    let Some(fresh) = fresh else {
        return Ok(None);
    };
    service.create(name, attributes, fresh).await?;
    Ok(Some(fresh.clone()))
}

/// A session with the service.
struct SecretService {
    connection: Connection,
    session: OwnedObjectPath,
    may_ask: bool,
}

impl SecretService {
    async fn open(may_ask: bool) -> Result<Self, KeyringError> {
        let connection = Connection::session().await?;
        let service = proxy(&connection, SERVICE, "org.freedesktop.Secret.Service").await?;
        let (_, session): (OwnedValue, OwnedObjectPath) = service
            .call("OpenSession", &("plain", Value::from("")))
            .await?;
        Ok(Self {
            connection,
            session,
            may_ask,
        })
    }

    /// An item with those attributes, unlocked.
    async fn find(
        &self,
        attributes: &HashMap<&str, &str>,
    ) -> Result<Option<OwnedObjectPath>, KeyringError> {
        let service = self.proxy(SERVICE, "Service").await?;
        let (unlocked, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
            service.call("SearchItems", &(attributes,)).await?;
        if let Some(item) = unlocked.into_iter().next() {
            return Ok(Some(item));
        }
        let Some(item) = locked.into_iter().next() else {
            return Ok(None);
        };
        self.unlock(&item).await?;
        Ok(Some(item))
    }

    async fn secret(&self, item: &OwnedObjectPath) -> Result<Key, KeyringError> {
        let item = self.proxy(item.as_str(), "Item").await?;
        let secret: Secret = item.call("GetSecret", &(&self.session,)).await?;
        Ok(Zeroizing::new(secret.value))
    }

    async fn create(
        &self,
        name: &str,
        attributes: HashMap<&str, &str>,
        key: &Key,
    ) -> Result<(), KeyringError> {
        let service = self.proxy(SERVICE, "Service").await?;
        let collection: OwnedObjectPath = service.call("ReadAlias", &("default",)).await?;
        if collection.as_str() == NOTHING {
            let reason = "there is no default keyring";
            return Err(KeyringError::Unavailable(reason.to_owned()));
        }
        self.unlock(&collection).await?;
        let properties = HashMap::from([
            ("org.freedesktop.Secret.Item.Label", Value::from(name)),
            (
                "org.freedesktop.Secret.Item.Attributes",
                Value::from(attributes),
            ),
        ]);
        let mut secret = Secret {
            session: self.session.clone(),
            parameters: Vec::new(),
            value: key.to_vec(),
            content_type: "application/octet-stream".to_owned(),
        };
        let collection = self.proxy(collection.as_str(), "Collection").await?;
        let created: zbus::Result<(OwnedObjectPath, OwnedObjectPath)> = collection
            .call("CreateItem", &(properties, &secret, true))
            .await;
        secret.value.zeroize();
        let (_, prompt) = created?;
        self.prompt(&prompt).await
    }

    /// Unlocks an item or a keyring; what is unlocked stays so without a question.
    async fn unlock(&self, object: &OwnedObjectPath) -> Result<(), KeyringError> {
        let service = self.proxy(SERVICE, "Service").await?;
        let (_, prompt): (Vec<OwnedObjectPath>, OwnedObjectPath) =
            service.call("Unlock", &(vec![object],)).await?;
        self.prompt(&prompt).await
    }

    /// Lets the service ask its question, where it has one and may.
    async fn prompt(&self, prompt: &OwnedObjectPath) -> Result<(), KeyringError> {
        if prompt.as_str() == NOTHING {
            return Ok(());
        }
        let prompt = self.proxy(prompt.as_str(), "Prompt").await?;
        if !self.may_ask {
            prompt.call_method("Dismiss", &()).await?;
            return Err(KeyringError::Locked);
        }
        // Listening comes first: the answer may be there before the call returns.
        let mut completed = prompt.receive_signal("Completed").await?;
        prompt.call_method("Prompt", &("",)).await?;
        let answer = completed.next().await.ok_or(KeyringError::Dismissed)?;
        let (dismissed, _): (bool, OwnedValue) = answer.body().deserialize()?;
        if dismissed {
            return Err(KeyringError::Dismissed);
        }
        Ok(())
    }

    async fn proxy<'a>(&self, path: &'a str, interface: &str) -> Result<Proxy<'a>, KeyringError> {
        proxy(
            &self.connection,
            path,
            &format!("org.freedesktop.Secret.{interface}"),
        )
        .await
    }
}

async fn proxy<'a>(
    connection: &Connection,
    path: &'a str,
    interface: &str,
) -> Result<Proxy<'a>, KeyringError> {
    Ok(Proxy::new(connection, NAME, path, interface.to_owned()).await?)
}

/// No bus, no service on it, or one that says no: all the same to somebody who only wants a key kept.
impl From<zbus::Error> for KeyringError {
    fn from(error: zbus::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}
