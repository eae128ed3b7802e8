//! Reading: the metadata profile of the parser, the entity, its roles, and what may be imported.

use super::{Endpoint, EntityDescriptor, Import, Role};
use crate::error::Refusal;
use crate::guard;
use crate::names::{METADATA, PROTOCOL, XML_SIGNATURE};
use crate::time;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use xmldsig::Verified;
use xmldsig::dom::{Document, Element};
use xmldsig::keys::VerifyingKey;
use xmldsig::limits::Limits;
use xmldsig::verify::{has_signature, verify};

/// The bytes of an entity ID (SAML core §8.3.6).
const ENTITY_ID_LIMIT: usize = 1024;

impl EntityDescriptor {
    /// Reads a document of one entity under the metadata profile: comments dropped, up to 1 MiB, a missing `use` means
    /// both. Judges the shape only; see [`EntityDescriptor::import`].
    pub fn read(xml: &[u8]) -> Result<Self, Refusal> {
        let document = Document::parse(xml, &Limits::METADATA)?;
        let (entity, around) = pick(document.root(), None)?;
        entity_descriptor(entity, around)
    }

    /// Reads one entity in order to trust what it says: the pinned key vouches for it, it has not ended, every role has a
    /// key that can be used, and responses go to https only.
    pub fn import(xml: &[u8], import: &Import<'_>) -> Result<Self, Refusal> {
        let document = Document::parse(xml, &Limits::METADATA)?;
        let entity = if import.pinned.is_empty() {
            let (entity, around) = pick(document.root(), import.entity_id)?;
            entity_descriptor(entity, around)?
        } else {
            vouched(document.root(), import)?.into_inner()
        };
        judge(&entity, import.now)?;
        Ok(entity)
    }
}

/// The entity, read out of what a pinned key vouches for: the whole document or the entity itself.
fn vouched(root: Element<'_>, import: &Import<'_>) -> Result<Verified<EntityDescriptor>, Refusal> {
    let (entity, around) = pick(root, import.entity_id)?;
    if !has_signature(root) && has_signature(entity) {
        return verify(entity, import.pinned)?.try_map(|entity| entity_descriptor(entity, around));
    }
    verify(root, import.pinned)?.try_map(|root| {
        let (entity, around) = pick(root, import.entity_id)?;
        entity_descriptor(entity, around)
    })
}

/// What must hold before anything in `entity` is saved.
fn judge(entity: &EntityDescriptor, now: Timestamp) -> Result<(), Refusal> {
    // SAML metadata §2.3.2: after validUntil nothing in it counts.
    if let Some(end) = entity.valid_until
        && end <= now
        && guard::stands("metadata.expired")
    {
        return Err(Refusal::rule(
            "metadata.expired",
            format!("an end after {}", time::format(now)),
            time::format(end),
        ));
    }
    // A service provider that signs nothing needs no key; whether it must sign is not for its metadata to say.
    let roles = [
        (&entity.identity_provider, true),
        (&entity.service_provider, false),
    ];
    if roles.iter().all(|(role, _)| role.is_none()) {
        return Err(Refusal::rule(
            "metadata.role",
            "an identity provider or a service provider",
            "neither",
        ));
    }
    for (role, signs) in roles {
        let Some(role) = role else { continue };
        let usable = role
            .signing
            .iter()
            .any(|certificate| VerifyingKey::from_certificate(certificate).is_ok());
        let needs_none = role.signing.is_empty() && !signs;
        if !(usable || needs_none) && guard::stands("metadata.key") {
            return Err(Refusal::rule(
                "metadata.key",
                "a key for signatures that can be used",
                "none",
            ));
        }
        let endpoints = [
            &role.single_sign_on,
            &role.single_logout,
            &role.assertion_consumer,
        ];
        for endpoint in endpoints.into_iter().flatten() {
            judge_endpoint(endpoint)?;
        }
    }
    Ok(())
}

