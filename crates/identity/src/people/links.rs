//! Links by e-mail: to come in without a password, and to set a password anew.
//!
//! Nobody is told whether a letter was written. Asking writes no row: what a link means is sealed into it, and only its use is
//! stored. A link to come in works in the browser that asked for it and in no other, so that nobody can be led into a
//! stranger's account; either is used by a POST, because mail programs open links to look at them.

use crate::audit::Event;
use crate::codes::Code;
use crate::digest;
use crate::entities::IdentityProvider;
use crate::error::{Answer, Refused, Unavailable};
use crate::guard;
use crate::login::{NextStep, credential_stamp};
use crate::moment::Moment;
use crate::service::Service;
use crate::store::users::User;
use crate::store::{consumed, millis};
use crate::throttle::Attempt;
use jiff::{SignedDuration, Timestamp};
use saml::names;

/// How long a link works.
const LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// What a link is sealed for.
const SEALED: &str = "e-mailed-link";

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To come in without a password.
    SignIn,
    /// To set a password anew.
    Password,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Password => "password",
        }
    }
}

/// A letter to be written. Debug shows neither address nor link.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// The person's e-mail address.
    pub address: String,
    /// The person's name, if known.
    pub name: Option<String>,
    /// The organization's name.
    pub organization: String,
    /// What it is for.
    pub purpose: Purpose,
    /// The value that makes the link one: the door puts it into an address of its own.
    pub link: String,
    /// Until when it works.
    pub expires: Timestamp,
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Letter")
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

