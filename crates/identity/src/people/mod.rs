//! What people see and change of their own: password, second factor, recovery codes, sessions; and how they come in without
//! a password.
//!
//! This module owns who may change what, and on which proof; it does not judge passwords and codes at a sign-in (`login`,
//! `codes`), and it sends no letters: it says what stands in them.
//!
//! * [`home`]: the applications of the organization · [`sessions`]: where a person is signed in
//! * [`proof`]: that it is still the person who sits there · [`change`]: what every change ends
//! * [`password`]: changed or set anew · [`choice`]: which passwords people may choose
//! * [`authenticator`]: enrolled, taken away · [`recovery`]: codes for the day when it is lost
//! * [`links`]: e-mailed links: to come in, to set a password

pub mod authenticator;
mod change;
mod choice;
pub mod home;
pub mod links;
pub mod password;
pub mod proof;
pub(crate) mod recovery;
pub mod sessions;

pub use authenticator::Enrolment;
pub use change::Renewed;
pub use home::Home;
pub use links::{Letter, Purpose};
pub use proof::{Means, Proof};
pub use recovery::RecoveryCodes;
pub use sessions::OpenSession;
