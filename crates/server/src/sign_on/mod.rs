//! What the sign-in doors share: how a visit is read, in which order the rules are asked, what a refusal looks like.
//!
//! This module owns the walk from a request to an answer that is the same at every sign-in door; it does not know any door's
//! URLs, field names or cookies, and it takes no decision that a rule of `identity` takes.
//!
//! * [`visit`]: one request, as far as these doors read it · [`desk`]: the rules, asked in order
//! * [`wrong`]: what was wrong with what somebody typed
//! * [`links`]: by e-mail
//! * [`failure`]: every way in which it ends early, as a page

pub mod desk;
pub mod failure;
pub mod links;
pub mod visit;
pub mod wrong;

pub use desk::{Desk, Look};
pub use failure::Failure;
pub use visit::Visit;
pub use wrong::Wrong;
