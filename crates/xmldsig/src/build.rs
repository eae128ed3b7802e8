//! Elements under construction. They serialise in exclusive canonical form, so that a digest needs no second pass. Texts are
//! borrowed where they may be: a response has some hundred, and each is written once.

use crate::c14n::{escape_text, escape_value};
use crate::characters;
use crate::dom::Element;
use std::borrow::Cow;

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
const XS: &str = "http://www.w3.org/2001/XMLSchema";

/// An element under construction.
#[derive(Debug, Clone)]
pub struct Node<'a> {
    prefix: &'static str,
    namespace: &'static str,
    name: &'static str,
    attributes: Vec<(&'static str, Cow<'a, str>)>,
    qualified: Vec<Qualified<'a>>,
    is_xsi_string: bool,
    /// Text before everything else: most elements have it and nothing else.
    text: Cow<'a, str>,
    content: Vec<Content<'a>>,
    written: Option<String>,
}

/// An attribute with a prefix.
#[derive(Debug, Clone)]
struct Qualified<'a> {
    prefix: &'static str,
    namespace: &'static str,
    name: &'static str,
    value: Cow<'a, str>,
}

#[derive(Debug, Clone)]
enum Content<'a> {
    Element(Node<'a>),
    Text(Cow<'a, str>),
    /// An element that stood in a document, as [`Element::standalone`] writes it.
    Copy(Vec<u8>),
}

impl<'a> Node<'a> {
    /// An element `prefix:name` of `namespace`.
    pub fn new(prefix: &'static str, namespace: &'static str, name: &'static str) -> Self {
        Self {
            prefix,
            namespace,
            name,
            attributes: Vec::new(),
            qualified: Vec::new(),
            is_xsi_string: false,
            text: Cow::Borrowed(""),
            content: Vec::new(),
            written: None,
        }
    }

    /// With an attribute without prefix, or `xml:lang`. The value may be anything; characters that XML cannot carry are
    /// refused when writing. A second value replaces the first.
    #[must_use]
    pub fn attribute(mut self, name: &'static str, value: impl Into<Cow<'a, str>>) -> Self {
        self.attributes.retain(|(known, _)| *known != name);
        self.attributes.push((name, value.into()));
        self
    }

    /// With an attribute `prefix:name` of `namespace`.
    #[must_use]
    pub fn attribute_in(
        mut self,
        (prefix, namespace, name): (&'static str, &'static str, &'static str),
        value: impl Into<Cow<'a, str>>,
    ) -> Self {
        self.qualified.push(Qualified {
            prefix,
            namespace,
            name,
            value: value.into(),
        });
        self
    }

    /// With `xsi:type="xs:string"` and both declarations.
    #[must_use]
    pub fn xsi_string(mut self) -> Self {
        self.is_xsi_string = true;
        self
    }

    /// With a child element.
    #[must_use]
    pub fn child(mut self, child: Node<'a>) -> Self {
        self.content.push(Content::Element(child));
        self
    }

    /// With a copy of an element of a document. It brings its declarations along, whether or not they are in scope here: what
    /// signs it stays good, but a node with a copy in it is not in canonical form, and is not for signing.
    #[must_use]
    pub fn copy(mut self, element: Element<'_>) -> Self {
        self.content.push(Content::Copy(element.standalone()));
        self
    }

    /// With child elements.
    #[must_use]
    pub fn children(mut self, children: impl ExactSizeIterator<Item = Node<'a>>) -> Self {
        // There may be hundreds: each would be moved again and again while the list grows.
        self.content.reserve_exact(children.len());
        self.content.extend(children.map(Content::Element));
        self
    }

    /// With text.
    #[must_use]
    pub fn text(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        if self.content.is_empty() && self.text.is_empty() {
            self.text = text.into();
        } else {
            self.content.push(Content::Text(text.into()));
        }
        self
    }

    /// The canonical form.
    pub fn to_xml(&self) -> Result<String, NotXml> {
        let mut writer = Writer::new();
        writer.element(self)?;
        Ok(writer.text())
    }

    /// The value of an attribute set before.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| &**value)
    }

    /// What it is as text, and where in that text something stands that follows its first `elements` child elements.
    pub(crate) fn to_xml_around(&self, elements: usize) -> Result<(String, usize), NotXml> {
        let mut writer = Writer::new();
        writer.start_tag(self)?;
        let mut written = 0;
        let mut gap = writer.out.len();
        for content in &self.content {
            writer.content(content)?;
            if written < elements && !matches!(content, Content::Text(_)) {
                written += 1;
                gap = writer.out.len();
            }
        }
        writer.end_tag(self);
        Ok((writer.text(), gap))
    }

    /// The same element, whose text is this and stays so. Every namespace that it uses is declared in it: around it there is
    /// none that would make one of those declarations superfluous, which a signature over both would not survive.
    pub(crate) fn written(self, text: String) -> Self {
        Self {
            is_xsi_string: self.uses_xs(),
            text: Cow::Borrowed(""),
            content: Vec::new(),
            written: Some(text),
            ..self
        }
    }

    /// Whether the prefix `xs` stands in an attribute value somewhere, where canonicalisation does not see it.
    pub(crate) fn uses_xs(&self) -> bool {
        self.is_xsi_string
            || self
                .content
                .iter()
                .any(|content| matches!(content, Content::Element(child) if child.uses_xs()))
    }
}

struct Writer<'n> {
    out: Vec<u8>,
    /// Declarations that the elements around have written.
    rendered: Vec<(&'static str, &'static str)>,
    /// The attributes of the element at hand, in their order.
    sorted: Vec<(&'static str, &'n str)>,
}

