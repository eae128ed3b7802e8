//! Tags: names, attributes and the namespaces they declare and use.

use super::{Open, Parser, bound, offset, span};
use crate::algorithms::DSIG;
use crate::characters;
use crate::dom::{Attribute, ElementNode, Kind, NamespaceId, Node, QName, Span, Text};
use crate::error::XmlError;
use crate::guard::{self, Guard};
use crate::references::Place;
use memchr::{memchr2, memchr3};

impl Parser<'_, '_> {
    pub(super) fn start_tag(&mut self) -> Result<(), XmlError> {
        self.elements += 1;
        bound(self.elements, self.limits.elements, "elements")?;
        bound(self.open.len() + 1, self.limits.depth, "depth")?;
        let start = self.at;
        self.at += 1;
        let name = self.qname()?;
        let first_attribute = self.attributes.len();
        let (first_declaration, scope) = (self.namespaces.declared(), self.namespaces.in_scope());
        let is_empty = loop {
            let spaced = self.skip_space();
            match self.peek() {
                Some(b'>') => {
                    self.at += 1;
                    break false;
                }
                Some(b'/') if self.bytes.get(self.at + 1) == Some(&b'>') => {
                    self.at += 2;
                    break true;
                }
                Some(_) if spaced => self.attribute(first_attribute, first_declaration)?,
                _ => return self.malformed("a start tag"),
            }
        };
        let namespace = self.namespaces.of_element(name)?;
        self.expand_attributes(first_attribute)?;

        let index = offset(self.nodes.len());
        if &self.source[name.local as usize..name.end as usize] == "Signature"
            && self.namespaces.name(namespace) == DSIG
        {
            self.signatures.push(index);
            bound(self.signatures.len(), self.limits.signatures, "signatures")?;
        }
        self.nodes.push(Node {
            end: index + 1,
            kind: Kind::Element(ElementNode {
                name,
                namespace,
                parent: self.open.last().map_or(index, |parent| parent.index),
                attributes: span(first_attribute, self.attributes.len()),
                declarations: span(first_declaration, self.namespaces.declared()),
                start: offset(start),
            }),
        });
        if is_empty {
            self.namespaces.leave(scope);
        } else {
            self.open.push(Open { index, name, scope });
        }
        Ok(())
    }

    pub(super) fn attribute(
        &mut self,
        first_attribute: usize,
        first_declaration: usize,
    ) -> Result<(), XmlError> {
        let name = self.qname()?;
        self.skip_space();
        if self.peek() != Some(b'=') {
            return self.malformed("an attribute without value");
        }
        self.at += 1;
        self.skip_space();
        let value = self.attribute_value()?;
        let text = &self.source[name.start as usize..name.end as usize];
        if text == "xmlns" || text.starts_with("xmlns:") {
            bound(
                self.namespaces.declared() - first_declaration + 1,
                self.limits.declarations,
                "declarations",
            )?;
            let prefix = Span {
                start: if text == "xmlns" {
                    name.end
                } else {
                    name.local
                },
                end: name.end,
            };
            let value = match value {
                Text::Source(span) => self.source[span.range()].into(),
                Text::Decoded(span) => self.decoded[span.range()].to_owned().into(),
            };
            return self
                .namespaces
                .declare(prefix, value, first_declaration, self.limits);
        }
        bound(
            self.attributes.len() - first_attribute + 1,
            self.limits.attributes,
            "attributes",
        )?;
        if self.source[name.local as usize..name.end as usize].eq_ignore_ascii_case("id") {
            self.ids.push(value);
        }
        self.attributes.push(Attribute {
            name,
            namespace: NamespaceId::NONE,
            value,
        });
        Ok(())
    }

    pub(super) fn attribute_value(&mut self) -> Result<Text, XmlError> {
        let Some(quote @ (b'"' | b'\'')) = self.peek() else {
            return self.malformed("an attribute value without quotes");
        };
        let start = self.at + 1;
        let found = memchr3(quote, b'<', b'&', &self.bytes[start..]).map(|length| start + length);
        let end = match found.map(|at| self.bytes[at]) {
            Some(b'<') => return self.malformed("'<' in an attribute value"),
            Some(b'&') => memchr2(quote, b'<', &self.bytes[start..]).map(|length| start + length),
            _ => found,
        };
        let Some(end) = end.filter(|at| self.bytes[*at] == quote) else {
            return self.malformed("an attribute value without end");
        };
        bound(end - start, self.limits.text, "attribute value")?;
        self.at = end + 1;
        let broken =
            self.survey.breaks && memchr3(b'\t', b'\n', b'\r', &self.bytes[start..end]).is_some();
        if broken || found != Some(end) {
            self.decode(start, end, Place::Attribute)
        } else {
            Ok(Text::Source(span(start, end)))
        }
    }

    /// Namespaces in XML §5.2, §6.3: prefixes of attributes become names, and no two attributes have the same.
    pub(super) fn expand_attributes(&mut self, first: usize) -> Result<(), XmlError> {
        for index in first..self.attributes.len() {
            let name = self.attributes[index].name;
            self.attributes[index].namespace = self.namespaces.of_attribute(name)?;
        }
        let attributes = &self.attributes[first..];
        for (index, one) in attributes.iter().enumerate() {
            let local = &self.source[one.name.local as usize..one.name.end as usize];
            let twin = |other: &&Attribute| {
                other.namespace == one.namespace
                    && &self.source[other.name.local as usize..other.name.end as usize] == local
            };
            if let Some(twin) = attributes[index + 1..].iter().find(twin)
                && guard::on(Guard::RepeatedAttribute)
            {
                return Err(XmlError::Malformed {
                    what: "an attribute occurs twice",
                    at: twin.name.start as usize,
                });
            }
        }
        Ok(())
    }

    pub(super) fn end_tag(&mut self) -> Result<(), XmlError> {
        let Some(open) = self.open.pop() else {
            return self.malformed("an end tag without start tag");
        };
        self.at += 2;
        let name = &self.source[open.name.start as usize..open.name.end as usize];
        if !self.bytes[self.at..].starts_with(name.as_bytes()) {
            return self.malformed("an end tag that closes another element");
        }
        self.at += name.len();
        self.skip_space();
        if self.peek() != Some(b'>') {
            return self.malformed("an end tag");
        }
        self.at += 1;
        self.nodes[open.index as usize].end = offset(self.nodes.len());
        self.namespaces.leave(open.scope);
        Ok(())
    }

    pub(super) fn qname(&mut self) -> Result<QName, XmlError> {
        let start = self.at;
        self.ncname()?;
        let mut local = start;
        if self.peek() == Some(b':') {
            self.at += 1;
            local = self.at;
            self.ncname()?;
        }
        Ok(QName {
            start: offset(start),
            local: offset(local),
            end: offset(self.at),
        })
    }

    pub(super) fn ncname(&mut self) -> Result<(), XmlError> {
        let length = characters::ncname_length(&self.source[self.at..]);
        if length == 0 {
            return self.malformed("a name");
        }
        bound(length, self.limits.name, "name")?;
        self.at += length;
        Ok(())
    }
}
