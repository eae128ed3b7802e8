//! The URL of a visit, as the form's action and the redirect after it repeat it.

use crate::sign_on::Visit;
use identity::moment::Random;
use std::fmt::Write as _;

const CLIENT_REQUEST_ID: &str = "client-request-id";

/// Path and raw query, with the client request ID last: clients cut it off after the last `=`.
///
/// The text needs no escaping in a double-quoted attribute, and gets none: clients cut it out of the page without an HTML
/// parser and post to what they find, with bare ampersands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address(String);

impl Address {
    /// That of `visit`; a client request ID that came along is kept.
    pub(super) fn of(visit: &Visit) -> Self {
        let came = visit
            .query
            .split('&')
            .filter_map(client_request_id)
            .find(|id| is_guid(id));
        let id = came.map_or_else(|| fresh_id(visit.moment.random.as_ref()), str::to_owned);
        Self::new(&visit.path, &visit.query, &id)
    }

    /// `path` and the raw `query`, with `id` instead of any client request ID in it.
    pub(super) fn new(path: &str, query: &str, id: &str) -> Self {
        let mut text = path.to_owned();
        let mut separator = '?';
        for pair in query
            .split('&')
            .filter(|pair| !pair.is_empty() && client_request_id(pair).is_none())
        {
            text.push(separator);
            push_inert(&mut text, pair);
            separator = '&';
        }
        text.push(separator);
        text.push_str(CLIENT_REQUEST_ID);
        text.push('=');
        text.push_str(id);
        Self(text)
    }

    /// For `action="…"`, unescaped.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

fn client_request_id(pair: &str) -> Option<&str> {
    pair.strip_prefix(CLIENT_REQUEST_ID)?.strip_prefix('=')
}

/// Copies raw query text; what could end an attribute or begin markup or a character reference is percent-encoded.
fn push_inert(text: &mut String, raw: &str) {
    for byte in raw.bytes() {
        if byte.is_ascii_graphic() && !b"\"'<>`;\\".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("writing to a String does not fail");
        }
    }
}

fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| {
            if matches!(at, 8 | 13 | 18 | 23) {
                byte == b'-'
            } else {
                byte.is_ascii_hexdigit()
            }
        })
}

/// In the manner of the documented `00000000-0000-0000-ee02-0080000000de`: it ties log lines together and guards nothing.
fn fresh_id(random: &dyn Random) -> String {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    let drawn = u64::from_be_bytes(bytes);
    format!(
        "00000000-0000-0000-{:04x}-0080{:08x}",
        drawn >> 48,
        drawn & 0xffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inert(raw: &str) -> String {
        let mut text = String::new();
        push_inert(&mut text, raw);
        text
    }

    #[test]
    fn a_query_stays_as_it_came() {
        let query = "SAMLRequest=fZHLbsIwEEV%2FJTuv7%2BfQ33cvfwA%3D";
        assert_eq!(inert(query), query);
    }

    #[test]
    fn a_query_cannot_leave_the_attribute() {
        assert_eq!(
            inert(r#"RelayState="><script>&lt;"#),
            "RelayState=%22%3E%3Cscript%3E&lt%3B"
        );
        assert_eq!(inert("RelayState=é"), "RelayState=%C3%A9");
    }

    #[test]
    fn the_client_request_id_stands_last_and_once() {
        let id = "00000000-0000-0000-ee02-0080000000de";
        let address = Address::new(
            "/adfs/ls/",
            "SAMLRequest=a&client-request-id=b&RelayState=0",
            id,
        );
        assert_eq!(
            address.as_str(),
            format!("/adfs/ls/?SAMLRequest=a&RelayState=0&client-request-id={id}")
        );
        assert_eq!(
            Address::new("/adfs/ls/", "", id).as_str(),
            format!("/adfs/ls/?client-request-id={id}")
        );
    }

    #[test]
    fn a_fresh_id_is_a_guid_in_the_manner_of_the_document() {
        let visit = crate::sign_on::visit::sample("SAMLRequest=a&client-request-id=no-guid");
        assert_eq!(
            Address::of(&visit).as_str(),
            "/?SAMLRequest=a&client-request-id=00000000-0000-0000-0707-008007070707"
        );
    }

    #[test]
    fn only_a_guid_is_kept_as_client_request_id() {
        assert!(is_guid("00000000-0000-0000-ee02-0080000000de"));
        assert!(!is_guid("00000000-0000-0000-ee02-0080000000d="));
        assert!(!is_guid("1"));
    }
}