impl Service {
    /// The letter that somebody asked for by user name or e-mail address, if there is one to write: the person may sign in,
    /// has an address, and not too much was asked for. The work is the same if not. `browser` is what tells the browser from
    /// another.
    pub async fn ask_for_link(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        (purpose, name): (Purpose, &str),
        browser: &str,
    ) -> Result<Option<Letter>, Unavailable> {
        let (store, organization) = (&self.inner.store, entity.organization.as_str());
        let full = crate::login::principal_name(name, entity.default_domain.as_deref());
        let by_name = store.user_by_name(organization, &full).await?;
        let by_email = store.user_by_email(organization, name).await?;
        let issuer = store.organization(organization).await?;
        let user = by_name
            .or(by_email)
            .filter(|user| user.disabled_at.is_none());
        let counted = user.as_ref().map_or(name, |user| &user.id);
        let admitted = self.admit_link(moment, organization, counted);
        let expires = moment.now + LIFETIME;
        let plain = sealed_text(user.as_ref(), &bound_browser(purpose, browser));
        let link = self.inner.vault.ticket(
            SEALED,
            &bound(entity, purpose),
            plain.as_bytes(),
            expires,
            moment.bytes(),
        );
        let asked = |code: Option<&'static str>| {
            let event = Event::new(moment, "link.asked", organization, purpose.name());
            match code {
                Some(code) => event.refused(code).log(),
                None => event.log(),
            }
        };
        if !admitted && guard::stands("link.throttled") {
            asked(Some("link.throttled"));
            return Ok(None);
        }
        let Some((user, address)) = user.and_then(|user| Some((user.clone(), user.email?))) else {
            asked(Some("link.nobody"));
            return Ok(None);
        };
        asked(None);
        Ok(Some(Letter {
            address,
            name: user.full_name,
            organization: issuer.unwrap_or_else(|| organization.to_owned()),
            purpose,
            link,
            expires,
        }))
    }

    /// Whether a link would work now, in this browser. Uses nothing up.
    pub async fn link_works(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        (purpose, link, browser): (Purpose, &str, &str),
    ) -> Answer<()> {
        let opened = self
            .open_link(moment, entity, (purpose, link, browser))
            .await?;
        let (_, (key, _)) = match opened {
            Ok(opened) => opened,
            Err(refused) => return Ok(Err(refused)),
        };
        let used = self
            .inner
            .store
            .is_consumed("sign-in", &entity.organization, &key)
            .await?;
        Ok(if used { Err(over()) } else { Ok(()) })
    }

    /// Comes in by a link; a second factor is asked for as after a password. Refused with `link.over`.
    pub async fn enter_by_link(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        (link, browser): (&str, &str),
    ) -> Result<NextStep, Unavailable> {
        let opened = self
            .open_link(moment, entity, (Purpose::SignIn, link, browser))
            .await?;
        let (user, used) = match opened {
            Ok(opened) => opened,
            Err(refused) => return Ok(NextStep::Refused(refused)),
        };
        let first = names::AC_UNSPECIFIED;
        if user.totp.is_none() {
            let step = self
                .proceed(moment, entity, &user, (first, Code::Missing, Some(used)))
                .await?;
            // Without a second factor, what cannot be completed again is the link.
            return Ok(match step {
                NextStep::AskSecondFactor { .. } => NextStep::Refused(over()),
                step => step,
            });
        }
        if !self.use_up_link(entity, used).await? && guard::stands("link.over") {
            return Ok(NextStep::Refused(over()));
        }
        self.proceed(moment, entity, &user, (first, Code::Missing, None))
            .await
    }

    /// The person of a link that may still be used, and what using it consumes. Refused with `link.over`.
    pub(super) async fn open_link(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        (purpose, link, browser): (Purpose, &str, &str),
    ) -> Answer<(User, (String, i64))> {
        let bound = bound(entity, purpose);
        let opened = self
            .inner
            .vault
            .open_ticket(SEALED, &bound, link, moment.now);
        let Some(sealed) = opened.as_deref().and_then(Sealed::read) else {
            return Ok(Err(over()));
        };
        if sealed.browser != bound_browser(purpose, browser) && guard::stands("link.browser") {
            return Ok(Err(over()));
        }
        let store = &self.inner.store;
        let user = store.user(&entity.organization, sealed.user).await?;
        // The person as they are now: disabled meanwhile, or with another password or factor, they ask again.
        let user = user
            .filter(|user| user.disabled_at.is_none() && credential_stamp(user) == sealed.stamp);
        let expires = millis(moment.now + LIFETIME);
        Ok(user
            .map(|user| (user, (digest::key(&["link", link]), expires)))
            .ok_or_else(over))
    }

    async fn use_up_link(
        &self,
        entity: &IdentityProvider,
        (key, expires_at): (String, i64),
    ) -> Result<bool, Unavailable> {
        let organization = entity.organization.clone();
        self.inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    consumed::consume(connection, "sign-in", &organization, &key, expires_at)
                        .await
                        .map(Ok::<_, std::convert::Infallible>)
                })
            })
            .await
            .map(|Ok(fresh)| fresh)
    }

    /// Counts a wish for a letter: few for one person, whoever asks, because each lands in somebody's mailbox; ten times that
    /// for one client.
    fn admit_link(&self, moment: &Moment, organization: &str, account: &str) -> bool {
        let person = Attempt {
            organization,
            account,
            client: None,
        };
        let client = Attempt {
            client: moment.client,
            ..person
        };
        let links = &self.inner.links;
        let admitted = links.admits(person, moment.now) && links.admits(client, moment.now);
        if admitted {
            links.wrong(client, moment.now);
            links.wrong(person, moment.now);
        }
        admitted
    }
}

/// What stands in a link.
struct Sealed<'a> {
    user: &'a str,
    stamp: &'a str,
    browser: &'a str,
}

impl<'a> Sealed<'a> {
    fn read(plain: &'a [u8]) -> Option<Self> {
        let mut lines = std::str::from_utf8(plain).ok()?.split('\n');
        Some(Self {
            user: lines.next()?,
            stamp: lines.next()?,
            browser: lines.next()?,
        })
    }
}

fn sealed_text(user: Option<&User>, browser: &str) -> String {
    let (id, stamp) = user.map_or_else(Default::default, |user| {
        (user.id.as_str(), credential_stamp(user))
    });
    format!("{id}\n{stamp}\n{browser}")
}

/// Who sets a password anew has lost it, and may well read the letter on another machine; the password itself is typed there.
fn bound_browser(purpose: Purpose, browser: &str) -> String {
    match purpose {
        Purpose::SignIn => digest::key(&["browser of a link", browser]),
        Purpose::Password => String::new(),
    }
}

/// A link belongs to one door of one organization.
fn bound(entity: &IdentityProvider, purpose: Purpose) -> Vec<u8> {
    digest::of_parts(&[&entity.organization, &entity.door, purpose.name()]).to_vec()
}

fn over() -> Refused {
    Refused::new(
        "link.over",
        "the link expired, was used, belongs to another browser, or is not ours",
    )
}
