//! SOAP 1.1 envelopes (SAML bindings §3.2): header blocks around one message.
//!
//! What is taken out of an envelope is a document of its own, which the validators judge like a posted one: nothing that stands
//! around it in the envelope can lend it anything.

use crate::error::Refusal;
use crate::guard;
use xmldsig::build::{Node, NotXml};
use xmldsig::dom::{Document, Element};

/// Namespace of SOAP 1.1.
pub const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// SOAP 1.1 §4.2.2: a block for whoever reads the message next.
const NEXT: &str = "http://schemas.xmlsoap.org/soap/actor/next";

/// An envelope that was read.
#[derive(Debug)]
pub struct Envelope<'d> {
    blocks: Vec<Element<'d>>,
    body: Element<'d>,
}

impl<'d> Envelope<'d> {
    /// Reads one. `understood` are the header blocks that the caller heeds, or may leave alone; another one that must be
    /// understood is refused (SOAP 1.1 §4.2.3).
    pub fn read(document: &'d Document<'_>, understood: &[(&str, &str)]) -> Result<Self, Refusal> {
        let root = document.root();
        if !root.is(ENVELOPE, "Envelope") {
            return Err(Refusal::rule(
                "soap.envelope",
                "a SOAP 1.1 Envelope",
                root.name(),
            ));
        }
        let mut blocks = Vec::new();
        let mut body = None;
        for part in root.children() {
            // SOAP 1.1 §4.1.1: a Header first, then the Body, and nothing after it.
            match (part.is(ENVELOPE, "Header"), part.is(ENVELOPE, "Body")) {
                (true, _) if blocks.is_empty() && body.is_none() => blocks.extend(part.children()),
                (_, true) if body.is_none() => body = Some(part),
                _ => {
                    return Err(Refusal::rule(
                        "soap.envelope",
                        "one Header and one Body",
                        part.name(),
                    ));
                }
            }
        }
        let foreign = blocks.iter().find(|block| {
            must_understand(**block) && !understood.contains(&(block.namespace(), block.name()))
        });
        if let Some(foreign) = foreign
            && guard::stands("soap.must_understand")
        {
            return Err(Refusal::rule(
                "soap.must_understand",
                "header blocks that are understood here",
                foreign.name(),
            ));
        }
        let body = body.ok_or_else(|| Refusal::rule("soap.envelope", "a Body", "none"))?;
        Ok(Self { blocks, body })
    }

    /// The header block of that name. Two of them could be read differently by two readers: refused.
    pub fn block(&self, namespace: &str, name: &str) -> Result<Option<Element<'d>>, Refusal> {
        let mut named = self.blocks.iter().filter(|block| block.is(namespace, name));
        let first = named.next().copied();
        if named.next().is_some() && guard::stands("soap.header") {
            return Err(Refusal::rule("soap.header", "each block once", name));
        }
        Ok(first)
    }

    /// The one message in the body, as a document of its own.
    pub fn message(&self) -> Result<Vec<u8>, Refusal> {
        let mut messages = self.body.children();
        match (messages.next(), messages.next()) {
            (Some(message), None) => Ok(message.standalone()),
            // SAML bindings §3.2.2.1: one message, and nothing else in the body.
            (Some(message), Some(_)) if !guard::stands("soap.body") => Ok(message.standalone()),
            (found, _) => Err(Refusal::rule(
                "soap.body",
                "one message",
                if found.is_some() { "several" } else { "none" },
            )),
        }
    }
}

/// An envelope with these header blocks around `message`.
pub fn envelope(blocks: Vec<Node<'_>>, message: Element<'_>) -> Result<String, NotXml> {
    let header = blocks.into_iter().fold(soap("Header"), Node::child);
    soap("Envelope")
        .child(header)
        .child(soap("Body").copy(message))
        .to_xml()
}

/// `block`, addressed to whoever reads the message next, who must understand it.
pub fn for_next(block: Node<'_>) -> Node<'_> {
    block
        .attribute_in(("S", ENVELOPE, "actor"), NEXT)
        .attribute_in(("S", ENVELOPE, "mustUnderstand"), "1")
}

/// Who must mend what a fault says (SOAP 1.1 §4.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// Whoever sent the message.
    Client,
    /// Whoever received it.
    Server,
    /// A header block was not understood.
    MustUnderstand,
}

/// An envelope with a fault: a sentence, and our stable code as its detail.
pub fn fault(blame: Blame, sentence: &str, code: &str) -> Result<String, NotXml> {
    let blamed = match blame {
        Blame::Client => "S:Client",
        Blame::Server => "S:Server",
        Blame::MustUnderstand => "S:MustUnderstand",
    };
    let detail = Node::new("", "", "detail").child(Node::new("", "", "code").text(code));
    let fault = soap("Fault")
        .child(Node::new("", "", "faultcode").text(blamed))
        .child(Node::new("", "", "faultstring").text(sentence))
        .child(detail);
    soap("Envelope").child(soap("Body").child(fault)).to_xml()
}

