//! Exclusive canonicalisation without comments (W3C Exclusive XML Canonicalization 1.0).

use crate::dom::{Attribute, Document, Element, ElementNode, Kind, NamespaceId, Text};

/// The canonical bytes of `element`, leaving out `without` (the signature, for the enveloped-signature transform).
/// `inclusive_prefixes` are those of the PrefixList, `#default` among them.
pub fn canonicalize(
    element: Element<'_>,
    without: Option<Element<'_>>,
    inclusive_prefixes: &[&str],
) -> Vec<u8> {
    let document = element.document;
    let (first, end) = (element.index, element.end());
    let mut writer = Writer {
        document,
        inclusive: inclusive_prefixes,
        out: Vec::with_capacity(source_length(element) + 256),
        rendered: Vec::with_capacity(16),
        declared: Vec::new(),
        sorted: Vec::new(),
    };
    let without = without.map(|w| w.index);
    // (node, how much was rendered outside it)
    let mut open: Vec<(u32, usize)> = Vec::with_capacity(16);
    let mut index = first;
    loop {
        while let Some((node, rendered)) = open
            .last()
            .copied()
            .filter(|(node, _)| document.nodes[*node as usize].end <= index)
        {
            writer.end_tag(document.element(node));
            writer.rendered.truncate(rendered);
            open.pop();
        }
        if index >= end {
            return writer.out;
        }
        if Some(index) == without {
            index = document.nodes[index as usize].end;
            continue;
        }
        match &document.nodes[index as usize].kind {
            Kind::Text(text) => writer.text(*text),
            Kind::Element(node) => {
                open.push((index, writer.rendered.len()));
                writer.start_tag(Element { document, index }, node);
            }
        }
        index += 1;
    }
}

/// About how many bytes of source the element takes.
fn source_length(element: Element<'_>) -> usize {
    let document = element.document;
    let end = match document
        .nodes
        .get(element.end() as usize)
        .map(|node| node.kind)
    {
        Some(Kind::Element(next)) => next.start as usize,
        _ => document.source.len(),
    };
    end.saturating_sub(element.node().start as usize)
}

