//! Keys: the ones that verify, and the ones that sign for one purpose only.

use crate::algorithms::{DigestAlgorithm, Method, SignatureAlgorithm};
use crate::certificate::read_certificate;
use crate::error::{KeyError, SignatureError};
use crate::guard::{self, Guard};
use crate::sha1::Sha1Signer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self, EcdsaKeyPair, KeyPair, ParsedPublicKey, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use x509_parser::public_key::PublicKey;

/// What a signing key may sign. Two purposes never share a key: a signature made for one can then not be replayed as another
/// (a signed metadata document was once accepted as an assertion, CVE-2024-6800).
pub trait Purpose: Send + Sync + 'static {
    /// The name under which the key is kept.
    const NAME: &'static str;
    /// How many children of the signed element stand before its signature, by the schema.
    const SIGNATURE_AFTER: usize;
}

macro_rules! purposes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $after:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub enum $name {}
        impl Purpose for $name {
            const NAME: &'static str = $text;
            const SIGNATURE_AFTER: usize = $after;
        }
    )*};
}
purposes! {
    /// Responses and assertions of an identity provider.
    Assertions = "assertions", 1;
    /// LogoutRequests and LogoutResponses of an identity provider.
    Logout = "logout", 1;
    /// AuthnRequests, LogoutRequests and LogoutResponses of a service provider.
    Requests = "requests", 1;
    /// Metadata documents.
    Metadata = "metadata", 0;
}

/// Where SHA-1 is believed of the owner of a key: nowhere, unless an operator switched it on for a party that knows nothing else.
/// Whoever can afford a collision can then have a signature of that party for a message that it never saw.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sha1 {
    /// In signatures: RSA with SHA-1.
    pub signatures: bool,
    /// In the digest of what is signed.
    pub digests: bool,
}

/// A peer's public key, parsed once.
#[derive(Clone)]
pub struct VerifyingKey {
    kind: Arc<VerifyingKind>,
    sha1: Sha1,
}

enum VerifyingKind {
    /// The library binds a parsed key to one hash.
    Rsa {
        sha256: ParsedPublicKey,
        sha384: ParsedPublicKey,
        sha512: ParsedPublicKey,
        sha1: ParsedPublicKey,
    },
    P256(ParsedPublicKey),
    P384(ParsedPublicKey),
}

