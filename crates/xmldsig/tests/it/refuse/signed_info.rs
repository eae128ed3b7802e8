//! What a signature may say about itself: its SignedInfo, the one reference and its transforms.

use super::{
    DSIG, assert_guarded, assert_resigned_is_refused, judge, piece, replaced, resigned,
    signed_assertion,
};
use xmldsig::guard::Guard;

const USER: &str = "user@example.com";
const EVIL: &str = "evil@example.com";

#[test]
fn references_to_anything_but_the_parent_are_refused() {
    for uri in [
        " URI=\"\"",
        "",
        " URI=\"#_response\"",
        " URI=\"#xpointer(/)\"",
        " URI=\"#xpointer(id('_assertion'))\"",
        " URI=\"cid:x\"",
        " URI=\"http://127.0.0.1:9/\"",
        " URI=\"file:///etc/hostname\"",
        " URI=\"_assertion\"",
        " URI=\"#\"",
        " URI=\"# _assertion\"",
    ] {
        assert_resigned_is_refused(
            " URI=\"#_assertion\"",
            uri,
            Guard::Reference,
            "sig.reference",
        );
    }
}

#[test]
fn several_references_are_refused() {
    let xml = signed_assertion();
    let reference = piece(&xml, "<ds:Reference ", "</ds:Reference>");
    for second in [
        reference.to_owned(),
        reference.replace("#_assertion", "#_response"),
    ] {
        assert_resigned_is_refused(
            reference,
            &format!("{reference}{second}"),
            Guard::ReferenceCount,
            "sig.reference_count",
        );
    }
    let manifest = "<ds:Reference Type=\"http://www.w3.org/2000/09/xmldsig#Manifest\"";
    assert_resigned_is_refused(
        "<ds:Reference",
        manifest,
        Guard::ReferenceCount,
        "sig.reference_count",
    );
    let none = resigned(&replaced(&xml, reference, ""));
    assert_eq!(judge(none.as_bytes()), Err("sig.reference_count"));
}

#[test]
fn digest_of_nothing_is_refused() {
    let xml = signed_assertion();
    let digest = piece(&xml, "<ds:DigestValue>", "</ds:DigestValue>");
    let nothing = "<ds:DigestValue>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=</ds:DigestValue>";
    assert_resigned_is_refused(digest, nothing, Guard::Digest, "sig.digest");
    // Even asked for with a namespace that makes other canonicalisers give up.
    let relative = replaced(
        &xml,
        "<samlp:Response ",
        "<samlp:Response xmlns:r=\"relative\" ",
    );
    assert_guarded(
        "relative namespace on an ancestor",
        relative.as_bytes(),
        &[(Guard::RelativeNamespace, "xml.ns_relative")],
        USER,
    );
}

