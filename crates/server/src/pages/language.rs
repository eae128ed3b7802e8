//! Which language a visitor reads (RFC 9110 §12.5.4).

use super::words::{ENGLISH, PORTUGUESE, SPANISH, Words};
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;

/// The words for whoever sent `headers`. English for whoever names no language that we speak: scripts name none, and the
/// short texts that they look for are English.
pub fn words(headers: &HeaderMap) -> &'static Words {
    headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .and_then(preferred)
        .unwrap_or(&ENGLISH)
}

/// The most wanted language that we speak; of equally wanted ones the first.
fn preferred(accept_language: &str) -> Option<&'static Words> {
    let mut best = None;
    for range in accept_language.split(',') {
        let (tag, weight) = weighed(range);
        let Some(words) = spoken(tag) else { continue };
        if weight > 0 && best.is_none_or(|(_, most)| weight > most) {
            best = Some((words, weight));
        }
    }
    best.map(|(words, _)| words)
}

/// A language range and its weight in thousandths.
fn weighed(range: &str) -> (&str, u32) {
    let Some((tag, parameter)) = range.split_once(';') else {
        return (range.trim(), 1000);
    };
    let weight = parameter
        .trim()
        .strip_prefix("q=")
        .and_then(|q| q.parse::<f32>().ok())
        .unwrap_or(0.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=1000 first"
    )]
    let thousandths = (weight.clamp(0.0, 1.0) * 1000.0) as u32;
    (tag.trim(), thousandths)
}

fn spoken(tag: &str) -> Option<&'static Words> {
    let primary = tag.split('-').next().unwrap_or(tag);
    [&ENGLISH, &PORTUGUESE, &SPANISH].into_iter().find(|words| {
        words
            .language
            .split('-')
            .next()
            .is_some_and(|ours| ours.eq_ignore_ascii_case(primary))
    })
}

#[cfg(test)]
mod tests {
    use super::preferred;

    fn chosen(header: &str) -> Option<&'static str> {
        preferred(header).map(|words| words.language)
    }

    #[test]
    fn the_most_wanted_language_that_we_speak_is_chosen() {
        assert_eq!(chosen("pt-BR,pt;q=0.9,en;q=0.8"), Some("pt-BR"));
        assert_eq!(chosen("de, fr;q=0.9, es-419;q=0.4, en;q=0.3"), Some("es"));
        assert_eq!(chosen("en;q=0.1, PT;q=0.2"), Some("pt-BR"));
    }

    #[test]
    fn a_refused_or_unknown_language_is_not_chosen() {
        assert_eq!(chosen("pt;q=0, de"), None);
        assert_eq!(chosen("es;q=broken"), None);
        assert_eq!(chosen(""), None);
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_a_browser_writes_is_more_than_a_wish(header in "[ -~]{0,40}", weight in "[-+.0-9a-zA-Z]{0,8}") {
            let _ = preferred(&header);
            let _ = chosen(&format!("pt;q={weight}, es; q={weight}"));
        }
    }
}
