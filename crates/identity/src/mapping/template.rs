//! Placeholders: `{0}` is the first requirement that gives values, `{{` and `}}` are braces.

/// A text with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Placeholder(usize),
}

/// A placeholder with several values stands where one must.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Several(pub(super) usize);

impl Template {
    /// Reads one; `given` is how many placeholders have values.
    pub(super) fn read(text: &str, given: usize) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '{' if rest.next_if_eq(&'{').is_some() => plain.push('{'),
                '}' if rest.next_if_eq(&'}').is_some() => plain.push('}'),
                '{' => {
                    let digits: String =
                        std::iter::from_fn(|| rest.next_if(char::is_ascii_digit)).collect();
                    if rest.next() != Some('}') {
                        return Err("a placeholder is a number in braces, such as {0}".to_owned());
                    }
                    let index: usize = digits.parse().map_err(|_| {
                        "a placeholder is a number in braces, such as {0}".to_owned()
                    })?;
                    if index >= given {
                        return Err(format!(
                            "{{{index}}} has no value: {given} of the remote entries give one"
                        ));
                    }
                    if !plain.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut plain)));
                    }
                    pieces.push(Piece::Placeholder(index));
                }
                '}' => return Err("a single } stands for nothing".to_owned()),
                c => plain.push(c),
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self(pieces))
    }

    /// The text, where every placeholder in it has exactly one value.
    pub(super) fn one(&self, direct: &[Vec<&str>]) -> Result<String, Several> {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Placeholder(index) => match direct[*index].as_slice() {
                    [value] => out.push_str(value),
                    _ => return Err(Several(*index)),
                },
            }
        }
        Ok(out)
    }

    /// The values: those of the placeholder where it stands alone, else the one text, which may be a JSON list of texts.
    pub(super) fn many(&self, direct: &[Vec<&str>]) -> Result<Vec<String>, Several> {
        match self.0.as_slice() {
            [Piece::Placeholder(index)] => {
                Ok(direct[*index].iter().map(|v| (*v).to_owned()).collect())
            }
            // Only a text that the rule's author wrote is taken apart: a list inside a value would let the sender add groups.
            [Piece::Text(text)] => {
                Ok(serde_json::from_str(text).unwrap_or_else(|_| vec![text.clone()]))
            }
            _ => self.one(direct).map(|text| vec![text]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_and_doubled_braces_are_replaced() {
        let template = Template::read("{1} {{x}} {0}", 2).unwrap();
        assert_eq!(template.one(&[vec!["a"], vec!["b"]]).unwrap(), "b {x} a");
        assert_eq!(
            template.one(&[vec!["a"], vec!["b", "c"]]).unwrap_err(),
            Several(1)
        );
    }

    #[test]
    fn what_is_no_placeholder_is_refused_when_read() {
        for text in [
            "{",
            "{}",
            "{a}",
            "{0",
            "}",
            "{1}",
            "{-1}",
            "{99999999999999999999}",
        ] {
            assert!(Template::read(text, 1).is_err(), "{text}");
        }
    }

    #[test]
    fn only_what_the_author_wrote_is_taken_apart() {
        let written = Template::read(r#"["admin","manager"]"#, 0).unwrap();
        assert_eq!(written.many(&[]).unwrap(), ["admin", "manager"]);
        let sent = Template::read("{0}", 1).unwrap();
        assert_eq!(
            sent.many(&[vec![r#"["admin"]"#]]).unwrap(),
            [r#"["admin"]"#]
        );
    }
}