#[test]
fn other_transforms_are_refused() {
    let enveloped =
        format!("<ds:Transform Algorithm=\"{DSIG}enveloped-signature\"></ds:Transform>");
    let exclusive =
        "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform>";
    let both = format!("{enveloped}{exclusive}");
    let transform = |uri: &str, inside: &str| {
        format!("<ds:Transform Algorithm=\"{uri}\">{inside}</ds:Transform>")
    };
    let xpath = transform(
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "<ds:XPath>self::x</ds:XPath>",
    );
    let variants = [
        format!("{both}{xpath}"),
        format!("{xpath}{both}"),
        format!(
            "{enveloped}{}",
            transform("http://www.w3.org/2002/06/xmldsig-filter2", "")
        ),
        format!(
            "{enveloped}{}",
            transform("http://www.w3.org/TR/1999/REC-xslt-19991116", "")
        ),
        format!(
            "{enveloped}{}",
            transform("http://www.w3.org/2000/09/xmldsig#base64", "")
        ),
        format!(
            "{enveloped}{}",
            transform("http://www.w3.org/2001/10/xml-exc-c14n#WithComments", "")
        ),
        format!(
            "{enveloped}{}",
            transform("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "")
        ),
        format!("{enveloped}{}", transform("urn:unknown", "")),
        format!("{exclusive}{enveloped}"),
        format!("{enveloped}{enveloped}{exclusive}"),
        enveloped.clone(),
        exclusive.to_owned(),
        String::new(),
        enveloped.repeat(100),
    ];
    for variant in variants {
        assert_resigned_is_refused(&both, &variant, Guard::Transform, "sig.transform");
    }
}

#[test]
fn other_canonicalisation_of_signed_info_is_refused() {
    let method = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"";
    for other in [
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "",
    ] {
        let other = format!("<ds:CanonicalizationMethod Algorithm=\"{other}\"");
        assert_resigned_is_refused(method, &other, Guard::Transform, "sig.transform");
    }
}

#[test]
fn seventeen_inclusive_prefixes_are_refused_and_sixteen_are_not() {
    let method =
        "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">";
    for (count, expected) in [(16, Ok(USER.to_owned())), (17, Err("sig.transform"))] {
        let list = (0..count)
            .map(|n| format!("p{n}"))
            .collect::<Vec<_>>()
            .join(" ");
        let inclusive = format!(
            "{method}<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"{list}\"/>"
        );
        assert_eq!(
            judge(resigned(&replaced(&signed_assertion(), method, &inclusive)).as_bytes()),
            expected
        );
    }
}

#[test]
fn two_signed_infos_are_refused() {
    let xml = signed_assertion();
    let signed_info = piece(&xml, "<ds:SignedInfo>", "</ds:SignedInfo>");
    let refused: &[(Guard, &str)] = &[(Guard::SignedInfoCount, "sig.signedinfo_count")];
    let after = replaced(
        &xml,
        "</ds:SignedInfo>",
        &format!("</ds:SignedInfo>{signed_info}"),
    );
    assert_guarded("second SignedInfo after", after.as_bytes(), refused, USER);
    let at_end = replaced(
        &xml,
        "</ds:Signature>",
        &format!("{signed_info}</ds:Signature>"),
    );
    assert_guarded(
        "second SignedInfo at the end",
        at_end.as_bytes(),
        refused,
        USER,
    );
    // Before: the first one is read, which then is not the one that was signed.
    let forged = replaced(signed_info, "#_assertion", "#_elsewhere");
    let before = replaced(&xml, "<ds:SignedInfo>", &format!("{forged}<ds:SignedInfo>"));
    let chain = [
        refused[0],
        (Guard::Reference, "sig.reference"),
        (Guard::Key, "sig.key"),
    ];
    assert_guarded("second SignedInfo before", before.as_bytes(), &chain, USER);
}

#[test]
fn comment_in_a_digest_value_is_refused() {
    let xml = replaced(&signed_assertion(), USER, EVIL);
    let commented = replaced(&xml, "<ds:DigestValue>", "<ds:DigestValue><!--forged-->");
    let chain = [
        (Guard::Comment, "xml.comment"),
        (Guard::Digest, "sig.digest"),
    ];
    assert_guarded(
        "comment in DigestValue, content changed",
        commented.as_bytes(),
        &chain,
        EVIL,
    );
}

#[test]
fn foreign_elements_of_the_same_names_do_not_stand_in() {
    let xml = signed_assertion();
    let impostor = "<x:Signature xmlns:x=\"urn:x\"/><ds:Signature ";
    assert_eq!(
        judge(replaced(&xml, "<ds:Signature ", impostor).as_bytes()),
        Err("sig.position"),
        "the true one is third then"
    );
    let impostor = "<x:SignedInfo xmlns:x=\"urn:x\"/><ds:SignedInfo>";
    let chain = [(Guard::SignedInfoCount, "sig.signedinfo_count")];
    assert_guarded(
        "foreign SignedInfo first",
        replaced(&xml, "<ds:SignedInfo>", impostor).as_bytes(),
        &chain,
        USER,
    );
    // The prefix means something else inside: then it is no Signature of the standard at all.
    let redefined = replaced(
        &xml,
        "<ds:SignedInfo>",
        "<ds:SignedInfo xmlns:ds=\"urn:x\">",
    );
    assert_eq!(judge(redefined.as_bytes()), Err("sig.signedinfo_count"));
}

#[test]
fn changed_content_is_refused() {
    let xml = replaced(&signed_assertion(), USER, EVIL);
    assert_guarded(
        "changed name",
        xml.as_bytes(),
        &[(Guard::Digest, "sig.digest")],
        EVIL,
    );
}
