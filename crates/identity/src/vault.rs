//! Secrets sealed with a key that is not in the database, and pending state that travels instead of being stored.
//!
//! Everything is AES-256-GCM under keys derived from the master key (HKDF-SHA256), one per purpose, so that a sealed value of
//! one kind never opens as another.

use jiff::Timestamp;

/// The master key.
#[derive(Clone)]
pub struct Vault {
    _key: [u8; 32],
}

impl Vault {
    /// Over 32 bytes of key.
    pub fn new(_master: [u8; 32]) -> Self {
        todo!()
    }
    /// Seals `plain` for `purpose`; `bound` must be given again to open it. `nonce` is twelve random bytes.
    pub fn seal(
        &self,
        _purpose: &'static str,
        _bound: &[u8],
        _plain: &[u8],
        _nonce: [u8; 12],
    ) -> Vec<u8> {
        todo!()
    }
    /// Opens what [`Vault::seal`] made; none if it is anything else.
    pub fn open(&self, _purpose: &'static str, _bound: &[u8], _sealed: &[u8]) -> Option<Vec<u8>> {
        todo!()
    }
    /// Seals pending state as URL-safe text with an expiry (a sign-in under way, a request that we sent).
    pub fn ticket(
        &self,
        _purpose: &'static str,
        _bound: &[u8],
        _plain: &[u8],
        _expires: Timestamp,
        _nonce: [u8; 12],
    ) -> String {
        todo!()
    }
    /// Opens a ticket that has not expired.
    pub fn open_ticket(
        &self,
        _purpose: &'static str,
        _bound: &[u8],
        _ticket: &str,
        _now: Timestamp,
    ) -> Option<Vec<u8>> {
        todo!()
    }
}
