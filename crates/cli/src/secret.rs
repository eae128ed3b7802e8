//! `portaria secret`: a secret that a machine has drawn, for an application, an API or a client.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::moment::Random;
use server::clock::SystemRandom;

/// 256 bits, as HS256 wants of its key (RFC 7518 §3.2), in characters that need no escape in TOML, URLs and headers.
pub(crate) fn run() {
    let mut bytes = [0; 32];
    SystemRandom.fill(&mut bytes);
    println!("{}", URL_SAFE_NO_PAD.encode(bytes));
}
