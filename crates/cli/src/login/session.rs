//! What all commands of the client begin with: folders, profile, cache, terminal; and the sign-in that they may end up doing.

use super::args::{SessionArgs, SignInArgs};
use super::browser;
use super::refusal::Refusal;
use super::secret::Secret;
use super::storagegrid::{self, Handover};
use super::terminal::Terminal;
use super::transport::Transport;
use super::trust::Trust;
use super::walk::Walk;
use super::wanted::{SignIn, Wanted};
use crate::cache::{Cache, CacheError, CachedToken, Choice, KeyringAccess, KeyringError};
use crate::exit::{Exit, Failure};
use crate::folders::Folders;
use crate::profile::Profile;
use jiff::{SignedDuration, Timestamp};
use server::clock::{Clock, SystemClock};

/// A cached token is handed out only if it lives this much longer: whoever gets it wants to use it.
const LEAST_LIFE: SignedDuration = SignedDuration::from_secs(60);

/// One command of the client at work.
pub(super) struct Session {
    pub(super) typed: SessionArgs,
    pub(super) folders: Folders,
    pub(super) terminal: Terminal,
}

impl Session {
    /// Finds everything; opens nothing.
    pub(super) fn open(typed: SessionArgs) -> Result<Self, Failure> {
        let folders = Folders::from_environment()?;
        let terminal = Terminal::open(typed.no_input);
        Ok(Self {
            typed,
            folders,
            terminal,
        })
    }

