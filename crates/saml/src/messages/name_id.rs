//! `saml:NameID` (SAML core §2.2.3).

use super::envelope::optional;
use crate::names::ASSERTION;
use xmldsig::build::Node;
use xmldsig::dom::Element;
use xmldsig::error::XmlError;

/// The bytes of a NameID. SAML core §8.3.7 allows 256 characters; more than this is somebody trying something.
const LIMIT: usize = 1024;

/// Who somebody is, in the words of an identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameId {
    /// The identifier, exactly as sent: never trimmed, folded or normalised.
    pub value: String,
    /// Format, if given.
    pub format: Option<String>,
    /// NameQualifier, if given.
    pub name_qualifier: Option<String>,
    /// SPNameQualifier, if given.
    pub sp_name_qualifier: Option<String>,
}

impl NameId {
    pub(super) fn read(element: Element<'_>) -> Result<Self, XmlError> {
        let attribute = |name| element.attribute(name).map(str::to_owned);
        Ok(NameId {
            value: element.text()?.into_owned(),
            format: attribute("Format"),
            name_qualifier: attribute("NameQualifier"),
            sp_name_qualifier: attribute("SPNameQualifier"),
        })
    }

    /// The element, with the prefix that stands for the assertion namespace.
    pub(crate) fn node(&self, prefix: &'static str) -> Node<'_> {
        let node = Node::new(prefix, ASSERTION, "NameID");
        let node = optional(node, "Format", self.format.as_deref());
        let node = optional(node, "NameQualifier", self.name_qualifier.as_deref());
        optional(node, "SPNameQualifier", self.sp_name_qualifier.as_deref())
            .text(self.value.as_str())
    }

    /// Why the value cannot name anybody, if so. White space around it and control characters are refused, because what
    /// shows and stores names drops them: two names that look the same must not be two people (or one person twice).
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let value = &self.value;
        if value.is_empty() {
            return Some("an empty NameID");
        }
        if value.len() > LIMIT {
            return Some("a NameID of more than 1 KiB");
        }
        if value.trim() != value {
            return Some("white space around the NameID");
        }
        value
            .chars()
            .any(char::is_control)
            .then_some("a control character in the NameID")
    }
}
