//! How often somebody may be wrong: bounded counters in the process, by account and client.
//!
//! Counting by account alone would let anyone lock anyone out; counting by client alone would let many clients guess one
//! password. So a pair of both is held tightly, either alone loosely, and a client from which the person signed in before is
//! not stopped by what strangers do to the account.

use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// The counters. They are not part of any validity: a restart forgives, nothing more.
pub(crate) struct Throttle {
    per_window: u32,
    window: SignedDuration,
    counters: Mutex<Generations<Counter>>,
}

/// Who tries what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt<'a> {
    pub(crate) organization: &'a str,
    /// The name as looked up, whether or not somebody has it.
    pub(crate) account: &'a str,
    pub(crate) client: Option<IpAddr>,
}

/// How much looser an account or a client alone is held than the pair.
const LOOSER: u32 = 10;
/// How many counters are kept at most (twice that, with the older generation).
const KEPT: usize = 50_000;

impl Throttle {
    /// `per_window` wrong attempts of a pair are judged in each `window`.
    pub(crate) fn new(per_window: u32, window: SignedDuration) -> Self {
        Self {
            per_window,
            window,
            counters: Mutex::default(),
        }
    }

    /// Whether an attempt may be judged. Counts nothing.
    pub(crate) fn admits(&self, attempt: Attempt<'_>, now: Timestamp) -> bool {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let [pair, account, client] = keys(attempt);
        let known = counters.get(&pair).is_some_and(|c| c.known);
        let within = |counter: Option<Counter>, limit: u32| {
            counter.is_none_or(|c| now.duration_since(c.since) >= self.window || c.wrong < limit)
        };
        let loose = self.per_window.saturating_mul(LOOSER);
        within(counters.get(&pair), self.per_window)
            && (known || within(counters.get(&account), loose))
            && (attempt.client.is_none() || within(counters.get(&client), loose))
    }

    /// Counts a wrong attempt.
    pub(crate) fn wrong(&self, attempt: Attempt<'_>, now: Timestamp) {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys(attempt) {
            let mut counter = counters.get(&key).unwrap_or(Counter {
                since: now,
                wrong: 0,
                known: false,
            });
            if now.duration_since(counter.since) >= self.window {
                (counter.since, counter.wrong) = (now, 0);
            }
            counter.wrong = counter.wrong.saturating_add(1);
            counters.put(key, counter);
        }
    }

    /// Remembers that the person signed in from there, and forgives the pair.
    pub(crate) fn right(&self, attempt: Attempt<'_>, now: Timestamp) {
        let [pair, ..] = keys(attempt);
        self.counters
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .put(
                pair,
                Counter {
                    since: now,
                    wrong: 0,
                    known: true,
                },
            );
    }
}

fn keys(attempt: Attempt<'_>) -> [[u8; 32]; 3] {
    let client = attempt.client.map(network).unwrap_or_default();
    let account = attempt.account.to_lowercase();
    [
        crate::digest::of_parts(&["pair", attempt.organization, &account, &client]),
        crate::digest::of_parts(&["account", attempt.organization, &account]),
        crate::digest::of_parts(&["client", &client]),
    ]
}

/// A client is an IPv4 address or a /64 of IPv6, which is what one subscriber is given.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("{:x?}", &v6.segments()[..4]),
    }
}

#[derive(Debug, Clone, Copy)]
struct Counter {
    since: Timestamp,
    wrong: u32,
    known: bool,
}

/// Two generations: when the younger is full it becomes the older, and what nobody touched meanwhile is forgotten.
struct Generations<V> {
    young: HashMap<[u8; 32], V>,
    old: HashMap<[u8; 32], V>,
}

impl<V> Default for Generations<V> {
    fn default() -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }
}

impl<V: Copy> Generations<V> {
    fn get(&mut self, key: &[u8; 32]) -> Option<V> {
        self.young.get(key).or_else(|| self.old.get(key)).copied()
    }

