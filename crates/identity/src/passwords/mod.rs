//! Password hashes: argon2id (RFC 9106), away from the threads that answer requests, and never more at a time than allowed.

mod memory;

use crate::error::{Refused, Unavailable};
use crate::imported_hash::ImportedHash;
use crate::login::Secret;
use crate::moment::Moment;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Params, Version};
use memory::{Memory, Visit};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use tokio::sync::{Semaphore, SemaphorePermit};

/// The longest password that is hashed, in bytes. Nobody is kept from a long one; nobody makes us read a megabyte.
pub(crate) const LONGEST: usize = 1024;

/// Hashes and verifies. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Passwords {
    cost: Cost,
    permits: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    queue: usize,
    hashed: Arc<AtomicU64>,
    memory: Memory,
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
        let cost = Cost {
            parameters: Params::new(memory, passes, 1, None).unwrap_or_default(),
            version: Version::V0x13,
        };
        let nobody = format!(
            "$argon2id$v=19$m={memory},t={passes},p=1${}${}",
            "A".repeat(22),
            "A".repeat(43)
        );
        Self {
            cost,
            permits: Arc::new(Semaphore::new(permits.max(1))),
            waiting: Arc::default(),
            queue,
            hashed: Arc::default(),
            memory: Memory::default(),
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
        self.admitted(move |visit| {
            if let Some(imported) = ImportedHash::read(&stored) {
                let right = imported.verify(typed.as_bytes()) && known;
                return Ok(this.replace(&typed, right, (&imported, salt), visit));
            }
            let Some(kept) = Kept::read(&stored) else {
                return Err(Unavailable::because("a stored password hash is unreadable"));
            };
            let right = this.compute((&typed, &kept.salt), &kept.cost, visit) == kept.output;
            if !(right && known) {
                return Ok(Verdict::Wrong);
            }
            let current = kept.cost.is_like(&this.cost);
            Ok(Verdict::Right {
                replacement: (!current).then(|| this.hash_now(&typed, salt, visit)),
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
        let (visit, _permit) = self.turn().await?;
        let (this, password, salt) = (self.clone(), password.clone(), moment.bytes());
        tokio::task::spawn_blocking(move || this.hash_now(password.expose(), salt, &visit))
            .await
            .map_err(|e| Unavailable(Box::new(e)))
    }

    /// Waits until one more may hash. The memory of whoever hashes meanwhile is kept for whoever waits.
    async fn turn(&self) -> Result<(Visit, SemaphorePermit<'_>), Unavailable> {
        let visit = self.memory.visit();
        let permit = self.permits.acquire().await;
        Ok((visit, permit.map_err(|e| Unavailable(Box::new(e)))?))
    }

    async fn admitted<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Visit) -> Result<T, Unavailable> + Send + 'static,
    ) -> Result<Result<T, Refused>, Unavailable> {
        let Some(_place) = Place::take(&self.waiting, self.queue) else {
            return Ok(Err(Refused::new(
                "login.busy",
                "too many passwords wait to be judged",
            )));
        };
        let (visit, _permit) = self.turn().await?;
        tokio::task::spawn_blocking(move || work(&visit))
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
        visit: &Visit,
    ) -> Verdict {
        let covered = imported.covers(typed.as_bytes());
        if right && covered {
            return Verdict::Right {
                replacement: Some(self.hash_now(typed, salt, visit)),
            };
        }
        self.hash_now(typed, salt, visit);
        if right {
            Verdict::Right { replacement: None }
        } else {
            Verdict::Wrong
        }
    }

    fn hash_now(&self, password: &str, salt: [u8; 16], visit: &Visit) -> String {
        let within = "salt and length are within the limits of argon2";
        let salt = Salt::new(&salt).expect(within);
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(self.cost.version.into()),
            params: ParamsString::try_from(&self.cost.parameters).expect(within),
            salt: Some(salt),
            hash: Some(self.compute((password, &salt), &self.cost, visit)),
        };
        hash.to_string()
    }

    /// One hash.
    fn compute(&self, (password, salt): (&str, &Salt), cost: &Cost, visit: &Visit) -> Output {
        self.hashed.fetch_add(1, Ordering::Relaxed);
        let parameters = &cost.parameters;
        let argon2 = Argon2::new(Algorithm::Argon2id, cost.version, parameters.clone());
        let mut bytes = [0; Output::MAX_LENGTH];
        let length = parameters
            .output_len()
            .unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let bytes = &mut bytes[..length];
        visit
            .with(parameters.block_count(), |blocks| {
                argon2.hash_password_into_with_memory(password.as_bytes(), salt, bytes, blocks)
            })
            .expect("lengths and memory are within the limits of argon2");
        Output::new(bytes).expect("argon2 has the same limits of length")
    }
}

/// What one argon2id hash takes.
#[derive(Clone)]
struct Cost {
    parameters: Params,
    version: Version,
}

impl Cost {
    fn is_like(&self, other: &Self) -> bool {
        let numbers = |p: &Params| (p.m_cost(), p.t_cost(), p.p_cost());
        numbers(&self.parameters) == numbers(&other.parameters) && self.version == other.version
    }
}

/// A stored hash.
struct Kept {
    cost: Cost,
    salt: Salt,
    output: Output,
}

impl Kept {
    /// None for what is no argon2id hash.
    fn read(text: &str) -> Option<Self> {
        let hash = PasswordHash::new(text).ok()?;
        if hash.algorithm != Algorithm::Argon2id.ident() {
            return None;
        }
        let version = hash.version.map(Version::try_from).transpose().ok()?;
        let cost = Cost {
            parameters: Params::try_from(&hash).ok()?,
            version: version.unwrap_or_default(),
        };
        Some(Self {
            cost,
            salt: hash.salt?,
            output: hash.hash?,
        })
    }
}

/// Whether a text is a hash whose cost we are ready to pay: argon2id in PHC form, or one that people move in with.
pub(crate) fn is_hash(text: &str) -> bool {
    if ImportedHash::read(text).is_some() {
        return true;
    }
    Kept::read(text).is_some_and(|kept| {
        let parameters = &kept.cost.parameters;
        parameters.m_cost() <= 1024 * 1024 && parameters.t_cost() <= 32
    })
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
    use argon2::PasswordVerifier;

    #[test]
    fn only_affordable_argon2id_hashes_are_taken() {
        let passwords = Passwords::new((64, 1), 1, 1);
        let visit = passwords.memory.visit();
        assert!(is_hash(&passwords.hash_now("x", [1; 16], &visit)));
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
    fn memory_that_was_used_before_changes_no_hash() {
        let passwords = Passwords::new((64, 2), 1, 1);
        let alone = |text: &str| passwords.hash_now(text, [1; 16], &passwords.memory.visit());
        let (one, other) = (alone("one"), alone("other"));
        let visit = passwords.memory.visit();
        for _ in 0..2 {
            assert_eq!(passwords.hash_now("one", [1; 16], &visit), one);
            assert_eq!(passwords.hash_now("other", [1; 16], &visit), other);
        }
        // RustCrypto's own way through the same hash.
        let hash = PasswordHash::new(&one).unwrap();
        Argon2::default().verify_password(b"one", &hash).unwrap();
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
