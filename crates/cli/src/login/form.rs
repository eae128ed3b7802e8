//! A form of somebody's page: found, filled, turned into the request that a browser would send.

use super::transport::Request;
use scraper::{ElementRef, Selector};
use std::sync::LazyLock;
use url::Url;
use zeroize::Zeroizing;

/// A form, with its action resolved.
#[derive(Debug, Clone)]
pub(super) struct Form {
    pub(super) id: String,
    pub(super) action: Url,
    pub(super) posts: bool,
    pub(super) fields: Vec<Field>,
}

/// A field that a browser would send.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) kind: Kind,
    /// `autocomplete="one-time-code"` (HTML §4.10.18.7).
    pub(super) one_time: bool,
}

/// What a person sees of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing.
    Hidden,
    /// A box that shows what is typed.
    Text,
    /// A box that does not.
    Password,
    /// A box that was ticked, or a list.
    Choice,
}

impl Form {
    /// Reads a form element. None: its action is no URL.
    pub(super) fn read(element: ElementRef<'_>, base: &Url, page: &Url) -> Option<Self> {
        let attribute = |name| element.value().attr(name).unwrap_or_default();
        // HTML §4.10.21.3: without an action, a form goes to its own page, whatever the base.
        let action = match attribute("action").trim() {
            "" => page.clone(),
            action => base.join(action).ok()?,
        };
        Some(Self {
            id: attribute("id").to_owned(),
            action,
            posts: attribute("method").eq_ignore_ascii_case("post"),
            fields: element.select(&FIELDS).filter_map(Field::read).collect(),
        })
    }

    /// The field of that name.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether it has all of these fields.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.field(name).is_some())
    }

    /// Whether it has a box for a password.
    pub(super) fn asks_password(&self) -> bool {
        self.fields
            .iter()
            .any(|field| field.kind == Kind::Password && !field.one_time)
    }

    /// Starts filling it.
    pub(super) fn fill(&self) -> Filled {
        Filled {
            action: self.action.clone(),
            posts: self.posts,
            values: self
                .fields
                .iter()
                .map(|field| (field.name.clone(), Zeroizing::new(field.value.clone())))
                .collect(),
        }
    }
}

impl Field {
    fn read(element: ElementRef<'_>) -> Option<Self> {
        let attribute = |name| element.value().attr(name);
        let name = attribute("name")
            .filter(|name| !name.is_empty())?
            .to_owned();
        let (kind, value) = match element.value().name() {
            "select" => (Kind::Choice, chosen(element)?),
            "textarea" => (Kind::Text, element.text().collect()),
            _ => {
                let value = attribute("value").map(str::to_owned);
                match attribute("type")
                    .unwrap_or("text")
                    .to_ascii_lowercase()
                    .as_str()
                {
                    "hidden" => (Kind::Hidden, value.unwrap_or_default()),
                    "password" => (Kind::Password, value.unwrap_or_default()),
                    "checkbox" | "radio" => {
                        attribute("checked")?;
                        (Kind::Choice, value.unwrap_or_else(|| "on".to_owned()))
                    }
                    // Which button would be pressed, only the family of the page can say.
                    "submit" | "button" | "image" | "reset" | "file" => return None,
                    _ => (Kind::Text, value.unwrap_or_default()),
                }
            }
        };
        let one_time = attribute("autocomplete").is_some_and(|hint| {
            hint.split_whitespace()
                .any(|word| word.eq_ignore_ascii_case("one-time-code"))
        });
        Some(Self {
            name,
            value,
            kind,
            one_time,
        })
    }
}

/// A form being filled.
pub(super) struct Filled {
    action: Url,
    posts: bool,
    values: Vec<(String, Zeroizing<String>)>,
}

impl Filled {
    /// Fills a field, or adds one that the page's script would add.
    pub(super) fn set(mut self, name: &str, value: &str) -> Self {
        let value = Zeroizing::new(value.to_owned());
        match self.values.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.values.push((name.to_owned(), value)),
        }
        self
    }

    /// What a browser would send.
    pub(super) fn request(mut self) -> Request {
        if self.posts {
            return Request::post(self.action, self.values);
        }
        // HTML §4.10.21.3: the fields of a GET form replace the query.
        self.action.query_pairs_mut().clear().extend_pairs(
            self.values
                .iter()
                .map(|(name, value)| (name, value.as_str())),
        );
        Request::get(self.action)
    }
}

static FIELDS: LazyLock<Selector> = LazyLock::new(|| selector("input, select, textarea"));
static OPTIONS: LazyLock<Selector> = LazyLock::new(|| selector("option"));

/// A selector that is written in this program.
pub(super) fn selector(constant: &str) -> Selector {
    Selector::parse(constant).expect("the selector is constant")
}

fn chosen(list: ElementRef<'_>) -> Option<String> {
    let mut options = list.select(&OPTIONS);
    let first = options.next()?;
    let chosen = options
        .find(|option| option.value().attr("selected").is_some())
        .unwrap_or(first);
    let value = chosen.value().attr("value").map(str::to_owned);
    Some(value.unwrap_or_else(|| chosen.text().collect()))
}

#[cfg(test)]
mod tests {
    use super::super::page::Page;
    use super::super::transport::Body;
    use super::*;

    fn form(html: &str) -> Form {
        Page::read_test("https://idp.example.com/in/page?x=1", html).forms[0].clone()
    }

    fn sent(filled: Filled) -> (String, Vec<(String, String)>) {
        let request = filled.request();
        let fields = match request.body {
            Body::Form(fields) => fields
                .into_iter()
                .map(|(name, value)| (name, value.to_string()))
                .collect(),
            _ => Vec::new(),
        };
        (request.url.to_string(), fields)
    }

    #[test]
    fn form_sends_what_a_browser_would_send() {
        let form = form(
            r#"<form method=POST action="../next?a=1&amp;b=2"><input name=hidden type=hidden value=h><input name=user>
            <input type=checkbox name=keep value=true><input type=checkbox name=agreed checked><input type=submit name=ok value=OK>
            <select name=realm><option value=a>A<option value=b selected>B</select><input value=nameless></form>"#,
        );
        let (url, fields) = sent(form.fill().set("user", "ana").set("added", "by script"));
        assert_eq!(url, "https://idp.example.com/next?a=1&b=2");
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(
            fields,
            [
                "hidden=h",
                "user=ana",
                "agreed=on",
                "realm=b",
                "added=by script"
            ]
        );
    }

    #[test]
    fn action_is_resolved_as_html_says() {
        for (html, action) in [
            ("<form>", "https://idp.example.com/in/page?x=1"),
            (
                "<base href='https://base.example.com/'><form action='/go'>",
                "https://base.example.com/go",
            ),
            (
                "<base href='https://base.example.com/'><form action=''>",
                "https://idp.example.com/in/page?x=1",
            ),
            (
                "<form action='https://other.example.com'>",
                "https://other.example.com/",
            ),
        ] {
            assert_eq!(form(html).action.as_str(), action, "{html}");
        }
    }

    #[test]
    fn get_form_sends_its_fields_in_the_query() {
        let form = form("<form action='/go?old=1'><input name=a value='1 2'></form>");
        assert_eq!(sent(form.fill()).0, "https://idp.example.com/go?a=1+2");
    }
}
