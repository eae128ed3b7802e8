//! Which characters may stand where (XML 1.0 fifth edition, §2.2 and §2.3).

/// XML 1.0 §2.2 `Char`, given that it is a Unicode scalar value.
pub(crate) fn is_allowed(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => true,
        '\u{0}'..'\u{20}' | '\u{FFFE}' | '\u{FFFF}' => false,
        _ => true,
    }
}

/// What one pass over the bytes found out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Survey {
    /// Every character is a `Char`.
    pub(crate) allowed: bool,
    /// TAB, LF or CR occurs: attribute values may need normalisation.
    pub(crate) breaks: bool,
    /// CR occurs: line ends need normalisation.
    pub(crate) carriage_returns: bool,
}

/// Looks at every character once, so that no later step has to.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches the compiler makes it a vector loop"
)]
pub(crate) fn survey(text: &str) -> Survey {
    let (mut controls, mut breaks) = (false, false);
    for &byte in text.as_bytes() {
        let is_break = (byte == b'\t') | (byte == b'\n') | (byte == b'\r');
        controls |= (byte < 0x20) & !is_break;
        breaks |= is_break;
    }
    // U+FFFE and U+FFFF are EF BF BE and EF BF BF.
    let non_characters = memchr::memchr_iter(0xEF, text.as_bytes()).any(|at| {
        matches!(
            text.as_bytes().get(at + 1..at + 3),
            Some([0xBF, 0xBE | 0xBF])
        )
    });
    Survey {
        allowed: !controls && !non_characters,
        breaks,
        carriage_returns: breaks && memchr::memchr(b'\r', text.as_bytes()).is_some(),
    }
}

/// What an ASCII byte may be in an NCName: 3 anything, 1 anything but the first, 0 nothing. Other bytes are looked at as
/// characters.
const fn ascii_table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => 3,
            b'0'..=b'9' | b'-' | b'.' => 1,
            _ => 0,
        };
        byte += 1;
    }
    table
}
static ASCII: [u8; 256] = ascii_table();

/// Length in bytes of the NCName (Namespaces in XML §3) at the beginning of `text`; 0 if there is none.
pub(crate) fn ncname_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let ascii = bytes
        .iter()
        .position(|byte| ASCII[usize::from(*byte)] == 0)
        .unwrap_or(bytes.len());
    if bytes
        .first()
        .is_some_and(|first| first.is_ascii() && ASCII[usize::from(*first)] != 3)
    {
        return 0;
    }
    if bytes.get(ascii).is_none_or(u8::is_ascii) {
        return ascii;
    }
    let mut at = ascii;
    for character in text[ascii..].chars() {
        let is_tail =
            character.is_ascii() && ASCII[character as usize] != 0 || is_name_tail(character);
        if !(is_name_start(character) || at > 0 && is_tail) {
            break;
        }
        at += character.len_utf8();
    }
    at
}

/// Whether `text` as a whole is an NCName.
pub(crate) fn is_ncname(text: &str) -> bool {
    !text.is_empty() && ncname_length(text) == text.len()
}

/// `NameStartChar` beyond ASCII.
fn is_name_start(character: char) -> bool {
    matches!(character,
        '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}'
        | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// `NameChar` beyond ASCII that is not a `NameStartChar`.
fn is_name_tail(character: char) -> bool {
    matches!(character, '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// XML 1.0 §2.3 `S`.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_where_the_standard_ends_them() {
        for (text, length) in [
            ("a:b", 1),
            ("-a", 0),
            ("é1·", 5),
            ("1a", 0),
            ("", 0),
            ("·a", 0),
            ("×", 0),
            ("a b", 1),
        ] {
            assert_eq!(ncname_length(text), length, "{text}");
        }
    }

    #[test]
    fn noncharacters_and_controls_are_found() {
        for bad in ["a\u{FFFE}", "\u{FFFF}", "\u{0}", "\u{B}", "\u{1F}"] {
            assert!(!survey(bad).allowed, "{bad:?}");
            assert!(!bad.chars().all(is_allowed));
        }
        assert!(survey("\u{FFFD}\u{10FFFF}\t\n\r\u{7F}\u{85}").allowed);
    }
}