    /// The cache.
    pub(super) fn cache(&self) -> Cache<'_> {
        let access = KeyringAccess {
            may_ask: self.terminal.has_person() && self.terminal.has_display(),
            patience: self.typed.patience(),
        };
        Cache::new(&self.folders, access)
    }

    /// A connection with this command's patience.
    pub(super) fn transport(&self) -> Result<Transport, Failure> {
        Ok(Transport::new(
            self.typed.patience(),
            self.typed.insecure,
            &self.terminal,
        )?)
    }

    /// What was typed, over the profile.
    pub(super) fn wanted(&self, typed: &SignInArgs) -> Result<Wanted, Failure> {
        let profile = Profile::read(&self.typed.profile, &self.folders)?;
        Ok(Wanted::new(typed, &profile))
    }

    /// What the cache holds. One that cannot be read is as good as empty, and worth a word.
    pub(super) async fn cached(&self) -> Result<Option<CachedToken>, Failure> {
        match self.cache().read(&self.typed.profile).await {
            Err(error @ CacheError::Unreadable) => Ok(self.nothing_usable(&error)),
            outcome => outcome.map_err(cache_failure),
        }
    }

    /// The same for whoever can sign in anew: a keyring that is locked or gone does not stop them.
    async fn cached_or_anew(&self) -> Result<Option<CachedToken>, Failure> {
        match self.cache().read(&self.typed.profile).await {
            Err(error @ (CacheError::Unreadable | CacheError::Keyring { .. })) => {
                Ok(self.nothing_usable(&error))
            }
            outcome => outcome.map_err(cache_failure),
        }
    }

    fn nothing_usable(&self, error: &CacheError) -> Option<CachedToken> {
        self.terminal.say(format_args!("warning: {error}"));
        None
    }

    /// Signs in anew, whatever the cache holds; only a success replaces it.
    pub(super) async fn sign_in_anew(&self, wanted: Wanted) -> Result<CachedToken, Failure> {
        let (named, keep) = (wanted.trusted_hosts.clone(), wanted.cache);
        let sign_in = self.ask(wanted).await?;
        let _lock = self
            .cache()
            .lock(&self.typed.profile, self.typed.patience())
            .await
            .map_err(cache_failure)?;
        self.sign_in(sign_in, &named, keep).await
    }

    /// A token that works: the cached one, or a new one. However many ask at once, one signs in.
    pub(super) async fn token(&self, typed: &SignInArgs) -> Result<CachedToken, Failure> {
        let mut wanted = self.wanted(typed)?;
        if wanted.cache == Choice::Nobody {
            return self.sign_in_anew(wanted).await;
        }
        let usable = |cached: &CachedToken| {
            wanted.is_met_by(cached) && cached.expires_at > now() + LEAST_LIFE
        };
        if let Some(cached) = self.cached_or_anew().await?.filter(usable) {
            return Ok(cached);
        }
        let _lock = self
            .cache()
            .lock(&self.typed.profile, self.typed.patience())
            .await
            .map_err(cache_failure)?;
        // Whoever held the lock before may have signed in.
        let cached = self.cached_or_anew().await?;
        if let Some(cached) = &cached
            && usable(cached)
        {
            return Ok(cached.clone());
        }
        if let Some(cached) = &cached {
            wanted = wanted.or_as_before(cached);
        }
        let (named, keep) = (wanted.trusted_hosts.clone(), wanted.cache);
        let sign_in = self.ask(wanted).await?;
        self.sign_in(sign_in, &named, keep).await
    }

    /// Gets what is missing. A person may take their time; a command or a pipe may not.
    async fn ask(&self, wanted: Wanted) -> Result<SignIn, Failure> {
        let asking = wanted.ask(&self.terminal);
        if self.terminal.has_person() {
            return Ok(asking.await?);
        }
        let outcome = tokio::time::timeout(self.typed.patience(), asking).await;
        Ok(outcome.map_err(|_| Refusal::TimedOut {
            host: "the password".to_owned(),
        })??)
    }

    async fn sign_in(
        &self,
        sign_in: SignIn,
        named: &[String],
        keep: Choice,
    ) -> Result<CachedToken, Failure> {
        if let Choice::By(keeper) = keep {
            // Before a token is issued that then could not be kept.
            self.cache().check(keeper).await.map_err(cache_failure)?;
        }
        let SignIn {
            method,
            address,
            account,
            user,
            domain,
            browser,
            credentials,
        } = sign_in;
        let mut transport = self.transport()?;
        let mut trust = Trust::new(named, &address, &self.folders)?;
        let start = storagegrid::signed_url(&transport, &address, &account).await?;
        let mut walk = Walk::new(&mut transport, &mut trust, &self.terminal, &credentials);
        let copies = (&self.folders, now());
        let response = if browser {
            browser::reach_saml_response(&mut walk, start, &address, copies).await?
        } else {
            walk.reach_saml_response(start, &address, copies).await?
        };
        let handover = Handover {
            response,
            account: account.clone(),
        };
        let issued = storagegrid::token(&transport, &address, handover, now()).await?;
        trust.remember(&address, &self.folders)?;
        let token = CachedToken {
            token: issued.token,
            expires_at: issued.expires_at,
            address,
            account,
            method,
            user,
            domain,
            hosts: trust.hosts(),
        };
        if keep != Choice::Nobody {
            self.cache()
                .write(&self.typed.profile, &token, keep)
                .await
                .map_err(cache_failure)?;
        }
        Ok(token)
    }
}

/// Now.
pub(super) fn now() -> Timestamp {
    SystemClock.now()
}

/// The name of an environment variable and its value, as `exec` and `-o env` hand them out.
pub(super) fn variables(token: &Secret) -> [(&'static str, &str); 2] {
    [
        ("STORAGEGRID_TOKEN", token.expose()),
        ("PORTARIA_TOKEN", token.expose()),
    ]
}

/// A cache that fails is this machine's fault, not the other side's; a keyring that is locked waits for a person.
pub(super) fn cache_failure(error: CacheError) -> Failure {
    let exit = match &error {
        CacheError::Keyring {
            error: KeyringError::Locked | KeyringError::Dismissed,
            ..
        } => Exit::InteractionNeeded,
        _ => Exit::Failed,
    };
    Failure::new(exit, error)
}
