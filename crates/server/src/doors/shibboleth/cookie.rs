//! The cookie `shib_idp_session`: before a sign-in it tells one browser from another, after it it is the session. And the one
//! in which a sign-on waits while its person reads their mail.

use crate::http::SetCookie;
use crate::sign_on::Visit;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

/// Its name.
pub(super) const NAME: &str = "shib_idp_session";

/// What waits.
pub(super) const WAITING: &str = "portaria_waiting";
/// The longest that is remembered: a cookie has 4,096 bytes.
const LONGEST: usize = 3800;

/// Cookies shorter than what we hand out are not ours; nothing is bound to them.
const SHORTEST: usize = 32;

/// The browser's cookie if it has one, or a fresh one that it has to be told: 192 random bits.
pub(super) fn of_browser(visit: &Visit) -> (String, Option<SetCookie>) {
    if let Some(value) = visit.cookies.one(NAME).filter(|v| v.len() >= SHORTEST) {
        return (value.to_owned(), None);
    }
    let mut bytes = [0; 24];
    visit.moment.random.fill(&mut bytes);
    let value = URL_SAFE_NO_PAD.encode(bytes);
    let told = set(&value);
    (value, Some(told))
}

/// Sets it. Requests are posted from other sites, and the session must come with them.
pub(super) fn set(value: &str) -> SetCookie {
    let cookie = SetCookie::new(NAME, value).expect("we wrote it in base64");
    cookie
        .with("Path=/idp")
        .with("Secure")
        .with("HttpOnly")
        .with("SameSite=None")
}

/// Remembers what waits, if it fits.
pub(super) fn waiting(execution: &str) -> Option<SetCookie> {
    let cookie = SetCookie::new(WAITING, execution).ok()?;
    (execution.len() <= LONGEST).then(|| kept(cookie))
}

/// Forgets it.
pub(super) fn no_longer_waiting() -> SetCookie {
    let cookie = SetCookie::new(WAITING, "").expect("nothing is a cookie value");
    kept(cookie).expires(Timestamp::UNIX_EPOCH)
}

fn kept(cookie: SetCookie) -> SetCookie {
    cookie
        .with("Path=/idp")
        .with("Secure")
        .with("HttpOnly")
        .with("SameSite=Lax")
}
