//! The strict parser: less than XML 1.0, never more.
//!
//! This module owns the way from bytes to arenas, and every refusal on it: no document type, one encoding, no entities but the
//! five of the standard, and every limit checked before the work that it bounds. It does not own the tree's meaning, which is
//! [`crate::dom`]. There is no recursion, and no allocation but the arenas.

mod prolog;
mod tags;

use crate::characters::{self, Survey};
use crate::dom::{Attribute, Document, Kind, Node, QName, Span, Text};
use crate::error::XmlError;
use crate::guard::{self, Guard};
use crate::limits::Limits;
use crate::namespaces::Namespaces;
use crate::references::{self, Place};
use memchr::{memchr, memchr2, memchr3, memmem};

/// Parses and judges a whole document.
pub(crate) fn parse<'x>(bytes: &'x [u8], limits: &Limits) -> Result<Document<'x>, XmlError> {
    // Spans are 32 bits wide, whatever the limit says.
    bound(
        bytes.len(),
        limits.document.min(u32::MAX as usize / 2),
        "document",
    )?;
    // A byte order mark, or the zero bytes of UTF-16 and UTF-32. Some readers switch encodings on them, so we take none.
    let bytes = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(_) if guard::on(Guard::Encoding) => return Err(XmlError::Encoding),
        unmarked => unmarked.unwrap_or(bytes),
    };
    if bytes.starts_with(b"\xFE\xFF")
        || bytes.starts_with(b"\xFF\xFE")
        || bytes.iter().take(4).any(|b| *b == 0)
    {
        return Err(XmlError::Encoding);
    }
    let source = std::str::from_utf8(bytes).map_err(|_| XmlError::Encoding)?;
    let survey = characters::survey(source);
    if !survey.allowed {
        return Err(XmlError::Malformed {
            what: "a character that XML does not allow",
            at: 0,
        });
    }
    let parser = Parser {
        source,
        bytes,
        at: 0,
        limits,
        survey,
        namespaces: Namespaces::new(source),
        open: Vec::with_capacity(16),
        ids: Vec::new(),
        references: 0,
        elements: 0,
        decoded: String::new(),
        nodes: Vec::with_capacity(bytes.len() / 32 + 4),
        attributes: Vec::with_capacity(bytes.len() / 64 + 4),
        signatures: Vec::new(),
    };
    parser.document()
}

struct Parser<'x, 'l> {
    source: &'x str,
    bytes: &'x [u8],
    at: usize,
    limits: &'l Limits,
    survey: Survey,
    namespaces: Namespaces<'x>,
    open: Vec<Open>,
    ids: Vec<Text>,
    references: usize,
    elements: usize,
    decoded: String,
    nodes: Vec<Node>,
    attributes: Vec<Attribute>,
    signatures: Vec<u32>,
}

/// An element whose end tag has not come yet.
struct Open {
    index: u32,
    name: QName,
    /// Declarations in scope outside it.
    scope: usize,
}

