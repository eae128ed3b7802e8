//! What will be written of an organization: its declaration beside what is stored, with identifiers, hashes and sealed secrets.

use super::judge::Plan;
use super::own_keys;
use super::resource_servers;
use super::{Account, Application, IdentityProvider, Organization, User};
use crate::applications::{self as rules, SECRET_SEALED};
use crate::audit::Event;
use crate::digest;
use crate::error::Unavailable;
use crate::keys::Generation;
use crate::login::{Secret, TOTP_SEALED, user_bound};
use crate::metadata_sources::{Kind, MetadataSource};
use crate::moment::Moment;
use crate::passwords::Verdict;
use crate::service::Service;
use crate::store::jwt_applications::JwtApplication;
use crate::store::oauth_applications::OauthApplication;
use crate::store::openid_providers::OpenidSettings;
use crate::store::sign_in_history::HistorySettings;
use crate::store::{applications, identity_providers, users};
use crate::totp;
use std::collections::HashMap;

/// What will be written of one organization.
pub(super) struct Draft {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) administrators: Vec<String>,
    pub(super) groups: Vec<(String, String)>,
    pub(super) people: Vec<Person>,
    pub(super) providers: Vec<Provider>,
    pub(super) applications: Vec<Party>,
    pub(super) accounts: Vec<crate::accounts::Account>,
    pub(super) resource_servers: Vec<crate::store::resource_servers::ResourceServer>,
    pub(super) history: Option<HistorySettings>,
    pub(super) metadata_sources: Vec<MetadataSource>,
    pub(super) event: Event,
}

/// A person with the identifiers of their groups.
pub(super) struct Person {
    pub(super) user: users::User,
    pub(super) groups: Vec<String>,
    /// Disabled, or with another password or factor: all sessions end (security: P5).
    pub(super) ends_sessions: bool,
    /// With another factor: the recovery codes stood in for the one before.
    pub(super) forgets_recovery_codes: bool,
}

/// An identity provider, by each protocol that it speaks.
pub(super) struct Provider {
    /// What it is by SAML, without metadata if it has none, and whatever does not depend on a protocol.
    pub(super) described: identity_providers::IdentityProvider,
    pub(super) openid: Option<OpenidSettings>,
}

/// An application with its settings per protocol.
pub(super) struct Party {
    pub(super) application: applications::Application,
    /// Keys of its own that are new.
    pub(super) keys: Vec<Generation>,
    pub(super) jwt: Option<JwtApplication>,
    pub(super) oauth: Option<OauthApplication>,
}

impl Draft {
    /// Identifiers of its applications.
    pub(super) fn parties(&self) -> impl Iterator<Item = &str> {
        self.applications
            .iter()
            .map(|party| party.application.id.as_str())
    }

    /// Identifiers of its peers of that kind, and of those of them whose metadata is fetched.
    pub(super) fn sources(&self, kind: Kind) -> (Vec<&str>, Vec<&str>) {
        let all = match kind {
            Kind::Application => self.parties().collect(),
            Kind::IdentityProvider | Kind::Issuer => {
                let ids = self.providers.iter().map(|p| p.described.id.as_str());
                ids.collect()
            }
        };
        let fetched = self.metadata_sources.iter().filter(|s| s.kind == kind);
        (all, fetched.map(|source| source.id.as_str()).collect())
    }
}

/// What the plan comes to beside what is stored; nothing is written.
pub(super) async fn draft(
    service: &Service,
    moment: &Moment,
    plan: Plan,
) -> Result<Draft, Unavailable> {
    let Plan {
        organization,
        relying_parties,
        identity_providers,
        metadata_sources,
    } = plan;
    let groups = groups(service, moment, &organization).await?;
    let mut people = Vec::new();
    for user in &organization.user {
        people.push(person(service, moment, (&organization.id, user, &groups)).await?);
    }
    let detail = format!(
        "{} people, {} applications, {} identity providers, {} accounts",
        people.len(),
        relying_parties.len(),
        identity_providers.len(),
        organization.account.len()
    );
    let mut applications = Vec::new();
    for (declared, entity_id) in organization.application.into_iter().zip(relying_parties) {
        let keys = own_keys::drafted(service, moment, (&organization.id, &declared)).await?;
        let declared = (declared, entity_id);
        let party = party(service, moment, (&organization.id, declared)).await?;
        applications.push(Party { keys, ..party });
    }
    Ok(Draft {
        metadata_sources,
        event: Event::new(moment, "declared", &organization.id, detail),
        name: organization.name.unwrap_or_else(|| organization.id.clone()),
        administrators: organization.administrators,
        id: organization.id,
        groups: groups.into_iter().map(|(name, id)| (id, name)).collect(),
        people,
        providers: organization
            .identity_provider
            .into_iter()
            .zip(identity_providers)
            .map(|(declared, entity_id)| provider(declared, entity_id))
            .collect(),
        applications,
        accounts: organization.account.into_iter().map(account).collect(),
        resource_servers: organization
            .resource_server
            .into_iter()
            .map(resource_servers::drafted)
            .collect(),
        history: organization.sign_in_history.map(|history| HistorySettings {
            days: history.days,
            people: history.people,
            attributes: history.attributes,
        }),
    })
}

