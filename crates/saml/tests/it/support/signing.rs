//! Signs XML that is written by hand, as a true identity provider would sign it: whatever it says.

use super::pair::Pair;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::c14n::canonicalize;
use xmldsig::dom::{Document, Element};
use xmldsig::keys::Assertions;
use xmldsig::limits::Limits;

/// `xml` with an enveloped signature by `pair` in the element whose ID is `id`, behind its Issuer.
pub(crate) fn sign(xml: &str, id: &str, pair: &Pair) -> String {
    let document = Document::parse(xml.as_bytes(), &Limits::METADATA).expect("XML to sign");
    let element = with_id(document.root(), id).expect("an element to sign");
    let value = STANDARD.encode(digest(&SHA256, &canonicalize(element, None, &[])));
    let signed_info = format!(
        concat!(
            r#"<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">"#,
            r#"<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:CanonicalizationMethod>"#,
            r#"<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod>"#,
            r##"<ds:Reference URI="#{}"><ds:Transforms>"##,
            r#"<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform>"#,
            r#"<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform></ds:Transforms>"#,
            r#"<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>"#,
            "<ds:DigestValue>{}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
        ),
        id, value
    );
    let signature = pair
        .signing::<Assertions>()
        .sign(SignatureAlgorithm::RsaSha256, signed_info.as_bytes())
        .expect("RSA");
    let block = format!(
        r#"<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">{signed_info}<ds:SignatureValue>{}</ds:SignatureValue></ds:Signature>"#,
        STANDARD.encode(signature)
    );
    insert(xml, id, &block)
}

fn with_id<'d>(element: Element<'d>, id: &str) -> Option<Element<'d>> {
    if element.attribute("ID") == Some(id) {
        return Some(element);
    }
    element.children().find_map(|child| with_id(child, id))
}

/// Behind the Issuer of the element, whatever its prefix, or first in the element where it has none.
fn insert(xml: &str, id: &str, block: &str) -> String {
    let start = xml.find(&format!("ID=\"{id}\"")).expect("the ID");
    let open = start + xml[start..].find('>').expect("the start tag") + 1;
    let at = issuer_end(xml, open).unwrap_or(open);
    format!("{}{block}{}", &xml[..at], &xml[at..])
}

fn issuer_end(xml: &str, open: usize) -> Option<usize> {
    let tag = open + xml[open..].find('<')?;
    let name_end = tag + xml[tag..].find([' ', '>', '/'])?;
    let name = &xml[tag + 1..name_end];
    if name.rsplit(':').next() != Some("Issuer") {
        return None;
    }
    let tag_end = tag + xml[tag..].find('>')? + 1;
    if xml[..tag_end].ends_with("/>") {
        return Some(tag_end);
    }
    let end = format!("</{name}>");
    Some(tag_end + xml[tag_end..].find(&end)? + end.len())
}
