//! The gateway in front of a signing service: who is behind a transaction, and which session at a cloud PSC it uses.
//!
//! This module owns the credentials and the sessions; it does not forward anything and it opens no connection.
//!
//! * [`authorization`]: `Basic`, `Bearer` and the twelve forms of `VCSchema`
//! * [`transaction`]: `VCSchemaCfg` and `VCSchemaData`
//! * [`providers`]: cloud PSCs, and which of them a credential means
//! * [`psc`]: the port through which a PSC is asked

pub mod authorization;
pub mod providers;
pub mod psc;
pub mod transaction;