/// The identifier of every group that is declared or that a person is in, by name. One that exists keeps its identifier.
async fn groups(
    service: &Service,
    moment: &Moment,
    organization: &Organization,
) -> Result<HashMap<String, String>, Unavailable> {
    let stored = service.inner.store.groups(&organization.id).await?;
    let stored: HashMap<_, _> = stored.into_iter().map(|(id, name)| (name, id)).collect();
    let declared = organization
        .group
        .iter()
        .map(|group| (&group.name, group.id.clone()));
    let named = organization
        .user
        .iter()
        .flat_map(|user| &user.groups)
        .map(|name| (name, None));
    let mut ids = HashMap::new();
    for (name, id) in declared.chain(named) {
        ids.entry(name.clone()).or_insert_with(|| {
            stored
                .get(name)
                .cloned()
                .or(id)
                .unwrap_or_else(|| moment.uuid().to_string())
        });
    }
    Ok(ids)
}

async fn person(
    service: &Service,
    moment: &Moment,
    (organization, declared, groups): (&str, &User, &HashMap<String, String>),
) -> Result<Person, Unavailable> {
    let stored = service
        .inner
        .store
        .user_by_name(organization, &declared.name)
        .await?;
    let old = stored.as_ref();
    let id = match (old, &declared.id) {
        (Some(user), _) => user.id.clone(),
        (None, Some(id)) => id.clone(),
        (None, None) => moment.uuid().to_string(),
    };
    // What is declared as before leaves alone what the person changed since.
    let declared_password_hash = password_hash(service, moment, (declared, old)).await?;
    let password_hash = match old {
        Some(old) if old.declared_password_hash == declared_password_hash => {
            old.password_hash.clone()
        }
        _ => declared_password_hash.clone(),
    };
    let declared_totp = totp_sealed(service, moment, (organization, &id), (declared, old));
    let totp = match old {
        Some(old) if old.declared_totp == declared_totp => old.totp.clone(),
        _ => declared_totp.clone(),
    };
    let another_factor = old.is_some_and(|old| old.totp != totp);
    let another_telephone =
        old.is_some_and(|old| old.push != declared.push || old.telephone != declared.telephone);
    let changed = another_factor
        || another_telephone
        || old.is_some_and(|old| old.password_hash != password_hash);
    let user = users::User {
        guid: declared
            .guid
            .or(old.map(|user| user.guid))
            .unwrap_or_else(|| moment.uuid()),
        id,
        name: declared.name.clone(),
        password_hash,
        full_name: declared.full_name.clone(),
        email: declared.email.clone(),
        totp,
        declared_password_hash,
        declared_totp,
        push: declared.push,
        telephone: declared.telephone.clone(),
        disabled_at: declared
            .disabled
            .then(|| old.and_then(|user| user.disabled_at).unwrap_or(moment.now)),
    };
    Ok(Person {
        groups: declared
            .groups
            .iter()
            .filter_map(|name| groups.get(name).cloned())
            .collect(),
        ends_sessions: changed || user.disabled_at.is_some(),
        forgets_recovery_codes: another_factor,
        user,
    })
}

async fn password_hash(
    service: &Service,
    moment: &Moment,
    (declared, old): (&User, Option<&users::User>),
) -> Result<Option<String>, Unavailable> {
    let Some(password) = &declared.password else {
        return Ok(declared.password_hash.clone());
    };
    let password = Secret::new(password.clone());
    if let Some(hash) = old.and_then(|user| user.declared_password_hash.clone()) {
        let verdict = service
            .inner
            .passwords
            .verify(moment, &password, Some(&hash))
            .await?;
        if let Ok(Verdict::Right { .. }) = verdict {
            return Ok(Some(hash));
        }
    }
    service
        .inner
        .passwords
        .hash(moment, &password)
        .await
        .map(Some)
}

