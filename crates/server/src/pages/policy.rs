//! The headers of a page: what a browser may load, run and post, and that nobody keeps a copy.

use axum::http::{HeaderMap, HeaderValue, header};
use url::Url;

/// SHA-256 of [`super::hand_over::SCRIPT`], as a source of `script-src` (CSP3 §2.3.1).
pub const HAND_OVER_SCRIPT: &str = "'sha256-5bT/3rVwyAaC01avOI3bW3zIe26Hw1MrcU12ngpbHU4='";

/// What one page may do beyond being shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    script: Option<String>,
    form_action: String,
    base: &'static str,
    same_origin_requests: bool,
    frames: Vec<String>,
}

impl Policy {
    /// A page whose forms come back here, without scripts.
    pub fn own_form() -> Self {
        Self {
            script: None,
            form_action: "'self'".into(),
            base: "'none'",
            same_origin_requests: false,
            frames: Vec::new(),
        }
    }

    /// The page that posts itself to `target` and nowhere else (security: an injected form cannot carry the assertion away).
    pub fn hand_over(target: &str) -> Self {
        Self {
            script: Some(HAND_OVER_SCRIPT.into()),
            form_action: source(target).unwrap_or_else(|| "'none'".into()),
            base: "'none'",
            same_origin_requests: false,
            frames: Vec::new(),
        }
    }

    /// A form whose answer sends the browser on to `target`, an address that somebody registered.
    #[must_use]
    pub fn leading_to(mut self, target: &str) -> Self {
        let scheme = |url: &Url| format!("{}:", url.scheme());
        let private = || {
            Url::parse(target)
                .ok()
                .filter(|url| !url.has_host())
                .as_ref()
                .map(scheme)
        };
        if let Some(source) = source(target).or_else(private) {
            self.form_action.push(' ');
            self.form_action.push_str(&source);
        }
        self
    }

    /// Shows `target`, an address that somebody registered, and what it leads to on the same host, in a frame.
    #[must_use]
    pub fn framing(mut self, target: &str) -> Self {
        let url = Url::parse(target).ok();
        let origin = url.map(|url| url.origin().ascii_serialization());
        // What has no origin serializes as `null`, which is no source.
        self.frames
            .extend(origin.filter(|origin| origin.starts_with("http")));
        self
    }

    /// Allows a `<base>` that names this host, for documents whose clients read their host from it.
    #[must_use]
    pub fn with_base(mut self) -> Self {
        self.base = "'self'";
        self
    }

    /// Runs scripts from this host and the one of that hash, which may ask this host.
    #[must_use]
    pub fn with_script(mut self, source: &str) -> Self {
        self.script = Some(format!("'self' {source}"));
        self.same_origin_requests = true;
        self
    }

    /// Writes the headers.
    pub fn write(&self, headers: &mut HeaderMap) {
        let mut policy = format!(
            "default-src 'none'; style-src 'self'; form-action {}; base-uri {}; frame-ancestors 'none'",
            self.form_action, self.base
        );
        if let Some(script) = &self.script {
            policy.push_str("; script-src ");
            policy.push_str(script);
        }
        if !self.frames.is_empty() {
            policy.push_str("; frame-src ");
            policy.push_str(&self.frames.join(" "));
        }
        if self.same_origin_requests {
            policy.push_str("; connect-src 'self'");
        }
        let policy = HeaderValue::from_str(&policy)
            .expect("sources are URLs that `url` wrote, which are visible ASCII");
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        for (name, value) in [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, "no-cache,no-store"),
            (header::PRAGMA, "no-cache"),
            (header::EXPIRES, "-1"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::X_FRAME_OPTIONS, "DENY"),
            // Not "no-referrer": that makes browsers send `Origin: null` with the form, which tells the next page nothing.
            (header::REFERRER_POLICY, "strict-origin"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// A URL as a CSP source expression (CSP3 §2.3.1): no query, and no character that would end the expression. None for
/// anything a form may not be posted to, such as `javascript:`.
fn source(target: &str) -> Option<String> {
    let url = Url::parse(target).ok()?;
    if url.scheme() != "https" && url.scheme() != "http" {
        return None;
    }
    let host = url.host_str()?;
    let port = target_port(target, &url);
    let path = url.path().replace(';', "%3B").replace(',', "%2C");
    Some(format!("{}://{host}{port}{path}", url.scheme()))
}

/// `url` drops `:443`; a browser treats both spellings alike, people compare them by eye.
fn target_port(target: &str, url: &Url) -> String {
    match url.port() {
        Some(port) => format!(":{port}"),
        None if target.contains(":443/") && url.scheme() == "https" => ":443".into(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::hand_over::SCRIPT;
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    #[test]
    fn the_hash_is_the_one_of_the_script() {
        let hash = STANDARD.encode(digest(&SHA256, SCRIPT.as_bytes()));
        assert_eq!(HAND_OVER_SCRIPT, format!("'sha256-{hash}'"));
    }

    #[test]
    fn a_hand_over_goes_to_the_exact_consumer_url() {
        let policy = Policy::hand_over("https://sg.example.com:443/api/saml-response?tenant=1");
        assert_eq!(
            policy.form_action,
            "https://sg.example.com:443/api/saml-response"
        );
    }

    #[test]
    fn a_consumer_url_cannot_add_a_directive() {
        let policy = Policy::hand_over("https://sg.example.com/a;script-src%20*,b");
        assert_eq!(
            policy.form_action,
            "https://sg.example.com/a%3Bscript-src%20*%2Cb"
        );
    }

    #[test]
    fn nothing_is_handed_over_to_a_script() {
        assert_eq!(
            Policy::hand_over("javascript:alert(1)").form_action,
            "'none'"
        );
    }
}
