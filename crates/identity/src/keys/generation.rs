//! One key in its time.
//!
//! A ring holds generations. A new one is published first and signs later, so that partners have met it when they need it;
//! older ones stay published, and what they signed or what was encrypted to them stays acceptable, until they retire.

use crate::digest;
use jiff::Timestamp;

/// Whose keys they are: those of a door, or an application's own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Holder {
    /// Organization.
    pub organization: String,
    /// Name of the door, such as `adfs`; empty for an application's own keys.
    pub door: String,
    /// Identifier of the application; empty for the keys of a door.
    pub application: String,
}

impl Holder {
    /// The holder of a door's keys.
    pub fn door(organization: &str, door: &str) -> Self {
        Self {
            organization: organization.to_owned(),
            door: door.to_owned(),
            application: String::new(),
        }
    }

    /// The holder of an application's own keys.
    pub fn application(organization: &str, application: &str) -> Self {
        Self {
            organization: organization.to_owned(),
            door: String::new(),
            application: application.to_owned(),
        }
    }

    /// What a sealed key belongs to.
    pub(super) fn bound(&self, role: &str) -> Vec<u8> {
        let door = [&self.organization, &self.door, role];
        let application = [&self.organization, &self.door, &self.application, role];
        let parts: &[&str] = if self.application.is_empty() {
            &door
        } else {
            &application
        };
        digest::of_parts(parts).to_vec()
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.application.is_empty() {
            write!(f, "door {}", self.door)
        } else {
            write!(f, "application {}", self.application)
        }
    }
}

/// A key as the store keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct Generation {
    /// Whose.
    pub holder: Holder,
    /// What for.
    pub role: String,
    /// Its number in the ring; later ones are higher.
    pub number: i64,
    /// PKCS#8, sealed; empty once it is killed.
    pub sealed: Vec<u8>,
    /// The certificate that publishes it, DER.
    pub certificate: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it signs. It is published from the beginning.
    pub signs_from: Timestamp,
    /// Until when it is published and accepted; none as long as no other one follows.
    pub retires_at: Option<Timestamp>,
    /// When it was taken out for good.
    pub killed_at: Option<Timestamp>,
}

impl std::fmt::Debug for Generation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generation")
            .field("holder", &self.holder)
            .field("role", &self.role)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// Where a key stands in its ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Published, and not used yet.
    Next,
    /// In use.
    Current,
    /// Published and accepted still, and not used any more.
    Previous,
    /// Neither published nor accepted.
    Retired,
    /// Taken out for good.
    Killed,
}

impl State {
    /// As operators read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Current => "current",
            Self::Previous => "previous",
            Self::Retired => "retired",
            Self::Killed => "killed",
        }
    }
}

impl Generation {
    /// Whether it is published and accepted.
    pub(crate) fn is_live(&self, now: Timestamp) -> bool {
        self.killed_at.is_none() && self.retires_at.is_none_or(|end| now < end)
    }

    /// Where it stands among `ring`, every generation of its ring, the newest first.
    pub(super) fn state(&self, ring: &[Self], now: Timestamp) -> State {
        let of_this_ring = || {
            ring.iter()
                .filter(|other| other.holder == self.holder && other.role == self.role)
        };
        if self.killed_at.is_some() {
            State::Killed
        } else if !self.is_live(now) {
            State::Retired
        } else if current(of_this_ring(), now).is_some_and(|current| current == self) {
            State::Current
        } else if self.signs_from > now {
            State::Next
        } else {
            State::Previous
        }
    }
}

/// The generation that is used at `now`: the newest that may be; where none may be yet, the one that is next.
pub(super) fn current<'a>(
    newest_first: impl Iterator<Item = &'a Generation> + Clone,
    now: Timestamp,
) -> Option<&'a Generation> {
    let live = newest_first.filter(|key| key.is_live(now));
    let mut begun = live.clone().filter(|key| key.signs_from <= now);
    begun.next().or(live.last())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn key(number: i64, signs_from: i64, retires_at: Option<i64>) -> Generation {
        Generation {
            holder: Holder::door("organization", "door"),
            role: "role".into(),
            number,
            sealed: Vec::new(),
            certificate: Vec::new(),
            created_at: at(0),
            signs_from: at(signs_from),
            retires_at: retires_at.map(at),
            killed_at: None,
        }
    }

    fn states(ring: &[Generation], now: i64) -> Vec<&'static str> {
        ring.iter()
            .map(|key| key.state(ring, at(now)).name())
            .collect()
    }

    #[test]
    fn a_new_key_is_published_then_used_and_the_old_one_stays_published_until_it_retires() {
        let ring = [key(2, 100, None), key(1, 0, Some(200))];
        assert_eq!(states(&ring, 99), ["next", "current"]);
        assert_eq!(states(&ring, 100), ["current", "previous"]);
        assert_eq!(states(&ring, 199), ["current", "previous"]);
        assert_eq!(states(&ring, 200), ["current", "retired"]);
    }

    #[test]
    fn when_the_current_key_is_killed_the_next_one_is_used_at_once() {
        let mut ring = [key(2, 100, None), key(1, 0, Some(200))];
        ring[1].killed_at = Some(at(50));
        assert_eq!(states(&ring, 50), ["current", "killed"]);
    }

    #[test]
    fn keys_of_doors_and_of_applications_are_sealed_apart() {
        let door = Holder::door("o", "a");
        assert_ne!(door.bound("r"), Holder::application("o", "a").bound("r"));
        assert_ne!(door.bound("r"), door.bound("s"));
        assert_ne!(door.bound("r"), Holder::door("p", "a").bound("r"));
    }
}
