//! XSW1 to XSW8 (Somorovsky et al. 2012): something signed is carried along, something else is read. Not re-signed.

use super::{assert_guarded, piece, replaced, signature_of, signed_assertion, signed_response};
use xmldsig::guard::Guard;

const EVIL: &str = "evil@example.com";

/// The signed assertion, that without its signature, and a forged one without signature.
fn parts(xml: &str) -> (String, String, String) {
    let original = piece(xml, "<saml:Assertion ", "</saml:Assertion>").to_owned();
    let bare = replaced(&original, signature_of(xml), "");
    let forged = replaced(
        &replaced(&bare, "user@example.com", EVIL),
        "_assertion",
        "_evil",
    );
    (original, bare, forged)
}

/// The forged response with `signature` after its Issuer.
fn forged_response(signature: &str) -> String {
    let xml = signed_response();
    let bare = replaced(&xml, signature_of(&xml), "<signature/>");
    let forged = replaced(
        &replaced(&bare, "user@example.com", EVIL),
        "_response",
        "_evil",
    );
    replaced(&forged, "<signature/>", signature)
}

fn bare_response() -> String {
    let xml = signed_response();
    replaced(
        &replaced(&xml, signature_of(&xml), ""),
        "_assertion",
        "_elsewhere",
    )
}

#[test]
fn xsw1_original_response_inside_the_signature_of_a_forged_one_is_refused() {
    let xml = signed_response();
    let signature = replaced(
        signature_of(&xml),
        "</ds:Signature>",
        &format!("{}</ds:Signature>", bare_response()),
    );
    assert_guarded(
        "XSW1",
        forged_response(&signature).as_bytes(),
        &[
            (Guard::SignedInfoCount, "sig.signedinfo_count"),
            (Guard::Reference, "sig.reference"),
            (Guard::Digest, "sig.digest"),
        ],
        EVIL,
    );
}

#[test]
fn xsw2_original_response_before_the_signature_of_a_forged_one_is_refused() {
    let xml = signed_response();
    let wrapped = forged_response(&format!("{}{}", bare_response(), signature_of(&xml)));
    assert_guarded(
        "XSW2",
        wrapped.as_bytes(),
        &[
            (Guard::Position, "sig.position"),
            (Guard::Reference, "sig.reference"),
            (Guard::Digest, "sig.digest"),
        ],
        EVIL,
    );
}

#[test]
fn xsw3_forged_assertion_before_the_original_is_refused() {
    let xml = signed_assertion();
    let (original, _, forged) = parts(&xml);
    let wrapped = replaced(&xml, &original, &format!("{forged}{original}"));
    assert_guarded(
        "XSW3",
        wrapped.as_bytes(),
        &[(Guard::Missing, "sig.missing")],
        EVIL,
    );
}

#[test]
fn xsw4_forged_assertion_around_the_original_is_refused() {
    let xml = signed_assertion();
    let (original, _, forged) = parts(&xml);
    let wrapped = replaced(
        &forged,
        "</saml:Assertion>",
        &format!("{original}</saml:Assertion>"),
    );
    assert_guarded(
        "XSW4",
        replaced(&xml, &original, &wrapped).as_bytes(),
        &[
            (Guard::Position, "sig.position"),
            (Guard::Missing, "sig.missing"),
        ],
        EVIL,
    );
}

#[test]
fn xsw5_signature_in_the_forged_assertion_and_the_original_after_it_is_refused() {
    let xml = signed_assertion();
    let (original, bare, forged) = parts(&xml);
    let wrapped = replaced(
        &forged,
        "</saml:Issuer>",
        &format!("</saml:Issuer>{}", signature_of(&xml)),
    );
    assert_guarded(
        "XSW5",
        replaced(&xml, &original, &format!("{wrapped}{bare}")).as_bytes(),
        &[
            (Guard::Reference, "sig.reference"),
            (Guard::Digest, "sig.digest"),
        ],
        EVIL,
    );
}

fn around_original(open: &str, close: &str) -> String {
    let xml = signed_assertion();
    let (original, bare, forged) = parts(&xml);
    let signature = replaced(
        signature_of(&xml),
        "</ds:Signature>",
        &format!("{open}{bare}{close}</ds:Signature>"),
    );
    replaced(
        &xml,
        &original,
        &replaced(
            &forged,
            "</saml:Subject>",
            &format!("</saml:Subject>{signature}"),
        ),
    )
}

const CHAIN: [(Guard, &str); 4] = [
    (Guard::Position, "sig.position"),
    (Guard::SignedInfoCount, "sig.signedinfo_count"),
    (Guard::Reference, "sig.reference"),
    (Guard::Digest, "sig.digest"),
];

#[test]
fn xsw6_original_inside_the_signature_of_the_forged_assertion_is_refused() {
    assert_guarded("XSW6", around_original("", "").as_bytes(), &CHAIN, EVIL);
}

#[test]
fn xsw7_original_in_an_extension_is_refused() {
    let xml = signed_assertion();
    let (original, _, forged) = parts(&xml);
    let wrapped = format!("<samlp:Extensions>{original}</samlp:Extensions>{forged}");
    assert_guarded(
        "XSW7",
        replaced(&xml, &original, &wrapped).as_bytes(),
        &[
            (Guard::Position, "sig.position"),
            (Guard::Missing, "sig.missing"),
        ],
        EVIL,
    );
}

#[test]
fn xsw7_forged_assertion_of_the_same_id_in_an_extension_is_refused() {
    let xml = signed_assertion();
    let (original, _, forged) = parts(&xml);
    let forged = replaced(&forged, "_evil", "_assertion");
    let wrapped = format!("<samlp:Extensions>{forged}</samlp:Extensions>{original}");
    // The verified element is the one that is read, so even then the true name is.
    assert_guarded(
        "XSW7",
        replaced(&xml, &original, &wrapped).as_bytes(),
        &[(Guard::DuplicateId, "xml.duplicate_id")],
        "user@example.com",
    );
}

#[test]
fn xsw8_original_in_an_object_of_the_signature_is_refused() {
    assert_guarded(
        "XSW8",
        around_original("<ds:Object>", "</ds:Object>").as_bytes(),
        &CHAIN,
        EVIL,
    );
}

#[test]
fn object_in_a_signature_at_its_proper_place_is_refused() {
    let xml = signed_assertion();
    let with_object = replaced(
        &xml,
        "</ds:Signature>",
        "<ds:Object>anything</ds:Object></ds:Signature>",
    );
    assert_guarded(
        "Object",
        with_object.as_bytes(),
        &[(Guard::SignedInfoCount, "sig.signedinfo_count")],
        "user@example.com",
    );
}
