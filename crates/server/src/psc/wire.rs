//! The documents of the cloud PSC API, as both sides read and write them.

use serde::{Deserialize, Serialize};

/// `POST /v0/oauth/pwd_authorize`.
#[derive(Serialize, Deserialize)]
pub(crate) struct PasswordAuthorize {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// CPF or CNPJ, with its leading zeros.
    pub(crate) username: String,
    /// One-time password.
    pub(crate) password: String,
    #[serde(default)]
    pub(crate) grant_type: String,
    #[serde(default)]
    pub(crate) scope: Option<String>,
    /// Seconds; some clients write it as text.
    #[serde(default, deserialize_with = "seconds")]
    pub(crate) lifetime: Option<i64>,
}

/// The answer to it, and to `POST /v0/oauth/token`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Authorized {
    pub(crate) access_token: String,
    pub(crate) token_type: String,
    /// Seconds.
    pub(crate) expires_in: i64,
    pub(crate) scope: String,
    /// Whose session it is; told where a page asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) authorized_identification: Option<String>,
    /// `CPF` or `CNPJ`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) authorized_identification_type: Option<String>,
}

/// `POST /v0/oauth/revoke`, and `POST /revoke` of the gateway.
#[derive(Serialize, Deserialize)]
pub(crate) struct Revoke {
    pub(crate) token: String,
}

/// `POST /v0/oauth/user-discovery`.
#[derive(Serialize, Deserialize)]
pub(crate) struct UserDiscovery {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// `CPF` or `CNPJ`.
    pub(crate) user_cpf_cnpj: String,
    pub(crate) val_cpf_cnpj: String,
}

/// The answer to it: `S` or `N`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Discovered {
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) slots: Vec<Slot>,
}

/// Where a certificate of the person is kept.
#[derive(Serialize, Deserialize)]
pub(crate) struct Slot {
    pub(crate) slot_alias: String,
    pub(crate) label: String,
}

/// The answer of `GET /v0/oauth/certificate-discovery`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Certificates {
    #[serde(default)]
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) certificates: Vec<Certificate>,
    /// Whose session it is, where the PSC says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) authorized_identification: Option<String>,
    /// What it is for, where the PSC says so: ours does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scope: Option<String>,
}

/// A certificate of the person.
#[derive(Serialize, Deserialize)]
pub(crate) struct Certificate {
    pub(crate) alias: String,
    pub(crate) certificate: String,
}

fn seconds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(i64),
        Text(String),
    }
    match Option::<Written>::deserialize(deserializer)? {
        None => Ok(None),
        Some(Written::Number(seconds)) => Ok(Some(seconds)),
        Some(Written::Text(text)) => text.parse().map(Some).map_err(serde::de::Error::custom),
    }
}