/// Messages carry what signs people in: never in clear text, and never to `javascript:`.
fn judge_endpoint(endpoint: &Endpoint) -> Result<(), Refusal> {
    let locations = [
        Some(&endpoint.location),
        endpoint.response_location.as_ref(),
    ];
    for location in locations.into_iter().flatten() {
        let is_url = location
            .strip_prefix("https://")
            .is_some_and(|rest| !rest.is_empty());
        let is_plain = location
            .chars()
            .all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\'));
        if !(is_url && is_plain) && guard::stands("metadata.endpoint") {
            return Err(Refusal::rule(
                "metadata.endpoint",
                "an https URL",
                location.as_str(),
            ));
        }
    }
    Ok(())
}

/// How long something counts, and how soon it is asked for again.
#[derive(Debug, Clone, Copy, Default)]
struct Validity {
    until: Option<Timestamp>,
    cache: Option<SignedDuration>,
}

impl Validity {
    /// What an element says of itself (SAML metadata §2.3.1, §2.3.2, §2.4.1).
    fn of(element: Element<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            until: valid_until(element)?,
            // One that cannot be read decides nothing: it is a wish about how often to ask.
            cache: element.attribute("cacheDuration").and_then(time::duration),
        })
    }

    /// The stricter of both.
    fn within(self, around: Self) -> Self {
        Self {
            until: [self.until, around.until].into_iter().flatten().min(),
            cache: [self.cache, around.cache].into_iter().flatten().min(),
        }
    }
}

/// The entity asked for, else the only one, and what the groups around it say of their validity.
fn pick<'d>(root: Element<'d>, entity_id: Option<&str>) -> Result<Found<'d>, Refusal> {
    let mut entities = Vec::new();
    collect(root, Validity::default(), &mut entities)?;
    if let Some(wanted) = entity_id {
        entities.retain(|(entity, _)| entity.attribute("entityID") == Some(wanted));
    }
    match entities[..] {
        [only] => Ok(only),
        [] => Err(Refusal::rule(
            "metadata.entity",
            entity_id.unwrap_or("an EntityDescriptor"),
            "none",
        )),
        _ => Err(Refusal::rule(
            "metadata.entity",
            entity_id.unwrap_or("one EntityDescriptor"),
            "several",
        )),
    }
}

type Found<'d> = (Element<'d>, Validity);

fn collect<'d>(
    element: Element<'d>,
    around: Validity,
    entities: &mut Vec<Found<'d>>,
) -> Result<(), Refusal> {
    if element.is(METADATA, "EntityDescriptor") {
        entities.push((element, around));
    } else if element.is(METADATA, "EntitiesDescriptor") {
        let around = Validity::of(element)?.within(around);
        for child in element.children() {
            collect(child, around, entities)?;
        }
    }
    Ok(())
}

fn valid_until(element: Element<'_>) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = element.attribute("validUntil") else {
        return Ok(None);
    };
    match time::parse(text) {
        Ok(end) => Ok(Some(end)),
        Err(_) => Err(Refusal::rule(
            "metadata.expired",
            "a validUntil in UTC, with Z",
            text,
        )),
    }
}

fn entity_descriptor(entity: Element<'_>, around: Validity) -> Result<EntityDescriptor, Refusal> {
    let entity_id = entity.attribute("entityID").unwrap_or_default();
    if entity_id.is_empty() || entity_id.len() > ENTITY_ID_LIMIT || entity_id.trim() != entity_id {
        return Err(Refusal::rule(
            "metadata.entity",
            "an entityID of 1 to 1024 bytes",
            entity_id,
        ));
    }
    let mut validity = Validity::of(entity)?.within(around);
    let mut role = |name, requests_signed| {
        let Some(element) = speaking(entity, name) else {
            return Ok(None);
        };
        validity = Validity::of(element)?.within(validity);
        role(element, requests_signed).map(Some)
    };
    let identity_provider = role("IDPSSODescriptor", "WantAuthnRequestsSigned")?;
    let service_provider = role("SPSSODescriptor", "AuthnRequestsSigned")?;
    Ok(EntityDescriptor {
        entity_id: entity_id.to_owned(),
        valid_until: validity.until,
        cache_duration: validity.cache,
        identity_provider,
        service_provider,
    })
}

