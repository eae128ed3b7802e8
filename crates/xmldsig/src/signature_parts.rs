//! Shapes that repeat inside a Signature: fixed lists of children, algorithms, PrefixLists, base64.

use crate::algorithms::{DSIG, EXCLUSIVE_C14N};
use crate::characters;
use crate::dom::Element;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// Prefixes that a PrefixList may name. Identity providers name one or two.
const PREFIXES: usize = 16;

/// The children of `element` when they are exactly these of the signature namespace, in this order, perhaps followed by
/// `optional`, with nothing but white space between them.
pub(crate) fn exactly<'d, const N: usize>(
    element: Element<'d>,
    names: [&str; N],
    optional: Option<&str>,
) -> Option<[Element<'d>; N]> {
    if !element.has_only_elements() {
        return None;
    }
    let mut children = element.children();
    let mut found = [element; N];
    for (slot, name) in found.iter_mut().zip(names) {
        *slot = children.next().filter(|child| child.is(DSIG, name))?;
    }
    let is_expected = |child: Element<'_>| optional.is_some_and(|name| child.is(DSIG, name));
    (children.next().is_none_or(is_expected) && children.next().is_none()).then_some(found)
}

/// The Algorithm of an element that takes no parameters. HMACOutputLength, digests of RSA-PSS or an XPath would be children.
pub(crate) fn only_algorithm(element: Element<'_>) -> Option<&str> {
    let has_parameters = element.children().next().is_some() || !element.has_only_elements();
    element.attribute("Algorithm").filter(|_| !has_parameters)
}

/// The PrefixList of an exclusive C14N method, empty if it has none.
pub(crate) fn inclusive_prefixes(method: Element<'_>) -> Option<Vec<&str>> {
    let mut children = method.children();
    let (list, further) = (children.next(), children.next());
    if further.is_some() || !method.has_only_elements() {
        return None;
    }
    let Some(list) = list else {
        return Some(Vec::new());
    };
    if !list.is(EXCLUSIVE_C14N, "InclusiveNamespaces") || list.children().next().is_some() {
        return None;
    }
    let prefixes: Vec<&str> = list
        .attribute("PrefixList")?
        .split_ascii_whitespace()
        .collect();
    let are_prefixes = prefixes
        .iter()
        .all(|prefix| *prefix == "#default" || characters::is_ncname(prefix));
    (prefixes.len() <= PREFIXES && are_prefixes).then_some(prefixes)
}

/// The bytes of an element that holds base64, which many products wrap into lines.
pub(crate) fn base64_text(element: Element<'_>) -> Option<Vec<u8>> {
    let text = element.text().ok()?;
    let unwrapped: Cow<'_, str> = if text.bytes().any(characters::is_space) {
        text.chars()
            .filter(|c| !matches!(c, ' ' | '\t' | '\n' | '\r'))
            .collect::<String>()
            .into()
    } else {
        text
    };
    STANDARD
        .decode(unwrapped.as_bytes())
        .ok()
        .filter(|bytes| !bytes.is_empty())
}