impl VerifyingKey {
    /// The key of a certificate (DER). Its validity dates are not judged: in SAML the configuration vouches, not a chain.
    pub fn from_certificate(der: &[u8]) -> Result<Self, KeyError> {
        let certificate = read_certificate(der)?;
        let public = certificate.public_key();
        let parse = |algorithm: &'static dyn signature::VerificationAlgorithm| {
            ParsedPublicKey::new(algorithm, public.raw)
                .map_err(|_| KeyError::Unreadable("the public key of the certificate"))
        };
        let kind = match public
            .parsed()
            .map_err(|_| KeyError::Unreadable("the public key of the certificate"))?
        {
            // `key_size` counts whole bytes, without the sign.
            PublicKey::RSA(key) if (2048..=8192).contains(&key.key_size()) => VerifyingKind::Rsa {
                sha256: parse(&signature::RSA_PKCS1_2048_8192_SHA256)?,
                sha384: parse(&signature::RSA_PKCS1_2048_8192_SHA384)?,
                sha512: parse(&signature::RSA_PKCS1_2048_8192_SHA512)?,
                sha1: parse(&signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY)?,
            },
            // XML Signature 1.1 §6.4.3: the value is r and s side by side, not DER.
            PublicKey::EC(_) => parse(&signature::ECDSA_P256_SHA256_FIXED)
                .map(VerifyingKind::P256)
                .or_else(|_| parse(&signature::ECDSA_P384_SHA384_FIXED).map(VerifyingKind::P384))
                .map_err(|_| KeyError::Weak)?,
            _ => return Err(KeyError::Weak),
        };
        Ok(Self {
            kind: Arc::new(kind),
            sha1: Sha1::default(),
        })
    }

    /// The same key, of whose owner SHA-1 is believed there.
    #[must_use]
    pub fn believing(self, sha1: Sha1) -> Self {
        Self { sha1, ..self }
    }

    /// Whether what is signed by that method counts, if the signature is good.
    pub fn takes(&self, method: Method) -> bool {
        let weak_signature = method.signature == SignatureAlgorithm::RsaSha1;
        let weak_digest = method.digest == DigestAlgorithm::Sha1;
        let believed =
            (!weak_signature || self.sha1.signatures) && (!weak_digest || self.sha1.digests);
        believed || !guard::on(Guard::Algorithm)
    }

    /// Whether a detached signature by that algorithm counts, if it is good.
    pub fn takes_detached(&self, algorithm: SignatureAlgorithm) -> bool {
        // Nothing is digested apart from the signature.
        self.takes(Method {
            signature: algorithm,
            digest: DigestAlgorithm::Sha256,
        })
    }

    /// Verifies `signature` over `message` (detached, as the redirect binding does).
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        judge_form(algorithm, signature)?;
        if !self.takes_detached(algorithm) {
            return Err(SignatureError::algorithm(algorithm.uri()));
        }
        let key = match (&*self.kind, algorithm) {
            (VerifyingKind::Rsa { sha256, .. }, SignatureAlgorithm::RsaSha256) => sha256,
            (VerifyingKind::Rsa { sha384, .. }, SignatureAlgorithm::RsaSha384) => sha384,
            (VerifyingKind::Rsa { sha512, .. }, SignatureAlgorithm::RsaSha512) => sha512,
            (VerifyingKind::Rsa { sha1, .. }, SignatureAlgorithm::RsaSha1) => sha1,
            (VerifyingKind::P256(key), SignatureAlgorithm::EcdsaSha256)
            | (VerifyingKind::P384(key), SignatureAlgorithm::EcdsaSha384) => key,
            _ => return Err(SignatureError::Key),
        };
        key.verify_sig(message, signature)
            .map_err(|_| SignatureError::Key)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self.kind {
            VerifyingKind::Rsa { .. } => "VerifyingKey(RSA)",
            VerifyingKind::P256(_) => "VerifyingKey(P-256)",
            VerifyingKind::P384(_) => "VerifyingKey(P-384)",
        })
    }
}

/// Whether `signature` can be one of that algorithm with any key that is allowed here.
pub(crate) fn judge_form(
    algorithm: SignatureAlgorithm,
    signature: &[u8],
) -> Result<(), SignatureError> {
    let half = match algorithm {
        SignatureAlgorithm::RsaSha256
        | SignatureAlgorithm::RsaSha384
        | SignatureAlgorithm::RsaSha512
        | SignatureAlgorithm::RsaSha1 => {
            return if (256..=1024).contains(&signature.len()) {
                Ok(())
            } else {
                Err(SignatureError::Value)
            };
        }
        SignatureAlgorithm::EcdsaSha256 => 32,
        SignatureAlgorithm::EcdsaSha384 => 48,
    };
    // r = 0 or s = 0 once verified for every message and key (CVE-2022-21449).
    let is_number = |part: &[u8]| part.iter().any(|byte| *byte != 0);
    if signature.len() == 2 * half && signature.chunks(half).all(is_number) {
        Ok(())
    } else {
        Err(SignatureError::Value)
    }
}

/// A private key with its certificate, bound to one purpose.
pub struct SigningKey<P: Purpose> {
    kind: SigningKind,
    certificate: Vec<u8>,
    /// The same as it stands in every signature.
    certificate_text: String,
    purpose: PhantomData<P>,
}

enum SigningKind {
    Rsa(RsaKeyPair, Sha1Signer),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
}

