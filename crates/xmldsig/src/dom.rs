//! The arena tree. One parser, one tree: what is verified is what is read.
//!
//! Nodes stand in document order in one vector, each knowing where its subtree ends; names and text are spans of the
//! source. Only text that is not in the source as such (references, line ends) is copied, into one buffer.

use crate::error::XmlError;
use crate::guard::{self, Guard};
use crate::limits::Limits;
use crate::parser;
use std::borrow::Cow;
use std::fmt;

/// A parsed document.
pub struct Document<'x> {
    pub(crate) source: &'x str,
    pub(crate) decoded: String,
    pub(crate) nodes: Vec<Node>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) declarations: Vec<Declaration>,
    pub(crate) namespaces: Vec<Cow<'x, str>>,
    /// Every `ds:Signature`, by node.
    pub(crate) signatures: Vec<u32>,
}

/// A node of the tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    /// The first node after its subtree.
    pub(crate) end: u32,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Element(ElementNode),
    Text(Text),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct ElementNode {
    pub(crate) name: QName,
    pub(crate) namespace: NamespaceId,
    /// Itself for the root.
    pub(crate) parent: u32,
    pub(crate) attributes: Span,
    pub(crate) declarations: Span,
    /// Where it begins in the source.
    pub(crate) start: u32,
}

/// A range of bytes of the source, or of indexes of an arena.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// Name with an optional prefix, in the source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QName {
    pub(crate) start: u32,
    /// Where the local part begins.
    pub(crate) local: u32,
    pub(crate) end: u32,
}

/// Index into the document's namespace names. Equal names have equal ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NamespaceId(pub(crate) u32);

impl NamespaceId {
    /// No namespace.
    pub(crate) const NONE: Self = Self(0);
    /// What the prefix `xml` always means.
    pub(crate) const XML: Self = Self(1);
}

/// Text as the reader sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Text {
    /// As it stands in the source, where it holds neither `&` nor `<` nor CR; in attributes also neither TAB nor LF.
    Source(Span),
    /// In the buffer of decoded text.
    Decoded(Span),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Attribute {
    pub(crate) name: QName,
    pub(crate) namespace: NamespaceId,
    pub(crate) value: Text,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Declaration {
    pub(crate) prefix: Span,
    pub(crate) namespace: NamespaceId,
}

impl Span {
    pub(crate) fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl<'x> Document<'x> {
    /// Parses and judges the whole document before anything else sees it.
    pub fn parse(bytes: &'x [u8], limits: &Limits) -> Result<Self, XmlError> {
        parser::parse(bytes, limits)
    }

    /// The root element.
    pub fn root(&self) -> Element<'_> {
        Element {
            document: self,
            index: 0,
        }
    }

    pub(crate) fn str(&self, text: Text) -> &str {
        match text {
            Text::Source(span) => &self.source[span.range()],
            Text::Decoded(span) => &self.decoded[span.range()],
        }
    }

    pub(crate) fn local(&self, name: QName) -> &str {
        &self.source[name.local as usize..name.end as usize]
    }

    pub(crate) fn prefix(&self, name: QName) -> &str {
        &self.source[name.start as usize
            ..(name.local as usize)
                .saturating_sub(1)
                .max(name.start as usize)]
    }

    pub(crate) fn namespace(&self, id: NamespaceId) -> &str {
        &self.namespaces[id.0 as usize]
    }

    pub(crate) fn element(&self, index: u32) -> &ElementNode {
        match &self.nodes[index as usize].kind {
            Kind::Element(element) => element,
            Kind::Text(_) => unreachable!("indexes of elements are only taken from elements"),
        }
    }
}

impl fmt::Debug for Document<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("root", &self.root())
            .finish_non_exhaustive()
    }
}

/// An element of a [`Document`]. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Element<'d> {
    pub(crate) document: &'d Document<'d>,
    pub(crate) index: u32,
}