struct Writer<'d> {
    document: &'d Document<'d>,
    inclusive: &'d [&'d str],
    out: Vec<u8>,
    /// Prefixes that the ancestors' output declares, innermost last.
    rendered: Vec<(&'d str, NamespaceId)>,
    /// Those that the element at hand declares.
    declared: Vec<(&'d str, NamespaceId)>,
    sorted: Vec<&'d Attribute>,
}

impl<'d> Writer<'d> {
    fn start_tag(&mut self, element: Element<'d>, node: &'d ElementNode) {
        let document = self.document;
        let attributes = element.attributes();
        self.out.push(b'<');
        self.name(node);

        self.declared.clear();
        self.declare(document.prefix(node.name), node.namespace);
        for attribute in attributes {
            // Exclusive C14N §3: an attribute without prefix uses no declaration; `xml` needs none.
            if attribute.namespace != NamespaceId::NONE && attribute.namespace != NamespaceId::XML {
                self.declare(document.prefix(attribute.name), attribute.namespace);
            }
        }
        for prefix in self.inclusive {
            self.declare_inclusive(element, if *prefix == "#default" { "" } else { prefix });
        }
        self.declared.sort_unstable_by_key(|(prefix, _)| *prefix);
        for (prefix, namespace) in &self.declared {
            self.out.extend_from_slice(if prefix.is_empty() {
                b" xmlns"
            } else {
                b" xmlns:"
            });
            self.out.extend_from_slice(prefix.as_bytes());
            self.out.extend_from_slice(b"=\"");
            escape_value(document.namespace(*namespace).as_bytes(), &mut self.out);
            self.out.push(b'"');
        }
        self.rendered.append(&mut self.declared);

        self.sorted.clear();
        self.sorted.extend(attributes);
        if self.sorted.len() > 1 {
            // C14N §4: by namespace name, then by local name; none comes first.
            self.sorted.sort_unstable_by_key(|a| {
                (document.namespace(a.namespace), document.local(a.name))
            });
        }
        for attribute in &self.sorted {
            self.out.push(b' ');
            self.out.extend_from_slice(
                &document.source.as_bytes()
                    [attribute.name.start as usize..attribute.name.end as usize],
            );
            self.out.extend_from_slice(b"=\"");
            let value = document.str(attribute.value).as_bytes();
            match attribute.value {
                // Of the characters to escape, source text can only hold the quote.
                Text::Source(_) if memchr::memchr(b'"', value).is_none() => {
                    self.out.extend_from_slice(value);
                }
                _ => escape_value(value, &mut self.out),
            }
            self.out.push(b'"');
        }
        self.out.push(b'>');
    }

    fn end_tag(&mut self, node: &ElementNode) {
        self.out.extend_from_slice(b"</");
        self.name(node);
        self.out.push(b'>');
    }

    fn text(&mut self, text: Text) {
        let value = self.document.str(text).as_bytes();
        match text {
            // Of the characters to escape, source text can only hold '>'.
            Text::Source(_) if memchr::memchr(b'>', value).is_none() => {
                self.out.extend_from_slice(value);
            }
            _ => escape_text(value, &mut self.out),
        }
    }

    fn name(&mut self, node: &ElementNode) {
        self.out.extend_from_slice(
            &self.document.source.as_bytes()[node.name.start as usize..node.name.end as usize],
        );
    }

    /// Declares `prefix` unless the output around already does.
    fn declare(&mut self, prefix: &'d str, namespace: NamespaceId) {
        if self
            .declared
            .iter()
            .any(|(declared, _)| *declared == prefix)
        {
            return;
        }
        let rendered = self
            .rendered
            .iter()
            .rev()
            .find(|(rendered, _)| *rendered == prefix)
            .map(|(_, id)| *id);
        // Nothing rendered means "no namespace", which needs no `xmlns=""`.
        if rendered.unwrap_or(NamespaceId::NONE) != namespace {
            self.declared.push((prefix, namespace));
        }
    }

    /// Exclusive C14N §3: prefixes of the PrefixList are treated as by inclusive C14N, wherever they are in scope.
    fn declare_inclusive(&mut self, element: Element<'d>, prefix: &'d str) {
        match element.namespace_of_prefix(prefix) {
            Some(NamespaceId::XML) => {}
            Some(namespace) => self.declare(prefix, namespace),
            None if prefix.is_empty() => self.declare(prefix, NamespaceId::NONE),
            None => {}
        }
    }
}

/// C14N §2.3, text nodes.
pub(crate) fn escape_text(value: &[u8], out: &mut Vec<u8>) {
    if memchr::memchr3(b'&', b'<', b'>', value).is_none() && memchr::memchr(b'\r', value).is_none()
    {
        out.extend_from_slice(value);
        return;
    }
    escape(value, out, |byte| match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'>' => Some(b"&gt;"),
        b'\r' => Some(b"&#xD;"),
        _ => None,
    });
}

/// C14N §2.3, attribute nodes.
pub(crate) fn escape_value(value: &[u8], out: &mut Vec<u8>) {
    if memchr::memchr3(b'&', b'<', b'"', value).is_none()
        && memchr::memchr3(b'\t', b'\n', b'\r', value).is_none()
    {
        out.extend_from_slice(value);
        return;
    }
    escape(value, out, |byte| match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'"' => Some(b"&quot;"),
        b'\t' => Some(b"&#x9;"),
        b'\n' => Some(b"&#xA;"),
        b'\r' => Some(b"&#xD;"),
        _ => None,
    });
}

fn escape(value: &[u8], out: &mut Vec<u8>, replacement: impl Fn(u8) -> Option<&'static [u8]>) {
    let mut from = 0;
    for (at, byte) in value.iter().enumerate() {
        if let Some(reference) = replacement(*byte) {
            out.extend_from_slice(&value[from..at]);
            out.extend_from_slice(reference);
            from = at + 1;
        }
    }
    out.extend_from_slice(&value[from..]);
}
