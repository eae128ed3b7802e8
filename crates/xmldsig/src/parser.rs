//! The strict parser: less than XML 1.0, never more.
//!
//! No document type, one encoding, no entities but the five of the standard, and every limit is checked before the work that
//! it bounds. There is no recursion, and no allocation but the arenas.

use crate::algorithms::DSIG;
use crate::characters::{self, Survey};
use crate::dom::{Attribute, Document, ElementNode, Kind, Node, QName, Span, Text};
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
    if bytes.starts_with(b"\xEF\xBB\xBF")
        || bytes.starts_with(b"\xFE\xFF")
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

    /// XML 1.0 §2.8 `XMLDecl`.
    fn xml_declaration(&mut self) -> Result<(), XmlError> {
        let Some(rest) = self
            .source
            .strip_prefix("<?xml")
            .filter(|rest| rest.bytes().next().is_some_and(characters::is_space))
        else {
            return Ok(());
        };
        let end = memmem::find(rest.as_bytes(), b"?>").ok_or(XmlError::Malformed {
            what: "an XML declaration without end",
            at: 0,
        })?;
        let mut rest_of_it = &rest[..end];
        let malformed = XmlError::Malformed {
            what: "the XML declaration",
            at: 0,
        };
        if pseudo_attribute(&mut rest_of_it, "version").ok_or_else(|| malformed.clone())? != "1.0" {
            return Err(XmlError::Encoding);
        }
        if pseudo_attribute(&mut rest_of_it, "encoding")
            .is_some_and(|encoding| !encoding.eq_ignore_ascii_case("utf-8"))
        {
            return Err(XmlError::Encoding);
        }
        if pseudo_attribute(&mut rest_of_it, "standalone")
            .is_some_and(|alone| !matches!(alone, "yes" | "no"))
        {
            return Err(malformed);
        }
        if !rest_of_it.bytes().all(characters::is_space) {
            return Err(malformed);
        }
        self.at = "<?xml".len() + end + "?>".len();
        Ok(())
    }

    /// White space, comments and processing instructions before and after the root element.
    fn between_elements(&mut self) -> Result<(), XmlError> {
        loop {
            self.skip_space();
            match self.bytes.get(self.at..self.at + 2) {
                Some(b"<!") => self.declaration_or_comment()?,
                Some(b"<?") => self.processing_instruction()?,
                _ => return Ok(()),
            }
        }
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

    fn start_tag(&mut self) -> Result<(), XmlError> {
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

    fn attribute(
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
            namespace: crate::dom::NamespaceId::NONE,
            value,
        });
        Ok(())
    }

    fn attribute_value(&mut self) -> Result<Text, XmlError> {
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
    fn expand_attributes(&mut self, first: usize) -> Result<(), XmlError> {
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
            if let Some(twin) = attributes[index + 1..].iter().find(twin) {
                return Err(XmlError::Malformed {
                    what: "an attribute occurs twice",
                    at: twin.name.start as usize,
                });
            }
        }
        Ok(())
    }

    fn end_tag(&mut self) -> Result<(), XmlError> {
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
            Some(_) if memmem::find(raw, b"]]>").is_some() => {
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

    fn declaration_or_comment(&mut self) -> Result<(), XmlError> {
        let rest = &self.source[self.at..];
        if !rest.starts_with("<!--") {
            let keyword: String = rest[2..].trim_start().chars().take(8).collect();
            // XML wants capitals and no blank; other readers are more forgiving, so the refusal is too.
            let is_doctype = ["doctype", "entity", "attlist", "element", "notation"]
                .iter()
                .any(|word| keyword.to_ascii_lowercase().starts_with(word));
            return match is_doctype {
                true if guard::on(Guard::Doctype) => Err(XmlError::Doctype),
                true => self.skip_doctype(),
                false => self.malformed("markup that begins with '<!'"),
            };
        }
        if !self.limits.drop_comments && guard::on(Guard::Comment) {
            return Err(XmlError::Comment);
        }
        // XML 1.0 §2.5: no `--` inside, and none before the end.
        let body = self.at + "<!--".len();
        let Some(dashes) = memmem::find(&self.bytes[body..], b"--")
            .filter(|dashes| self.bytes.get(body + dashes + 2) == Some(&b'>'))
        else {
            return self.malformed("a comment");
        };
        self.at = body + dashes + "-->".len();
        Ok(())
    }

    /// What a reader does that takes no notice of them; only reached in tests, with the guard off.
    fn skip_doctype(&mut self) -> Result<(), XmlError> {
        let rest = &self.bytes[self.at..];
        let has_subset = matches!(memchr2(b'[', b'>', rest), Some(at) if rest[at] == b'[');
        let end = if has_subset { "]>" } else { ">" };
        match memmem::find(rest, end.as_bytes()) {
            Some(length) => self.at += length + end.len(),
            None => return self.malformed("a document type without end"),
        }
        Ok(())
    }

    fn processing_instruction(&mut self) -> Result<(), XmlError> {
        if !self.limits.drop_comments && guard::on(Guard::ProcessingInstruction) {
            return Err(XmlError::ProcessingInstruction);
        }
        let rest = &self.source[self.at + 2..];
        let target = characters::ncname_length(rest);
        let Some(end) = memmem::find(rest.as_bytes(), b"?>") else {
            return self.malformed("a processing instruction without end");
        };
        let separated = end == target
            || rest
                .as_bytes()
                .get(target)
                .copied()
                .is_some_and(characters::is_space);
        if target == 0 || !separated || rest[..target].eq_ignore_ascii_case("xml") {
            return self.malformed("a processing instruction");
        }
        self.at += 2 + end + "?>".len();
        Ok(())
    }

    fn decode(&mut self, start: usize, end: usize, place: Place) -> Result<Text, XmlError> {
        let from = self.decoded.len();
        self.references +=
            references::decode(&self.source[start..end], start, place, &mut self.decoded)?;
        bound(self.references, self.limits.references, "references")?;
        Ok(Text::Decoded(span(from, self.decoded.len())))
    }

    fn qname(&mut self) -> Result<QName, XmlError> {
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

    fn ncname(&mut self) -> Result<(), XmlError> {
        let length = characters::ncname_length(&self.source[self.at..]);
        if length == 0 {
            return self.malformed("a name");
        }
        bound(length, self.limits.name, "name")?;
        self.at += length;
        Ok(())
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

/// Takes `name="value"` and the white space before it from the front of `rest`.
fn pseudo_attribute<'t>(rest: &mut &'t str, name: &str) -> Option<&'t str> {
    let is_space = |c: char| c.is_ascii() && characters::is_space(c as u8);
    let after_space = rest.trim_start_matches(is_space);
    if after_space.len() == rest.len() {
        return None;
    }
    let value = after_space
        .strip_prefix(name)?
        .trim_start_matches(is_space)
        .strip_prefix('=')?
        .trim_start_matches(is_space);
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (value, after) = value[1..].split_once(quote)?;
    *rest = after;
    Some(value)
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