impl<'d> Element<'d> {
    /// Local name.
    pub fn name(self) -> &'d str {
        self.document.local(self.node().name)
    }
    /// Namespace name, empty if none.
    pub fn namespace(self) -> &'d str {
        self.document.namespace(self.node().namespace)
    }
    /// Whether it has this expanded name.
    pub fn is(self, namespace: &str, name: &str) -> bool {
        self.name() == name && self.namespace() == namespace
    }
    /// Value of the attribute without prefix, normalised.
    pub fn attribute(self, name: &str) -> Option<&'d str> {
        let attribute = self
            .attributes()
            .iter()
            .find(|a| a.namespace == NamespaceId::NONE && self.document.local(a.name) == name)?;
        Some(self.document.str(attribute.value))
    }
    /// Value of the attribute of that expanded name (such as `xsi:nil`, whatever its prefix), normalised.
    pub fn attribute_in(self, namespace: &str, name: &str) -> Option<&'d str> {
        let attribute = self.attributes().iter().find(|a| {
            self.document.local(a.name) == name && self.document.namespace(a.namespace) == namespace
        })?;
        Some(self.document.str(attribute.value))
    }
    /// Local names and values of all attributes, for showing them. What decides reads one by its expanded name.
    pub fn attribute_values(self) -> impl Iterator<Item = (&'d str, &'d str)> {
        let document = self.document;
        self.attributes()
            .iter()
            .map(move |a| (document.local(a.name), document.str(a.value)))
    }
    /// Child elements.
    pub fn children(self) -> impl Iterator<Item = Element<'d>> {
        self.child_nodes()
            .filter(move |i| matches!(self.document.nodes[*i as usize].kind, Kind::Element(_)))
            .map(move |index| Element {
                document: self.document,
                index,
            })
    }
    /// Child elements of that expanded name.
    pub fn children_named(
        self,
        namespace: &'d str,
        name: &'d str,
    ) -> impl Iterator<Item = Element<'d>> {
        self.children().filter(move |e| e.is(namespace, name))
    }
    /// First child element of that expanded name.
    pub fn child(self, namespace: &str, name: &str) -> Option<Element<'d>> {
        self.children().find(|e| e.is(namespace, name))
    }
    /// All text and CDATA children joined; an element among them is refused.
    pub fn text(self) -> Result<Cow<'d, str>, XmlError> {
        let mut joined = Cow::Borrowed("");
        for index in self.child_nodes() {
            match self.document.nodes[index as usize].kind {
                Kind::Text(text) if joined.is_empty() => {
                    joined = Cow::Borrowed(self.document.str(text));
                }
                Kind::Text(text) => joined.to_mut().push_str(self.document.str(text)),
                // Readers that took only the first text node made `admin<x/>.evil` into `admin`.
                Kind::Element(_) if guard::on(Guard::MixedContent) => {
                    return Err(XmlError::MixedContent);
                }
                Kind::Element(_) => {}
            }
        }
        Ok(joined)
    }
    /// The enclosing element.
    pub fn parent(self) -> Option<Element<'d>> {
        let parent = self.node().parent;
        (parent != self.index).then_some(Element {
            document: self.document,
            index: parent,
        })
    }
    /// The namespace that `prefix` means here (for QName values such as xsi:type).
    pub fn resolve_prefix(self, prefix: &str) -> Option<&'d str> {
        self.namespace_of_prefix(prefix)
            .map(|id| self.document.namespace(id))
    }

    /// The element as a document of its own, with every namespace declaration around it that something in it could mean
    /// (a PrefixList, the value of an `xsi:type`). What signs it or a part of it signs the same there.
    pub fn standalone(self) -> Vec<u8> {
        let document = self.document;
        let mut prefixes: Vec<&str> = document
            .declarations
            .iter()
            .map(|d| &document.source[d.prefix.range()])
            .collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        crate::c14n::canonicalize(self, None, &prefixes)
    }

    pub(crate) fn node(self) -> &'d ElementNode {
        self.document.element(self.index)
    }

    pub(crate) fn attributes(self) -> &'d [Attribute] {
        &self.document.attributes[self.node().attributes.range()]
    }

    /// The first node after its subtree.
    pub(crate) fn end(self) -> u32 {
        self.document.nodes[self.index as usize].end
    }

    pub(crate) fn namespace_of_prefix(self, prefix: &str) -> Option<NamespaceId> {
        if prefix == "xml" {
            return Some(NamespaceId::XML);
        }
        let mut element = self;
        loop {
            let declarations = &self.document.declarations[element.node().declarations.range()];
            if let Some(found) = declarations
                .iter()
                .find(|d| &self.document.source[d.prefix.range()] == prefix)
            {
                return (found.namespace != NamespaceId::NONE).then_some(found.namespace);
            }
            element = element.parent()?;
        }
    }

    /// Whether all text that stands directly in it is white space.
    pub(crate) fn has_only_elements(self) -> bool {
        self.child_nodes()
            .all(|index| match self.document.nodes[index as usize].kind {
                Kind::Text(text) => self
                    .document
                    .str(text)
                    .bytes()
                    .all(crate::characters::is_space),
                Kind::Element(_) => true,
            })
    }

    fn child_nodes(self) -> impl Iterator<Item = u32> + 'd {
        let (document, end) = (self.document, self.end());
        let first = Some(self.index + 1).filter(|i| *i < end);
        std::iter::successors(first, move |i| {
            Some(document.nodes[*i as usize].end).filter(|next| *next < end)
        })
    }
}

impl PartialEq for Element<'_> {
    /// The same element of the same document, not an equal one.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.document, other.document) && self.index == other.index
    }
}
impl Eq for Element<'_> {}

impl fmt::Debug for Element<'_> {
    /// Only the name: content may be personal or secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{{{}}}{}>", self.namespace(), self.name())
    }
}
