//! Namespace declarations in scope (Namespaces in XML 1.0), and the names they stand for.

use crate::dom::{Declaration, NamespaceId, QName, Span};
use crate::error::XmlError;
use crate::guard::{self, Guard};
use crate::limits::Limits;
use crate::parser::bound;
use std::borrow::Cow;

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// All declarations so far, the ones in scope, and the different names.
pub(crate) struct Namespaces<'x> {
    source: &'x str,
    names: Vec<Cow<'x, str>>,
    declarations: Vec<Declaration>,
    scope: Vec<Declaration>,
}

impl<'x> Namespaces<'x> {
    pub(crate) fn new(source: &'x str) -> Self {
        let mut names = Vec::with_capacity(8);
        // In the order of `NamespaceId::NONE` and `NamespaceId::XML`.
        names.push(Cow::Borrowed(""));
        names.push(Cow::Borrowed(XML));
        Self {
            source,
            names,
            declarations: Vec::with_capacity(8),
            scope: Vec::with_capacity(8),
        }
    }

    /// How many declarations there were so far.
    pub(crate) fn declared(&self) -> usize {
        self.declarations.len()
    }

    pub(crate) fn in_scope(&self) -> usize {
        self.scope.len()
    }

    /// Back to `scope` declarations in scope.
    pub(crate) fn leave(&mut self, scope: usize) {
        self.scope.truncate(scope);
    }

    pub(crate) fn name(&self, id: NamespaceId) -> &str {
        &self.names[id.0 as usize]
    }

    pub(crate) fn into_arenas(self) -> (Vec<Declaration>, Vec<Cow<'x, str>>) {
        (self.declarations, self.names)
    }

    /// Declares `prefix` for the element whose declarations begin at `first`.
    pub(crate) fn declare(
        &mut self,
        prefix: Span,
        value: Cow<'x, str>,
        first: usize,
        limits: &Limits,
    ) -> Result<(), XmlError> {
        let name = &self.source[prefix.range()];
        let malformed = |what| {
            Err(XmlError::Malformed {
                what,
                at: prefix.start as usize,
            })
        };
        // Namespaces in XML §3: `xml` and `xmlns` mean what they mean, and nothing else means that.
        if name == "xml" && value == XML {
            return Ok(());
        }
        let is_reserved = matches!(name, "xml" | "xmlns") || value == XML || value == XMLNS;
        if is_reserved && guard::on(Guard::ReservedPrefix) {
            return malformed("a reserved prefix or namespace is declared");
        }
        if value.is_empty() && !name.is_empty() {
            return malformed("a prefix is undeclared");
        }
        if self.declarations[first..]
            .iter()
            .any(|d| &self.source[d.prefix.range()] == name)
        {
            return malformed("a prefix is declared twice");
        }
        if !value.is_empty() {
            judge_name(&value, prefix)?;
        }
        bound(
            self.scope.len() + 1,
            limits.in_scope,
            "namespace declarations in scope",
        )?;
        let declaration = Declaration {
            prefix,
            namespace: self.intern(value, limits)?,
        };
        self.declarations.push(declaration);
        self.scope.push(declaration);
        Ok(())
    }

    pub(crate) fn of_element(&self, name: QName) -> Result<NamespaceId, XmlError> {
        let prefix = self.prefix(name);
        match self.find(prefix) {
            Some(id) => Ok(id),
            None if prefix.is_empty() || !guard::on(Guard::UndeclaredPrefix) => {
                Ok(NamespaceId::NONE)
            }
            None => Err(XmlError::Malformed {
                what: "an undeclared prefix",
                at: name.start as usize,
            }),
        }
    }

    pub(crate) fn of_attribute(&self, name: QName) -> Result<NamespaceId, XmlError> {
        match self.prefix(name) {
            "" => Ok(NamespaceId::NONE),
            "xml" => Ok(NamespaceId::XML),
            _ => self.of_element(name),
        }
    }

    fn prefix(&self, name: QName) -> &'x str {
        if name.local == name.start {
            ""
        } else {
            &self.source[name.start as usize..name.local as usize - 1]
        }
    }

    fn find(&self, prefix: &str) -> Option<NamespaceId> {
        self.scope
            .iter()
            .rev()
            .find(|d| &self.source[d.prefix.range()] == prefix)
            .map(|d| d.namespace)
    }

    fn intern(&mut self, value: Cow<'x, str>, limits: &Limits) -> Result<NamespaceId, XmlError> {
        let index = if let Some(known) = self.names.iter().position(|name| *name == value) {
            known
        } else {
            bound(self.names.len() - 1, limits.namespaces, "namespaces")?;
            self.names.push(value);
            self.names.len() - 1
        };
        Ok(NamespaceId(
            u32::try_from(index).expect("a document has fewer declarations than bytes"),
        ))
    }
}

/// A namespace name is an absolute URI. Canonicalisers disagree on relative ones, down to producing nothing at all, and a
/// digest of nothing vouches for everything. They also disagree on how to write an ampersand in one, so that is refused too.
fn judge_name(value: &str, prefix: Span) -> Result<(), XmlError> {
    let scheme = value.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    if !is_scheme && guard::on(Guard::RelativeNamespace) {
        return Err(XmlError::RelativeNamespace);
    }
    if !is_plain(value) {
        let at = prefix.start as usize;
        return Err(XmlError::Malformed {
            what: "a namespace name that is no plain URI",
            at,
        });
    }
    Ok(())
}

/// RFC 3986 without address literals, user names and, for the reason above, without ampersands.
fn is_plain(value: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#@!$'()*+,;=%".contains(&b);
    let is_escape =
        |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|b| b.is_ascii_hexdigit());
    value.bytes().all(is_allowed)
        && value.split('%').skip(1).all(is_escape)
        && value.split('#').count() <= 2
        && value
            .split_once("://")
            .is_none_or(|(_, rest)| has_plain_authority(rest))
}

fn has_plain_authority(after_slashes: &str) -> bool {
    let authority = after_slashes
        .split(['/', '?', '#'])
        .next()
        .unwrap_or_default();
    let (host, port) = authority.split_once(':').unwrap_or((authority, "0"));
    host.bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
        && !host.is_empty()
        && (1..=5).contains(&port.len())
        && port.bytes().all(|b| b.is_ascii_digit())
}
