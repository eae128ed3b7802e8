//! The gateway in front of a signing service: who is behind a transaction, and which session at a cloud PSC it uses.
//!
//! This module owns the credentials and the sessions; it does not forward anything and it opens no connection.
//!
//! * [`authorization`]: `Basic`, `Bearer` and the twelve forms of `VCSchema`
//! * [`transaction`]: `VCSchemaCfg` and `VCSchemaData`

pub mod authorization;
pub mod transaction;
