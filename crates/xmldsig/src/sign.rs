//! An enveloped signature put into an element under construction.

use crate::algorithms::SignatureAlgorithm;
use crate::build::{Node, NotXml};
use crate::keys::{Purpose, SigningKey};

/// Signs `node`, whose `ID` attribute is `id`, and puts the signature after its first child (the Issuer, SAML schema order).
pub fn sign<P: Purpose>(_node: Node, _id: &str, _key: &SigningKey<P>, _algorithm: SignatureAlgorithm) -> Result<Node, NotXml> {
    todo!()
}
