//! A page that the table does not know: a copy to report it with, from which everything is left out that could sign somebody
//! in or say who they are. What is kept is a list, not what is left out.

use super::form::selector;
use super::page::Page;
use super::refusal::Refusal;
use super::trust::host_and_port;
use super::walk::Credentials;
use crate::folders::Folders;
use crate::private_file;
use jiff::Timestamp;
use scraper::{ElementRef, Html, Node, Selector};
use std::fmt::Write;
use std::io;
use std::path::PathBuf;
use std::sync::LazyLock;

/// Attributes that say what an element is.
const KEPT: [&str; 10] = [
    "id",
    "name",
    "class",
    "type",
    "method",
    "autocomplete",
    "for",
    "role",
    "http-equiv",
    "lang",
];
/// Attributes that lead somewhere: kept without their query.
const LINKS: [&str; 3] = ["action", "href", "src"];
/// Longer words are tokens.
const LONGEST_WORD: usize = 24;
/// Deeper elements are left out: whoever nests ten thousand wants this program's stack to end.
const DEEPEST: usize = 200;

static ROOT: LazyLock<Selector> = LazyLock::new(|| selector(":root"));

/// Keeps a copy, and says so.
pub(super) fn refusal(
    page: &Page,
    credentials: &Credentials,
    (folders, now): (&Folders, Timestamp),
) -> Refusal {
    let host = host_and_port(&page.url);
    Refusal::UnknownPage {
        place: format!("https://{host}{} (status {})", page.url.path(), page.status),
        title: page.title.clone(),
        copy: keep(page, credentials, folders, now).ok(),
    }
}

fn keep(
    page: &Page,
    credentials: &Credentials,
    folders: &Folders,
    now: Timestamp,
) -> io::Result<PathBuf> {
    let host = page.url.host_str().unwrap_or("page");
    let path = folders
        .pages()
        .join(format!("{host}-{}.html", now.strftime("%Y%m%dT%H%M%SZ")));
    private_file::write(&path, redacted(page, &[&credentials.name]).as_bytes())?;
    Ok(path)
}

/// The bones of the page. `names` are words that must not stand in it.
fn redacted(page: &Page, names: &[&str]) -> String {
    let html = Html::parse_document(&page.source);
    let mut copy = format!(
        "<!-- {} {}; values, scripts and long words were left out -->\n",
        page.status,
        page.url.path()
    );
    if let Some(config) = page.config.as_ref().and_then(serde_json::Value::as_object) {
        let keys: Vec<&str> = config.keys().map(String::as_str).collect();
        let _ = writeln!(
            copy,
            "<!-- PageID {}; $Config has {} -->",
            named(&page.id),
            named(keys.join(" "))
        );
    }
    let mut writer = Writer { copy, names };
    if let Some(root) = html.select(&ROOT).next() {
        writer.element(root, 0);
    }
    writer.copy
}

struct Writer<'a> {
    copy: String,
    names: &'a [&'a str],
}

impl Writer<'_> {
    fn element(&mut self, element: ElementRef<'_>, depth: usize) {
        let name = element.value().name();
        if depth > DEEPEST || matches!(name, "script" | "style" | "svg" | "noscript") {
            return;
        }
        let _ = write!(self.copy, "<{name}");
        for (attribute, value) in element.value().attrs() {
            let kept = match attribute {
                _ if KEPT.contains(&attribute) => self.words(value),
                _ if LINKS.contains(&attribute) && runs(value) => "…".to_owned(),
                _ if LINKS.contains(&attribute) => self.words(
                    &value
                        .split(['?', '#'])
                        .next()
                        .unwrap_or_default()
                        .replace('/', " / "),
                ),
                "value" => format!("{} characters", value.chars().count()),
                _ => continue,
            };
            let _ = write!(self.copy, " {attribute}=\"{kept}\"");
        }
        self.copy.push('>');
        for child in element.children() {
            if let Node::Text(text) = child.value() {
                let words = self.words(text);
                self.copy.push_str(&words);
            } else if let Some(child) = ElementRef::wrap(child) {
                self.element(child, depth + 1);
            }
        }
        let _ = writeln!(self.copy, "</{name}>");
    }

    /// Words that are words. What is long, holds an address or is a number is not kept.
    fn words(&self, text: &str) -> String {
        let is_word = |word: &str| {
            let digits = word.chars().filter(char::is_ascii_digit).count();
            word.chars().count() <= LONGEST_WORD
                && digits < 4
                && !word.contains('@')
                && !self.names.iter().any(|name| word.contains(name))
        };
        let kept: Vec<String> = text
            .split_whitespace()
            .map(|word| {
                if is_word(word) {
                    escaped(word)
                } else {
                    "…".to_owned()
                }
            })
            .collect();
        kept.join(" ")
    }
}

/// A name that a page gives itself, without what would end the comment in which it stands.
fn named(name: impl AsRef<str>) -> String {
    let harmless = |c: &char| c.is_ascii_alphanumeric() || " _-.".contains(*c);
    name.as_ref().chars().filter(harmless).collect()
}

/// Whether a link is a script rather than a place: the copy is opened in a browser, by somebody who wonders what it is.
fn runs(link: &str) -> bool {
    let link: String = link
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .collect();
    let scheme = link
        .split_once(':')
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    scheme.is_some_and(|scheme| scheme != "http" && scheme != "https")
}

fn escaped(word: &str) -> String {
    word.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_runs_nothing_of_the_page() {
        let page = Page::read_test(
            "https://idp.example.com/challenge",
            "<meta name=PageID content='x--><script>alert(1)</script>'><script>$Config={\"a--><script>\":1};</script>\
             <a href=' java\nscript:alert(1)'>go</a><a href=data:text/html,x>go</a><a href=https://idp.example.com/go>go</a><img src=x onerror=alert(1)>",
        );
        let copy = redacted(&page, &[]);
        for hostile in [
            "<script",
            "-->  <",
            "javascript:",
            "data:",
            "onerror",
            "x-->",
        ] {
            assert!(!copy.contains(hostile), "{hostile} in {copy}");
        }
        assert!(copy.contains("idp.example.com / go"), "{copy}");
    }

    #[test]
    fn deep_page_is_copied_as_far_as_somebody_would_look() {
        let deep = "<div>".repeat(10_000);
        let page = Page::read_test("https://idp.example.com/challenge", &deep);
        let copy = redacted(&page, &[]);
        assert_eq!(copy.matches("<div>").count(), DEEPEST - 1);
    }

    #[test]
    fn copy_keeps_the_shape_and_no_secret() {
        let page = Page::read_test(
            "https://idp.example.com/challenge?SAMLRequest=secretrequest",
            "<title>Pick</title><script>var csrf='secretscript'</script><form id=challenge action='/go?ticket=secretticket'>\
             <input type=hidden name=state value=secretvalue data-token=secretdata><p>Hello ana@corp.example, your number is 482910</p>\
             <i>ana</i><b>aVeryLongWordThatIsATokenOfSomeKind</b><!-- secretcomment --></form>",
        );
        let copy = redacted(&page, &["ana"]);
        for secret in ["secret", "ana", "482910", "aVeryLong"] {
            assert!(!copy.contains(secret), "{secret} in {copy}");
        }
        for kept in [
            "id=\"challenge\"",
            "name=\"state\"",
            "value=\"11 characters\"",
            "Pick",
            "your number is",
        ] {
            assert!(copy.contains(kept), "{kept} not in {copy}");
        }
    }
}
