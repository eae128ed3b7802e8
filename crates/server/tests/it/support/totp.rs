//! The telephone of a person with a second factor (RFC 6238 with SHA-1, six digits, thirty seconds).

use super::{TestServer, world::TOTP};
use aws_lc_rs::hmac;
use server::clock::Clock as _;

/// The code that it shows at the server's time.
pub(crate) fn code(server: &TestServer) -> String {
    code_of(server, TOTP)
}

/// The code of another secret.
pub(crate) fn code_of(server: &TestServer, secret: &str) -> String {
    let step = u64::try_from(server.clock.now().as_second() / 30).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &base32(secret));
    let mac = hmac::sign(&key, &step.to_be_bytes());
    let mac = mac.as_ref();
    let at = usize::from(mac[19] & 15);
    let four: [u8; 4] = mac[at..at + 4].try_into().unwrap();
    format!(
        "{:06}",
        (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000
    )
}

/// A code that it does not show.
pub(crate) fn wrong_code(server: &TestServer) -> String {
    let right: u32 = code(server).parse().unwrap();
    format!("{:06}", (right + 1) % 1_000_000)
}

fn base32(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut held, mut bits) = (0_u32, 0);
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            _ => letter - b'2' + 26,
        };
        held = (held << 5) | u32::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 0xff).unwrap());
        }
    }
    bytes
}
