//! HTTP-Redirect (SAML bindings §3.4): raw DEFLATE, base64, percent-encoding, and a detached signature over the raw,
//! still-encoded values.

use crate::error::Refusal;
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::keys::{Purpose, SigningKey, VerifyingKey};

/// Which parameter carries the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `SAMLRequest`.
    Request,
    /// `SAMLResponse`.
    Response,
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

impl Redirected {
    /// Decodes the raw query string (nothing decoded before). Other parameters are ignored; a doubled one is refused.
    pub fn decode(_raw_query: &str) -> Result<Self, Refusal> {
        todo!()
    }

    /// Verifies the detached signature with one of `keys`. `algorithm` is used where `SigAlg` is missing (HORACIUS).
    pub fn verify(&self, _keys: &[VerifyingKey], _algorithm: Option<SignatureAlgorithm>) -> Result<(), Refusal> {
        todo!()
    }
}

/// The query string (without `?`) for `xml`, signed with `key`.
pub fn encode<P: Purpose>(_kind: Kind, _xml: &str, _relay_state: Option<&str>, _key: &SigningKey<P>, _algorithm: SignatureAlgorithm, _order: Order) -> String {
    todo!()
}

/// The query string (without `?`) for `xml`, unsigned.
pub fn encode_unsigned(_kind: Kind, _xml: &str, _relay_state: Option<&str>) -> String {
    todo!()
}