impl<P: Purpose> SigningKey<P> {
    /// From PKCS#8 (DER) and the certificate that publishes it (DER).
    pub fn from_pkcs8(pkcs8: &[u8], certificate: Vec<u8>) -> Result<Self, KeyError> {
        let kind = if let Ok(pair) = RsaKeyPair::from_pkcs8(pkcs8) {
            if pair.public_modulus_len() < 256 {
                return Err(KeyError::Weak);
            }
            SigningKind::Rsa(pair, Sha1Signer::default())
        } else if let Ok(pair) =
            EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
        {
            SigningKind::P256(pair)
        } else if let Ok(pair) =
            EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P384_SHA384_FIXED_SIGNING, pkcs8)
        {
            SigningKind::P384(pair)
        } else {
            return Err(KeyError::Unreadable("the private key"));
        };
        let public = match &kind {
            SigningKind::Rsa(pair, _) => pair.public_key().as_ref(),
            SigningKind::P256(pair) | SigningKind::P384(pair) => pair.public_key().as_ref(),
        };
        if read_certificate(&certificate)?
            .public_key()
            .subject_public_key
            .data
            .as_ref()
            != public
        {
            return Err(KeyError::Unreadable("the certificate is of another key"));
        }
        Ok(Self {
            kind,
            certificate_text: STANDARD.encode(&certificate),
            certificate,
            purpose: PhantomData,
        })
    }

    /// The certificate (DER) that belongs to it.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// The same in base64, as `X509Certificate` holds it.
    pub(crate) fn certificate_text(&self) -> &str {
        &self.certificate_text
    }

    /// The algorithm this key signs with unless told otherwise: RSA-SHA256, ECDSA-SHA256 or ECDSA-SHA384.
    pub fn default_algorithm(&self) -> SignatureAlgorithm {
        match self.kind {
            SigningKind::Rsa(..) => SignatureAlgorithm::RsaSha256,
            SigningKind::P256(_) => SignatureAlgorithm::EcdsaSha256,
            SigningKind::P384(_) => SignatureAlgorithm::EcdsaSha384,
        }
    }

    /// Whether it can sign with that algorithm.
    pub fn fits(&self, algorithm: SignatureAlgorithm) -> bool {
        match self.kind {
            SigningKind::Rsa(..) => !matches!(
                algorithm,
                SignatureAlgorithm::EcdsaSha256 | SignatureAlgorithm::EcdsaSha384
            ),
            SigningKind::P256(_) => algorithm == SignatureAlgorithm::EcdsaSha256,
            SigningKind::P384(_) => algorithm == SignatureAlgorithm::EcdsaSha384,
        }
    }

    /// Signs `message` (detached). The algorithm must fit the key.
    pub fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let failed = |_| KeyError::Unreadable("the key does not sign");
        let (pair, padding) = match (&self.kind, algorithm) {
            (SigningKind::Rsa(pair, sha1), SignatureAlgorithm::RsaSha1) => {
                return sha1.sign(pair, message);
            }
            (SigningKind::Rsa(pair, _), SignatureAlgorithm::RsaSha256) => {
                (pair, &signature::RSA_PKCS1_SHA256)
            }
            (SigningKind::Rsa(pair, _), SignatureAlgorithm::RsaSha384) => {
                (pair, &signature::RSA_PKCS1_SHA384)
            }
            (SigningKind::Rsa(pair, _), SignatureAlgorithm::RsaSha512) => {
                (pair, &signature::RSA_PKCS1_SHA512)
            }
            (SigningKind::P256(pair), SignatureAlgorithm::EcdsaSha256)
            | (SigningKind::P384(pair), SignatureAlgorithm::EcdsaSha384) => {
                return pair
                    .sign(&SystemRandom::new(), message)
                    .map(|s| s.as_ref().to_vec())
                    .map_err(failed);
            }
            _ => return Err(KeyError::Unfit),
        };
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(padding, &SystemRandom::new(), message, &mut signature)
            .map_err(failed)?;
        Ok(signature)
    }
}

impl<P: Purpose> fmt::Debug for SigningKey<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, {:?})", P::NAME, self.default_algorithm())
    }
}