    fn put(&mut self, key: [u8; 32], counter: V) {
        if self.young.len() >= KEPT {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, counter);
    }
}

/// When something was last asked for, by key, and how long to wait before asking again (RFC 8628 §3.5). In the process, and
/// bounded like the counters: a restart forgives, nothing more.
#[derive(Default)]
pub(crate) struct Polls(Mutex<Generations<Poll>>);

#[derive(Debug, Clone, Copy)]
struct Poll {
    at: Timestamp,
    interval: SignedDuration,
}

impl Polls {
    /// Whether `key` may be asked for at `now`, `interval` after the last time. Whoever does not wait must wait longer from
    /// then on, by another `interval` each time.
    pub(crate) fn admits(&self, key: [u8; 32], interval: SignedDuration, now: Timestamp) -> bool {
        let mut polls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = polls.get(&key);
        let admitted = last.is_none_or(|last| now.duration_since(last.at) >= last.interval);
        let interval = match last {
            Some(last) if !admitted => last.interval + interval,
            Some(last) => last.interval,
            None => interval,
        };
        polls.put(key, Poll { at: now, interval });
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn attempt(account: &str, host: u8) -> Attempt<'_> {
        Attempt {
            organization: "o",
            account,
            client: Some(IpAddr::from([192, 0, 2, host])),
        }
    }

    fn throttle() -> Throttle {
        Throttle::new(3, SignedDuration::from_secs(60))
    }

    #[test]
    fn a_pair_waits_after_its_wrong_attempts_and_only_until_the_window_ends() {
        let throttle = throttle();
        for _ in 0..3 {
            assert!(throttle.admits(attempt("a", 1), at(0)));
            throttle.wrong(attempt("a", 1), at(0));
        }
        assert!(!throttle.admits(attempt("a", 1), at(59)));
        assert!(
            !throttle.admits(attempt("A", 1), at(59)),
            "letter case does not start anew"
        );
        assert!(throttle.admits(attempt("a", 2), at(59)));
        assert!(throttle.admits(attempt("b", 1), at(59)));
        assert!(throttle.admits(attempt("a", 1), at(60)));
    }

    #[test]
    fn many_clients_together_are_stopped_but_not_one_that_signed_in_before() {
        let throttle = throttle();
        throttle.right(attempt("a", 200), at(0));
        for host in 0..30 {
            throttle.wrong(attempt("a", host), at(0));
        }
        assert!(!throttle.admits(attempt("a", 100), at(1)));
        assert!(throttle.admits(attempt("a", 200), at(1)));
    }

    #[test]
    fn one_client_cannot_try_a_password_on_everybody() {
        let throttle = throttle();
        let names: Vec<_> = (0..30).map(|n| n.to_string()).collect();
        for name in &names {
            throttle.wrong(attempt(name, 1), at(0));
        }
        assert!(!throttle.admits(attempt("fresh", 1), at(1)));
        assert!(throttle.admits(attempt("fresh", 2), at(1)));
    }

    #[test]
    fn whoever_asks_too_soon_waits_longer() {
        let polls = Polls::default();
        let admits = |second| polls.admits([1; 32], SignedDuration::from_secs(5), at(second));
        assert!(admits(0));
        assert!(!admits(4));
        // Ten seconds from the last question on, no longer five.
        assert!(!admits(13));
        assert!(admits(28));
        assert!(admits(43));
        assert!(polls.admits([2; 32], SignedDuration::from_secs(5), at(4)));
    }

    #[test]
    fn counters_are_bounded() {
        let mut generations = Generations::default();
        for n in 0..(3 * KEPT as u64) {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&n.to_be_bytes());
            generations.put(
                key,
                Counter {
                    since: at(0),
                    wrong: 1,
                    known: false,
                },
            );
        }
        assert!(generations.young.len() + generations.old.len() <= 2 * KEPT);
    }
}
