//! Signatures that refer to something else, or say that they were made otherwise; and XML that no reader takes.

use super::{Base, PERSON, Row, between, changed};

const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

pub(super) fn rows(base: &Base<'_>) -> Vec<Row> {
    let genuine = base.signed();
    let changes = [
        references(base, &genuine),
        transforms(),
        algorithms(),
        signed_infos(&genuine),
        documents(),
    ];
    let changes = changes.into_iter().flatten();
    let mut rows: Vec<Row> = changes
        .map(|(row, code, from, to)| Row {
            row,
            what: to.chars().take(300).collect(),
            code,
            xml: changed(&genuine, &from, &to),
        })
        .collect();
    rows.extend(whole(&genuine));
    rows
}

/// Row, code, and what is replaced by what.
type Change = (&'static str, &'static str, String, String);

fn references(base: &Base<'_>, genuine: &str) -> Vec<Change> {
    let ours = format!(" URI=\"#{}\"", base.assertion_id());
    let reference = between(genuine, "<ds:Reference ", "</ds:Reference>");
    let manifest = format!("<ds:Reference Type=\"{DSIG}Manifest\"");
    let other = reference.replace(&base.assertion_id(), &base.response_id());
    let mut all: Vec<Change> = [
        String::new(),
        " URI=\"\"".to_owned(),
        format!(" URI=\"#{}\"", base.response_id()),
        " URI=\"#xpointer(/)\"".to_owned(),
        " URI=\"cid:x\"".to_owned(),
        " URI=\"http://127.0.0.1:9/\"".to_owned(),
        " URI=\"file:///etc/hostname\"".to_owned(),
    ]
    .into_iter()
    .map(|uri| ("S17", "sig.reference", ours.clone(), uri))
    .collect();
    for (from, to) in [
        (reference.clone(), format!("{reference}{reference}")),
        (reference.clone(), format!("{reference}{other}")),
        (reference, String::new()),
        ("<ds:Reference".to_owned(), manifest),
    ] {
        all.push(("S18", "sig.reference_count", from, to));
    }
    all
}

fn transforms() -> Vec<Change> {
    let transform = |uri: &str| format!("<ds:Transform Algorithm=\"{uri}\"></ds:Transform>");
    let enveloped = transform(&format!("{DSIG}enveloped-signature"));
    let exclusive = transform(EXCLUSIVE);
    let both = format!("{enveloped}{exclusive}");
    let other = |uri: &str| format!("{enveloped}{}", transform(uri));
    [
        format!(
            "{both}{}",
            transform("http://www.w3.org/TR/1999/REC-xpath-19991116")
        ),
        other("http://www.w3.org/2002/06/xmldsig-filter2"),
        other("http://www.w3.org/TR/1999/REC-xslt-19991116"),
        other(&format!("{DSIG}base64")),
        other(&format!("{EXCLUSIVE}WithComments")),
        other("http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
        other("urn:unknown"),
        format!("{enveloped}{enveloped}{exclusive}"),
        enveloped.repeat(100),
        enveloped.clone(),
        String::new(),
    ]
    .into_iter()
    .map(|to| ("S20", "sig.transform", both.clone(), to))
    .collect()
}

fn algorithms() -> Vec<Change> {
    let method = |uri: &str| format!("<ds:SignatureMethod Algorithm=\"{uri}\"");
    let ours = method("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256");
    let digest = |uri: &str| format!("<ds:DigestMethod Algorithm=\"{uri}\"");
    let sha256 = digest("http://www.w3.org/2001/04/xmlenc#sha256");
    let others = [
        format!("{DSIG}rsa-sha1"),
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5".to_owned(),
        format!("{DSIG}dsa-sha1"),
        format!("{DSIG}hmac-sha1"),
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256".to_owned(),
        "urn:unknown".to_owned(),
    ];
    let mut all: Vec<Change> = others
        .into_iter()
        .map(|other| ("S21", "sig.algorithm", ours.clone(), method(&other)))
        .collect();
    for other in [format!("{DSIG}sha1"), "urn:unknown".to_owned()] {
        all.push(("S21", "sig.algorithm", sha256.clone(), digest(&other)));
    }
    all
}

fn signed_infos(genuine: &str) -> Vec<Change> {
    let signed_info = between(genuine, "<ds:SignedInfo ", "</ds:SignedInfo>");
    let digest = between(genuine, "<ds:DigestValue>", "</ds:DigestValue>");
    let nothing = "<ds:DigestValue>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=</ds:DigestValue>";
    let value = between(genuine, "<ds:SignatureValue>", "</ds:SignatureValue>");
    let twice = format!("{signed_info}{signed_info}");
    let object = format!("<ds:Object>{signed_info}</ds:Object></ds:Signature>");
    let of = |row, code, from: &str, to: &str| (row, code, from.to_owned(), to.to_owned());
    vec![
        of("S14", "sig.signedinfo_count", &signed_info, &twice),
        of("S14", "sig.signedinfo_count", "</ds:Signature>", &object),
        of("S19", "sig.key", &digest, nothing),
        of(
            "S23",
            "sig.value",
            &value,
            "<ds:SignatureValue></ds:SignatureValue>",
        ),
        of(
            "S24",
            "sig.value",
            &value,
            "<ds:SignatureValue>AAAA</ds:SignatureValue>",
        ),
        of(
            "S23",
            "sig.missing",
            "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">",
            "<ds:Signature xmlns:ds=\"urn:other\">",
        ),
    ]
}

fn documents() -> Vec<Change> {
    let of = |row, code, from: &str, to: &str| (row, code, from.to_owned(), to.to_owned());
    let relative = "<samlp:Response xmlns:r=\"relative\" ";
    vec![
        of("S19", "xml.ns_relative", "<samlp:Response ", relative),
        of(
            "X05",
            "xml.limit",
            "<samlp:Status>",
            &format!("<samlp:Status{}>", many_attributes()),
        ),
        of(
            "X06",
            "xml.malformed",
            "<samlp:Status>",
            "<samlp:Status a=\"1\" a=\"2\">",
        ),
        of("X06", "xml.malformed", PERSON, "&#0;"),
        of("X06", "xml.malformed", PERSON, "]]>"),
        of(
            "X06",
            "xml.malformed",
            "<samlp:Status>",
            "<samlp:Status q:a=\"1\">",
        ),
    ]
}

fn many_attributes() -> String {
    let attributes: Vec<String> = (0..1_000).map(|n| format!(" a{n}=\"\"")).collect();
    attributes.concat()
}

/// Something around the document.
fn whole(genuine: &str) -> Vec<Row> {
    let of = |row, code, what: &str, xml: String| Row {
        row,
        what: what.to_owned(),
        code,
        xml,
    };
    let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
    vec![
        of(
            "X01",
            "xml.doctype",
            "document type",
            format!("<!DOCTYPE r>{genuine}"),
        ),
        of(
            "X01",
            "xml.doctype",
            "external entity",
            format!("<!DOCTYPE r [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>{genuine}"),
        ),
        of(
            "X02",
            "xml.doctype",
            "entity bomb",
            format!("<!DOCTYPE r [<!ENTITY a \"x\"><!ENTITY b \"&a;&a;\">]>{genuine}"),
        ),
        of("X05", "xml.limit", "depth", deep),
        of(
            "X07",
            "xml.malformed",
            "second root",
            format!("{genuine}<a/>"),
        ),
        of(
            "X07",
            "xml.malformed",
            "text before the root",
            format!("x{genuine}"),
        ),
    ]
}
