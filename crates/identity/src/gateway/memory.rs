//! What a gateway keeps in the process: answers for a moment, and which transactions are under way. Neither decides validity
//! for longer than a token check may be cached.

use super::authorization::Holder;
use jiff::{SignedDuration, Timestamp};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Answers kept at most; then all are forgotten, which costs a question each.
const KEPT: usize = 50_000;

/// What is known of a token.
#[derive(Debug, Clone)]
pub(super) enum Fate {
    /// A live session.
    Live(Known),
    /// Not a live session.
    Dead,
}

/// What is known of a live session.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) provider: String,
    pub(super) holder: Option<Holder>,
    pub(super) expires: Timestamp,
}

/// Recent answers about tokens.
#[derive(Debug, Default)]
pub(super) struct Answers(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    answers: HashMap<String, (Timestamp, Fate)>,
    epoch: u64,
}

impl Answers {
    /// The answer of at most `age` ago.
    pub(super) fn fresh(&self, hash: &str, now: Timestamp, age: SignedDuration) -> Option<Fate> {
        let inner = self.lock();
        let (at, fate) = inner.answers.get(hash)?;
        let since = now.duration_since(*at);
        let ended = matches!(fate, Fate::Live(known) if known.expires <= now);
        // A clock that went back makes the answer unusable, not young.
        (SignedDuration::ZERO <= since && since < age && !ended).then(|| fate.clone())
    }

    /// Before asking: an answer that was asked for before an eviction is not kept after it.
    pub(super) fn epoch(&self) -> u64 {
        self.lock().epoch
    }

    pub(super) fn put(&self, hash: &str, fate: Fate, (now, epoch): (Timestamp, u64)) {
        let mut inner = self.lock();
        if inner.epoch != epoch {
            return;
        }
        if inner.answers.len() >= KEPT {
            inner.answers.clear();
        }
        inner.answers.insert(hash.to_owned(), (now, fate));
    }

    pub(super) fn evict(&self, hash: &str) {
        let mut inner = self.lock();
        inner.epoch += 1;
        inner.answers.remove(hash);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Transactions whose sessions this process must end.
#[derive(Debug, Default)]
pub(super) struct Held(Mutex<HashSet<String>>);

impl Held {
    pub(super) fn add(&self, hash: String) {
        self.lock().insert(hash);
    }

    pub(super) fn remove(&self, hash: &str) {
        self.lock().remove(hash);
    }

    pub(super) fn all(&self) -> Vec<String> {
        self.lock().iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
