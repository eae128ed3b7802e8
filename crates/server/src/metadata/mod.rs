//! Metadata and keys of the other side over the network: the other end of `identity::metadata_sources`.
//!
//! This module owns the fetching and its rhythm; what of a document is believed is for the rules.
//!
//! * [`fetch`]: one document from one address · [`mod@refresh`]: those whose time has come, in the background

mod fetch;
mod refresh;

pub use fetch::{Fetcher, NotUsable};
pub(crate) use refresh::refresh;
pub use refresh::refresh_due;
