//! HTTP-POST (SAML bindings §3.5).

use super::{base64, refused};
use crate::error::Refusal;
use crate::guard;

/// Decodes the form field `SAMLResponse` or `SAMLRequest` (as the form decoder gave it) into the bytes of the message.
/// A `+` that became a space, a value that was percent-encoded twice and a value that was cut each have a code of their own.
pub fn decode(field: &str) -> Result<Vec<u8>, Refusal> {
    let message = base64::decode(field)?;
    // A value cut at a multiple of four is sound base64 of half a message.
    if ends_early(&message) && guard::stands("bind.cut") {
        return Err(refused(
            "bind.cut",
            "the message ends before its root element does: the value was cut",
        ));
    }
    Ok(message)
}

/// The value of the hidden field for `xml`: one line of base64.
pub fn encode(xml: &str) -> String {
    base64::encode(xml.as_bytes())
}

/// Whether `message` begins as XML, but the end tag of its root never comes. Anything else is for the parser to judge.
fn ends_early(message: &[u8]) -> bool {
    let Some(start) = skip_declaration(message) else {
        return true;
    };
    if matches!(start, b"" | b"<") {
        return true;
    }
    let Some((name, after)) = root_name(start) else {
        return false;
    };
    match start_tag_end(after) {
        None => true,
        Some(tag) if tag.ends_with(b"/") => false,
        Some(_) => !has_end_tag(after, name),
    }
}

/// What follows `<?xml … ?>`, or none if the declaration itself is cut.
fn skip_declaration(message: &[u8]) -> Option<&[u8]> {
    if !message.starts_with(b"<?") {
        return Some(message.trim_ascii_start());
    }
    let end = message.windows(2).position(|pair| pair == b"?>")?;
    Some(message[end + 2..].trim_ascii_start())
}

/// The qualified name of the first tag and what follows it.
fn root_name(start: &[u8]) -> Option<(&[u8], &[u8])> {
    let tag = start.strip_prefix(b"<")?;
    let end = tag
        .iter()
        .position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'))
        .unwrap_or(tag.len());
    let named = tag
        .first()
        .is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_');
    named.then(|| tag.split_at(end))
}

/// The rest of the start tag up to its `>`, minding quotes.
fn start_tag_end(after: &[u8]) -> Option<&[u8]> {
    let mut quote = None;
    let end = after.iter().position(|byte| match (quote, byte) {
        (None, b'>') => true,
        (None, b'"' | b'\'') => {
            quote = Some(*byte);
            false
        }
        (Some(open), _) if open == *byte => {
            quote = None;
            false
        }
        _ => false,
    })?;
    Some(&after[..end])
}

/// Whether `</name>` stands anywhere in `text`; looked for from the end, where it should be.
fn has_end_tag(text: &[u8], name: &[u8]) -> bool {
    text.windows(name.len() + 2)
        .enumerate()
        .rev()
        .any(|(at, window)| {
            window.starts_with(b"</")
                && &window[2..] == name
                && text[at + name.len() + 2..]
                    .trim_ascii_start()
                    .starts_with(b">")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = "<?xml version=\"1.0\"?>\n<p:Response a='>' xmlns:p=\"urn:p\"><p:Status>?>>>???~~~</p:Status></p:Response>";

    fn code(field: &str) -> &'static str {
        decode(field).unwrap_err().code()
    }

    #[test]
    fn a_message_travels_unchanged_wrapped_or_not() {
        let field = encode(XML);
        assert_eq!(decode(&field).unwrap(), XML.as_bytes());
        let wrapped = field
            .as_bytes()
            .chunks(76)
            .map(|line| String::from_utf8_lossy(line))
            .collect::<Vec<_>>()
            .join("\r\n");
        assert_eq!(decode(&wrapped).unwrap(), XML.as_bytes());
    }

    #[test]
    fn each_kind_of_damage_has_its_own_code() {
        let field = encode(XML);
        assert!(
            field.contains('+') && field.contains('/') || field.contains('='),
            "the sample must hold what gets damaged: {field}"
        );
        assert_eq!(code(&field.replace('+', " ")), "bind.spaces");
        assert_eq!(
            code(
                &field
                    .replace('+', "%2B")
                    .replace('/', "%2F")
                    .replace('=', "%3D")
            ),
            "bind.encoded_twice"
        );
        for end in 1..field.len() {
            assert_eq!(code(&field[..end]), "bind.cut", "cut at {end}");
        }
    }

    #[cfg(feature = "weaken")]
    #[test]
    fn each_kind_of_damage_is_refused_by_its_own_guard() {
        use crate::guard::without;

        let field = encode(XML);
        let spaced = field.replace('+', " ");
        let whole = || Ok(XML.as_bytes().to_vec());
        assert_eq!(without("bind.spaces", || decode(&spaced)), whole());
        let twice = field
            .replace('+', "%2B")
            .replace('/', "%2F")
            .replace('=', "%3D");
        assert_eq!(without("bind.encoded_twice", || decode(&twice)), whole());
        for end in 4..field.len() {
            let half = without("bind.cut", || decode(&field[..end])).unwrap();
            assert!(XML.as_bytes().starts_with(&half), "cut at {end}");
        }
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        for field in [
            "PHA-PC9w_g==",
            "PHA+\0PC9wPg=",
            "PHA=PC9wPg==",
            "PHA+PC9wPg===",
            "PHA+PC9wPh==",
        ] {
            assert!(
                ["bind.base64", "bind.cut"].contains(&code(field)),
                "{field}"
            );
        }
        assert_eq!(code("PHA-PC9w"), "bind.base64");
        assert_eq!(code("PHA=PC9w"), "bind.base64");
        assert_eq!(code(""), "bind.missing");
    }

    #[test]
    fn trailing_data_is_not_a_cut() {
        assert!(decode(&encode("<p></p><a/>")).is_ok());
        assert!(decode(&encode("<p/>")).is_ok());
        assert!(decode(&encode("no xml")).is_ok());
    }
}
