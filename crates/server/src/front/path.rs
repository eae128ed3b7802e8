//! Paths that mean one thing only.

/// What nobody needs to encode and somebody may decode twice: slashes, dots, NUL, `;`, and the percent sign itself.
const ENCODED: [&[u8]; 6] = [b"2f", b"5c", b"2e", b"00", b"3b", b"25"];

/// Whether a path reads the same to every proxy and to us: no matrix parameters, no encoded slash or dot, no NUL, no empty
/// or dotted segment (a proxy's rule for `/admin` was once passed by `/admin;x`, CVE-2026-0976).
pub(crate) fn is_plain(path: &str) -> bool {
    let bytes = path.as_bytes();
    let is_plain_at = |(at, byte): (usize, &u8)| match byte {
        b';' | b'\\' => false,
        b'%' => !bytes
            .get(at + 1..at + 3)
            .is_some_and(|hex| ENCODED.iter().any(|bad| hex.eq_ignore_ascii_case(bad))),
        b'/' => !is_empty_or_dotted(&bytes[at + 1..]),
        _ => true,
    };
    path.starts_with('/') && bytes.iter().enumerate().all(is_plain_at)
}

/// Of the segment at the beginning of `rest`; a path may end with a slash.
fn is_empty_or_dotted(rest: &[u8]) -> bool {
    matches!(
        rest,
        [b'/', ..] | [b'.'] | [b'.', b'/', ..] | [b'.', b'.'] | [b'.', b'.', b'/', ..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_pass() {
        for path in [
            "/",
            "/api/v3/authorize-saml",
            "/adfs/ls/",
            "/idp/a.b~c/resumeSAML20/idp/SSO.ping",
            "/a%20b",
            "/.well-known/openid-configuration",
            "/..a/a../.a./",
            "/a%2",
            "/a%",
        ] {
            assert!(is_plain(path), "{path}");
        }
        for path in [
            "*",
            "",
            "/api;x/v3",
            "/api%2Fv3",
            "/api/%2e%2e/x",
            "/a%00",
            "//api",
            "/api//v3",
            "/api/../x",
            "/api/./x",
            "/a\\b",
            "/a%5cb",
            "/a%252f",
            "/a/.",
            "/a/..",
            "/./",
            "/a/b;",
            "/a%2F",
            "/a%3Bb",
            "/a//",
            "api/v3",
        ] {
            assert!(!is_plain(path), "{path}");
        }
    }
}
