//! Parameters of a query or of a form body, each at most once.

use crate::error::Refusal;

/// Bytes of a whole query or body. Real ones have a few hundred.
const MOST_BYTES: usize = 16 * 1024;
/// Parameters in one request.
const MOST_PARAMETERS: usize = 64;

/// Decoded `application/x-www-form-urlencoded` parameters in the order in which they came.
#[derive(Clone, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

impl std::fmt::Debug for Parameters {
    // Values are codes, secrets and tokens: only names are printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

impl Parameters {
    /// Reads a raw query string or form body. Codes: `oauth.too_large`, `oauth.encoding`, `oauth.duplicate`.
    pub fn read(raw: &str) -> Result<Self, Refusal> {
        let too_large = Refusal::request("oauth.too_large", "The request is too large.");
        too_large.clone().unless(raw.len() <= MOST_BYTES)?;
        let mut all: Vec<(String, String)> = Vec::new();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            too_large.clone().unless(all.len() < MOST_PARAMETERS)?;
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            // RFC 6749 §3.1: "parameters MUST NOT be included more than once". Two readers of one doubled parameter may see
            // different values (CVE-2026-9689).
            Refusal::request("oauth.duplicate", "A parameter stands more than once.")
                .unless(all.iter().all(|(before, _)| *before != name))?;
            all.push((name, value));
        }
        Ok(Self(all))
    }

    /// A value that is not empty. RFC 6749 §3.1: "Parameters sent without a value MUST be treated as if they were omitted".
    pub fn value(&self, name: &str) -> Option<&str> {
        self.sent(name).filter(|value| !value.is_empty())
    }

    /// A value, empty or not. HORACIUS's document sends `state=` and gets it back.
    pub fn sent(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(candidate, _)| candidate == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Decodes one name or value: `+` is a space, `%` needs two hexadecimal digits, the result is UTF-8 without control characters
/// (a CR or LF would end a header wherever the value is echoed).
pub(crate) fn decode(text: &str) -> Result<String, Refusal> {
    let refusal = || Refusal::request("oauth.encoding", "A parameter is not encoded correctly.");
    if text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'+' | b'%'))
    {
        return Ok(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (high, low) = (rest.next().and_then(digit), rest.next().and_then(digit));
                match (high, low) {
                    (Some(high), Some(low)) => high << 4 | low,
                    _ => return Err(refusal()),
                }
            }
            byte => byte,
        });
    }
    let text = String::from_utf8(bytes).map_err(|_| refusal())?;
    refusal().unless(!text.chars().any(char::is_control))?;
    Ok(text)
}

/// Encodes one name or value for a query: everything but unreserved characters (RFC 3986 §2.3).
pub(crate) fn encode(text: &str, into: &mut String) {
    use std::fmt::Write;
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                into.push(char::from(byte));
            }
            byte => write!(into, "%{byte:02X}").expect("writing to a String cannot fail"),
        }
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .map(|digit| u8::try_from(digit).expect("a hexadecimal digit is below 16"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parameters_are_decoded_once() {
        let read = Parameters::read("a=1%2B1&b=x+y&c=%2541&state=").unwrap();
        assert_eq!(read.value("a"), Some("1+1"));
        assert_eq!(read.value("b"), Some("x y"));
        assert_eq!(read.value("c"), Some("%41"));
        assert_eq!(read.value("state"), None);
        assert_eq!(read.sent("state"), Some(""));
    }

    #[test]
    fn doubled_parameter_is_refused_however_it_is_spelled() {
        for raw in ["a=1&a=1", "a=1&%61=2", "a&b=2&a=", "a=&a="] {
            assert_eq!(
                Parameters::read(raw).unwrap_err().code(),
                "oauth.duplicate",
                "{raw}"
            );
            crate::guard::without("oauth.duplicate", || assert!(Parameters::read(raw).is_ok()));
        }
        assert!(Parameters::read("a=1&A=2").is_ok());
    }

    #[test]
    fn wrong_encoding_is_refused() {
        for raw in [
            "a=%",
            "a=%4",
            "a=%zz",
            "a=%ff",
            "a=%C3%28",
            "a=x%0d%0aSet-Cookie:+x",
            "a=%00",
        ] {
            assert_eq!(
                Parameters::read(raw).unwrap_err().code(),
                "oauth.encoding",
                "{raw}"
            );
        }
        assert!(Parameters::read("a=%C3%A1").is_ok());
    }

    #[test]
    fn oversized_request_is_refused() {
        assert_eq!(
            Parameters::read(&"a".repeat(MOST_BYTES + 1))
                .unwrap_err()
                .code(),
            "oauth.too_large"
        );
        let many: Vec<String> = (0..=MOST_PARAMETERS).map(|n| format!("p{n}=1")).collect();
        assert_eq!(
            Parameters::read(&many.join("&")).unwrap_err().code(),
            "oauth.too_large"
        );
        assert!(Parameters::read(&many[1..].join("&")).is_ok());
    }

    #[test]
    fn values_are_never_printed() {
        let read = Parameters::read("client_secret=canary").unwrap();
        assert_eq!(format!("{read:?}"), r#"["client_secret"]"#);
    }

    proptest! {
        #[test]
        fn never_panics(raw in ".{0,300}") {
            let _ = Parameters::read(&raw);
        }

        #[test]
        fn what_was_encoded_is_read_again(value in "\\PC{0,60}") {
            let mut raw = String::from("v=");
            encode(&value, &mut raw);
            let read = Parameters::read(&raw).unwrap();
            prop_assert_eq!(read.sent("v"), Some(value.as_str()));
        }
    }
}
