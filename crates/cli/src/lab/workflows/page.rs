//! What a workflow takes from a page.

use scraper::{Html, Selector};

/// An attribute of the first element that a selector finds.
pub(super) fn attribute(page: &str, selector: &'static str, name: &str) -> Option<String> {
    let selector = Selector::parse(selector).expect("selectors are written here and valid");
    Html::parse_document(page)
        .select(&selector)
        .next()?
        .attr(name)
        .map(str::to_owned)
}
