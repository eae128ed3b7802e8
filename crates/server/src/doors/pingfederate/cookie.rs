//! The cookie `PF`: before a sign-in it tells one browser from another, after it it is the session.

use crate::http::SetCookie;
use crate::sign_on::Visit;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Its name.
pub(super) const NAME: &str = "PF";

/// Cookies shorter than what we hand out are not ours; nothing is bound to them.
const SHORTEST: usize = 22;

/// The browser's cookie, and whether it is new to the browser.
pub(super) struct Browser {
    /// The value.
    pub(super) value: String,
    /// Whether the browser has to be told.
    pub(super) fresh: bool,
}

/// That of `visit`, or a fresh one.
pub(super) fn browser(visit: &Visit) -> Browser {
    match visit.cookies.one(NAME) {
        Some(value) if value.len() >= SHORTEST => Browser {
            value: value.to_owned(),
            fresh: false,
        },
        _ => Browser {
            value: fresh(visit),
            fresh: true,
        },
    }
}

/// 132 random bits as 22 characters.
pub(super) fn fresh(visit: &Visit) -> String {
    let mut bytes = [0; 17];
    visit.moment.random.fill(&mut bytes);
    let mut text = URL_SAFE_NO_PAD.encode(bytes);
    text.truncate(SHORTEST);
    text
}

/// Sets it, with the attributes that the document prints.
pub(super) fn set(value: &str) -> SetCookie {
    let cookie =
        SetCookie::new(NAME, value).expect("it came in a cookie, or we wrote it in base64");
    cookie
        .with("Path=/")
        .with("Secure")
        .with("HttpOnly")
        .with("SameSite=None")
}
