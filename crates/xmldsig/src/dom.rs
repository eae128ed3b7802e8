//! The strict parser and its arena tree. One parser, one tree: what is verified is what is read.

use crate::error::XmlError;
use crate::limits::Limits;
use std::borrow::Cow;
use std::marker::PhantomData;

/// A parsed document.
pub struct Document<'x> {
    _text: PhantomData<&'x str>,
}

impl<'x> Document<'x> {
    /// Parses and judges the whole document before anything else sees it.
    pub fn parse(_bytes: &'x [u8], _limits: &Limits) -> Result<Self, XmlError> {
        todo!()
    }

    /// The root element.
    pub fn root(&self) -> Element<'_> {
        todo!()
    }
}

/// An element of a [`Document`]. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Element<'d> {
    _document: PhantomData<&'d str>,
}

impl<'d> Element<'d> {
    /// Local name.
    pub fn name(self) -> &'d str {
        todo!()
    }
    /// Namespace name, empty if none.
    pub fn namespace(self) -> &'d str {
        todo!()
    }
    /// Whether it has this expanded name.
    pub fn is(self, namespace: &str, name: &str) -> bool {
        self.name() == name && self.namespace() == namespace
    }
    /// Value of the attribute without prefix, normalised.
    pub fn attribute(self, _name: &str) -> Option<&'d str> {
        todo!()
    }
    /// Child elements.
    pub fn children(self) -> impl Iterator<Item = Element<'d>> {
        std::iter::empty()
    }
    /// Child elements of that expanded name.
    pub fn children_named(self, namespace: &'d str, name: &'d str) -> impl Iterator<Item = Element<'d>> {
        self.children().filter(move |e| e.is(namespace, name))
    }
    /// First child element of that expanded name.
    pub fn child(self, namespace: &str, name: &str) -> Option<Element<'d>> {
        self.children().find(|e| e.is(namespace, name))
    }
    /// All text and CDATA children joined; an element among them is refused.
    pub fn text(self) -> Result<Cow<'d, str>, XmlError> {
        todo!()
    }
    /// The enclosing element.
    pub fn parent(self) -> Option<Element<'d>> {
        todo!()
    }
    /// The namespace that `prefix` means here (for QName values such as xsi:type).
    pub fn resolve_prefix(self, _prefix: &str) -> Option<&'d str> {
        todo!()
    }
}
