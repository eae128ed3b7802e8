//! An enveloped signature put into an element under construction.

use crate::algorithms::{DSIG, ENVELOPED, EXCLUSIVE_C14N, Method};
use crate::build::Node;
use crate::error::SignError;
use crate::keys::{Purpose, SigningKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Signs `node`, whose `ID` attribute is `id`, and puts the signature where the schema of the key's purpose wants it: after
/// the Issuer in messages and assertions, first in metadata.
pub fn sign<'a, P: Purpose>(
    node: Node<'a>,
    id: &str,
    key: &SigningKey<P>,
    method: impl Into<Method>,
) -> Result<Node<'a>, SignError> {
    if node.value("ID") != Some(id) {
        return Err(SignError::Id);
    }
    // The node is written in canonical form, so its text is what the transforms of the reference produce.
    let Method { signature, digest } = method.into();
    let (content, gap) = node.to_xml_around(P::SIGNATURE_AFTER)?;
    let digest_value = STANDARD.encode(digest.digest(content.as_bytes()));

    let mut canonical = ds("Transform").attribute("Algorithm", EXCLUSIVE_C14N);
    if node.uses_xs() {
        // Exclusive C14N §2.1: `xs:string` is used in a value only; without this its declaration would not be signed.
        canonical = canonical.child(
            Node::new("ec", EXCLUSIVE_C14N, "InclusiveNamespaces").attribute("PrefixList", "xs"),
        );
    }
    let transforms = ds("Transforms")
        .child(ds("Transform").attribute("Algorithm", ENVELOPED))
        .child(canonical);
    let reference = ds("Reference")
        .attribute("URI", format!("#{id}"))
        .child(transforms)
        .child(ds("DigestMethod").attribute("Algorithm", digest.uri()))
        .child(ds("DigestValue").text(digest_value));
    let signed_info = ds("SignedInfo")
        .child(ds("CanonicalizationMethod").attribute("Algorithm", EXCLUSIVE_C14N))
        .child(ds("SignatureMethod").attribute("Algorithm", signature.uri()))
        .child(reference);

    let value = key.sign(signature, signed_info.to_xml()?.as_bytes())?;
    let certificate = ds("X509Certificate").text(key.certificate_text());
    let enveloped = ds("Signature")
        .child(signed_info)
        .child(ds("SignatureValue").text(STANDARD.encode(value)))
        .child(ds("KeyInfo").child(ds("X509Data").child(certificate)));
    let enveloped = enveloped.to_xml()?;
    let mut signed = String::with_capacity(content.len() + enveloped.len());
    signed.push_str(&content[..gap]);
    signed.push_str(&enveloped);
    signed.push_str(&content[gap..]);
    Ok(node.written(signed))
}

fn ds<'a>(name: &'static str) -> Node<'a> {
    Node::new("ds", DSIG, name)
}
