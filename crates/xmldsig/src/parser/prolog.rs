//! What stands around elements: the XML declaration, comments, processing instructions, and document types to refuse.

use super::Parser;
use crate::characters;
use crate::error::XmlError;
use crate::guard::{self, Guard};
use memchr::{memchr2, memmem};

impl Parser<'_, '_> {
    /// XML 1.0 §2.8 `XMLDecl`.
    pub(super) fn xml_declaration(&mut self) -> Result<(), XmlError> {
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
        let version =
            pseudo_attribute(&mut rest_of_it, "version").ok_or_else(|| malformed.clone())?;
        if version != "1.0" && guard::on(Guard::Encoding) {
            return Err(XmlError::Encoding);
        }
        if pseudo_attribute(&mut rest_of_it, "encoding")
            .is_some_and(|encoding| !encoding.eq_ignore_ascii_case("utf-8"))
            && guard::on(Guard::Encoding)
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
    pub(super) fn between_elements(&mut self) -> Result<(), XmlError> {
        loop {
            self.skip_space();
            match self.bytes.get(self.at..self.at + 2) {
                Some(b"<!") => self.declaration_or_comment()?,
                Some(b"<?") => self.processing_instruction()?,
                _ => return Ok(()),
            }
        }
    }

    pub(super) fn declaration_or_comment(&mut self) -> Result<(), XmlError> {
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
    pub(super) fn skip_doctype(&mut self) -> Result<(), XmlError> {
        let rest = &self.bytes[self.at..];
        let has_subset = matches!(memchr2(b'[', b'>', rest), Some(at) if rest[at] == b'[');
        let end = if has_subset { "]>" } else { ">" };
        match memmem::find(rest, end.as_bytes()) {
            Some(length) => self.at += length + end.len(),
            None => return self.malformed("a document type without end"),
        }
        Ok(())
    }

    pub(super) fn processing_instruction(&mut self) -> Result<(), XmlError> {
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
