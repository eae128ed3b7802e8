//! An element made unreadable for everybody but one party, and read again (W3C XML Encryption 1.1).
//!
//! AES-GCM for the content and RSA-OAEP for its key, nothing else: CBC and RSA PKCS#1 v1.5 tell whoever may ask often enough
//! what is inside (Jager and Somorovsky 2011; CVE-2011-1096). Encryption vouches for nothing: anybody can encrypt to a
//! published key, so what comes out is parsed anew, with the same limits, and must be signed like anything else.

use crate::algorithms::DSIG;
use crate::build::Node;
use crate::certificate::read_certificate;
use crate::dom::Element;
use crate::error::{EncryptionError, KeyError};
use crate::guard::{self, Guard};
use crate::signature_parts::base64_text;
use aws_lc_rs::aead::{
    AES_128_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, NONCE_LEN, Nonce, UnboundKey,
};
use aws_lc_rs::rand;
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey,
    OaepPublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
const XENC11: &str = "http://www.w3.org/2009/xmlenc11#";
const ELEMENT: &str = "http://www.w3.org/2001/04/xmlenc#Element";
const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const MGF1_SHA256: &str = "http://www.w3.org/2009/xmlenc11#mgf1sha256";

/// How the content is encrypted (XML Encryption 1.1 §5.2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentAlgorithm {
    /// AES-128 in Galois/Counter Mode.
    Aes128Gcm,
    /// AES-256 in Galois/Counter Mode.
    Aes256Gcm,
}

/// How the key of the content is encrypted (XML Encryption 1.1 §5.5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyTransport {
    /// RSA-OAEP with SHA-1 in both places, which every product reads. Nothing here rests on collisions of SHA-1.
    OaepSha1,
    /// RSA-OAEP with SHA-256 in both places.
    OaepSha256,
}

impl ContentAlgorithm {
    /// The identifier on the wire.
    pub fn uri(self) -> &'static str {
        match self {
            Self::Aes128Gcm => "http://www.w3.org/2009/xmlenc11#aes128-gcm",
            Self::Aes256Gcm => "http://www.w3.org/2009/xmlenc11#aes256-gcm",
        }
    }

    fn cipher(self) -> &'static Algorithm {
        match self {
            Self::Aes128Gcm => &AES_128_GCM,
            Self::Aes256Gcm => &AES_256_GCM,
        }
    }
}

impl KeyTransport {
    /// The identifier on the wire.
    pub fn uri(self) -> &'static str {
        match self {
            Self::OaepSha1 => "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
            Self::OaepSha256 => "http://www.w3.org/2009/xmlenc11#rsa-oaep",
        }
    }

    fn padding(self) -> &'static OaepAlgorithm {
        match self {
            Self::OaepSha1 => &OAEP_SHA1_MGF1SHA1,
            Self::OaepSha256 => &OAEP_SHA256_MGF1SHA256,
        }
    }
}

/// A peer's public key to encrypt to.
pub struct EncryptionKey(OaepPublicEncryptingKey);

impl EncryptionKey {
    /// The RSA key of a certificate (DER), 2048 to 8192 bits.
    pub fn from_certificate(der: &[u8]) -> Result<Self, KeyError> {
        let key = PublicEncryptingKey::from_der(read_certificate(der)?.public_key().raw)
            .map_err(|_| KeyError::Weak)?;
        OaepPublicEncryptingKey::new(key)
            .map(Self)
            .map_err(|_| KeyError::Weak)
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptionKey(RSA)")
    }
}

/// Our private key to decrypt with. Cheap to clone.
#[derive(Clone)]
pub struct DecryptionKey(Arc<OaepPrivateDecryptingKey>);

impl DecryptionKey {
    /// From PKCS#8 (DER), RSA of 2048 to 8192 bits.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, KeyError> {
        let key = PrivateDecryptingKey::from_pkcs8(pkcs8)
            .map_err(|_| KeyError::Unreadable("the private key"))?;
        OaepPrivateDecryptingKey::new(key)
            .map(|key| Self(Arc::new(key)))
            .map_err(|_| KeyError::Weak)
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DecryptionKey(RSA, redacted)")
    }
}

