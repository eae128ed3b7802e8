//! Keys that ID tokens name and that we do not have: their issuer may have changed its keys since we asked.

use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How often one issuer is asked at most, however many tokens name keys that it never had.
const BETWEEN: SignedDuration = SignedDuration::from_mins(1);

/// Providers (organization, identifier) whose keys are wanted. Bounded by configuration: only those that there are get here.
#[derive(Default)]
pub(crate) struct SoughtKeys {
    sought: Mutex<HashMap<(String, String), Sought>>,
}

#[derive(Default)]
struct Sought {
    wanted: bool,
    asked: Option<Timestamp>,
}

impl SoughtKeys {
    /// Wants the keys of that provider.
    pub(crate) fn seek(&self, organization: &str, provider: &str) {
        let mut sought = self.sought.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (organization.to_owned(), provider.to_owned());
        sought.entry(key).or_default().wanted = true;
    }

    /// Those who are to be asked now.
    pub(crate) fn take(&self, now: Timestamp) -> Vec<(String, String)> {
        let mut sought = self.sought.lock().unwrap_or_else(PoisonError::into_inner);
        let rested = |asked: Timestamp| now.duration_since(asked) >= BETWEEN;
        sought
            .iter_mut()
            .filter(|(_, one)| one.wanted && one.asked.is_none_or(rested))
            .map(|(key, one)| {
                *one = Sought {
                    wanted: false,
                    asked: Some(now),
                };
                key.clone()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuer_is_asked_once_a_minute_however_often_its_keys_are_wanted() {
        let keys = SoughtKeys::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        let seek = || keys.seek("domain", "accounts");
        assert!(keys.take(at(0)).is_empty(), "nobody wanted any");
        seek();
        seek();
        assert_eq!(keys.take(at(1)), [("domain".into(), "accounts".into())]);
        assert!(keys.take(at(2)).is_empty(), "they are being fetched");
        seek();
        assert!(keys.take(at(60)).is_empty());
        keys.seek("domain", "another");
        assert_eq!(keys.take(at(60)).len(), 1, "each issuer by itself");
        assert_eq!(keys.take(at(61)).len(), 1);
    }
}
