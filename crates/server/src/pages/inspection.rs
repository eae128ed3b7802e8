//! What every page must keep, in every state and language; asked by the tests of whoever writes pages.

use scraper::{ElementRef, Html, Selector};
use std::collections::HashSet;

/// Renders `template`, and returns the page where nothing is wrong with it. With `PORTARIA_PAGES` in the environment, the
/// page is also written to that folder, for a look by eye.
pub(crate) fn inspected(name: &str, template: &impl askama::Template) -> String {
    let html = template.render().unwrap();
    if let Ok(folder) = std::env::var("PORTARIA_PAGES") {
        std::fs::write(format!("{folder}/{name}.html"), &html).unwrap();
    }
    let page = Html::parse_document(&html);
    assert_eq!(page.errors, [""; 0], "{name}");
    assert_eq!(faults(&page), [""; 0], "{name}:\n{html}");
    html
}

fn faults(page: &Html) -> Vec<String> {
    let mut faults = Vec::new();
    let mut ids = HashSet::new();
    for element in all(page, "*") {
        if let Some(id) = element.attr("id")
            && !ids.insert(id.to_owned())
        {
            faults.push(format!("the id {id} stands twice"));
        }
        for (attribute, _) in element.value().attrs() {
            // The Content-Security-Policy forbids both, so neither would work.
            if attribute.starts_with("on") || attribute == "style" {
                faults.push(format!(
                    "an inline {attribute} on {}",
                    element.value().name()
                ));
            }
        }
    }
    for input in all(page, "input") {
        faults.extend(wrong_with_input(page, input));
    }
    if all(page, "html").all(|html| html.attr("lang").is_none_or(str::is_empty)) {
        faults.push("the page names no language".to_owned());
    }
    if all(page, "h1").count() != 1 {
        faults.push("the page has not exactly one heading".to_owned());
    }
    for error in all(page, ".error") {
        let text = error.text().collect::<String>();
        if text.trim().is_empty() == (error.attr("role") == Some("alert")) {
            faults.push("an error is announced exactly when there is one".to_owned());
        }
    }
    faults
}

fn wrong_with_input(page: &Html, input: ElementRef<'_>) -> Option<String> {
    let name = input.attr("name").unwrap_or_default();
    if name.is_empty() {
        return Some(format!("an input without a name: {}", input.html()));
    }
    let kind = input.attr("type").unwrap_or("text");
    if matches!(kind, "hidden" | "submit") {
        return None;
    }
    let label = input
        .attr("id")
        .map(|id| format!("label[for=\"{id}\"]:not(:empty)"));
    let labelled = label.is_some_and(|label| all(page, &label).next().is_some());
    if !labelled && input.attr("aria-label").is_none() {
        return Some(format!("{name} has no label"));
    }
    if matches!(kind, "text" | "email" | "password" | "tel") && input.attr("autocomplete").is_none()
    {
        return Some(format!("{name} does not say what belongs into it"));
    }
    let code = input.attr("autocomplete") == Some("one-time-code");
    (code && input.attr("inputmode") != Some("numeric"))
        .then(|| format!("{name} opens the wrong keyboard"))
}

fn all<'a>(page: &'a Html, selector: &str) -> impl Iterator<Item = ElementRef<'a>> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector).collect::<Vec<_>>().into_iter()
}
