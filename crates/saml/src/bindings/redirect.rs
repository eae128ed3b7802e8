//! HTTP-Redirect (SAML bindings §3.4): raw DEFLATE, base64, percent-encoding, and a detached signature over the raw,
//! still-encoded values.

use super::{base64, deflate, refused};
use crate::error::Refusal;
use crate::guard;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::borrow::Cow;
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::error::{KeyError, SignatureError};
use xmldsig::keys::{Purpose, SigningKey, VerifyingKey};

/// Which parameter carries the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `SAMLRequest`.
    Request,
    /// `SAMLResponse`.
    Response,
}

impl Kind {
    /// The name of the parameter.
    pub fn parameter(self) -> &'static str {
        match self {
            Kind::Request => "SAMLRequest",
            Kind::Response => "SAMLResponse",
        }
    }
}

/// In which order to write the parameters. The signed octets are the same in every order (§3.4.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// `SAMLRequest, SigAlg, Signature, RelayState`: begins and ends as StorageGRID's documents print it.
    RelayStateLast,
    /// `SAMLResponse, RelayState, Signature, SigAlg`: as AD FS writes its answers.
    SigAlgLast,
    /// `SAMLResponse, RelayState, SigAlg, Signature`: the order of the standard.
    Standard,
}

/// A decoded query string. The signature is not judged yet.
#[derive(Debug, Clone)]
pub struct Redirected {
    /// Which parameter carried it.
    pub kind: Kind,
    /// The message.
    pub xml: Vec<u8>,
    /// RelayState, decoded.
    pub relay_state: Option<String>,
    /// Whether a `Signature` came along.
    pub signed: bool,
    /// `SigAlg`, decoded, if it came along.
    pub signature_algorithm: Option<String>,
    signature: Vec<u8>,
    octets: Vec<u8>,
}

/// The bytes of RelayState that are carried for others. SAML bindings §3.4.3 says 80; real service providers send more.
const RELAY_STATE_LIMIT: usize = 1024;

/// The only encoding there is (SAML bindings §3.4.4.1), which is also the default.
const DEFLATE: &str = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE";

impl Redirected {
    /// Decodes the raw query string (nothing decoded before). Other parameters are ignored; a doubled one is refused.
    pub fn decode(raw_query: &str) -> Result<Self, Refusal> {
        let raw = Raw::split(raw_query)?;
        let (kind, message) = match (raw.request, raw.response) {
            (Some(request), None) => (Kind::Request, request),
            (None, Some(response)) => (Kind::Response, response),
            (None, None) => {
                return Err(refused(
                    "bind.missing",
                    "neither SAMLRequest nor SAMLResponse",
                ));
            }
            (Some(_), Some(_)) => {
                return Err(refused(
                    "bind.ambiguous",
                    "both SAMLRequest and SAMLResponse",
                ));
            }
        };
        if let Some(encoding) = raw.encoding
            && percent_decoded(encoding)? != DEFLATE
        {
            return Err(refused("bind.encoding", "SAMLEncoding is not DEFLATE"));
        }
        let relay_state = raw.relay_state.map(relay_state).transpose()?;
        Ok(Redirected {
            kind,
            xml: deflate::inflate(&base64::decode(&carried(message)?)?)?,
            relay_state,
            signed: raw.signature.is_some(),
            signature_algorithm: raw
                .algorithm
                .map(percent_decoded)
                .transpose()?
                .map(Cow::into_owned),
            signature: raw
                .signature
                .map(signature)
                .transpose()?
                .unwrap_or_default(),
            octets: octets(kind, message, raw.relay_state, raw.algorithm).into_bytes(),
        })
    }

    /// Verifies the detached signature with one of `keys`. `algorithm` is used where `SigAlg` is missing (HORACIUS).
    pub fn verify(
        &self,
        keys: &[VerifyingKey],
        algorithm: Option<SignatureAlgorithm>,
    ) -> Result<(), Refusal> {
        if !self.signed {
            return Err(refused("bind.signature", "no Signature"));
        }
        let algorithm = match &self.signature_algorithm {
            Some(uri) => SignatureAlgorithm::from_uri(uri)
                .ok_or_else(|| SignatureError::Algorithm(uri.chars().take(80).collect()))?,
            None => algorithm.ok_or_else(|| refused("bind.signature", "no SigAlg"))?,
        };
        // SHA-1 is believed of a party for which it is switched on, and of nobody else.
        let is_weak = algorithm == SignatureAlgorithm::RsaSha1;
        if is_weak && !keys.iter().any(|key| key.takes_detached(algorithm)) {
            return Err(SignatureError::Algorithm(algorithm.uri().to_owned()).into());
        }
        let verified = keys
            .iter()
            .any(|key| key.verify(algorithm, &self.octets, &self.signature).is_ok());
        if verified || !guard::stands("bind.signature") {
            return Ok(());
        }
        Err(refused(
            "bind.signature",
            "no key that is configured for the sender verifies the Signature",
        ))
    }
}

