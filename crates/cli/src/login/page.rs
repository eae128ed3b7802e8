//! A page that somebody sent, reduced to what a decision needs: forms, marked texts, and the `$Config` that Entra's pages carry.
//! This module owns reading; what a page *is* stands in [`super::predicates`].

use super::form::{Form, selector};
use super::refusal::quoted;
use super::transport::Answer;
use scraper::{ElementRef, Html, Node, Selector};
use serde_json::Value;
use std::sync::LazyLock;
use url::Url;

/// A page.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) url: Url,
    pub(super) status: u16,
    pub(super) title: String,
    pub(super) forms: Vec<Form>,
    /// What stands in the places where pages put their complaints.
    pub(super) complaint: String,
    /// A number to be picked on a telephone.
    pub(super) number_to_match: String,
    /// All that a person would read, in lower case.
    pub(super) words: String,
    /// The `PageID` that Entra's pages carry.
    pub(super) id: String,
    /// The `$Config` that Entra's pages carry.
    pub(super) config: Option<Value>,
    /// `x-ms-request-id`, which Entra wants back.
    pub(super) request_id: String,
    /// As it came, for a redacted copy.
    pub(super) source: String,
}

impl Page {
    /// Reads an answer. Whatever came is a page; it may be an empty one.
    pub(super) fn read(answer: Answer) -> Self {
        let request_id = answer
            .header("x-ms-request-id")
            .unwrap_or_default()
            .to_owned();
        let html = Html::parse_document(&answer.body);
        let base = html
            .select(&BASE)
            .find_map(|base| answer.url.join(base.value().attr("href")?).ok())
            .unwrap_or_else(|| answer.url.clone());
        Self {
            status: answer.status,
            title: first_text(&html, &TITLE),
            forms: html
                .select(&FORM)
                .filter_map(|form| Form::read(form, &base, &answer.url))
                .collect(),
            complaint: first_text(&html, &COMPLAINT),
            number_to_match: first_text(&html, &NUMBER),
            words: words(&html).to_lowercase(),
            id: html
                .select(&PAGE_ID)
                .find_map(|meta| meta.value().attr("content"))
                .unwrap_or_default()
                .to_owned(),
            config: config(&answer.body),
            request_id,
            url: answer.url,
            source: answer.body,
        }
    }

    #[cfg(test)]
    pub(super) fn read_test(url: &str, html: &str) -> Self {
        Self::read(Answer {
            url: Url::parse(url).unwrap(),
            status: 200,
            headers: reqwest::header::HeaderMap::new(),
            body: html.to_owned(),
        })
    }

    /// The first form of which that is true.
    pub(super) fn form(&self, is: impl Fn(&Form) -> bool) -> Option<&Form> {
        self.forms.iter().find(|form| is(form))
    }

    /// The first form with all of these fields.
    pub(super) fn form_with(&self, names: &[&str]) -> Option<&Form> {
        self.form(|form| form.has(names))
    }

    /// A text of `$Config`; blank where it is missing. Numbers are read as texts: pages differ.
    pub(super) fn setting(&self, key: &str) -> String {
        match self.config.as_ref().and_then(|config| config.get(key)) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        }
    }
}

static BASE: LazyLock<Selector> = LazyLock::new(|| selector("base[href]"));
static TITLE: LazyLock<Selector> = LazyLock::new(|| selector("title"));
static FORM: LazyLock<Selector> = LazyLock::new(|| selector("form"));
static PAGE_ID: LazyLock<Selector> = LazyLock::new(|| selector("meta[name=PageID]"));
static NUMBER: LazyLock<Selector> =
    LazyLock::new(|| selector("#validEntropyNumber, .numbermatching, #idRichContext_DisplaySign"));
// AD FS, its error page, PingFederate's forms and its error page, and what says of itself that it is one.
static COMPLAINT: LazyLock<Selector> = LazyLock::new(|| {
    selector("#errorText, #errorMessage, .ping-error, .ping-messages, [role=alert]")
});

/// The first non-blank text at such a place.
fn first_text(html: &Html, place: &Selector) -> String {
    html.select(place)
        .map(|element| quoted(&element.text().collect::<Vec<_>>().join(" ")))
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}

fn words(html: &Html) -> String {
    let mut words = String::new();
    for node in html.tree.nodes() {
        let Node::Text(text) = node.value() else {
            continue;
        };
        let unseen = node
            .parent()
            .and_then(ElementRef::wrap)
            .is_some_and(|parent| matches!(parent.value().name(), "script" | "style" | "noscript"));
        if !unseen {
            words.push_str(text);
            words.push(' ');
        }
    }
    words
}

/// The value after `$Config=`, and nothing of what follows it: no assumption about line ends, semicolons or what a text may hold.
fn config(source: &str) -> Option<Value> {
    let (_, after) = source.split_once("$Config")?;
    let after = after.trim_start().strip_prefix('=')?;
    serde_json::Deserializer::from_str(after)
        .into_iter()
        .next()?
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn config_is_read_however_it_is_laid_out() {
        for source in [
            "//<![CDATA[\n$Config={\"sFT\":\"a\"};\n//]]>",
            "var a=1;$Config = {\n \"sFT\" :\"a\",\"sText\":\"};\"\n}\n;more()",
        ] {
            assert_eq!(config(source).unwrap()["sFT"], "a", "{source}");
        }
        for source in ["", "$Config", "$Config={", "$Config=;", "$ConfigOther={}"] {
            assert_eq!(config(source), None, "{source}");
        }
    }

    #[test]
    fn words_leave_scripts_out() {
        let page = Page::read_test(
            "https://a.example/",
            "<p>Page <b>Expired</b><script>var no</script><style>no</style>",
        );
        assert_eq!(
            page.words.split_whitespace().collect::<Vec<_>>(),
            ["page", "expired"]
        );
    }
}
