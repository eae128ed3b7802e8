//! A signed element becomes a [`Verified`] element, or a refusal.
//!
//! XML Signature allows a signature to sign anything, anyhow; this allows exactly what SAML Core §5.4 needs: one enveloped
//! signature over its parent. Keys come from the caller alone: KeyInfo is never read.

use crate::algorithms::{
    DSIG, DigestAlgorithm, ENVELOPED, EXCLUSIVE_C14N, Method, SignatureAlgorithm,
};
use crate::c14n::canonicalize;
use crate::characters;
use crate::dom::Element;
use crate::error::{SignatureError, XmlError};
use crate::guard::{self, Guard};
use crate::keys::{VerifyingKey, judge_form};
use crate::signature_parts::{base64_text, exactly, inclusive_prefixes, only_algorithm};

/// Something that a configured key vouches for. Only this crate makes one out of a message; others may only look closer.
#[derive(Debug, Clone, Copy)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    /// What was verified.
    pub fn get(&self) -> &T {
        &self.0
    }
    /// A part of what was verified, or a reading of it.
    pub fn try_map<U, E>(self, look: impl FnOnce(T) -> Result<U, E>) -> Result<Verified<U>, E> {
        look(self.0).map(Verified)
    }
    /// Gives up the mark.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// Whether a `ds:Signature` is a direct child.
pub fn has_signature(element: Element<'_>) -> bool {
    element.child(DSIG, "Signature").is_some()
}

/// Verifies the enveloped signature that is a direct child of `element` with one of `keys`.
///
/// The signature over SignedInfo is checked before the content is digested, so that only a holder of a key decides what is
/// canonicalised.
pub fn verify<'d>(
    element: Element<'d>,
    keys: &[VerifyingKey],
) -> Result<Verified<Element<'d>>, SignatureError> {
    judge_positions(element)?;
    let Some(signature) = element.child(DSIG, "Signature") else {
        return if guard::on(Guard::Missing) {
            Err(SignatureError::Missing)
        } else {
            Ok(Verified(element))
        };
    };
    let parts = Parts::read(signature)?;
    let reference = Reference::read(parts.reference, element)?;

    let method = Method {
        signature: parts.algorithm,
        digest: reference.method,
    };
    judge_method(method, keys)?;
    let signed = canonicalize(parts.signed_info, None, &parts.inclusive);
    let value = match base64_text(parts.value) {
        None if guard::on(Guard::Value) => return Err(SignatureError::Value),
        value => value.unwrap_or_default(),
    };
    check_value(method, &signed, &value, keys)?;

    let content = canonicalize(element, Some(signature), &reference.inclusive);
    if reference.method.digest(&content).as_ref() != reference.digest && guard::on(Guard::Digest) {
        return Err(SignatureError::Digest);
    }
    Ok(Verified(element))
}

/// Every signature of the document stands where one may stand, not only the one that is asked for: a signature elsewhere is
/// the mark of a wrapped message, where one element is verified and another one read.
fn judge_positions(element: Element<'_>) -> Result<(), SignatureError> {
    if !guard::on(Guard::Position) {
        return Ok(());
    }
    let document = element.document;
    let mut last_parent = None;
    for index in &document.signatures {
        let signature = Element {
            document,
            index: *index,
        };
        let parent = signature.parent().ok_or(SignatureError::Position)?;
        let signs_root_or_child = parent
            .parent()
            .is_none_or(|grandparent| grandparent == document.root());
        // SAML Core §3.2.1, §2.3.3: the second child, after Issuer; SAML Metadata §2.3.1: the first.
        let stands_early = parent.children().take(2).any(|child| child == signature);
        let is_alone = last_parent != Some(parent);
        if !signs_root_or_child || !stands_early || !is_alone || parent.attribute("ID").is_none() {
            return Err(SignatureError::Position);
        }
        last_parent = Some(parent);
    }
    Ok(())
}

/// What a Signature consists of (XML Signature 1.1 §4).
struct Parts<'d> {
    signed_info: Element<'d>,
    inclusive: Vec<&'d str>,
    algorithm: SignatureAlgorithm,
    reference: Element<'d>,
    value: Element<'d>,
}

impl<'d> Parts<'d> {
    fn read(signature: Element<'d>) -> Result<Self, SignatureError> {
        // SAML Core §5.4.6: no Object. With one, what was signed could be carried along and something else be shown.
        let children = exactly(signature, ["SignedInfo", "SignatureValue"], Some("KeyInfo"));
        let [signed_info, value] = match children {
            None if !guard::on(Guard::SignedInfoCount) => first_of_each(signature),
            children => children,
        }
        .ok_or(SignatureError::SignedInfoCount)?;
        let (method, signature_method, reference) = read_signed_info(signed_info)?;
        if method.attribute("Algorithm") != Some(EXCLUSIVE_C14N) && guard::on(Guard::Transform) {
            return Err(SignatureError::Transform);
        }
        let inclusive = inclusive_prefixes(method).ok_or(SignatureError::Transform)?;
        let identifier = only_algorithm(signature_method).unwrap_or_default();
        let algorithm = match SignatureAlgorithm::from_uri(identifier) {
            None if !guard::on(Guard::Algorithm) => Some(SignatureAlgorithm::RsaSha256),
            algorithm => algorithm,
        }
        .ok_or_else(|| SignatureError::algorithm(identifier))?;
        Ok(Self {
            signed_info,
            inclusive,
            algorithm,
            reference,
            value,
        })
    }
}

