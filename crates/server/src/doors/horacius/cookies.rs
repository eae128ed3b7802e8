//! The cookies of this door. `__Host-` binds them to this host and to TLS: no neighbour under the same domain can set them.

use crate::http::{SetCookie, way_back};
use crate::sign_on::Visit;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

/// The session.
pub(super) const SESSION: &str = "__Host-portaria-session";
/// A sign-out under way.
pub(super) const LEAVING: &str = "__Host-portaria-leaving";
/// What tells one browser from another before anybody signs in.
const VISIT: &str = "__Host-portaria-visit";

/// What ties a sign-on at a partner to the browser in which it began, and where that browser wanted to go.
const AT_PARTNER: &str = "__Host-portaria-partner";

/// Sets it. The partner's page posts the response from its own site, so it must travel from there too.
pub(super) fn at_partner(binding: &str, back: &str, until: Timestamp) -> SetCookie {
    let back = if way_back::leads_home(back, LONGEST_WAY) {
        back
    } else {
        ""
    };
    let value = format!("{binding}.{}", URL_SAFE_NO_PAD.encode(back));
    from_anywhere(&value).expires(until)
}

/// What the browser of `visit` shows: binding, and where it wanted to go.
pub(super) fn from_partner(visit: &Visit) -> Vec<(String, Option<String>)> {
    let read = |value: &str| {
        let (binding, back) = value.split_once('.')?;
        let back = URL_SAFE_NO_PAD.decode(back).ok()?;
        let back = String::from_utf8(back).ok()?;
        let back = way_back::leads_home(&back, LONGEST_WAY).then_some(back);
        Some((binding.to_owned(), back))
    };
    visit.cookies.all(AT_PARTNER).filter_map(read).collect()
}

/// Forgets it.
pub(super) fn no_partner() -> SetCookie {
    from_anywhere("").expires(Timestamp::UNIX_EPOCH)
}

fn from_anywhere(value: &str) -> SetCookie {
    SetCookie::new(AT_PARTNER, value)
        .expect("base64 and a dot are a cookie value")
        .with("Path=/")
        .with("Secure")
        .with("HttpOnly")
        .with("SameSite=None")
}

/// Where a browser wanted to go that waits for a letter.
const WAY_BACK: &str = "__Host-portaria-back";
/// The longest way back that is remembered, in bytes: a cookie has 4,096.
const LONGEST_WAY: usize = 2800;

/// Remembers where the browser wanted to go, if that is a path of ours.
pub(super) fn way_back(path: &str) -> Option<SetCookie> {
    way_back::leads_home(path, LONGEST_WAY).then(|| bound(WAY_BACK, &URL_SAFE_NO_PAD.encode(path)))
}

/// Where the browser of `visit` wanted to go; the start page if nowhere else.
pub(super) fn remembered(visit: &Visit) -> String {
    let value = visit.cookies.one(WAY_BACK).unwrap_or_default();
    let path = URL_SAFE_NO_PAD.decode(value).ok();
    path.and_then(|path| String::from_utf8(path).ok())
        .filter(|path| way_back::leads_home(path, LONGEST_WAY))
        .unwrap_or_else(|| "/".to_owned())
}

/// Forgets it.
pub(super) fn no_way_back() -> SetCookie {
    bound(WAY_BACK, "").expires(Timestamp::UNIX_EPOCH)
}

/// Sets the session cookie.
pub(super) fn session(value: &str) -> SetCookie {
    bound(SESSION, value)
}

/// Takes the session cookie away.
pub(super) fn no_session() -> SetCookie {
    bound(SESSION, "").expires(Timestamp::UNIX_EPOCH)
}

/// Remembers a sign-out while the browser passes other parties.
pub(super) fn leaving(sealed: &str) -> SetCookie {
    bound(LEAVING, sealed)
}

/// Forgets it.
pub(super) fn no_leaving() -> SetCookie {
    bound(LEAVING, "").expires(Timestamp::UNIX_EPOCH)
}

/// A browser that is shown a form, or that sends one back (login CSRF, security: P6).
pub(super) struct Browser {
    /// The cookie's value, which nobody else knows.
    pub(super) value: String,
    /// Whether the browser has to be told.
    fresh: bool,
}

impl Browser {
    /// That of `visit`, or a fresh one.
    pub(super) fn of(visit: &Visit) -> Self {
        match visit.cookies.one(VISIT) {
            Some(value) if is_ours(value) => Self {
                value: value.to_owned(),
                fresh: false,
            },
            _ => Self::fresh(visit),
        }
    }

    /// A fresh one.
    pub(super) fn fresh(visit: &Visit) -> Self {
        let mut bytes = [0; 32];
        visit.moment.random.fill(&mut bytes);
        Self {
            value: URL_SAFE_NO_PAD.encode(bytes),
            fresh: true,
        }
    }

    /// What a form of ours carries. Only who can read the cookie could compute it.
    pub(super) fn proof(&self) -> String {
        self.proof_of("form")
    }

    /// What a link of ours carries. Addresses are seen where forms are not, in histories and logs: this is no form's proof.
    pub(super) fn link_proof(&self) -> String {
        self.proof_of("link")
    }

    /// Whether a form was shown to this browser.
    pub(super) fn was_shown(&self, proof: &str) -> bool {
        self.is_proof(&self.proof(), proof)
    }

    /// Whether a link was.
    pub(super) fn was_linked(&self, proof: &str) -> bool {
        self.is_proof(&self.link_proof(), proof)
    }

    fn proof_of(&self, what: &str) -> String {
        let text = format!("{what} of {}", self.value);
        URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
    }

    fn is_proof(&self, wanted: &str, found: &str) -> bool {
        !self.fresh && verify_slices_are_equal(wanted.as_bytes(), found.as_bytes()).is_ok()
    }

    /// The cookie, if the browser has to be told.
    pub(super) fn cookie(&self) -> Option<SetCookie> {
        self.fresh.then(|| bound(VISIT, &self.value))
    }
}

fn is_ours(value: &str) -> bool {
    URL_SAFE_NO_PAD
        .decode(value)
        .is_ok_and(|bytes| bytes.len() == 32)
}

fn bound(name: &'static str, value: &str) -> SetCookie {
    SetCookie::new(name, value)
        .expect("base64 is a cookie value")
        .with("Path=/")
        .with("Secure")
        .with("HttpOnly")
        .with("SameSite=Lax")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_of_one_browser_is_of_no_use_in_another() {
        let browser = |value: &str, fresh| Browser {
            value: value.to_owned(),
            fresh,
        };
        let (own, other) = (browser("a", false), browser("b", false));
        assert!(own.was_shown(&own.proof()));
        assert!(!other.was_shown(&own.proof()));
        assert!(!own.was_shown(""));
        assert!(own.was_linked(&own.link_proof()) && !other.was_linked(&own.link_proof()));
        assert!(!own.was_shown(&own.link_proof()) && !own.was_linked(&own.proof()));
        // Without the cookie nothing was shown to anybody.
        assert!(!browser("a", true).was_shown(&own.proof()));
    }

    #[test]
    fn session_cookie_is_bound_to_this_host() {
        assert_eq!(
            session("x").header(),
            "__Host-portaria-session=x; Path=/; Secure; HttpOnly; SameSite=Lax"
        );
    }
}
