//! Positive answers of the store, reused for a short while.
//!
//! Never the reason why something that this process ended still works: ending evicts, and an answer that was asked for before
//! an eviction is not kept after it. What another process ended is noticed when the time is over.

use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

/// How many answers are kept at most.
const KEPT: usize = 100_000;

/// Answers by key. Bounded: when it is full, it starts anew.
pub(crate) struct Reuse<V> {
    reuse: SignedDuration,
    kept: RwLock<Kept<V>>,
}

/// The state of the cache before the store is asked, and when that was.
#[derive(Clone, Copy)]
pub(crate) struct Epoch(u64, Instant);

/// For ages only. A request's own time is that of its beginning, and its body may take long to come.
#[expect(
    clippy::disallowed_methods,
    reason = "time that passes while a request is under way is no argument of it"
)]
pub(crate) fn clock() -> Instant {
    Instant::now()
}

struct Kept<V> {
    epoch: u64,
    answers: HashMap<String, Answer<V>>,
}

struct Answer<V> {
    value: Arc<V>,
    checked: Timestamp,
    until: Timestamp,
    kept: Instant,
}

impl<V> Reuse<V> {
    /// Reuses an answer for that long; zero keeps nothing.
    pub(crate) fn new(reuse: SignedDuration) -> Self {
        let kept = Kept {
            epoch: 0,
            answers: HashMap::new(),
        };
        Self {
            reuse,
            kept: RwLock::new(kept),
        }
    }

    /// Before asking.
    pub(crate) fn epoch(&self) -> Epoch {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        Epoch(kept.epoch, clock())
    }

    /// The answer of that key, if it may be used at `now`. That is when the request began: one whose body comes slowly must not
    /// find what was true then, so that the clock has a say, too.
    pub(crate) fn get(&self, key: &str, now: Timestamp) -> Option<Arc<V>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let answer = kept.answers.get(key)?;
        let age = now.duration_since(answer.checked);
        let fresh = !age.is_negative()
            && age < self.reuse
            && clock().duration_since(answer.kept) < self.reuse.unsigned_abs();
        (fresh && now < answer.until).then(|| answer.value.clone())
    }

    /// Keeps an answer, never past `until`.
    pub(crate) fn put(
        &self,
        (key, value): (String, Arc<V>),
        (now, until): (Timestamp, Timestamp),
        epoch: Epoch,
    ) {
        if self.reuse.is_zero() {
            return;
        }
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.epoch != epoch.0 {
            return;
        }
        if kept.answers.len() >= KEPT {
            kept.answers.clear();
        }
        let answer = Answer {
            value,
            checked: now,
            until,
            kept: epoch.1,
        };
        kept.answers.insert(key, answer);
    }

    /// Forgets what was ended.
    pub(crate) fn evict(&self, keys: &[String]) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        kept.epoch += 1;
        for key in keys {
            kept.answers.remove(key);
        }
    }

    /// Forgets everything: for ends that nobody could list the keys of.
    pub(crate) fn clear(&self) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        kept.epoch += 1;
        kept.answers.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn kept() -> Reuse<u8> {
        let cache = Reuse::new(SignedDuration::from_secs(10));
        put(&cache, at(0), cache.epoch());
        cache
    }

    fn put(cache: &Reuse<u8>, now: Timestamp, epoch: Epoch) {
        cache.put(("k".into(), Arc::new(1)), (now, at(100)), epoch);
    }

    #[test]
    fn an_answer_is_reused_for_its_time_and_never_past_its_end() {
        let cache = kept();
        assert!(cache.get("k", at(9)).is_some());
        assert!(cache.get("other", at(9)).is_none());
        assert!(cache.get("k", at(10)).is_none());
        assert!(cache.get("k", at(-1)).is_none(), "a clock that went back");
        put(&cache, at(95), cache.epoch());
        assert!(cache.get("k", at(99)).is_some());
        assert!(cache.get("k", at(100)).is_none());
    }

    #[test]
    fn an_answer_that_was_asked_for_before_an_eviction_is_not_kept() {
        for forget in [
            |c: &Reuse<u8>| c.evict(&["k".into()]),
            |c: &Reuse<u8>| c.clear(),
        ] {
            let cache = kept();
            let epoch = cache.epoch();
            forget(&cache);
            assert!(cache.get("k", at(0)).is_none());
            put(&cache, at(0), epoch);
            assert!(cache.get("k", at(0)).is_none());
        }
    }

    #[test]
    fn nothing_is_kept_where_reuse_is_off() {
        let cache = Reuse::new(SignedDuration::ZERO);
        put(&cache, at(0), cache.epoch());
        assert!(cache.get("k", at(0)).is_none());
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let cache = Reuse::new(SignedDuration::from_secs(10));
        for n in 0..=KEPT {
            let entry = (n.to_string(), Arc::new(1));
            cache.put(entry, (at(0), at(100)), cache.epoch());
        }
        assert!(cache.kept.read().unwrap().answers.len() <= KEPT);
    }
}
