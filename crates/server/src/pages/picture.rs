//! The picture that an authenticator application reads (QR code, ISO/IEC 18004), as the path of an inline SVG: nothing is
//! loaded for it, and no Content-Security-Policy has to give way.

use qrcode::{Color, QrCode};
use std::fmt::Write as _;

/// Blank modules around the code, so that a reader finds its edges (ISO/IEC 18004 §9.1).
const QUIET: usize = 4;

/// A picture: a square of `side` units, and the path of what is dark in it.
pub struct Picture {
    /// Length of a side.
    pub side: usize,
    /// `d` of the path.
    pub path: String,
}

impl Picture {
    /// The code of `text`; none if it is too long for one.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::new(text).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (at, color) in code.to_colors().into_iter().enumerate() {
            if color == Color::Dark {
                let (x, y) = (at % width + QUIET, at / width + QUIET);
                write!(path, "M{x} {y}h1v1h-1z").expect("writing to a String does not fail");
            }
        }
        Some(Self {
            side: width + 2 * QUIET,
            path,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dark_module_is_drawn_and_no_more() {
        let picture = Picture::of("otpauth://totp/a:b?secret=GEZDGNBVGY3TQOJQ").unwrap();
        let code = QrCode::new("otpauth://totp/a:b?secret=GEZDGNBVGY3TQOJQ").unwrap();
        let dark = code
            .to_colors()
            .iter()
            .filter(|c| **c == Color::Dark)
            .count();
        assert_eq!(picture.path.matches('M').count(), dark);
        assert_eq!(picture.side, code.width() + 8);
        // The finder pattern begins where the quiet zone ends.
        assert!(picture.path.starts_with("M4 4h1v1h-1z"));
    }

    #[test]
    fn text_that_fits_no_code_has_no_picture() {
        assert!(Picture::of(&"a".repeat(10_000)).is_none());
    }
}