impl<'n> Writer<'n> {
    fn new() -> Self {
        Self {
            // A response has 6 KB.
            out: Vec::with_capacity(8192),
            rendered: Vec::new(),
            sorted: Vec::new(),
        }
    }

    fn text(self) -> String {
        String::from_utf8(self.out).expect("strings and ASCII were written")
    }

    fn element(&mut self, node: &'n Node<'_>) -> Result<(), NotXml> {
        if let Some(written) = &node.written {
            debug_assert!(
                self.rendered
                    .iter()
                    .all(|(prefix, _)| *prefix != node.prefix),
                "a declaration around it makes its own superfluous"
            );
            self.out.extend_from_slice(written.as_bytes());
            return Ok(());
        }
        let around = self.rendered.len();
        self.start_tag(node)?;
        for content in &node.content {
            self.content(content)?;
        }
        self.end_tag(node);
        self.rendered.truncate(around);
        Ok(())
    }

    fn content(&mut self, content: &'n Content<'_>) -> Result<(), NotXml> {
        match content {
            Content::Element(child) => self.element(child)?,
            Content::Text(text) => escape_text(carried(text)?, &mut self.out),
            Content::Copy(written) => self.out.extend_from_slice(written),
        }
        Ok(())
    }

    /// And the text that follows it at once.
    fn start_tag(&mut self, node: &'n Node<'_>) -> Result<(), NotXml> {
        let around = self.rendered.len();
        self.out.push(b'<');
        self.name(node);
        self.declare(node.prefix, node.namespace);
        for attribute in &node.qualified {
            self.declare(attribute.prefix, attribute.namespace);
        }
        if node.is_xsi_string {
            // `xs` is only used inside a value; signatures name it in their PrefixList.
            self.declare("xs", XS);
            self.declare("xsi", XSI);
        }
        self.rendered[around..].sort_unstable();
        for (prefix, namespace) in &self.rendered[around..] {
            self.out.extend_from_slice(if prefix.is_empty() {
                b" xmlns"
            } else {
                b" xmlns:"
            });
            self.out.extend_from_slice(prefix.as_bytes());
            self.out.extend_from_slice(b"=\"");
            escape_value(namespace.as_bytes(), &mut self.out);
            self.out.push(b'"');
        }
        // C14N §4: no namespace first, then by namespace name; ".../XML/1998/..." comes after ".../2001/XMLSchema-instance".
        self.sorted.clear();
        let plain = node.attributes.iter();
        self.sorted
            .extend(plain.map(|(name, value)| (*name, &**value)));
        if node.is_xsi_string {
            self.sorted.push(("xsi:type", "xs:string"));
        }
        if self.sorted.len() > 1 {
            self.sorted.sort_unstable_by_key(|(name, _)| {
                (name.starts_with("xml:"), name.starts_with("xsi:"), *name)
            });
        }
        for (name, value) in &self.sorted {
            self.out.push(b' ');
            self.out.extend_from_slice(name.as_bytes());
            self.out.extend_from_slice(b"=\"");
            escape_value(carried(value)?, &mut self.out);
            self.out.push(b'"');
        }
        let mut qualified: Vec<_> = node.qualified.iter().collect();
        qualified.sort_unstable_by_key(|attribute| (attribute.namespace, attribute.name));
        for attribute in qualified {
            self.out.push(b' ');
            self.out.extend_from_slice(attribute.prefix.as_bytes());
            self.out.push(b':');
            self.out.extend_from_slice(attribute.name.as_bytes());
            self.out.extend_from_slice(b"=\"");
            escape_value(carried(&attribute.value)?, &mut self.out);
            self.out.push(b'"');
        }
        self.out.push(b'>');
        escape_text(carried(&node.text)?, &mut self.out);
        Ok(())
    }

    fn end_tag(&mut self, node: &Node<'_>) {
        self.out.extend_from_slice(b"</");
        self.name(node);
        self.out.push(b'>');
    }

    fn name(&mut self, node: &Node<'_>) {
        if !node.prefix.is_empty() {
            self.out.extend_from_slice(node.prefix.as_bytes());
            self.out.push(b':');
        }
        self.out.extend_from_slice(node.name.as_bytes());
    }

    fn declare(&mut self, prefix: &'static str, namespace: &'static str) {
        let known = self
            .rendered
            .iter()
            .rev()
            .find(|(known, _)| *known == prefix)
            .map_or("", |(_, name)| name);
        if known != namespace {
            self.rendered.push((prefix, namespace));
        }
    }
}

fn carried(text: &str) -> Result<&[u8], NotXml> {
    if characters::survey(text).allowed {
        Ok(text.as_bytes())
    } else {
        Err(NotXml)
    }
}

/// A character that XML 1.0 cannot carry (XML 1.0 §2.2): refused, never dropped, because dropping changes what is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a character that XML cannot carry")]
pub struct NotXml;