/// The `xenc:EncryptedData` that hides `element`, with the key of the content inside, encrypted to `key`.
pub fn encrypt(
    element: &Node<'_>,
    key: &EncryptionKey,
    content: ContentAlgorithm,
    transport: KeyTransport,
) -> Result<Node<'static>, EncryptionError> {
    let failed = |_| EncryptionError::Failed;
    let mut secret = Zeroizing::new(vec![0; content.cipher().key_len()]);
    let mut nonce = [0; NONCE_LEN];
    rand::fill(&mut secret).map_err(failed)?;
    rand::fill(&mut nonce).map_err(failed)?;

    let mut sealed = element.to_xml()?.into_bytes();
    let cipher = LessSafeKey::new(UnboundKey::new(content.cipher(), &secret).map_err(failed)?);
    cipher
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::empty(),
            &mut sealed,
        )
        .map_err(failed)?;
    sealed.splice(..0, nonce);

    let mut wrapped = vec![0; key.0.ciphertext_size()];
    let wrapped = key
        .0
        .encrypt(transport.padding(), &secret, &mut wrapped, None)
        .map_err(failed)?;

    let method = xenc("EncryptionMethod").attribute("Algorithm", transport.uri());
    let digest =
        |uri: &'static str| Node::new("ds", DSIG, "DigestMethod").attribute("Algorithm", uri);
    let method = match transport {
        KeyTransport::OaepSha1 => method.child(digest(SHA1)),
        KeyTransport::OaepSha256 => method
            .child(digest(SHA256))
            .child(Node::new("xenc11", XENC11, "MGF").attribute("Algorithm", MGF1_SHA256)),
    };
    let encrypted_key = xenc("EncryptedKey")
        .child(method)
        .child(cipher_data(wrapped));
    Ok(xenc("EncryptedData")
        .attribute("Type", ELEMENT)
        .child(xenc("EncryptionMethod").attribute("Algorithm", content.uri()))
        .child(Node::new("ds", DSIG, "KeyInfo").child(encrypted_key))
        .child(cipher_data(&sealed)))
}

/// What is hidden in the one `xenc:EncryptedData` child of `holder` (an EncryptedAssertion, EncryptedID or EncryptedAttribute).
///
/// The key of the content stands in EncryptedData/KeyInfo or beside EncryptedData; products differ. Tries each of `keys`.
/// Whatever fails after the algorithms were found acceptable is the same refusal, after the same work.
pub fn decrypt(holder: Element<'_>, keys: &[DecryptionKey]) -> Result<Vec<u8>, EncryptionError> {
    let mut found = holder.children_named(XENC, "EncryptedData");
    let (Some(data), None) = (found.next(), found.next()) else {
        return Err(EncryptionError::Structure);
    };
    if data.attribute("Type").is_some_and(|kind| kind != ELEMENT) {
        return Err(EncryptionError::Structure);
    }
    let content = content_algorithm(data)?;
    let encrypted_key = only_encrypted_key(holder, data)?;
    let transport = key_transport(encrypted_key)?;
    let wrapped = cipher_value(encrypted_key)?;
    let sealed = cipher_value(data)?;
    keys.iter()
        .find_map(|key| open(key, transport, &wrapped, content, &sealed))
        .ok_or(EncryptionError::Failed)
}

fn open(
    key: &DecryptionKey,
    transport: KeyTransport,
    wrapped: &[u8],
    content: ContentAlgorithm,
    sealed: &[u8],
) -> Option<Vec<u8>> {
    // A key that cannot be unwrapped is replaced by a random one, so that a wrong key and wrong content take the same way
    // and nobody learns about the padding (RFC 3218 §2.3.2).
    let mut secret = Zeroizing::new(vec![0; content.cipher().key_len()]);
    rand::fill(&mut secret).ok()?;
    let mut output = Zeroizing::new(vec![0; key.0.min_output_size()]);
    if let Ok(unwrapped) = key
        .0
        .decrypt(transport.padding(), wrapped, &mut output, None)
        && unwrapped.len() == secret.len()
    {
        secret.copy_from_slice(unwrapped);
    }
    let cipher = LessSafeKey::new(UnboundKey::new(content.cipher(), &secret).ok()?);
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let mut opened = sealed.to_vec();
    let length = cipher
        .open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            Aad::empty(),
            &mut opened,
        )
        .ok()?
        .len();
    opened.truncate(length);
    Some(opened)
}