/// The query string (without `?`) for `xml`, signed with `key`. Fails when the algorithm does not fit the key.
pub fn encode<P: Purpose>(
    message: Outgoing<'_>,
    key: &SigningKey<P>,
    algorithm: SignatureAlgorithm,
    order: Order,
) -> Result<String, KeyError> {
    let relay_state = message.relay_state.map(percent_encoded);
    let value = message.value();
    let uri = percent_encoded(algorithm.uri());
    let signed = octets(message.kind, &value, relay_state.as_deref(), Some(&uri));
    let signature = percent_encoded(&base64::encode(&key.sign(algorithm, signed.as_bytes())?));

    let parameter = message.kind.parameter();
    let relay_state = relay_state
        .map(|state| format!("&RelayState={state}"))
        .unwrap_or_default();
    Ok(match order {
        Order::RelayStateLast => {
            format!("{parameter}={value}&SigAlg={uri}&Signature={signature}{relay_state}")
        }
        Order::SigAlgLast => {
            format!("{parameter}={value}{relay_state}&Signature={signature}&SigAlg={uri}")
        }
        Order::Standard => format!("{signed}&Signature={signature}"),
    })
}

/// The query string (without `?`) for `xml`, unsigned.
pub fn encode_unsigned(message: Outgoing<'_>) -> String {
    octets(
        message.kind,
        &message.value(),
        message.relay_state.map(percent_encoded).as_deref(),
        None,
    )
}

/// A message about to be sent.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// Which parameter carries it.
    pub kind: Kind,
    /// The message.
    pub xml: &'a str,
    /// RelayState, sent along unchanged.
    pub relay_state: Option<&'a str>,
}

impl Outgoing<'_> {
    fn value(&self) -> String {
        percent_encoded(&base64::encode(&deflate::compress(self.xml.as_bytes())))
    }
}

/// The parameters of the binding, each still encoded.
#[derive(Default)]
struct Raw<'q> {
    request: Option<&'q str>,
    response: Option<&'q str>,
    relay_state: Option<&'q str>,
    algorithm: Option<&'q str>,
    signature: Option<&'q str>,
    encoding: Option<&'q str>,
}

impl<'q> Raw<'q> {
    fn split(query: &'q str) -> Result<Self, Refusal> {
        let mut raw = Raw::default();
        for parameter in query.split('&') {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            // A name spelled with escapes is one parameter for a decoder and another for the signature.
            let decoded = percent_decode_str(name).decode_utf8_lossy();
            let Some(slot) = raw.slot(&decoded) else {
                continue;
            };
            if (slot.is_some() && guard::stands("bind.ambiguous")) || decoded != name {
                return Err(refused(
                    "bind.ambiguous",
                    "a parameter of the binding twice, or its name in escapes",
                ));
            }
            *slot = Some(value);
        }
        Ok(raw)
    }

    fn slot(&mut self, name: &str) -> Option<&mut Option<&'q str>> {
        match name {
            "SAMLRequest" => Some(&mut self.request),
            "SAMLResponse" => Some(&mut self.response),
            "RelayState" => Some(&mut self.relay_state),
            "SigAlg" => Some(&mut self.algorithm),
            "Signature" => Some(&mut self.signature),
            "SAMLEncoding" => Some(&mut self.encoding),
            _ => None,
        }
    }
}

/// SAML bindings §3.4.4.1: the message, RelayState if there is one (an empty one is one), SigAlg; in this order, as sent.
fn octets(kind: Kind, message: &str, relay_state: Option<&str>, algorithm: Option<&str>) -> String {
    let mut octets = format!("{}={message}", kind.parameter());
    for (name, value) in [("RelayState", relay_state), ("SigAlg", algorithm)] {
        if let Some(value) = value {
            octets.push('&');
            octets.push_str(name);
            octets.push('=');
            octets.push_str(value);
        }
    }
    octets
}

/// RelayState goes through forms on its way, where a space is written `+`.
fn relay_state(raw: &str) -> Result<String, Refusal> {
    let text = percent_decoded(&raw.replace('+', " "))?.into_owned();
    if text.len() > RELAY_STATE_LIMIT && guard::stands("bind.relay_state") {
        return Err(refused(
            "bind.relay_state",
            "RelayState is longer than 1 KiB",
        ));
    }
    Ok(text)
}

fn signature(raw: &str) -> Result<Vec<u8>, Refusal> {
    base64::decode(&carried(raw)?)
        .map_err(|_| refused("bind.signature", "the Signature is not base64"))
}

/// A base64 value: in a query string, a bare `+` means a space.
fn carried(raw: &str) -> Result<Cow<'_, str>, Refusal> {
    if raw.contains('+') {
        return Err(refused(
            "bind.spaces",
            "a + in a query string means a space: write it as %2B",
        ));
    }
    percent_decoded(raw)
}

fn percent_decoded(raw: &str) -> Result<Cow<'_, str>, Refusal> {
    percent_decode_str(raw)
        .decode_utf8()
        .map_err(|_| refused("bind.encoding", "not UTF-8 once percent-decoded"))
}

/// All but the unreserved characters of RFC 3986 §2.3, in upper-case hex: read alike by every decoder.
fn percent_encoded(text: &str) -> String {
    const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    utf8_percent_encode(text, ESCAPED).to_string()
}