fn soap<'a>(name: &'static str) -> Node<'a> {
    Node::new("S", ENVELOPE, name)
}

fn must_understand(block: Element<'_>) -> bool {
    matches!(
        block.attribute_in(ENVELOPE, "mustUnderstand"),
        Some("1" | "true")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::without;
    use xmldsig::limits::Limits;

    const S: &str = "xmlns:S='http://schemas.xmlsoap.org/soap/envelope/'";

    fn code(xml: &str) -> &'static str {
        message(xml).unwrap_err().code()
    }

    fn message(xml: &str) -> Result<String, Refusal> {
        let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE)?;
        let envelope = Envelope::read(&document, &[("urn:h", "Known")])?;
        envelope.block("urn:h", "Known")?;
        envelope
            .message()
            .map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn message_becomes_a_document_with_the_declarations_around_it() {
        let xml = format!(
            "<S:Envelope {S} xmlns:xs='urn:xs'><S:Body> <p:M xmlns:p='urn:p' t='xs:string'>a &amp; b</p:M> </S:Body></S:Envelope>"
        );
        assert_eq!(
            message(&xml).unwrap(),
            "<p:M xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:p=\"urn:p\" xmlns:xs=\"urn:xs\" t=\"xs:string\">a &amp; b</p:M>"
        );
    }

    #[test]
    fn envelope_has_a_header_a_body_and_nothing_else() {
        let good = format!("<S:Envelope {S}><S:Header/><S:Body><m/></S:Body></S:Envelope>");
        assert_eq!(message(&good).unwrap().matches("<m").count(), 1, "control");
        for bad in [
            "<m/>".to_owned(),
            good.replace("soap/envelope/", "soap-envelope"),
            format!("<S:Envelope {S}><S:Header/></S:Envelope>"),
            format!("<S:Envelope {S}><S:Body><m/></S:Body><S:Header/></S:Envelope>"),
            format!("<S:Envelope {S}><S:Body><m/></S:Body><S:Body><m/></S:Body></S:Envelope>"),
            format!("<S:Envelope {S}><S:Body><m/></S:Body><x/></S:Envelope>"),
        ] {
            assert_eq!(code(&bad), "soap.envelope", "{bad}");
        }
    }

    #[test]
    fn body_with_two_messages_is_refused() {
        let of = |body: &str| format!("<S:Envelope {S}><S:Body>{body}</S:Body></S:Envelope>");
        assert!(message(&of("<m/>")).is_ok(), "control");
        assert_eq!(code(&of("")), "soap.body");
        let two = of("<m/><forged/>");
        assert_eq!(code(&two), "soap.body");
        without("soap.body", || {
            assert!(message(&two).unwrap().starts_with("<m"));
        });
    }

    #[test]
    fn block_that_must_be_understood_and_is_not_is_refused() {
        let of = |block: &str| {
            format!(
                "<S:Envelope {S} xmlns:h='urn:h'><S:Header>{block}</S:Header><S:Body><m/></S:Body></S:Envelope>"
            )
        };
        assert!(message(&of("<h:Known S:mustUnderstand='1'/>")).is_ok());
        assert!(message(&of("<h:Other S:mustUnderstand='0'/>")).is_ok());
        let other = of("<h:Other S:mustUnderstand='1'/>");
        assert_eq!(code(&other), "soap.must_understand");
        without("soap.must_understand", || message(&other).unwrap());
    }

    #[test]
    fn block_that_comes_twice_is_refused() {
        let of = |blocks: &str| {
            format!(
                "<S:Envelope {S} xmlns:h='urn:h'><S:Header>{blocks}</S:Header><S:Body><m/></S:Body></S:Envelope>"
            )
        };
        assert!(message(&of("<h:Known/>")).is_ok(), "control");
        let twice = of("<h:Known/><h:Known/>");
        assert_eq!(code(&twice), "soap.header");
        without("soap.header", || message(&twice).unwrap());
    }

    #[test]
    fn fault_carries_sentence_and_code_as_text() {
        insta::assert_snapshot!(
            fault(Blame::Client, "<no>", "soap.body").unwrap(),
            @r#"<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><S:Fault><faultcode>S:Client</faultcode><faultstring>&lt;no&gt;</faultstring><detail><code>soap.body</code></detail></S:Fault></S:Body></S:Envelope>"#
        );
    }
}