/// What a reader takes that looks for names and not for structure; only reached in tests, with the guard off.
fn first_of_each(signature: Element<'_>) -> Option<[Element<'_>; 2]> {
    Some([
        signature.child(DSIG, "SignedInfo")?,
        signature.child(DSIG, "SignatureValue")?,
    ])
}

fn read_signed_info(
    signed_info: Element<'_>,
) -> Result<(Element<'_>, Element<'_>, Element<'_>), SignatureError> {
    if !signed_info.has_only_elements() {
        return Err(XmlError::MixedContent.into());
    }
    let mut children = signed_info.children();
    let mut next = |name| children.next().filter(|child| child.is(DSIG, name));
    let method = next("CanonicalizationMethod").ok_or(SignatureError::Transform)?;
    let signature_method = next("SignatureMethod").ok_or_else(|| SignatureError::algorithm(""))?;
    let reference = next("Reference").ok_or(SignatureError::ReferenceCount)?;
    // A second reference lets a verifier check one and a reader believe the other.
    if children.next().is_some() && guard::on(Guard::ReferenceCount) {
        return Err(SignatureError::ReferenceCount);
    }
    Ok((method, signature_method, reference))
}

/// What the one Reference asks for (XML Signature 1.1 §4.4.3).
struct Reference<'d> {
    inclusive: Vec<&'d str>,
    method: DigestAlgorithm,
    digest: Vec<u8>,
}

impl<'d> Reference<'d> {
    fn read(reference: Element<'d>, parent: Element<'d>) -> Result<Self, SignatureError> {
        // A Manifest is a list of further references, which nobody checks.
        if reference.attribute("Type").is_some() && guard::on(Guard::ReferenceCount) {
            return Err(SignatureError::ReferenceCount);
        }
        let named = reference
            .attribute("URI")
            .and_then(|uri| uri.strip_prefix('#'))
            .filter(|id| characters::is_ncname(id));
        // SAML Core §5.4.2: the reference is to the ID of the parent. Nothing is ever looked up or fetched.
        if (named.is_none() || named != parent.attribute("ID")) && guard::on(Guard::Reference) {
            return Err(SignatureError::Reference);
        }
        let [transforms, method, value] = exactly(
            reference,
            ["Transforms", "DigestMethod", "DigestValue"],
            None,
        )
        .ok_or(SignatureError::Transform)?;
        let identifier = only_algorithm(method).unwrap_or_default();
        Ok(Self {
            inclusive: read_transforms(transforms)?,
            method: DigestAlgorithm::from_uri(identifier)
                .ok_or_else(|| SignatureError::algorithm(identifier))?,
            digest: base64_text(value).ok_or(SignatureError::Digest)?,
        })
    }
}

/// SAML Core §5.4.4: the enveloped-signature transform, then exclusive C14N, and nothing else. Returns the PrefixList.
fn read_transforms(transforms: Element<'_>) -> Result<Vec<&str>, SignatureError> {
    if !guard::on(Guard::Transform) {
        return Ok(Vec::new());
    }
    let [enveloped, canonical] =
        exactly(transforms, ["Transform", "Transform"], None).ok_or(SignatureError::Transform)?;
    if only_algorithm(enveloped) != Some(ENVELOPED)
        || canonical.attribute("Algorithm") != Some(EXCLUSIVE_C14N)
    {
        return Err(SignatureError::Transform);
    }
    inclusive_prefixes(canonical).ok_or(SignatureError::Transform)
}

/// SHA-1 counts where it is switched on for one of the keys, and is an algorithm like any other that is not in the list where
/// it is not.
fn judge_method(method: Method, keys: &[VerifyingKey]) -> Result<(), SignatureError> {
    let weak = match method {
        Method {
            signature: SignatureAlgorithm::RsaSha1,
            ..
        } => method.signature.uri(),
        Method {
            digest: DigestAlgorithm::Sha1,
            ..
        } => method.digest.uri(),
        _ => return Ok(()),
    };
    if keys.iter().any(|key| key.takes(method)) {
        return Ok(());
    }
    Err(SignatureError::algorithm(weak))
}

fn check_value(
    method: Method,
    signed: &[u8],
    value: &[u8],
    keys: &[VerifyingKey],
) -> Result<(), SignatureError> {
    if guard::on(Guard::Value) {
        judge_form(method.signature, value)?;
    }
    let is_its = |key: &VerifyingKey| {
        key.takes(method) && key.verify(method.signature, signed, value).is_ok()
    };
    if keys.iter().any(is_its) || !guard::on(Guard::Key) {
        Ok(())
    } else {
        Err(SignatureError::Key)
    }
}
