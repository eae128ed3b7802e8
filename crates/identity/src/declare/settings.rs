//! What an application may do by which protocol: the settings that HORACIUS's document lists, and what is added to them.
//!
//! This module owns their form and their judgement; writing them is for `reconcile`.

use super::judge::Finder;
use crate::digest;
use crate::mapping::{self, Dialect};
use oauth::jwt::ForeignKeys;
use oauth::redirect_uri::RedirectUri;
use saml::metadata::{Endpoint, EntityDescriptor, Role};
use saml::names;

/// An application that is handed JWTs.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jwt {
    /// Home page.
    pub home: Option<String>,
    /// Where JWTs go.
    pub callback: String,
    /// The secret that the application verifies with: 32 bytes or more, drawn by a machine. A shorter one is taken with a warning.
    pub secret: String,
    /// `iss` of its JWTs, where the application expects another than ours.
    pub issuer: Option<String>,
}

/// An OAuth client.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch that an operator declares"
)]
pub struct Oauth {
    /// Home page.
    pub home: Option<String>,
    /// The client's secret: 32 characters or more, drawn by a machine; a shorter one is taken with a warning. None for a public
    /// client.
    pub secret: Option<String>,
    /// Where codes go.
    #[serde(default)]
    pub code_redirects: Vec<String>,
    /// Where tokens of the implicit flow go.
    #[serde(default)]
    pub token_redirects: Vec<String>,
    /// Where a browser goes that signed out.
    pub logout: Option<String>,
    /// Switches on the implicit flow, whose tokens travel in addresses.
    #[serde(default)]
    pub implicit: bool,
    /// Issues codes without a `code_challenge`.
    #[serde(default)]
    pub without_pkce: bool,
    /// Lets the client act for itself.
    #[serde(default)]
    pub client_credentials: bool,
    /// Lets devices without a browser ask for tokens; a person confirms on another device.
    #[serde(default)]
    pub device: bool,
    /// Where a browser may go after a sign-out that the client asked for.
    #[serde(default)]
    pub post_logout_redirects: Vec<String>,
    /// Where the client is told of logouts directly, by a signed token.
    pub back_channel_logout: Option<String>,
}

/// A SAML relying party that has no metadata document.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saml {
    /// Its entity ID.
    pub entity_id: String,
    /// Its AssertionConsumerService URLs; the first is the default.
    pub assertion_consumers: Vec<String>,
    /// Its SingleLogoutService URL.
    pub single_logout: Option<String>,
    /// `unspecified` (the default) or `email`.
    pub name_id_format: Option<String>,
    /// Its certificate, as base64 without header lines.
    pub certificate: Option<String>,
}

/// An OpenID provider whose ID tokens are believed.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Openid {
    /// `iss` of its tokens, byte for byte.
    pub issuer: String,
    /// Client identifiers that its tokens may be for.
    pub clients: Vec<String>,
    /// Its keys: a JWK set, as JSON.
    #[serde(default)]
    pub keys: String,
    /// Where its keys are fetched, now and again.
    pub keys_url: Option<String>,
}

/// Which sign-ins are remembered.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInHistory {
    /// For how many days: 1 to 90.
    pub days: u32,
    /// The last one of how many people at most: 1 to 10,000.
    pub people: u32,
    /// Attributes whose values are kept as they are; of all others a fingerprint is.
    #[serde(default)]
    pub attributes: Vec<String>,
}

/// Mapping rules of an identity provider.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Whose rules these are: `huawei` (the default) or `keystone`.
    #[serde(default)]
    pub dialect: Dialect,
    /// The rules, as JSON.
    pub rules: String,
}

impl std::fmt::Debug for Jwt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jwt")
            .field("callback", &self.callback)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Oauth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Oauth")
            .field("code_redirects", &self.code_redirects)
            .finish_non_exhaustive()
    }
}

pub(super) fn judge_jwt(finder: &mut Finder, settings: &Jwt, here: &str) {
    judge_address(finder, &settings.callback, &format!("{here}.callback"));
    judge_home(finder, settings.home.as_deref(), here);
    finder.secret(&settings.secret, &format!("{here}.secret"));
    if let Some(issuer) = &settings.issuer {
        finder.text(issuer, &format!("{here}.issuer"));
    }
}

pub(super) fn judge_oauth(finder: &mut Finder, settings: &Oauth, here: &str) {
    let redirects = [
        ("code_redirects", &settings.code_redirects),
        ("token_redirects", &settings.token_redirects),
        ("post_logout_redirects", &settings.post_logout_redirects),
    ];
    for (field, addresses) in redirects {
        for address in addresses {
            judge_address(finder, address, &format!("{here}.{field}"));
        }
    }
    judge_home(finder, settings.home.as_deref(), here);
    if let Some(logout) = &settings.logout {
        judge_address(finder, logout, &format!("{here}.logout"));
    }
    if let Some(told) = &settings.back_channel_logout {
        let at = format!("{here}.back_channel_logout");
        judge_address(finder, told, &at);
        finder.unless(
            told.starts_with("http"),
            &at,
            "must be https: nobody could post to it",
        );
    }
    if let Some(secret) = &settings.secret {
        finder.secret(secret, &format!("{here}.secret"));
    }
    finder.unless(
        settings.secret.is_some() || !settings.client_credentials,
        &format!("{here}.client_credentials"),
        "needs a secret: anybody can name a public client",
    );
    finder.unless(
        settings.secret.is_some() || !settings.without_pkce,
        &format!("{here}.without_pkce"),
        "needs a secret: nothing else would bind a code to a public client",
    );
    finder.unless(
        settings.implicit || settings.token_redirects.is_empty(),
        &format!("{here}.token_redirects"),
        "are of no use unless `implicit` is switched on",
    );
}

