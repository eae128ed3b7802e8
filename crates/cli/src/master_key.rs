//! The master key as it lies in its file: 32 bytes as 64 hexadecimal digits.

use anyhow::{Context, Result, ensure};
use std::path::Path;

/// The text of the file.
pub(crate) fn render(key: &[u8; 32]) -> String {
    let nibbles = key.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]);
    let digits = nibbles.map(|nibble| {
        char::from_digit(nibble.into(), 16).expect("four bits are one hexadecimal digit")
    });
    digits.chain(['\n']).collect()
}

/// The key in that file.
pub(crate) fn load(path: &Path) -> Result<[u8; 32]> {
    let described = || format!("the master key {}", path.display());
    parse(&std::fs::read_to_string(path).with_context(described)?).with_context(described)
}

/// The key in the text of the file.
pub(crate) fn parse(text: &str) -> Result<[u8; 32]> {
    let digits = text.trim_end();
    let well_formed = digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    ensure!(
        well_formed,
        "a master key is 64 hexadecimal digits and nothing else"
    );
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair)?, 16)?;
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::{parse, render};

    #[test]
    fn key_survives_its_file() {
        let key: [u8; 32] = std::array::from_fn(|at| u8::try_from(at * 7).unwrap());
        assert_eq!(parse(&render(&key)).unwrap(), key);
    }

    #[test]
    fn anything_but_64_digits_is_refused() {
        for text in [
            "",
            "00",
            &"0".repeat(63),
            &"0".repeat(66),
            &"g".repeat(64),
            &format!("+{}", "0".repeat(63)),
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }
}
