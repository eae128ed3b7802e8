//! Elements under construction. They serialise in exclusive canonical form, so that a digest needs no second pass.

/// An element under construction.
#[derive(Debug, Clone)]
pub struct Node {
    _todo: (),
}

impl Node {
    /// An element `prefix:name` of `namespace`.
    pub fn new(_prefix: &'static str, _namespace: &'static str, _name: &'static str) -> Self {
        todo!()
    }
    /// With an attribute without prefix. The value may be anything; characters that XML cannot carry are refused when writing.
    #[must_use]
    pub fn attribute(self, _name: &'static str, _value: impl Into<String>) -> Self {
        todo!()
    }
    /// With `xsi:type="xs:string"` and both declarations.
    #[must_use]
    pub fn xsi_string(self) -> Self {
        todo!()
    }
    /// With a child element.
    #[must_use]
    pub fn child(self, _child: Node) -> Self {
        todo!()
    }
    /// With text.
    #[must_use]
    pub fn text(self, _text: impl Into<String>) -> Self {
        todo!()
    }
    /// The canonical form.
    pub fn to_xml(&self) -> Result<String, NotXml> {
        todo!()
    }
}

/// A character that XML 1.0 cannot carry (XML 1.0 §2.2): refused, never dropped, because dropping changes what is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a character that XML cannot carry")]
pub struct NotXml;