impl<'x> Parser<'x, '_> {
    fn document(mut self) -> Result<Document<'x>, XmlError> {
        self.xml_declaration()?;
        self.between_elements()?;
        if self.peek() != Some(b'<') {
            return self.malformed("no root element");
        }
        self.start_tag()?;
        while !self.open.is_empty() {
            self.content()?;
        }
        self.between_elements()?;
        if self.at != self.bytes.len() && guard::on(Guard::TrailingData) {
            return self.malformed("something after the root element");
        }
        self.unique_ids()?;
        let (declarations, namespaces) = self.namespaces.into_arenas();
        Ok(Document {
            source: self.source,
            decoded: self.decoded,
            nodes: self.nodes,
            attributes: self.attributes,
            declarations,
            namespaces,
            signatures: self.signatures,
        })
    }

    /// One item of the content of the innermost open element.
    fn content(&mut self) -> Result<(), XmlError> {
        if self.peek() != Some(b'<') {
            return self.text();
        }
        match self.bytes.get(self.at + 1) {
            Some(b'/') => self.end_tag(),
            Some(b'!') if self.source[self.at..].starts_with("<![CDATA[") => self.cdata(),
            Some(b'!') => self.declaration_or_comment(),
            Some(b'?') => self.processing_instruction(),
            _ => self.start_tag(),
        }
    }

    fn text(&mut self) -> Result<(), XmlError> {
        let start = self.at;
        let Some(length) = memchr(b'<', &self.bytes[start..]) else {
            return self.malformed("an element without end tag");
        };
        let end = start + length;
        bound(length, self.limits.text, "text")?;
        let raw = &self.bytes[start..end];
        let special = if self.survey.carriage_returns {
            memchr3(b'&', b'>', b'\r', raw)
        } else {
            memchr2(b'&', b'>', raw)
        };
        let text = match special {
            None => Text::Source(span(start, end)),
            // XML 1.0 §2.4: the end of a CDATA section must not stand in text.
            Some(_) if memmem::find(raw, b"]]>").is_some() && guard::on(Guard::SectionEnd) => {
                return self.malformed("']]>' in text");
            }
            Some(_) if memchr2(b'&', b'\r', raw).is_none() => Text::Source(span(start, end)),
            Some(_) => self.decode(start, end, Place::Text)?,
        };
        self.at = end;
        self.push_text(text);
        Ok(())
    }

    fn cdata(&mut self) -> Result<(), XmlError> {
        let start = self.at + "<![CDATA[".len();
        let Some(length) = memmem::find(&self.bytes[start..], b"]]>") else {
            return self.malformed("a CDATA section without end");
        };
        bound(length, self.limits.text, "text")?;
        let raw = &self.source[start..start + length];
        let text = if memchr3(b'&', b'<', b'\r', raw.as_bytes()).is_none() {
            Text::Source(span(start, start + length))
        } else {
            let from = self.decoded.len();
            self.decoded
                .push_str(&raw.replace("\r\n", "\n").replace('\r', "\n"));
            Text::Decoded(span(from, self.decoded.len()))
        };
        self.at = start + length + "]]>".len();
        self.push_text(text);
        Ok(())
    }

    fn push_text(&mut self, text: Text) {
        let end = offset(self.nodes.len()) + 1;
        self.nodes.push(Node {
            end,
            kind: Kind::Text(text),
        });
    }

    fn decode(&mut self, start: usize, end: usize, place: Place) -> Result<Text, XmlError> {
        let from = self.decoded.len();
        self.references +=
            references::decode(&self.source[start..end], start, place, &mut self.decoded)?;
        bound(self.references, self.limits.references, "references")?;
        Ok(Text::Decoded(span(from, self.decoded.len())))
    }

    /// Two IDs of the same value let the signature name one element and the reader read another.
    fn unique_ids(&self) -> Result<(), XmlError> {
        let mut ids: Vec<&str> = self
            .ids
            .iter()
            .map(|id| match id {
                Text::Source(span) => &self.source[span.range()],
                Text::Decoded(span) => &self.decoded[span.range()],
            })
            .collect();
        ids.sort_unstable();
        if ids.windows(2).any(|pair| pair[0] == pair[1]) && guard::on(Guard::DuplicateId) {
            return Err(XmlError::DuplicateId);
        }
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) -> bool {
        let start = self.at;
        while self.peek().is_some_and(characters::is_space) {
            self.at += 1;
        }
        self.at > start
    }

    fn malformed<T>(&self, what: &'static str) -> Result<T, XmlError> {
        Err(XmlError::Malformed { what, at: self.at })
    }
}

pub(crate) fn bound(measured: usize, limit: usize, name: &'static str) -> Result<(), XmlError> {
    if measured > limit && guard::on(Guard::Limits) {
        Err(XmlError::Limit(name))
    } else {
        Ok(())
    }
}

/// An offset as the arenas keep it.
fn offset(at: usize) -> u32 {
    u32::try_from(at)
        .expect("documents are bounded below 2 GiB, and arenas grow by less than one entry a byte")
}

fn span(start: usize, end: usize) -> Span {
    Span {
        start: offset(start),
        end: offset(end),
    }
}
