//! What a page is. One table for all the products, because one sign-in crosses several of them: Entra sends people to an
//! AD FS, AD FS to a one-time-code service. A marker is a field name or an identifier that the product's own scripts rely
//! on, never a text that somebody may translate - but for expiry, which has no marker.
//!
//! The predicates exclude each other: the truth table below tries every page on every one.

use super::form::{Field, Form};
use super::page::Page;
use super::{adfs, pingfederate};

/// A kind of page that can be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageKind {
    /// The end: a SAML response in a form that posts itself.
    SamlResponse,
    /// AD FS asks for user name and password.
    AdfsSignIn,
    /// AD FS waits for a telephone.
    AdfsPush,
    /// PingFederate asks for user name and password.
    PingFederateSignIn,
    /// `PingID` waits for a telephone.
    PingIdPush,
    /// `PingID` is done, and says so to `PingFederate`.
    PingIdDone,
    /// Anybody asks for a one-time code.
    OneTimeCode,
    /// A form without anything to fill, on its way to another page.
    PassingOn,
    /// Entra asks for user name and password.
    EntraSignIn,
    /// Entra asks for a second factor.
    EntraSecondFactor,
    /// Entra asks whether to stay signed in.
    EntraStaySignedIn,
    /// Entra wants another second factor registered.
    EntraRegistration,
    /// Entra gives up.
    EntraError,
    /// The transaction is over.
    Expired,
    /// The provider says no.
    Complaint,
}

/// A line of the table.
pub(super) struct Rule {
    /// What the page is …
    pub(super) kind: PageKind,
    /// … when this holds.
    pub(super) holds: fn(&Page) -> bool,
}

/// The table.
pub(super) const TABLE: [Rule; 15] = [
    Rule {
        kind: PageKind::SamlResponse,
        holds: is_saml_response,
    },
    Rule {
        kind: PageKind::AdfsSignIn,
        holds: is_adfs_sign_in,
    },
    Rule {
        kind: PageKind::AdfsPush,
        holds: is_adfs_push,
    },
    Rule {
        kind: PageKind::PingFederateSignIn,
        holds: is_pingfederate_sign_in,
    },
    Rule {
        kind: PageKind::PingIdPush,
        holds: is_pingid_push,
    },
    Rule {
        kind: PageKind::PingIdDone,
        holds: is_pingid_done,
    },
    Rule {
        kind: PageKind::OneTimeCode,
        holds: is_one_time_code,
    },
    Rule {
        kind: PageKind::PassingOn,
        holds: is_passing_on,
    },
    Rule {
        kind: PageKind::EntraSignIn,
        holds: |page| is_entra(page, "ConvergedSignIn"),
    },
    Rule {
        kind: PageKind::EntraSecondFactor,
        holds: |page| is_entra(page, "ConvergedTFA"),
    },
    Rule {
        kind: PageKind::EntraStaySignedIn,
        holds: |page| is_entra(page, "KmsiInterrupt"),
    },
    Rule {
        kind: PageKind::EntraRegistration,
        holds: |page| is_entra(page, "ConvergedProofUpRedirect"),
    },
    Rule {
        kind: PageKind::EntraError,
        holds: |page| is_entra(page, "ConvergedError"),
    },
    Rule {
        kind: PageKind::Expired,
        holds: is_expired,
    },
    Rule {
        kind: PageKind::Complaint,
        holds: is_complaint,
    },
];

/// What the page is; none: a page that nobody told us about.
pub(super) fn kind(page: &Page) -> Option<PageKind> {
    TABLE
        .iter()
        .find(|rule| (rule.holds)(page))
        .map(|rule| rule.kind)
}

/// The form that asks for a one-time code, and its field. Where there is a `$Config`, its script does the asking.
pub(super) fn one_time_code(page: &Page) -> Option<(&Form, &Field)> {
    if page.config.is_some() {
        return None;
    }
    page.forms
        .iter()
        .filter(|form| !form.asks_password())
        .find_map(|form| {
            let named = |field: &&Field| {
                adfs::CODES.contains(&field.name.as_str()) || is_pingid_code(form, field)
            };
            let field = form
                .fields
                .iter()
                .find(|field| field.one_time || named(field))?;
            Some((form, field))
        })
}

/// The form that goes on by itself.
pub(super) fn passing_on(page: &Page) -> Option<&Form> {
    const MARKERS: [&str; 4] = [
        "SAMLRequest",
        pingfederate::HANDOVER,
        "RelayState",
        "wresult",
    ];
    page.form(|form| {
        page.config.is_none()
            && form
                .fields
                .iter()
                .all(|field| field.kind == super::form::Kind::Hidden)
            && MARKERS.iter().any(|marker| form.has(&[marker]))
    })
}

/// Whether these words, in lower case, tell of a transaction that is over. The one thing that pages say only in words.
pub(super) fn tells_of_expiry(words: &str) -> bool {
    ["expired", "timed out", "no longer valid", "too long"]
        .iter()
        .any(|word| words.contains(word))
}

fn is_saml_response(page: &Page) -> bool {
    page.form_with(&["SAMLResponse"]).is_some()
}