pub(super) fn judge_openid(finder: &mut Finder, settings: &Openid, here: &str) {
    judge_issuer(finder, &settings.issuer, &format!("{here}.issuer"));
    judge_clients(finder, &settings.clients, &format!("{here}.clients"));
    if let Some(url) = &settings.keys_url {
        let at = format!("{here}.keys_url");
        finder.unless(super::judge::is_https(url), &at, "must be https");
    }
    let at = format!("{here}.keys");
    match (settings.keys.as_str(), &settings.keys_url) {
        ("", None) => finder.unless(false, &at, "is missing"),
        ("", Some(_)) => {
            let what = "could not be fetched, and nothing was fetched before";
            finder.unless(false, &at, what);
        }
        (keys, _) => judge_keys(finder, keys, &at),
    }
}

pub(super) fn judge_issuer(finder: &mut Finder, issuer: &str, at: &str) {
    finder.text(issuer, at);
    // OpenID Connect Core §2: an https URL.
    finder.unless(super::judge::is_https(issuer), at, "must be https");
}

pub(super) fn judge_clients(finder: &mut Finder, clients: &[String], at: &str) {
    finder.unless(!clients.is_empty(), at, "names nobody");
    for client in clients {
        finder.text(client, at);
    }
}

pub(super) fn judge_keys(finder: &mut Finder, keys: &str, at: &str) {
    if let Err(fault) = ForeignKeys::read(keys.as_bytes()) {
        finder.unless(false, at, &fault.to_string());
    }
}

pub(super) fn judge_history(finder: &mut Finder, settings: &SignInHistory, here: &str) {
    let here = format!("{here}.sign_in_history");
    finder.unless(
        (1..=90).contains(&settings.days),
        &format!("{here}.days"),
        "must be 1 to 90",
    );
    finder.unless(
        (1..=10_000).contains(&settings.people),
        &format!("{here}.people"),
        "must be 1 to 10000",
    );
    for attribute in &settings.attributes {
        finder.text(attribute, &format!("{here}.attributes"));
    }
}

pub(super) fn judge_mapping(finder: &mut Finder, settings: &Mapping, here: &str) {
    if let Err(fault) = mapping::Mapping::read(&settings.rules, settings.dialect) {
        finder.unless(false, &format!("{here}.rules"), &fault.to_string());
    }
}

/// The settings as the metadata that the relying party did not write.
pub(super) fn metadata(finder: &mut Finder, settings: &Saml, here: &str) -> Option<String> {
    let format = match settings.name_id_format.as_deref() {
        None | Some("unspecified") => names::UNSPECIFIED,
        Some("email") => names::EMAIL_ADDRESS,
        Some(_) => {
            finder.unless(
                false,
                &format!("{here}.name_id_format"),
                "must be unspecified or email",
            );
            return None;
        }
    };
    let certificate = settings
        .certificate
        .as_deref()
        .map(|text| decode(finder, text, here));
    let endpoint = |binding: &str, url: &String| Endpoint {
        binding: binding.to_owned(),
        location: url.clone(),
        response_location: None,
        index: None,
        is_default: false,
    };
    let consumers = settings
        .assertion_consumers
        .iter()
        .zip(0..)
        .map(|(url, index)| Endpoint {
            index: Some(index),
            is_default: index == 0,
            ..endpoint(names::POST, url)
        });
    let descriptor = EntityDescriptor {
        entity_id: settings.entity_id.clone(),
        service_provider: Some(Role {
            // SAML metadata §2.4.1.1: a certificate of which nothing else is said serves both uses.
            encryption: certificate.iter().flatten().cloned().collect(),
            signing: certificate.into_iter().flatten().collect(),
            single_logout: settings
                .single_logout
                .iter()
                .map(|url| endpoint(names::REDIRECT, url))
                .collect(),
            assertion_consumer: consumers.collect(),
            name_id_formats: vec![format.to_owned()],
            want_assertions_signed: true,
            ..Role::default()
        }),
        ..EntityDescriptor::default()
    };
    // The same settings give the same document, so that declaring them again changes nothing.
    let id = format!(
        "_{}",
        digest::uuid(&["declared-metadata", &settings.entity_id])
    );
    let written = descriptor.to_xml(&id, None);
    finder.unless(
        written.is_ok(),
        here,
        "cannot be written as metadata: a text holds characters that XML cannot carry",
    );
    written.ok()
}

fn decode(finder: &mut Finder, text: &str, here: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    let lines: String = text.split_ascii_whitespace().collect();
    let der = base64::engine::general_purpose::STANDARD.decode(lines).ok();
    finder.unless(
        der.is_some(),
        &format!("{here}.certificate"),
        "is not base64 without header lines",
    );
    der
}

fn judge_home(finder: &mut Finder, home: Option<&str>, here: &str) {
    if let Some(home) = home {
        finder.unless(
            super::judge::is_https(home),
            &format!("{here}.home"),
            "must be https",
        );
    }
}

fn judge_address(finder: &mut Finder, address: &str, at: &str) {
    if let Err(why) = RedirectUri::register(address) {
        finder.unless(false, at, &why.to_string());
    }
}