/// The sealed secret of the second factor. An unchanged one stays byte for byte, so that pending sign-ins do.
fn totp_sealed(
    service: &Service,
    moment: &Moment,
    (organization, id): (&str, &str),
    (declared, old): (&User, Option<&users::User>),
) -> Option<Vec<u8>> {
    let secret = totp::read_secret(declared.totp.as_deref()?)?;
    let (vault, bound) = (&service.inner.vault, user_bound(organization, id));
    let kept = old
        .and_then(|user| user.declared_totp.clone())
        .filter(|sealed| {
            vault.open(TOTP_SEALED, &bound, sealed).as_deref() == Some(secret.as_slice())
        });
    Some(kept.unwrap_or_else(|| vault.seal(TOTP_SEALED, &bound, &secret, moment.bytes())))
}

fn provider(declared: IdentityProvider, entity_id: String) -> Provider {
    let openid = declared.openid.map(|openid| OpenidSettings {
        issuer: openid.issuer,
        clients: openid.clients,
        keys: openid.keys,
        console: None,
    });
    let entity_id = match &declared.metadata {
        Some(_) => entity_id,
        None => identity_providers::nobody(&declared.id),
    };
    let described = identity_providers::IdentityProvider {
        entity_id,
        metadata: declared.metadata.unwrap_or_default(),
        enabled: declared.enabled.unwrap_or(true),
        allow_unsolicited: declared.allow_unsolicited,
        groups_attribute: declared.groups_attribute,
        user_attribute: declared.user_attribute,
        mapping: declared.mapping.map(|m| (m.rules, m.dialect)),
        metadata_at: None,
        sso: declared.sso_type,
        description: None,
        id: declared.id,
    };
    Provider { described, openid }
}

fn account(declared: Account) -> crate::accounts::Account {
    crate::accounts::Account {
        name: declared.name.unwrap_or_else(|| declared.id.clone()),
        id: declared.id,
        admits: declared.admits,
        provider: declared.identity_provider,
        roles: declared.role,
    }
}

async fn party(
    service: &Service,
    moment: &Moment,
    (organization, (declared, entity_id)): (&str, (Application, Option<String>)),
) -> Result<Party, Unavailable> {
    let id = declared.id;
    let name = declared.name.unwrap_or_else(|| id.clone());
    let jwt = match declared.jwt {
        Some(jwt) => Some(JwtApplication {
            id: id.clone(),
            name: name.clone(),
            secret: jwt_secret(service, moment, (organization, &id, &jwt.secret)).await?,
            home_url: jwt.home,
            callback_url: jwt.callback,
            issuer: jwt.issuer,
        }),
        None => None,
    };
    let oauth = declared.oauth.map(|oauth| OauthApplication {
        id: id.clone(),
        name: name.clone(),
        home_url: oauth.home,
        secret_hash: oauth.secret.as_deref().map(digest::of_secret),
        code_redirects: oauth.code_redirects,
        token_redirects: oauth.token_redirects,
        logout_url: oauth.logout,
        implicit: oauth.implicit,
        without_pkce: oauth.without_pkce,
        client_credentials: oauth.client_credentials,
        device: oauth.device,
        post_logout_redirects: oauth.post_logout_redirects,
        back_channel_logout: oauth.back_channel_logout,
    });
    Ok(Party {
        keys: Vec::new(),
        application: applications::Application {
            name,
            id,
            entity_id,
            metadata: declared.metadata,
            sign_requests: declared.sign_requests,
            reply: declared.reply.map(|reply| reply.kept()).unwrap_or_default(),
        },
        jwt,
        oauth,
    })
}

/// The sealed secret of an application. An unchanged one stays byte for byte: declaring the same again changes nothing.
async fn jwt_secret(
    service: &Service,
    moment: &Moment,
    (organization, id, secret): (&str, &str, &str),
) -> Result<Vec<u8>, Unavailable> {
    let (vault, bound) = (&service.inner.vault, rules::bound(organization, id));
    let stored = service
        .inner
        .store
        .jwt_application(organization, id)
        .await?;
    let kept = stored.map(|stored| stored.secret).filter(|sealed| {
        vault.open(SECRET_SEALED, &bound, sealed).as_deref() == Some(secret.as_bytes())
    });
    let seal = || vault.seal(SECRET_SEALED, &bound, secret.as_bytes(), moment.bytes());
    Ok(kept.unwrap_or_else(seal))
}
