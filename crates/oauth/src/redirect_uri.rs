//! `redirect_uri`: which addresses may be registered, and what equals a registered one (RFC 6749 §3.1.2, RFC 8252 §7,
//! RFC 9700 §2.1).

use crate::form;
use std::fmt;

/// Bytes of an address.
const MOST_BYTES: usize = 2048;

/// Parameters that our answers add. An address that brings one along would let its reader take a planted value for ours.
const OURS: [&str; 10] = [
    "code",
    "state",
    "iss",
    "error",
    "error_description",
    "access_token",
    "expires_in",
    "id_token",
    "jwt",
    "token_type",
];

/// Why an address may not be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRegistrable {
    /// Empty, too long, or with characters that no URI has.
    #[error("is not a URI of at most 2048 printable ASCII characters")]
    Characters,
    /// Neither https, nor http on a loopback address, nor a private scheme in reverse-DNS form.
    #[error(
        "must be https, http on 127.0.0.1 or [::1], or a private scheme such as com.example.app:/"
    )]
    Scheme,
    /// With a fragment, user information or a wildcard.
    #[error("must not hold a fragment, user information or a wildcard")]
    Part,
    /// Without a host, or with one that is not lower-case letters, digits, dots and hyphens, or with an odd port.
    #[error("must name a host in lower case, and a port from 1 to 65535 if any")]
    Host,
    /// With `.` or `..` as a path segment.
    #[error("must not hold dot segments")]
    DotSegment,
    /// With a query parameter that our answers add.
    #[error("must not hold a query parameter that the answer adds")]
    Parameter,
}

