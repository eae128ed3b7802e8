//! `$Config`: the object in each page that its script, and clients without one, read.

use crate::sign_on::Visit;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// Which page this is: its name, and the two numbers that clients send back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageId {
    /// In `<meta name="PageID">`.
    pub(super) name: &'static str,
    hpgid: u32,
    hpgact: u32,
}

/// User name and password.
pub(super) const SIGN_IN: PageId = PageId {
    name: "ConvergedSignIn",
    hpgid: 1104,
    hpgact: 1800,
};
/// Second factor.
pub(super) const SECOND_FACTOR: PageId = PageId {
    name: "ConvergedTFA",
    hpgid: 1114,
    hpgact: 2202,
};
/// "Stay signed in?"
pub(super) const STAY: PageId = PageId {
    name: "KmsiInterrupt",
    hpgid: 1115,
    hpgact: 2005,
};

/// The content of the element that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Settings(String);

/// The page that gives up.
pub(super) const ERROR: PageId = PageId {
    name: "ConvergedError",
    hpgid: 1101,
    hpgact: 1800,
};

impl Settings {
    /// What every page has, and `own`.
    pub(super) fn new(page: PageId, visit: &Visit, own: Value) -> Self {
        let mut all = Map::new();
        let mut put = |key: &str, value: Value| all.insert(key.to_owned(), value);
        put("pgid", page.name.into());
        put("hpgid", page.hpgid.into());
        put("hpgact", page.hpgact.into());
        put("correlationId", visit.moment.correlation.to_string().into());
        put("sessionId", visit.moment.correlation.to_string().into());
        put("sFTName", "flowToken".into());
        // Clients send both back and insist on having them. What guards the forms is the sealed context, which is bound to
        // the browser's cookie.
        put("canary", format!("{}=0:1", token(visit)).into());
        put("apiCanary", token(visit).into());
        put("country", "BR".into());
        if let Value::Object(own) = own {
            all.extend(own);
        }
        Self(format!(
            "//<![CDATA[\n$Config={};\n//]]>",
            inert(&Value::Object(all).to_string())
        ))
    }

    /// For between `<script>` and `</script>`, unescaped.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The hash that lets a browser run it (CSP3 §2.3.1).
    pub(super) fn source(&self) -> String {
        format!(
            "'sha256-{}'",
            STANDARD.encode(digest(&SHA256, self.0.as_bytes()))
        )
    }
}

/// JSON that cannot end the script, begin markup, or hold the `};` at which clients stop reading: in JSON these characters
/// stand only inside strings, where an escape means the same.
fn inert(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' => text.push_str("\\u003c"),
            '>' => text.push_str("\\u003e"),
            '&' => text.push_str("\\u0026"),
            ';' => text.push_str("\\u003b"),
            '\u{2028}' => text.push_str("\\u2028"),
            '\u{2029}' => text.push_str("\\u2029"),
            other => text.push(other),
        }
    }
    text
}

/// A token of no meaning.
pub(super) fn token(visit: &Visit) -> String {
    let mut bytes = [0; 24];
    visit.moment.random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_leave_the_object() {
        let typed = "x\"};</script><!--&\u{2028}";
        let text = inert(&serde_json::json!({ "sPOST_Username": typed }).to_string());
        assert!(!text.contains(['<', '>', ';', '&', '\u{2028}']), "{text}");
        let back: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["sPOST_Username"], typed);
    }
}
