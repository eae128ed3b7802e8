//! The cookies of this door, with the names, values and attributes that its clients know.

use crate::http::SetCookie;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use identity::login::Session;
use identity::sso::PostBack;
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The session.
pub(super) const SESSION: &str = "MSISAuth";
/// How often the browser came here lately.
pub(super) const LOOP: &str = "MSISLoopDetectionCookie";

/// How long the mark of a logout stays in the browser.
const SIGN_OUT_MARK: SignedDuration = SignedDuration::from_mins(15);
/// A person does not come back this often in so short a time; a page that sends browsers around in circles does at once.
const LOOP_WINDOW: SignedDuration = SignedDuration::from_secs(20);
const LOOP_LIMIT: u32 = 40;

/// Sets the session cookie.
pub(super) fn session(value: &str) -> SetCookie {
    cookie(SESSION, value)
}

/// Takes the session cookie away.
pub(super) fn no_session() -> SetCookie {
    SetCookie::new(SESSION, "")
        .expect("the empty value is one")
        .expires(Timestamp::UNIX_EPOCH)
        .with("path=/adfs")
        .with("HttpOnly")
        .with("Secure")
}

/// `SamlSession`: whom the browser was vouched for, towards whom.
pub(super) fn saml_session(post: &PostBack) -> SetCookie {
    let name_id = lower_case_encoded(&post.name_id);
    let text = format!(
        "{}&False&{name_id}&&&&&{}",
        post.entity_id, post.session_index
    );
    cookie("SamlSession", &STANDARD.encode(text))
}

/// `MSISAuthenticated`: when the person proved who they are.
pub(super) fn authenticated(session: &Session) -> SetCookie {
    let text = session
        .authenticated_at
        .strftime("%-m/%-d/%Y %-I:%M:%S %p")
        .to_string();
    cookie("MSISAuthenticated", &STANDARD.encode(text))
}

/// `MSISSignoutProtocol`: by which protocol the last sign-out came.
pub(super) fn sign_out_protocol(now: Timestamp) -> SetCookie {
    let value = STANDARD.encode("Saml");
    SetCookie::new("MSISSignoutProtocol", &value)
        .expect("base64 is a cookie value")
        .expires(now + SIGN_OUT_MARK)
        .with("path=/adfs")
        .with("HttpOnly")
        .with("Secure")
}

/// How often a browser was answered without a question, since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rounds {
    since: Timestamp,
    count: u32,
}

impl Rounds {
    /// This round, after those that the cookie tells of; none when there were too many.
    pub(super) fn next(cookie: Option<&str>, now: Timestamp) -> Option<Self> {
        let before = cookie.and_then(Self::read).filter(|before| {
            (SignedDuration::ZERO..LOOP_WINDOW).contains(&now.duration_since(before.since))
        });
        match before {
            Some(before) if before.count >= LOOP_LIMIT => None,
            Some(before) => Some(Self {
                since: before.since,
                count: before.count + 1,
            }),
            None => Some(Self {
                since: now,
                count: 1,
            }),
        }
    }

    /// As the cookie, such as `2018-11-07:16:32:59Z\1` in base64.
    pub(super) fn cookie(self) -> SetCookie {
        let text = format!(
            "{}\\{}",
            self.since.strftime("%Y-%m-%d:%H:%M:%SZ"),
            self.count
        );
        cookie(LOOP, &STANDARD.encode(text))
    }

    fn read(cookie: &str) -> Option<Self> {
        let text = String::from_utf8(STANDARD.decode(cookie).ok()?).ok()?;
        let (since, count) = text.split_once('\\')?;
        let since = DateTime::strptime("%Y-%m-%d:%H:%M:%SZ", since)
            .ok()?
            .to_zoned(TimeZone::UTC)
            .ok()?
            .timestamp();
        Some(Self {
            since,
            count: count.parse().ok()?,
        })
    }
}

fn cookie(name: &'static str, value: &str) -> SetCookie {
    let set = SetCookie::new(name, value)
        .expect("base64 and the session's own alphabet are cookie values");
    set.with("path=/adfs").with("HttpOnly").with("Secure")
}

/// Percent-encoding with lower-case digits, as the cookie of the document has it.
fn lower_case_encoded(text: &str) -> String {
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
    utf8_percent_encode(text, RESERVED)
        .map(|part| {
            if part.starts_with('%') && part.len() == 3 {
                part.to_ascii_lowercase()
            } else {
                part.to_owned()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(cookie: SetCookie) -> String {
        cookie.header().to_str().unwrap().to_owned()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_cookies_of_the_document_come_out_as_printed() {
        let post = PostBack {
            acs: String::new(),
            saml_response: String::new(),
            relay_state: None,
            entity_id: "kwinters-Primary-Admin-178".into(),
            name_id: "rx86rCfaJUqqUlwnIu2qnQ==".into(),
            session_index: "_17202e09-8f08-44dd-8c89-47451c07f93c".into(),
        };
        insta::assert_snapshot!(value(saml_session(&post)), @"SamlSession=a3dpbnRlcnMtUHJpbWFyeS1BZG1pbi0xNzgmRmFsc2Umcng4NnJDZmFKVXFxVWx3bkl1MnFuUSUzZCUzZCYmJiYmXzE3MjAyZTA5LThmMDgtNDRkZC04Yzg5LTQ3NDUxYzA3ZjkzYw==; path=/adfs; HttpOnly; Secure");
        let session = Session {
            id: String::new(),
            user: String::new(),
            user_name: String::new(),
            authenticated_at: at("2018-11-07T16:32:59Z"),
            class_ref: String::new(),
        };
        insta::assert_snapshot!(value(authenticated(&session)), @"MSISAuthenticated=MTEvNy8yMDE4IDQ6MzI6NTkgUE0=; path=/adfs; HttpOnly; Secure");
        let rounds = Rounds::next(None, at("2018-11-07T16:32:59Z")).unwrap();
        insta::assert_snapshot!(value(rounds.cookie()), @"MSISLoopDetectionCookie=MjAxOC0xMS0wNzoxNjozMjo1OVpcMQ==; path=/adfs; HttpOnly; Secure");
        insta::assert_snapshot!(value(sign_out_protocol(at("2018-11-20T22:20:03Z"))), @"MSISSignoutProtocol=U2FtbA==; expires=Tue, 20 Nov 2018 22:35:03 GMT; path=/adfs; HttpOnly; Secure");
    }

    #[test]
    fn a_browser_that_goes_around_in_circles_is_stopped() {
        let now = at("2018-11-07T16:32:59Z");
        let mut cookie = None;
        for _ in 0..LOOP_LIMIT {
            let rounds = Rounds::next(cookie.as_deref(), now).unwrap();
            cookie = value(rounds.cookie())
                .strip_prefix("MSISLoopDetectionCookie=")
                .and_then(|rest| rest.split(';').next())
                .map(str::to_owned);
        }
        assert_eq!(Rounds::next(cookie.as_deref(), now), None);
        assert_eq!(
            Rounds::next(cookie.as_deref(), now + LOOP_WINDOW).map(|rounds| rounds.count),
            Some(1)
        );
        assert_eq!(
            Rounds::next(Some("broken"), now).map(|rounds| rounds.count),
            Some(1)
        );
    }
}
