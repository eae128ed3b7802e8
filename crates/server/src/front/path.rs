//! Paths that mean one thing only.

/// Whether a path reads the same to every proxy and to us: no matrix parameters, no encoded slash or dot, no NUL, no empty
/// or dotted segment (a proxy's rule for `/admin` was once passed by `/admin;x`, CVE-2026-0976).
pub(crate) fn is_plain(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let encoded = ["%2f", "%5c", "%2e", "%00", "%3b", "%25"]
        .iter()
        .any(|bad| lower.contains(bad));
    let dotted = path
        .split('/')
        .any(|segment| segment == "." || segment == "..");
    path.starts_with('/')
        && !encoded
        && !dotted
        && !path.contains("//")
        && !path.contains([';', '\\'])
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
        ] {
            assert!(!is_plain(path), "{path}");
        }
    }
}