/// The first role of that name that speaks SAML 2.0; the same element describes SAML 1.1 roles as well.
fn speaking<'d>(entity: Element<'d>, name: &'static str) -> Option<Element<'d>> {
    let speaks = |role: &Element<'_>| {
        let protocols = role
            .attribute("protocolSupportEnumeration")
            .unwrap_or_default();
        protocols
            .split_ascii_whitespace()
            .any(|protocol| protocol == PROTOCOL)
    };
    entity.children_named(METADATA, name).find(speaks)
}

fn role(element: Element<'_>, requests_signed: &str) -> Result<Role, Refusal> {
    let mut role = Role {
        requests_signed: is_true(element, requests_signed),
        want_assertions_signed: is_true(element, "WantAssertionsSigned"),
        ..Role::default()
    };
    for child in element.children_named(METADATA, "KeyDescriptor") {
        add_keys(&mut role, child)?;
    }
    for child in element
        .children()
        .filter(|child| child.namespace() == METADATA)
    {
        match child.name() {
            "SingleSignOnService" => role.single_sign_on.push(endpoint(child)?),
            "SingleLogoutService" => role.single_logout.push(endpoint(child)?),
            "AssertionConsumerService" => role.assertion_consumer.push(endpoint(child)?),
            "NameIDFormat" => role.name_id_formats.push(child.text()?.trim().to_owned()),
            _ => {}
        }
    }
    Ok(role)
}

/// SAML metadata §2.4.1.1: without `use`, a key serves both purposes. To read it as neither would switch checks off.
fn add_keys(role: &mut Role, descriptor: Element<'_>) -> Result<(), Refusal> {
    let certificates = certificates(descriptor)?;
    match descriptor.attribute("use") {
        None => {
            role.signing.extend(certificates.iter().cloned());
            role.encryption.extend(certificates);
        }
        Some("signing") => role.signing.extend(certificates),
        Some("encryption") => role.encryption.extend(certificates),
        Some(other) => {
            return Err(Refusal::rule(
                "metadata.key",
                "use signing or encryption",
                other,
            ));
        }
    }
    Ok(())
}

/// The first certificate of each `X509Data`: what may follow is the chain above it, whose keys sign no messages.
fn certificates(descriptor: Element<'_>) -> Result<Vec<Vec<u8>>, Refusal> {
    let data = descriptor
        .children_named(XML_SIGNATURE, "KeyInfo")
        .flat_map(|info| info.children_named(XML_SIGNATURE, "X509Data"));
    let mut certificates = Vec::new();
    for certificate in data.filter_map(|data| data.child(XML_SIGNATURE, "X509Certificate")) {
        let mut text = certificate.text()?.into_owned();
        // Wrapped and indented, as everybody pastes it.
        text.retain(|c| !c.is_ascii_whitespace());
        let der = STANDARD.decode(&text).map_err(|_| {
            Refusal::rule("metadata.key", "a certificate in base64", "something else")
        })?;
        certificates.push(der);
    }
    Ok(certificates)
}

fn endpoint(element: Element<'_>) -> Result<Endpoint, Refusal> {
    let required = |name: &'static str| {
        element
            .attribute(name)
            .map(str::to_owned)
            .ok_or_else(|| Refusal::rule("metadata.endpoint", name, "none"))
    };
    let index = element.attribute("index").map(|text| {
        text.parse()
            .map_err(|_| Refusal::rule("metadata.endpoint", "an index from 0 to 65535", text))
    });
    Ok(Endpoint {
        binding: required("Binding")?,
        location: required("Location")?,
        response_location: element.attribute("ResponseLocation").map(str::to_owned),
        index: index.transpose()?,
        is_default: is_true(element, "isDefault"),
    })
}

fn is_true(element: Element<'_>, name: &str) -> bool {
    matches!(element.attribute(name), Some("true" | "1"))
}
