//! Messages in what people have at hand.

use percent_encoding::percent_decode_str;
use scraper::{Html, Selector};
use serde_json::Value;

/// Where a message was found, and how it travelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// For a person: `the URL`, `a form of the page`, …
    pub(super) place: String,
    /// How it travelled.
    pub(super) carried: Carried,
}

/// How a message travelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Carried {
    /// In the query of a URL, raw.
    Redirect(String),
    /// In a form field, decoded once as forms are.
    Post(String),
    /// Not at all: the XML itself.
    Xml(Vec<u8>),
}

const FIELDS: [&str; 2] = ["SAMLResponse", "SAMLRequest"];
/// Messages of one input that are looked at.
const MOST: usize = 32;

/// Every message in `text`, in the order in which it stands there.
pub(super) fn find(text: &str) -> Vec<Found> {
    let text = text.trim();
    let mut found = match serde_json::from_str::<Value>(text) {
        Ok(json) if json.pointer("/log/entries").is_some() => in_har(&json),
        _ => in_text(text, ""),
    };
    found.dedup_by(|a, b| a.carried == b.carried);
    found.truncate(MOST);
    found
}

fn in_text(text: &str, place: &str) -> Vec<Found> {
    let one = |what: &str, carried| {
        let place = if place.is_empty() {
            what.to_owned()
        } else {
            format!("{what} of {place}")
        };
        vec![Found { place, carried }]
    };
    if text.starts_with("http://") || text.starts_with("https://") {
        let query = text.split_once('?').map_or("", |(_, query)| query);
        let query = query.split('#').next().unwrap_or_default();
        return if names_message(query) {
            one("the URL", Carried::Redirect(query.to_owned()))
        } else {
            Vec::new()
        };
    }
    if text.starts_with('<') {
        let forms = in_page(text, place);
        let is_message = [
            "Response",
            "AuthnRequest",
            "LogoutRequest",
            "LogoutResponse",
            "Assertion",
        ]
        .iter()
        .any(|name| text.contains(&format!(":{name} ")) || text.contains(&format!("<{name} ")));
        if forms.is_empty() && is_message {
            return one("the XML", Carried::Xml(text.as_bytes().to_vec()));
        }
        return forms;
    }
    if names_message(text) {
        return in_form(text, place);
    }
    let plain: String = text.split_ascii_whitespace().collect();
    let base64 = plain.len() > 16
        && plain
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+/=%-_".contains(&b));
    if !base64 {
        return Vec::new();
    }
    if is_deflated(&plain) {
        let query = format!("SAMLRequest={}", plain.replace('+', "%2B"));
        return one("the value", Carried::Redirect(query));
    }
    // White space is kept: a `+` that became a space is a finding.
    one(
        "the value",
        Carried::Post(text.replace(['\r', '\n', '\t'], "")),
    )
}

/// A body or query: a deflated message travelled by redirect, another by POST.
fn in_form(text: &str, place: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for pair in text.split('&') {
        let Some((name, value)) = pair.split_once('=') else {
            continue;
        };
        if !FIELDS.contains(&name.trim()) {
            continue;
        }
        let decoded = percent_decode_str(&value.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned();
        let place = if place.is_empty() {
            format!("the field {name}")
        } else {
            format!("the field {name} of {place}")
        };
        let carried = if is_deflated(&decoded.replace(' ', "+")) {
            Carried::Redirect(text.to_owned())
        } else {
            Carried::Post(decoded)
        };
        found.push(Found { place, carried });
    }
    found
}

fn in_page(page: &str, place: &str) -> Vec<Found> {
    let inputs = Selector::parse("input[name]").expect("a selector that is known when compiling");
    let page = Html::parse_document(page);
    page.select(&inputs)
        .filter_map(|input| {
            let name = input.value().attr("name")?;
            let value = input.value().attr("value")?;
            FIELDS.contains(&name).then(|| Found {
                place: if place.is_empty() {
                    format!("the form field {name}")
                } else {
                    format!("the form field {name} of {place}")
                },
                carried: Carried::Post(value.to_owned()),
            })
        })
        .collect()
}

fn in_har(har: &Value) -> Vec<Found> {
    let mut found = Vec::new();
    let entries = har.pointer("/log/entries").and_then(Value::as_array);
    for (index, entry) in entries.into_iter().flatten().enumerate() {
        let text = |pointer: &str| {
            entry
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let place = format!("request {}", index + 1);
        found.extend(in_text(text("/request/url"), &place));
        let posted = text("/request/postData/text");
        if names_message(posted) {
            found.extend(in_form(posted, &place));
        }
        let answered = text("/response/content/text");
        if FIELDS.iter().any(|field| answered.contains(field)) {
            found.extend(in_page(answered, &format!("the answer to {place}")));
        }
    }
    found
}

fn names_message(text: &str) -> bool {
    FIELDS
        .iter()
        .any(|field| text.starts_with(&format!("{field}=")) || text.contains(&format!("&{field}=")))
}

/// Whether base64 holds a raw DEFLATE stream rather than XML. XML begins with `<`, which base64 writes as `P` and one of
/// the first sixteen letters.
fn is_deflated(base64: &str) -> bool {
    let begins_as_xml = base64.starts_with('P')
        && base64
            .as_bytes()
            .get(1)
            .is_some_and(|b| matches!(b, b'A'..=b'P'));
    !begins_as_xml
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carried(text: &str) -> Vec<Carried> {
        find(text).into_iter().map(|found| found.carried).collect()
    }

    const POSTED: &str = "PHNhbWxwOlJlc3BvbnNlIC8+";

    #[test]
    fn messages_are_found_in_what_people_have_at_hand() {
        let post = [Carried::Post(POSTED.to_owned())];
        assert_eq!(carried(POSTED), post);
        assert_eq!(
            carried(&format!(
                "SAMLResponse={}&RelayState=0",
                POSTED.replace('+', "%2B")
            )),
            post
        );
        assert_eq!(
            carried(&format!(
                "<html><form><input name=\"SAMLResponse\" value=\"{POSTED}\"></form></html>"
            )),
            post
        );
        let har = serde_json::json!({"log": {"entries": [
            {"request": {"url": "https://idp.example/sso?SAMLRequest=fVLL&RelayState=0"}, "response": {"content": {"text": ""}}},
            {"request": {"url": "https://sp.example/acs", "postData": {"text": format!("SAMLResponse={}", POSTED.replace('+', "%2B"))}}},
        ]}});
        assert_eq!(
            carried(&har.to_string()),
            [
                Carried::Redirect("SAMLRequest=fVLL&RelayState=0".to_owned()),
                post[0].clone()
            ]
        );
        assert_eq!(
            carried("https://idp.example/?SAMLRequest=fVLL#top"),
            [Carried::Redirect("SAMLRequest=fVLL".to_owned())]
        );
        assert!(matches!(
            carried("<samlp:Response xmlns:samlp=\"x\" />")[..],
            [Carried::Xml(_)]
        ));
    }

    #[test]
    fn damage_on_the_way_is_kept_for_the_rules_to_name() {
        let spaced = carried(&format!("SAMLResponse={POSTED}"));
        assert_eq!(spaced, [Carried::Post(POSTED.replace('+', " "))]);
    }

    #[test]
    fn other_text_holds_no_message() {
        for text in [
            "",
            "hello",
            "https://example.com/",
            "{}",
            "<html></html>",
            "a=b&c=d",
        ] {
            assert!(find(text).is_empty(), "{text}");
        }
    }
}
