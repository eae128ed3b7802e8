//! A way back to where somebody was, as it travels in cookies and forms: a path of this host and nothing else.

use crate::front::path::is_plain;

/// Whether a way back stays on this host: a path, not `//host` and nothing that a browser would make one of. At most `longest`
/// bytes.
pub fn leads_home(back: &str, longest: usize) -> bool {
    let path = back.split('?').next().unwrap_or_default();
    back.len() <= longest && is_plain(path) && back.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_back_stays_on_this_host() {
        for good in ["/", "/reports/2018?month=11&x=//y"] {
            assert!(leads_home(good, 100), "{good}");
        }
        for bad in [
            "",
            "//evil.example.com/",
            "/\\evil.example.com",
            "https://evil.example.com/",
            "/a\r\nSet-Cookie: b=c",
            "/a b",
            "reports",
        ] {
            assert!(!leads_home(bad, 100), "{bad}");
        }
        assert!(!leads_home(&format!("/{}", "a".repeat(100)), 100));
    }
}
