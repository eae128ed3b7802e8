//! Character and entity references, line ends and attribute-value normalisation (XML 1.0 §2.11, §3.3.3, §4.1, §4.6).

use crate::characters;
use crate::error::XmlError;

/// Where a run of characters stands; white space is normalised differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Between tags.
    Text,
    /// Between quotes: TAB, LF and CR become blanks.
    Attribute,
}

/// Appends `raw` to `out` as the reader must see it and returns how many references it held. `at` is where `raw` begins.
pub(crate) fn decode(
    raw: &str,
    at: usize,
    place: Place,
    out: &mut String,
) -> Result<usize, XmlError> {
    let mut references = 0;
    let mut rest = raw;
    while let Some(found) = rest
        .bytes()
        .position(|b| matches!(b, b'&' | b'\r' | b'\n' | b'\t'))
    {
        out.push_str(&rest[..found]);
        let special = &rest[found..];
        rest = match special.as_bytes()[0] {
            b'&' => {
                references += 1;
                let (character, length) = reference(special).ok_or(XmlError::Malformed {
                    what: "a reference that is not defined",
                    at: at + raw.len() - special.len(),
                })?;
                out.push(character);
                &special[length..]
            }
            b'\r' => {
                // XML 1.0 §2.11: CR LF and a lone CR are one LF before anything else looks at them.
                out.push(if place == Place::Text { '\n' } else { ' ' });
                special.strip_prefix("\r\n").unwrap_or(&special[1..])
            }
            white => {
                out.push(if place == Place::Text {
                    char::from(white)
                } else {
                    ' '
                });
                &special[1..]
            }
        };
    }
    out.push_str(rest);
    Ok(references)
}

/// The character that the reference at the beginning of `text` means, and the length of the reference.
fn reference(text: &str) -> Option<(char, usize)> {
    // The longest that any character needs is `&#x10FFFF;`; more room is only for leading zeros.
    let end = text.bytes().take(16).position(|b| b == b';')?;
    let character = match &text[1..end] {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        number => numbered(number.strip_prefix('#')?)?,
    };
    Some((character, end + 1))
}

fn numbered(number: &str) -> Option<char> {
    let (digits, radix) = number
        .strip_prefix('x')
        .map_or((number, 10), |hexadecimal| (hexadecimal, 16));
    // `from_str_radix` accepts a sign, XML does not.
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    char::from_u32(u32::from_str_radix(digits, radix).ok()?).filter(|c| characters::is_allowed(*c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str, place: Place) -> Option<String> {
        let mut out = String::new();
        decode(raw, 0, place, &mut out).ok().map(|_| out)
    }

    #[test]
    fn references_become_characters() {
        assert_eq!(
            read(
                "a &amp;&lt;&gt;&quot;&apos;&#65;&#x41;&#x1F600;",
                Place::Text
            )
            .unwrap(),
            "a &<>\"'AA\u{1F600}"
        );
    }

    #[test]
    fn references_that_xml_does_not_know_are_refused() {
        for bad in [
            "&",
            "&;",
            "&a",
            "&nbsp;",
            "&#;",
            "&#x;",
            "&#+65;",
            "&#0;",
            "&#xD800;",
            "&#xFFFE;",
            "&#X41;",
            "&#x110000;",
            "&#4294967361;",
        ] {
            assert_eq!(read(bad, Place::Text), None, "{bad}");
        }
    }

    #[test]
    fn line_ends_are_normalised_but_references_to_them_are_kept() {
        assert_eq!(
            read("\r\n\r\r\n\t\n&#xD;&#10;", Place::Text).unwrap(),
            "\n\n\n\t\n\r\n"
        );
        assert_eq!(
            read("\r\n\r\t\n&#xD;&#9;", Place::Attribute).unwrap(),
            "    \r\t"
        );
    }
}
