//! Password hashes: argon2id (RFC 9106), away from the threads that answer requests, and never more at a time than allowed.

use crate::error::{Refused, Unavailable};
use crate::imported_hash::ImportedHash;
use crate::login::Secret;
use crate::moment::Moment;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use tokio::sync::Semaphore;

/// The longest password that is hashed, in bytes. Nobody is kept from a long one; nobody makes us read a megabyte.
pub(crate) const LONGEST: usize = 1024;

/// Hashes and verifies. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Passwords {
    parameters: Params,
    permits: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    queue: usize,
    hashed: Arc<AtomicU64>,
    /// A hash with the current parameters that no password has: verifying against it costs what a real one costs.
    nobody: Arc<str>,
}

/// What verifying found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Right.
    Right {
        /// A hash with the current parameters, if the stored one has others.
        replacement: Option<String>,
    },
    /// Wrong.
    Wrong,
}

impl Passwords {
    /// `memory` in KiB; at most `permits` hashes at a time and `queue` waiting for one.
    pub(crate) fn new((memory, passes): (u32, u32), permits: usize, queue: usize) -> Self {
        let parameters = Params::new(memory, passes, 1, None).unwrap_or_default();
        let nobody = format!(
            "$argon2id$v=19$m={memory},t={passes},p=1${}${}",
            "A".repeat(22),
            "A".repeat(43)
        );
        Self {
            parameters,
            permits: Arc::new(Semaphore::new(permits.max(1))),
            waiting: Arc::default(),
            queue,
            hashed: Arc::default(),
            nobody: nobody.into(),
        }
    }

    /// How many hashes were computed since the start.
    pub(crate) fn hashed(&self) -> u64 {
        self.hashed.load(Ordering::Relaxed)
    }

    /// Verifies a password against a stored hash, or does the same work for nobody. One hash either way, so that neither time
    /// nor load tells whether a person exists, has a password, or may sign in (security: P3). Refused with `login.busy` when
    /// too many wait already.
    pub(crate) async fn verify(
        &self,
        moment: &Moment,
        password: &Secret,
        stored: Option<&str>,
    ) -> Result<Result<Verdict, Refused>, Unavailable> {
        // An over-long or empty password is nobody's; it must cost the same all the same.
        let fits = (1..=LONGEST).contains(&password.expose().len());
        let typed = if fits {
            password.expose().to_owned()
        } else {
            String::new()
        };
        let known = stored.is_some() && fits;
        let stored = stored.unwrap_or(&self.nobody).to_owned();
        let (this, salt) = (self.clone(), moment.bytes());
        self.admitted(move || {
            if let Some(imported) = ImportedHash::read(&stored) {
                let right = imported.verify(typed.as_bytes()) && known;
                return Ok(this.replace(&typed, right, (&imported, salt)));
            }
            let Ok(hash) = PasswordHash::new(&stored) else {
                return Err(Unavailable::because("a stored password hash is unreadable"));
            };
            let right = this
                .argon2()
                .verify_password(typed.as_bytes(), &hash)
                .is_ok();
            this.hashed.fetch_add(1, Ordering::Relaxed);
            if !(right && known) {
                return Ok(Verdict::Wrong);
            }
            let current = Params::try_from(&hash)
                .is_ok_and(|p| (p.m_cost(), p.t_cost(), p.p_cost()) == this.costs());
            Ok(Verdict::Right {
                replacement: (!current).then(|| this.hash_now(&typed, salt)),
            })
        })
        .await
    }

    /// Hashes a new password. Waits for its turn however long the queue is: only operators set passwords, and people who have
    /// proved who they are.
    pub(crate) async fn hash(
        &self,
        moment: &Moment,
        password: &Secret,
    ) -> Result<String, Unavailable> {
        let _permit = self
            .permits
            .acquire()
            .await
            .map_err(|e| Unavailable(Box::new(e)))?;
        let (this, password, salt) = (self.clone(), password.clone(), moment.bytes());
        tokio::task::spawn_blocking(move || this.hash_now(password.expose(), salt))
            .await
            .map_err(|e| Unavailable(Box::new(e)))
    }

    async fn admitted<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Unavailable> + Send + 'static,
    ) -> Result<Result<T, Refused>, Unavailable> {
        let Some(_place) = Place::take(&self.waiting, self.queue) else {
            return Ok(Err(Refused::new(
                "login.busy",
                "too many passwords wait to be judged",
            )));
        };
        let _permit = self
            .permits
            .acquire()
            .await
            .map_err(|e| Unavailable(Box::new(e)))?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|e| Unavailable(Box::new(e)))?
            .map(Ok)
    }

    /// What follows a hash of another program: one argon2 as for everybody else, either the hash that takes its place or, where it
    /// does not, one for nobody (security: P3).
    fn replace(
        &self,
        typed: &str,
        right: bool,
        (imported, salt): (&ImportedHash, [u8; 16]),
    ) -> Verdict {
        let covered = imported.covers(typed.as_bytes());
        if right && covered {
            return Verdict::Right {
                replacement: Some(self.hash_now(typed, salt)),
            };
        }
        self.hash_now(typed, salt);
        if right {
            Verdict::Right { replacement: None }
        } else {
            Verdict::Wrong
        }
    }

    fn hash_now(&self, password: &str, salt: [u8; 16]) -> String {
        self.hashed.fetch_add(1, Ordering::Relaxed);
        let hash: PasswordHash = self
            .argon2()
            .hash_password_with_salt(password.as_bytes(), &salt)
            .expect("salt and length are within the limits of argon2");
        hash.to_string()
    }

    fn argon2(&self) -> Argon2<'static> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.parameters.clone())
    }

    fn costs(&self) -> (u32, u32, u32) {
        (
            self.parameters.m_cost(),
            self.parameters.t_cost(),
            self.parameters.p_cost(),
        )
    }
}

/// Whether a text is a hash whose cost we are ready to pay: argon2id in PHC form, or one that people move in with.
pub(crate) fn is_hash(text: &str) -> bool {
    if ImportedHash::read(text).is_some() {
        return true;
    }
    let Ok(hash) = PasswordHash::new(text) else {
        return false;
    };
    text.starts_with("$argon2id$")
        && hash.hash.is_some()
        && Params::try_from(&hash).is_ok_and(|p| p.m_cost() <= 1024 * 1024 && p.t_cost() <= 32)
}

/// A place in the bounded queue, given back when dropped.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize, queue: usize) -> Option<Self> {
        waiting
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| {
                (n < queue).then_some(n + 1)
            })
            .ok()
            .map(|_| Self(waiting))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_affordable_argon2id_hashes_are_taken() {
        let passwords = Passwords::new((64, 1), 1, 1);
        assert!(is_hash(&passwords.hash_now("x", [1; 16])));
        assert!(is_hash(&passwords.nobody));
        assert!(!is_hash(
            "$argon2i$v=19$m=64,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA"
        ));
        assert!(!is_hash(
            "$argon2id$v=19$m=4194304,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA"
        ));
        assert!(!is_hash("my-password"));
    }

    #[test]
    fn a_full_queue_takes_nobody_until_somebody_leaves() {
        let waiting = AtomicUsize::new(0);
        let first = Place::take(&waiting, 1);
        assert!(first.is_some());
        assert!(Place::take(&waiting, 1).is_none());
        drop(first);
        assert!(Place::take(&waiting, 1).is_some());
    }
}
