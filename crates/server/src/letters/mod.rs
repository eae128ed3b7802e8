//! E-mail: what stands in a letter, and how it leaves.
//!
//! This module owns the wording of letters and their way to an SMTP server; it does not decide who is written to (`identity`),
//! and whoever asks for a letter is never told whether one was sent.
//!
//! * [`wording`]: subject and text, by language · [`post`]: the tray, and the one who carries it away

pub mod post;
mod wording;

pub use post::{Post, PostError};
