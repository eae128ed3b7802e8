//! What is too much, with the reason for each figure.

/// Bounds checked while parsing, before anything else looks at the document.
///
/// A response of an identity provider is 4 to 12 KiB with at most eight levels, a hundred elements, ten attributes and four
/// namespaces: every figure leaves room for ten times what is seen, and none lets a sender choose how long we work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole document.
    pub document: usize,
    /// Nesting of elements.
    pub depth: usize,
    /// Elements in the document.
    pub elements: usize,
    /// Attributes of one element, namespace declarations not counted. Duplicates are searched pairwise.
    pub attributes: usize,
    /// Namespace declarations of one element.
    pub declarations: usize,
    /// Namespace declarations in scope at once. Prefixes are searched one by one.
    pub in_scope: usize,
    /// Different namespace names in the document. They are compared one by one when declared.
    pub namespaces: usize,
    /// Character and entity references in the document: each costs more than its bytes.
    pub references: usize,
    /// Bytes of one name, prefix and local part each.
    pub name: usize,
    /// Bytes of one run of text, or of one attribute value.
    pub text: usize,
    /// `ds:Signature` elements in the document: a message has its own and that of its assertion.
    pub signatures: usize,
    /// Whether comments and processing instructions are dropped (metadata) instead of refused (messages).
    pub drop_comments: bool,
}

impl Limits {
    /// Protocol messages: responses, requests, logout messages.
    pub const MESSAGE: Limits = Limits {
        document: 256 * 1024,
        depth: 64,
        elements: 4096,
        attributes: 64,
        declarations: 32,
        in_scope: 64,
        namespaces: 128,
        references: 4096,
        name: 1024,
        text: 64 * 1024,
        signatures: 2,
        drop_comments: false,
    };
    /// Metadata, which is larger and which Shibboleth comments.
    pub const METADATA: Limits = Limits {
        document: 1024 * 1024,
        elements: 32_768,
        references: 32_768,
        drop_comments: true,
        ..Limits::MESSAGE
    };
}
