//! `samlp:Status` (SAML core §3.2.2.1).

use crate::names::{PROTOCOL, SUCCESS};
use std::borrow::Cow;
use xmldsig::build::Node;
use xmldsig::dom::Element;

/// Top-level code, optional second-level code, optional message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Top-level code.
    pub code: String,
    /// Second-level code.
    pub sub_code: Option<String>,
    /// StatusMessage.
    pub message: Option<String>,
}

impl Status {
    /// [`SUCCESS`], without more.
    pub fn success() -> Self {
        Status {
            code: SUCCESS.to_owned(),
            sub_code: None,
            message: None,
        }
    }

    /// Reads the Status of a response; none if there is not exactly one, with exactly one top-level code.
    pub(crate) fn read(response: Element<'_>) -> Option<Self> {
        let status = only(response, "Status")?;
        let code = only(status, "StatusCode")?;
        let message = status
            .child(PROTOCOL, "StatusMessage")
            .and_then(|message| message.text().ok());
        Some(Status {
            code: code.attribute("Value")?.to_owned(),
            sub_code: code
                .child(PROTOCOL, "StatusCode")
                .and_then(|code| code.attribute("Value"))
                .map(str::to_owned),
            message: message.map(Cow::into_owned),
        })
    }

    /// The element, with the prefix that stands for the protocol namespace.
    pub(crate) fn node<'a>(&'a self, prefix: &'static str) -> Node<'a> {
        let code =
            |value: &'a str| Node::new(prefix, PROTOCOL, "StatusCode").attribute("Value", value);
        let top = match &self.sub_code {
            Some(sub_code) => code(&self.code).child(code(sub_code)),
            None => code(&self.code),
        };
        let status = Node::new(prefix, PROTOCOL, "Status").child(top);
        match &self.message {
            Some(message) => {
                status.child(Node::new(prefix, PROTOCOL, "StatusMessage").text(message.as_str()))
            }
            None => status,
        }
    }
}

/// The only child of that name.
fn only<'d>(parent: Element<'d>, name: &'static str) -> Option<Element<'d>> {
    let mut found = parent.children_named(PROTOCOL, name);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}
