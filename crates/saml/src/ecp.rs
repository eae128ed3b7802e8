//! The Enhanced Client or Proxy profile (SAML profiles §4.2): a client without a browser carries a request to the identity
//! provider by SOAP, and the response back by PAOS.
//!
//! This module owns the header blocks around the two messages. The messages themselves are judged as posted ones are; whether a
//! RelayState is the one that was sent is for whoever sent it.

use crate::bindings::soap::{self, Envelope, for_next};
use crate::error::Refusal;
use crate::guard;
use crate::names::ASSERTION;
use xmldsig::build::{Node, NotXml};
use xmldsig::dom::Document;
use xmldsig::limits::Limits;

/// The media type of PAOS messages (SAML bindings §3.3.2). Clients compare it letter for letter.
pub const MEDIA_TYPE: &str = "application/vnd.paos+xml";
/// The version of PAOS, as the `PAOS` header names it.
pub const PAOS_VERSION: &str = "urn:liberty:paos:2003-08";
/// The profile, as the `PAOS` header names it; also the namespace of its header blocks.
pub const PROFILE: &str = "urn:oasis:names:tc:SAML:2.0:profiles:SSO:ecp";

/// The blocks that a client may leave in its messages, or must send.
const UNDERSTOOD: &[(&str, &str)] = &[
    (PAOS_VERSION, "Request"),
    (PAOS_VERSION, "Response"),
    (PROFILE, "Request"),
    (PROFILE, "Response"),
    (PROFILE, "RelayState"),
];

/// Whether the headers of a request say that the client speaks this profile (SAML bindings §3.3.3): `accept` has the media
/// type, `paos` the version and the profile.
pub fn is_spoken(accept: &str, paos: &str) -> bool {
    let accepts = accept.split(',').any(|range| {
        let media_type = range.split(';').next().unwrap_or_default();
        media_type.trim().eq_ignore_ascii_case(MEDIA_TYPE)
    });
    accepts && quoted(paos, PAOS_VERSION) && quoted(paos, PROFILE)
}

fn quoted(header: &str, text: &str) -> bool {
    header
        .split('"')
        .skip(1)
        .step_by(2)
        .any(|part| part == text)
}

/// What stands around a request to a client.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Entity ID of the service provider.
    pub issuer: &'a str,
    /// Where the client brings the response: the consumer service of the request.
    pub consumer: &'a str,
    /// What the client brings back with it.
    pub relay_state: &'a str,
}

/// The envelope that asks a client to sign on with the AuthnRequest `message` (SAML profiles §4.2.4.1).
pub fn request(asked: &Asked<'_>, message: &str) -> Result<String, Unwritable> {
    let document = Document::parse(message.as_bytes(), &Limits::MESSAGE)?;
    let paos = Node::new("paos", PAOS_VERSION, "Request")
        .attribute("responseConsumerURL", asked.consumer)
        .attribute("service", PROFILE);
    let issuer = Node::new("saml", ASSERTION, "Issuer").text(asked.issuer);
    let ecp = Node::new("ecp", PROFILE, "Request")
        .attribute("IsPassive", "0")
        .child(issuer);
    let state = Node::new("ecp", PROFILE, "RelayState").text(asked.relay_state);
    let blocks = [paos, ecp, state].map(for_next).to_vec();
    Ok(soap::envelope(blocks, document.root())?)
}

/// The envelope that answers a client with the Response `message` for the consumer service at `consumer` (§4.2.4.4): the client
/// compares that address with the one where it was asked, and takes the response nowhere else.
pub fn response(consumer: &str, message: &[u8]) -> Result<String, Unwritable> {
    let document = Document::parse(message, &Limits::MESSAGE)?;
    let block =
        Node::new("ecp", PROFILE, "Response").attribute("AssertionConsumerServiceURL", consumer);
    Ok(soap::envelope(vec![for_next(block)], document.root())?)
}

/// What a client carried: the message, as a document of its own, and the RelayState beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The message.
    pub message: Vec<u8>,
    /// `ecp:RelayState`.
    pub relay_state: Option<String>,
}

/// Reads what a client carried, to an identity provider or back.
pub fn carried(envelope: &[u8]) -> Result<Carried, Refusal> {
    let document = Document::parse(envelope, &Limits::MESSAGE)?;
    let envelope = Envelope::read(&document, UNDERSTOOD)?;
    let state = envelope.block(PROFILE, "RelayState")?;
    let relay_state = match state {
        Some(state) => Some(state.text()?.into_owned()),
        None => None,
    };
    Ok(Carried {
        message: envelope.message()?,
        relay_state,
    })
}

