//! Every refusal of this crate, with its stable code.

use crate::build::NotXml;

/// Why bytes are not XML that we read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// A document type declaration, anywhere.
    #[error("a document type declaration is not allowed")]
    Doctype,
    /// Not UTF-8, or declared as something else, or XML 1.1.
    #[error("only UTF-8 and XML 1.0 are read")]
    Encoding,
    /// One of [`crate::limits::Limits`] was passed; the name says which.
    #[error("too large: {0}")]
    Limit(&'static str),
    /// Not well-formed; what and at which byte.
    #[error("not well-formed at byte {at}: {what}")]
    Malformed {
        /// What is wrong.
        what: &'static str,
        /// Offset in bytes.
        at: usize,
    },
    /// A comment in a protocol message.
    #[error("a comment is not allowed")]
    Comment,
    /// A processing instruction in a protocol message.
    #[error("a processing instruction is not allowed")]
    ProcessingInstruction,
    /// Two ID attributes of the same value, whatever their spelling.
    #[error("an ID occurs twice")]
    DuplicateId,
    /// A namespace name that is a relative reference.
    #[error("a namespace name is relative")]
    RelativeNamespace,
    /// A child element where only text may stand.
    #[error("an element where only text may stand")]
    MixedContent,
}

impl XmlError {
    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            XmlError::Doctype => "xml.doctype",
            XmlError::Encoding => "xml.encoding",
            XmlError::Limit(_) => "xml.limit",
            XmlError::Malformed { .. } => "xml.malformed",
            XmlError::Comment => "xml.comment",
            XmlError::ProcessingInstruction => "xml.pi",
            XmlError::DuplicateId => "xml.duplicate_id",
            XmlError::RelativeNamespace => "xml.ns_relative",
            XmlError::MixedContent => "xml.mixed_content",
        }
    }
}

/// Why a signature is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No signature at the place where it must stand.
    #[error("no signature")]
    Missing,
    /// A signature somewhere else, or more than one.
    #[error("a signature stands where none may stand")]
    Position,
    /// Not exactly one SignedInfo, or an unexpected child of Signature.
    #[error("not exactly one SignedInfo")]
    SignedInfoCount,
    /// Not exactly one Reference.
    #[error("not exactly one Reference")]
    ReferenceCount,
    /// The Reference does not name the parent element.
    #[error("the reference does not name the signed element")]
    Reference,
    /// Other transforms than enveloped-signature and exclusive C14N.
    #[error("transforms other than enveloped-signature and exclusive C14N")]
    Transform,
    /// An algorithm that the policy does not allow; its identifier, shortened.
    #[error("algorithm not allowed: {0}")]
    Algorithm(String),
    /// No configured key of that kind verifies it.
    #[error("made with a key that is not configured for the issuer")]
    Key,
    /// The signature value is no signature.
    #[error("the signature value is not well-formed")]
    Value,
    /// The content was changed after signing.
    #[error("the digest does not match the content")]
    Digest,
    /// The tree below is not readable as required.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

impl SignatureError {
    /// Refuses an algorithm. Its identifier comes from the message, so only the beginning of it is kept.
    pub(crate) fn algorithm(identifier: &str) -> Self {
        Self::Algorithm(identifier.chars().take(100).collect())
    }

    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            SignatureError::Missing => "sig.missing",
            SignatureError::Position => "sig.position",
            SignatureError::SignedInfoCount => "sig.signedinfo_count",
            SignatureError::ReferenceCount => "sig.reference_count",
            SignatureError::Reference => "sig.reference",
            SignatureError::Transform => "sig.transform",
            SignatureError::Algorithm(_) => "sig.algorithm",
            SignatureError::Key => "sig.key",
            SignatureError::Value => "sig.value",
            SignatureError::Digest => "sig.digest",
            SignatureError::Xml(e) => e.code(),
        }
    }
}

/// Why a key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a certificate or key that we read.
    #[error("not a certificate or key: {0}")]
    Unreadable(&'static str),
    /// An RSA key of fewer than 2048 bits, or a curve that we do not use.
    #[error("the key is too weak or of a kind that is not used here")]
    Weak,
    /// The algorithm is not one of this kind of key.
    #[error("the algorithm does not fit the key")]
    Unfit,
}

impl KeyError {
    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            KeyError::Unreadable(_) => "key.unreadable",
            KeyError::Weak => "key.weak",
            KeyError::Unfit => "key.unfit",
        }
    }
}

/// Why an element cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// Content that XML cannot carry.
    #[error(transparent)]
    NotXml(#[from] NotXml),
    /// The key does not sign with that algorithm.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The element does not have the `ID` that the signature would refer to.
    #[error("the element does not have the ID that is to be signed")]
    Id,
}

/// Why an element cannot be encrypted or decrypted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncryptionError {
    /// Not one EncryptedData with its parts.
    #[error("not exactly one EncryptedData with an EncryptedKey and a CipherValue each")]
    Structure,
    /// Not exactly one EncryptedKey.
    #[error("not exactly one EncryptedKey")]
    KeyCount,
    /// An algorithm other than AES-GCM and RSA-OAEP; its identifier, shortened.
    #[error("encryption algorithm not allowed: {0}")]
    Algorithm(String),
    /// Wrong key or changed content, which nobody needs to tell apart.
    #[error("cannot be decrypted with any of our keys")]
    Failed,
    /// Content that XML cannot carry.
    #[error(transparent)]
    NotXml(#[from] NotXml),
}

impl EncryptionError {
    /// Refuses an algorithm. Its identifier comes from the message, so only the beginning of it is kept.
    pub(crate) fn algorithm(identifier: &str) -> Self {
        Self::Algorithm(identifier.chars().take(100).collect())
    }

    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            EncryptionError::Structure => "enc.structure",
            EncryptionError::KeyCount => "enc.key_count",
            EncryptionError::Algorithm(_) => "enc.algorithm",
            EncryptionError::Failed => "enc.failed",
            EncryptionError::NotXml(_) => "xml.not_xml",
        }
    }
}