fn content_algorithm(data: Element<'_>) -> Result<ContentAlgorithm, EncryptionError> {
    let method = data
        .child(XENC, "EncryptionMethod")
        .ok_or(EncryptionError::Structure)?;
    let identifier = method.attribute("Algorithm").unwrap_or_default();
    [ContentAlgorithm::Aes128Gcm, ContentAlgorithm::Aes256Gcm]
        .into_iter()
        .find(|algorithm| algorithm.uri() == identifier && method.children().next().is_none())
        .ok_or_else(|| EncryptionError::algorithm(identifier))
}

/// Thousands of keys would be thousands of RSA operations for one message, and a choice among them is a choice for the sender.
fn only_encrypted_key<'d>(
    holder: Element<'d>,
    data: Element<'d>,
) -> Result<Element<'d>, EncryptionError> {
    let inside = data
        .child(DSIG, "KeyInfo")
        .into_iter()
        .flat_map(|info| info.children_named(XENC, "EncryptedKey"));
    let mut all = inside.chain(holder.children_named(XENC, "EncryptedKey"));
    let first = all.next().ok_or(EncryptionError::KeyCount)?;
    if all.next().is_some() && guard::on(Guard::EncryptedKeyCount) {
        return Err(EncryptionError::KeyCount);
    }
    Ok(first)
}

fn key_transport(encrypted_key: Element<'_>) -> Result<KeyTransport, EncryptionError> {
    let method = encrypted_key
        .child(XENC, "EncryptionMethod")
        .ok_or(EncryptionError::Structure)?;
    let identifier = method.attribute("Algorithm").unwrap_or_default();
    // With OAEPparams the sender would choose part of what is unwrapped.
    let is_known = |child: Element<'_>| child.is(DSIG, "DigestMethod") || child.is(XENC11, "MGF");
    let parameter = |namespace, name| {
        method
            .child(namespace, name)
            .and_then(|element| element.attribute("Algorithm"))
    };
    let (digest, mask) = (
        parameter(DSIG, "DigestMethod").unwrap_or(SHA1),
        parameter(XENC11, "MGF"),
    );
    let transport = [KeyTransport::OaepSha1, KeyTransport::OaepSha256]
        .into_iter()
        .find(|transport| transport.uri() == identifier);
    match transport {
        // XML Encryption 1.1 §5.5.2: this identifier fixes MGF1 with SHA-1.
        Some(KeyTransport::OaepSha1)
            if digest == SHA1 && mask.is_none() && method.children().all(is_known) =>
        {
            Ok(KeyTransport::OaepSha1)
        }
        Some(KeyTransport::OaepSha256)
            if digest == SHA256 && mask == Some(MGF1_SHA256) && method.children().all(is_known) =>
        {
            Ok(KeyTransport::OaepSha256)
        }
        _ => Err(EncryptionError::algorithm(identifier)),
    }
}

fn cipher_value(encrypted: Element<'_>) -> Result<Vec<u8>, EncryptionError> {
    // Not CipherReference: nothing is ever fetched.
    let value = encrypted
        .child(XENC, "CipherData")
        .and_then(|data| data.child(XENC, "CipherValue"))
        .ok_or(EncryptionError::Structure)?;
    base64_text(value).ok_or(EncryptionError::Structure)
}

fn cipher_data(bytes: &[u8]) -> Node<'static> {
    xenc("CipherData").child(xenc("CipherValue").text(STANDARD.encode(bytes)))
}

fn xenc(name: &'static str) -> Node<'static> {
    Node::new("xenc", XENC, name)
}