/// A registered address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// Judges an address that somebody wants to register.
    pub fn register(text: &str) -> Result<Self, NotRegistrable> {
        let printable = text
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b));
        if text.is_empty() || text.len() > MOST_BYTES || !printable || form::decode(text).is_err() {
            return Err(NotRegistrable::Characters);
        }
        if text.contains(['#', '*', '@']) {
            return Err(NotRegistrable::Part);
        }
        let (scheme, rest) = text.split_once(':').ok_or(NotRegistrable::Scheme)?;
        let after_host = match scheme {
            "https" => split_authority(rest)?.1,
            "http" => {
                let (authority, after) = split_authority(rest)?;
                loopback(authority).ok_or(NotRegistrable::Scheme)?;
                after
            }
            // RFC 8252 §7.1: private schemes are reverse-DNS names; `javascript:`, `data:` and the like hold no dot.
            scheme if scheme.contains('.') && lower_host(scheme) && rest.starts_with('/') => rest,
            _ => return Err(NotRegistrable::Scheme),
        };
        let (path, query) = after_host.split_once('?').unwrap_or((after_host, ""));
        if path.split('/').any(is_dot_segment) {
            return Err(NotRegistrable::DotSegment);
        }
        let names = query
            .split('&')
            .map(|pair| pair.split('=').next().unwrap_or_default());
        for name in names.map(form::decode) {
            let name = name.map_err(|_| NotRegistrable::Characters)?;
            if OURS.contains(&name.as_str()) {
                return Err(NotRegistrable::Parameter);
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// As it was registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a request may name `presented`: byte for byte this address. Only a loopback address may have another port,
    /// because a native application cannot know its own in advance (RFC 8252 §7.3).
    pub fn admits(&self, presented: &str) -> bool {
        if presented == self.0 || !crate::guard::stands("oauth.redirect_uri") {
            return true;
        }
        let (Some(own), Some(other)) = (loopback_parts(&self.0), loopback_parts(presented)) else {
            return false;
        };
        own == other
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The URL that carries an answer: `address` with `pairs` added to its query, in order.
pub fn answer(address: &str, pairs: &[(&str, &str)]) -> String {
    let mut url = address.to_owned();
    for (n, (name, value)) in pairs.iter().enumerate() {
        url.push(if n == 0 && !address.contains('?') {
            '?'
        } else {
            '&'
        });
        form::encode(name, &mut url);
        url.push('=');
        form::encode(value, &mut url);
    }
    url
}

/// Host and everything after the port of an http address on a loopback address.
fn loopback_parts(uri: &str) -> Option<(&str, &str)> {
    let (authority, after) = split_authority(uri.strip_prefix("http:")?).ok()?;
    Some((loopback(authority)?, after))
}

/// The loopback address in an authority whose port, if any, is one. `localhost` is a name, and names can be made to lie.
fn loopback(authority: &str) -> Option<&'static str> {
    ["127.0.0.1", "[::1]"]
        .into_iter()
        .find(|host| authority.strip_prefix(host).is_some_and(is_port))
}

/// Splits `//host:port` from what follows, and judges it.
fn split_authority(rest: &str) -> Result<(&str, &str), NotRegistrable> {
    let rest = rest.strip_prefix("//").ok_or(NotRegistrable::Host)?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, after) = rest.split_at(end);
    let well_formed = if let Some(v6) = authority.strip_prefix('[') {
        // No zone (`%25eth0`): it means something only on the machine that wrote it.
        v6.split_once(']').is_some_and(|(address, port)| {
            address.parse::<std::net::Ipv6Addr>().is_ok() && is_port(port)
        })
    } else {
        let host = authority.split(':').next().unwrap_or_default();
        lower_host(host) && is_port(&authority[host.len()..])
    };
    if well_formed {
        Ok((authority, after))
    } else {
        Err(NotRegistrable::Host)
    }
}

fn lower_host(host: &str) -> bool {
    !host.is_empty()
        && host
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.')
        && host.split('.').all(|label| !label.is_empty())
}

/// Empty, or `:` and a port without leading zeros.
fn is_port(text: &str) -> bool {
    let Some(port) = text.strip_prefix(':') else {
        return text.is_empty();
    };
    !port.starts_with(['0', '+']) && port.parse::<u16>().is_ok()
}

fn is_dot_segment(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_of_the_documents_may_be_registered() {
        for good in [
            "https://dante.intranet.example.com:9090/callback-url/",
            "https://app.example.com/oauth/code?tenant=1",
            "https://app.example.com",
            "https://[2001:db8::1]:8443/cb",
            "http://127.0.0.1/cb",
            "http://[::1]:8080/cb",
            "com.example.app:/oauth",
        ] {
            assert_eq!(RedirectUri::register(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn dangerous_addresses_may_not_be_registered() {
        use NotRegistrable::*;
        for (bad, why) in [
            ("", Characters),
            ("https://a.example/\r\nx", Characters),
            ("https://a.example/é", Characters),
            ("https://a.example/%zz", Characters),
            ("https://a.example\\@b.example/", Characters),
            ("https://a.example/#x", Part),
            ("https://user@a.example/", Part),
            ("https://*.example.com/", Part),
            ("http://a.example/cb", Scheme),
            ("http://localhost/cb", Scheme),
            ("http://127.0.0.1.example.com/cb", Scheme),
            ("javascript:alert(1)", Scheme),
            ("data:text/html,x", Scheme),
            ("vbscript:x", Scheme),
            ("custom:/cb", Scheme),
            ("HTTPS://a.example/", Scheme),
            ("a.example/cb", Scheme),
            ("https:a.example", Host),
            ("https:///cb", Host),
            ("https://A.example/", Host),
            ("https://a.example:0/", Host),
            ("https://a.example:65536/", Host),
            ("https://[fe80::1%25eth0]/", Host),
            ("https://a..example/", Host),
            ("https://a.example/../x", DotSegment),
            ("https://a.example/x/%2E%2e/y", DotSegment),
            ("https://a.example/cb?code=1", Parameter),
            ("https://a.example/cb?x=1&%73tate=", Parameter),
        ] {
            assert_eq!(RedirectUri::register(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn answer_is_added_to_the_query() {
        assert_eq!(
            answer("https://a.example/cb", &[("state", ""), ("code", "a b")]),
            "https://a.example/cb?state=&code=a%20b"
        );
        assert_eq!(
            answer("https://a.example/cb?x=1", &[("iss", "https://o")]),
            "https://a.example/cb?x=1&iss=https%3A%2F%2Fo"
        );
    }

    proptest! {
        #[test]
        fn never_panics_and_admits_itself_only(text in ".{0,60}", other in ".{0,60}") {
            if let Ok(uri) = RedirectUri::register(&text) {
                prop_assert!(uri.admits(&text));
            }
            let registered = RedirectUri::register("https://app.example.com/oauth/code").unwrap();
            prop_assert_eq!(registered.admits(&other), other == registered.as_str());
        }
    }
}
