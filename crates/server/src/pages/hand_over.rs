//! The form that a browser posts to somebody who waits for it: at once with JavaScript, by a button without.

use super::policy::Policy;
use super::words::Words;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use identity::sso::PostBack;

/// The one script of these pages; its hash stands in the policy.
pub const SCRIPT: &str = "document.forms.hiddenform.submit();";

// Clients find the form by its exact opening tag and the fields by `name="…" value="…"` on one line; some compare the whole
// beginning of the page up to the form, therefore there is no doctype and nothing before the form.
#[derive(Template)]
#[template(path = "pages/hand_over.html")]
struct HandOver<'a> {
    words: &'a Words,
    action: &'a str,
    fields: Vec<(&'static str, &'a str)>,
    script: &'static str,
}

/// The page that hands `post` over to the relying party.
pub fn page(words: &Words, post: &PostBack) -> Response<Body> {
    filled(words, &post.acs, fields(post))
}

/// The page that hands a token over to a dashboard.
pub fn token(words: &Words, dashboard: &str, token: &str) -> Response<Body> {
    filled(words, dashboard, vec![("token", token)])
}

fn filled<'a>(
    words: &'a Words,
    action: &'a str,
    fields: Vec<(&'static str, &'a str)>,
) -> Response<Body> {
    let template = HandOver {
        words,
        action,
        fields,
        script: SCRIPT,
    };
    super::answer(StatusCode::OK, &template, &Policy::hand_over(action))
}

fn fields(post: &PostBack) -> Vec<(&'static str, &str)> {
    let state = post.relay_state.as_deref();
    [("SAMLResponse", post.saml_response.as_str())]
        .into_iter()
        .chain(state.map(|state| ("RelayState", state)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::words::ENGLISH;

    fn post(relay_state: Option<&str>) -> PostBack {
        PostBack {
            acs: "https://storagegrid.example.com:443/api/saml-response".into(),
            saml_response: "PHNhbWxwOlJlc3BvbnNlPg==".into(),
            relay_state: relay_state.map(str::to_owned),
            entity_id: String::new(),
            name_id: String::new(),
            session_index: String::new(),
        }
    }

    fn rendered(post: &PostBack) -> String {
        HandOver {
            words: &ENGLISH,
            action: &post.acs,
            fields: fields(post),
            script: SCRIPT,
        }
        .render()
        .unwrap()
    }

    #[test]
    fn the_page_begins_as_clients_compare_it() {
        let html = rendered(&post(Some("12345")));
        assert!(html.starts_with(concat!(
            r#"<html><head><title>Working...</title></head><body>"#,
            r#"<form method="POST" name="hiddenform" action="https://storagegrid.example.com:443/api/saml-response">"#,
            r#"<input type="hidden" name="SAMLResponse" value="PHNhbWxwOlJlc3BvbnNlPg==" />"#,
            r#"<input type="hidden" name="RelayState" value="12345" />"#,
        )));
    }

    #[test]
    fn a_relay_state_stays_a_value() {
        let html = rendered(&post(Some(r#""><script>alert(1)</script>"#)));
        assert_eq!(html.matches("<script>").count(), 1);
        let page = scraper::Html::parse_document(&html);
        let state = scraper::Selector::parse("input[name=RelayState]").unwrap();
        let values: Vec<_> = page
            .select(&state)
            .map(|input| input.attr("value"))
            .collect();
        assert_eq!(values, [Some(r#""><script>alert(1)</script>"#)]);
    }

    #[test]
    fn only_the_exact_consumer_url_may_be_posted_to() {
        let response = page(&ENGLISH, &post(None));
        let policy = response.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        insta::assert_snapshot!(policy, @"default-src 'none'; style-src 'self'; form-action https://storagegrid.example.com:443/api/saml-response; base-uri 'none'; frame-ancestors 'none'; script-src 'sha256-5bT/3rVwyAaC01avOI3bW3zIe26Hw1MrcU12ngpbHU4='");
    }
}
