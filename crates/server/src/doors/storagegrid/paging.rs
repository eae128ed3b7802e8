//! Pages of a list: `limit`, `marker`, `includeMarker`, `order`.

use crate::doors::storagegrid::api::{Api, Failure};
use crate::http::Fields;
use hyper::StatusCode;

/// What the described API returns at most, and if nothing is asked for.
const LIMITS: std::ops::RangeInclusive<usize> = 1..=500;
const USUAL: usize = 25;

/// Which part of a list is wanted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    limit: usize,
    marker: Option<String>,
    include_marker: bool,
    descending: bool,
    /// `federated` or `local`, where a list has both.
    pub(super) federated: Option<bool>,
}

impl Page {
    /// Reads the query; 400 for what it cannot mean.
    pub(super) fn read(api: &Api, query: Option<&str>) -> Result<Self, Failure> {
        Self::parse(query.unwrap_or_default()).ok_or_else(|| {
            api.failure(
                StatusCode::BAD_REQUEST,
                "error.400",
                "The paging parameters are not valid.",
            )
        })
    }

    fn parse(query: &str) -> Option<Self> {
        let fields = Fields::parse(query).ok()?;
        let limit = match fields.one("limit").ok()? {
            None => USUAL,
            Some(text) => text.parse().ok().filter(|limit| LIMITS.contains(limit))?,
        };
        Some(Self {
            limit,
            marker: fields.one("marker").ok()?.map(str::to_owned),
            include_marker: choice(&fields, "includeMarker", ("false", "true"))? == Some(true),
            descending: choice(&fields, "order", ("asc", "desc"))? == Some(true),
            federated: choice(&fields, "type", ("local", "federated"))?,
        })
    }

    /// The wanted part of `items`, which are in the order of `key`. A marker that is not in the list stands where it would.
    pub(super) fn cut<T>(&self, mut items: Vec<T>, key: impl Fn(&T) -> &str) -> Vec<T> {
        if self.descending {
            items.reverse();
        }
        if let Some(marker) = self.marker.as_deref() {
            items.retain(|item| match key(item).cmp(marker) {
                std::cmp::Ordering::Equal => self.include_marker,
                after => (after == std::cmp::Ordering::Greater) != self.descending,
            });
        }
        items.truncate(self.limit);
        items
    }
}

/// Absent, the first or the second of two words; none for anything else.
#[expect(clippy::option_option, reason = "outer: readable, inner: given at all")]
fn choice(fields: &Fields, name: &str, (no, yes): (&str, &str)) -> Option<Option<bool>> {
    match fields.one(name).ok()? {
        None => Some(None),
        Some(word) if word == no => Some(Some(false)),
        Some(word) if word == yes => Some(Some(true)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_between_one_and_five_hundred() {
        for good in ["", "limit=1", "limit=500"] {
            assert!(Page::parse(good).is_some(), "{good}");
        }
        for bad in [
            "limit=0",
            "limit=-1",
            "limit=501",
            "limit=9223372036854775808",
            "limit=99999999999999999999999",
            "limit=",
            "limit=x",
            "limit=1&limit=2",
            "order=sideways",
            "includeMarker=1",
            "type=other",
        ] {
            assert_eq!(Page::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_page_begins_after_its_marker_in_its_order() {
        let cut = |query: &str| {
            Page::parse(query)
                .unwrap()
                .cut(vec!["a", "b", "d", "e"], |item| item)
                .concat()
        };
        assert_eq!(cut(""), "abde");
        assert_eq!(cut("limit=2"), "ab");
        assert_eq!(cut("marker=b"), "de");
        assert_eq!(cut("marker=b&includeMarker=true"), "bde");
        assert_eq!(cut("marker=c"), "de");
        assert_eq!(cut("marker=d&order=desc"), "ba");
        assert_eq!(cut("marker=z"), "");
    }
}