fn is_adfs_sign_in(page: &Page) -> bool {
    page.form_with(&adfs::CREDENTIALS).is_some()
}

fn is_adfs_push(page: &Page) -> bool {
    adfs::push(page).is_some() && one_time_code(page).is_none()
}

fn is_pingfederate_sign_in(page: &Page) -> bool {
    page.form_with(&pingfederate::CREDENTIALS).is_some()
}

fn is_pingid_push(page: &Page) -> bool {
    page.form(|form| form.id == pingfederate::PUSH).is_some() && one_time_code(page).is_none()
}

fn is_pingid_done(page: &Page) -> bool {
    page.form(|form| form.id == pingfederate::DONE).is_some()
        && one_time_code(page).is_none()
        && !is_pingid_push(page)
}

fn is_one_time_code(page: &Page) -> bool {
    one_time_code(page).is_some()
}

fn is_passing_on(page: &Page) -> bool {
    passing_on(page).is_some() && !is_saml_response(page)
}

fn is_entra(page: &Page, id: &str) -> bool {
    page.config.is_some() && (page.id == id || page.id.is_empty() && page.setting("pgid") == id)
}

fn is_expired(page: &Page) -> bool {
    asks_nothing(page) && tells_of_expiry(&page.words)
}

fn is_complaint(page: &Page) -> bool {
    asks_nothing(page) && !page.complaint.is_empty() && !is_expired(page)
}

/// No form that goes anywhere, and none of Entra's scripts.
fn asks_nothing(page: &Page) -> bool {
    page.config.is_none()
        && page.forms.iter().all(|form| !form.asks_password())
        && !is_saml_response(page)
        && one_time_code(page).is_none()
        && passing_on(page).is_none()
        && adfs::push(page).is_none()
        && !is_pingid_push(page)
        && !is_pingid_done(page)
}

fn is_pingid_code(form: &Form, field: &Field) -> bool {
    form.id == pingfederate::CODE_FORM && field.name == pingfederate::CODE
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of `testdata/pages`, as the product would serve it.
    fn saved(name: &str) -> Page {
        let path = format!("{}/testdata/pages/{name}.html", env!("CARGO_MANIFEST_DIR"));
        let html = std::fs::read_to_string(path).unwrap();
        Page::read_test("https://idp.example.com/page", &html)
    }

    /// Every saved page, and the one kind that it is.
    const TRUTH: [(&str, Option<PageKind>); 30] = [
        ("adfs-code", Some(PageKind::OneTimeCode)),
        ("adfs-code-refused", Some(PageKind::OneTimeCode)),
        ("adfs-error", Some(PageKind::Complaint)),
        ("adfs-push", Some(PageKind::AdfsPush)),
        ("adfs-sign-in", Some(PageKind::AdfsSignIn)),
        ("adfs-sign-in-refused", Some(PageKind::AdfsSignIn)),
        ("adfs-sign-in-with-code", Some(PageKind::AdfsSignIn)),
        ("captcha", None),
        ("change-password", None),
        ("empty", None),
        ("entra-error", Some(PageKind::EntraError)),
        ("entra-registration", Some(PageKind::EntraRegistration)),
        ("entra-second-factor", Some(PageKind::EntraSecondFactor)),
        (
            "entra-second-factor-form",
            Some(PageKind::EntraSecondFactor),
        ),
        ("entra-sign-in", Some(PageKind::EntraSignIn)),
        ("entra-sign-in-refused", Some(PageKind::EntraSignIn)),
        ("entra-stay-signed-in", Some(PageKind::EntraStaySignedIn)),
        ("notice", Some(PageKind::Complaint)),
        ("notice-expired", Some(PageKind::Expired)),
        ("other-code", Some(PageKind::OneTimeCode)),
        ("pingfederate-expired", Some(PageKind::Expired)),
        ("pingfederate-resume", Some(PageKind::PassingOn)),
        ("pingfederate-sign-in", Some(PageKind::PingFederateSignIn)),
        (
            "pingfederate-sign-in-refused",
            Some(PageKind::PingFederateSignIn),
        ),
        ("pingid-code", Some(PageKind::OneTimeCode)),
        ("pingid-done", Some(PageKind::PingIdDone)),
        ("pingid-handover", Some(PageKind::PassingOn)),
        ("pingid-push", Some(PageKind::PingIdPush)),
        ("saml-request", Some(PageKind::PassingOn)),
        ("saml-response", Some(PageKind::SamlResponse)),
    ];

    #[test]
    fn every_predicate_holds_for_its_pages_and_for_no_other() {
        for (name, expected) in TRUTH {
            let page = saved(name);
            for rule in &TABLE {
                let holds = (rule.holds)(&page);
                assert_eq!(
                    holds,
                    Some(rule.kind) == expected,
                    "{name} as {:?}",
                    rule.kind
                );
            }
            assert_eq!(kind(&page), expected, "{name}");
        }
    }

    #[test]
    fn truth_table_leaves_no_page_and_no_kind_out() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/pages");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), TRUTH.len());
        for rule in &TABLE {
            let tried = TRUTH.iter().any(|(_, kind)| *kind == Some(rule.kind));
            assert!(tried, "{:?}", rule.kind);
        }
    }
}