/// Judges the RelayState that came back (§4.2.4.5: a client returns the one that it was sent).
pub fn judge_relay_state(sent: &str, returned: Option<&str>) -> Result<(), Refusal> {
    if returned == Some(sent) || !guard::stands("ecp.relay_state") {
        return Ok(());
    }
    Err(Refusal::rule(
        "ecp.relay_state",
        "the RelayState of the request",
        if returned.is_some() {
            "another"
        } else {
            "none"
        },
    ))
}

/// A message of our own that cannot be put into an envelope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// It cannot be read back.
    #[error(transparent)]
    Message(#[from] xmldsig::error::XmlError),
    /// Its surroundings hold characters that XML cannot carry.
    #[error(transparent)]
    Characters(#[from] NotXml),
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: Asked<'_> = Asked {
        issuer: "iam.example.com",
        consumer: "https://iam.example.com/ECP",
        relay_state: "state",
    };

    #[test]
    fn client_is_asked_with_three_blocks_that_it_must_understand() {
        insta::assert_snapshot!(
            request(&ASKED, "<p:M xmlns:p=\"urn:p\"></p:M>").unwrap(),
            @r#"<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Header><paos:Request xmlns:paos="urn:liberty:paos:2003-08" responseConsumerURL="https://iam.example.com/ECP" service="urn:oasis:names:tc:SAML:2.0:profiles:SSO:ecp" S:actor="http://schemas.xmlsoap.org/soap/actor/next" S:mustUnderstand="1"></paos:Request><ecp:Request xmlns:ecp="urn:oasis:names:tc:SAML:2.0:profiles:SSO:ecp" IsPassive="0" S:actor="http://schemas.xmlsoap.org/soap/actor/next" S:mustUnderstand="1"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">iam.example.com</saml:Issuer></ecp:Request><ecp:RelayState xmlns:ecp="urn:oasis:names:tc:SAML:2.0:profiles:SSO:ecp" S:actor="http://schemas.xmlsoap.org/soap/actor/next" S:mustUnderstand="1">state</ecp:RelayState></S:Header><S:Body><p:M xmlns:p="urn:p"></p:M></S:Body></S:Envelope>"#
        );
    }

    #[test]
    fn what_is_carried_comes_out_as_it_was() {
        let envelope = request(&ASKED, "<p:M xmlns:p=\"urn:p\">text</p:M>").unwrap();
        let carried = carried(envelope.as_bytes()).unwrap();
        assert_eq!(carried.relay_state.as_deref(), Some("state"));
        let message = String::from_utf8(carried.message).unwrap();
        assert!(
            message.contains("xmlns:p=\"urn:p\">text</p:M>"),
            "{message}"
        );
    }

    #[test]
    fn profile_is_spoken_by_both_headers_together() {
        let paos = format!("ver=\"{PAOS_VERSION}\";\"{PROFILE}\"");
        assert!(is_spoken(MEDIA_TYPE, &paos));
        assert!(is_spoken(
            &format!("text/html; q=0.9, {MEDIA_TYPE};q=1"),
            &paos
        ));
        assert!(!is_spoken("text/html", &paos));
        assert!(!is_spoken("*/*", &paos));
        assert!(!is_spoken(MEDIA_TYPE, ""));
        assert!(!is_spoken(MEDIA_TYPE, &format!("ver=\"{PAOS_VERSION}\"")));
        assert!(!is_spoken(MEDIA_TYPE, &format!("\"{PROFILE}\"")));
    }

    #[test]
    fn relay_state_that_is_not_the_one_that_was_sent_is_refused() {
        assert!(judge_relay_state("a", Some("a")).is_ok());
        for other in [Some("b"), Some("a "), Some(""), None] {
            let refused = judge_relay_state("a", other).unwrap_err();
            assert_eq!(refused.code(), "ecp.relay_state");
            guard::without("ecp.relay_state", || {
                assert!(judge_relay_state("a", other).is_ok());
            });
        }
    }

    proptest::proptest! {
        /// The law of the fuzz target `ecp`, over envelopes in which some bytes were changed.
        #[test]
        fn what_is_carried_fits_into_an_envelope_again(
            changes in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), 0u8..128), 0..4),
        ) {
            let message = b"<p:M xmlns:p=\"urn:p\" a=\"b\">text<p:N></p:N></p:M>";
            let mut bytes = response(ASKED.consumer, message).unwrap().into_bytes();
            for (place, byte) in changes {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            if let Ok(found) = carried(&bytes) {
                let again = response("https://sp.example.org/acs", &found.message).unwrap();
                proptest::prop_assert_eq!(carried(again.as_bytes()).unwrap().message, found.message);
            }
        }
    }
}
