//! Signature wrapping: a signed part moved aside, a forged one where readers look. XSW1 to XSW8 as the literature numbers
//! them (Somorovsky and others, 2012), and its relatives.

use crate::mutations::{Parts, inside};
use crate::support::collection::collect;
use crate::support::response::{
    Off, PERSON, assertion, changed, explained, judged, person, refused, signed, unsigned,
    without_all,
};
use saml::issue::Signed;
use saml::validate::Verdict;
use xmldsig::guard::Guard;

const ADMIN: &str = "admin@example.org";
const POSITION: &str = "assertion.position";
const COUNT: &str = "assertion.count";

/// The parts of a good response that was signed at `place`.
fn parts(place: Signed) -> Parts {
    let response = signed(&unsigned(), place);
    assert!(judged(&response).is_ok(), "the base is good");
    Parts::of(response)
}

fn without_part(xml: &str, part: &str) -> String {
    changed(xml, part, "")
}

fn forged() -> String {
    assertion("_forged", ADMIN)
}

/// The response with other IDs and another person.
fn forged_root(response: &str) -> String {
    let renamed = changed(response, "ID=\"_response\"", "ID=\"_forged\"");
    changed(
        &changed(&renamed, "ID=\"_assertion\"", "ID=\"_forged_assertion\""),
        PERSON,
        ADMIN,
    )
}

/// Refused with `code`; still refused with that code when every guard of `second_line` is off; and whoever switches off
/// that guard alone meets the second line, or reads the person that was signed, but never the forged one.
#[track_caller]
fn never_forged(xml: &str, code: &'static str, second_line: &[Off]) {
    assert_eq!(judged(xml).unwrap_err().code(), code);
    assert_eq!(
        without_all(second_line, || judged(xml)).unwrap_err().code(),
        code,
        "with the second line off"
    );
    collect(xml, code);
    let broken = explained(xml)
        .into_iter()
        .find(|finding| finding.verdict == Verdict::Broken);
    assert_eq!(broken.map(|finding| finding.code), Some(code), "explained");
    match without_all(&[Off::Rule(code)], || judged(xml)) {
        Ok(accepted) => assert_eq!(person(&accepted), PERSON),
        Err(refusal) => assert_ne!(refusal.code(), code, "the guard that is off"),
    }
    // With the guard and the second line off, the forged person gets in: this is what the guards are for.
    let everything = [&[Off::Rule(code)], second_line].concat();
    match without_all(&everything, || judged(xml)) {
        Ok(accepted) => assert_eq!(person(&accepted), ADMIN),
        Err(refusal) => panic!("a third line refuses: {refusal:?}"),
    }
}

/// What else stands between a wrapped assertion and its acceptance: where signatures stand, that they refer to their
/// parent, what they hold, that there is one at all, and the digest.
const SIGNATURE_LINE: [Off; 6] = [
    Off::Layer(Guard::Position),
    Off::Layer(Guard::Reference),
    Off::Layer(Guard::SignedInfoCount),
    Off::Layer(Guard::ReferenceCount),
    Off::Layer(Guard::Missing),
    Off::Layer(Guard::Digest),
];

#[test]
fn xsw1_a_forged_root_with_the_signed_response_in_its_signature_is_refused() {
    let Parts {
        response,
        signature,
        ..
    } = parts(Signed::Response);
    let original = without_part(&response, &signature);
    let root = forged_root(&response);
    let xml = changed(
        &root,
        &signature,
        &inside(&signature, &format!("<ds:Object>{original}</ds:Object>")),
    );
    assert_eq!(judged(&xml).unwrap_err().code(), POSITION);
    // The rule off, the signature layer refuses an Object and a reference to something that is not the parent.
    assert_eq!(
        without_all(&[Off::Rule(POSITION)], || judged(&xml))
            .unwrap_err()
            .code(),
        "sig.signedinfo_count"
    );
}

#[test]
fn xsw2_a_forged_root_beside_the_signed_response_is_refused() {
    let Parts {
        response,
        signature,
        ..
    } = parts(Signed::Response);
    let original = without_part(&response, &signature);
    let root = forged_root(&response);
    let xml = changed(
        &root,
        &signature,
        &format!("<samlp:Extensions>{original}</samlp:Extensions>{signature}"),
    );
    never_forged(&xml, POSITION, &SIGNATURE_LINE);
}

#[test]
fn xsw3_a_forged_assertion_before_the_signed_one_is_refused() {
    let Parts {
        response,
        assertion,
        ..
    } = parts(Signed::Assertion);
    never_forged(
        &changed(&response, &assertion, &format!("{}{assertion}", forged())),
        COUNT,
        &SIGNATURE_LINE,
    );
}

#[test]
fn xsw4_a_forged_assertion_around_the_signed_one_is_refused() {
    let Parts {
        response,
        assertion,
        ..
    } = parts(Signed::Assertion);
    never_forged(
        &changed(&response, &assertion, &inside(&forged(), &assertion)),
        POSITION,
        &SIGNATURE_LINE,
    );
}

#[test]
fn xsw5_a_forged_assertion_with_the_signature_and_the_original_behind_it_is_refused() {
    let Parts {
        response,
        assertion,
        signature,
    } = parts(Signed::Assertion);
    let original = without_part(&assertion, &signature);
    let forged = changed(
        &changed(&assertion, "ID=\"_assertion\"", "ID=\"_forged\""),
        PERSON,
        ADMIN,
    );
    never_forged(
        &changed(&response, &assertion, &format!("{forged}{original}")),
        COUNT,
        &SIGNATURE_LINE,
    );
}

#[test]
fn xsw6_the_original_inside_the_signature_of_the_forged_one_is_refused() {
    let Parts {
        response,
        assertion,
        signature,
    } = parts(Signed::Assertion);
    let original = without_part(&assertion, &signature);
    let forged = changed(
        &changed(&assertion, "ID=\"_assertion\"", "ID=\"_forged\""),
        PERSON,
        ADMIN,
    );
    let forged = changed(&forged, &signature, &inside(&signature, &original));
    let xml = changed(&response, &assertion, &forged);
    assert_eq!(judged(&xml).unwrap_err().code(), POSITION);
    assert_eq!(
        without_all(&[Off::Rule(POSITION)], || judged(&xml))
            .unwrap_err()
            .code(),
        "sig.signedinfo_count"
    );
}

#[test]
fn xsw7_a_forged_assertion_in_extensions_is_refused() {
    let Parts { response, .. } = parts(Signed::Assertion);
    let xml = changed(
        &response,
        "<samlp:Status>",
        &format!(
            "<samlp:Extensions>{}</samlp:Extensions><samlp:Status>",
            forged()
        ),
    );
    // Readers that look for the first assertion anywhere would take it; ours, with the guard off, reads what is signed.
    assert_eq!(refused(&xml, POSITION, Off::Rule(POSITION), &[]), PERSON);
}

#[test]
fn xsw8_the_original_in_an_object_of_the_forged_ones_signature_is_refused() {
    let Parts {
        response,
        assertion,
        signature,
    } = parts(Signed::Assertion);
    let original = without_part(&assertion, &signature);
    let forged = changed(
        &changed(&assertion, "ID=\"_assertion\"", "ID=\"_forged\""),
        PERSON,
        ADMIN,
    );
    let forged = changed(
        &forged,
        &signature,
        &inside(&signature, &format!("<ds:Object>{original}</ds:Object>")),
    );
    let xml = changed(&response, &assertion, &forged);
    assert_eq!(judged(&xml).unwrap_err().code(), POSITION);
    assert_eq!(
        without_all(&[Off::Rule(POSITION)], || judged(&xml))
            .unwrap_err()
            .code(),
        "sig.signedinfo_count"
    );
}

#[test]
fn a_forged_assertion_anywhere_else_is_refused() {
    let Parts { response, .. } = parts(Signed::Assertion);
    let forged = forged();
    for (from, to) in [
        (
            "<samlp:Status>",
            format!("<samlp:Status><samlp:StatusDetail>{forged}</samlp:StatusDetail>"),
        ),
        (
            "</samlp:Response>",
            format!("<x:wrapper xmlns:x=\"urn:x\">{forged}</x:wrapper></samlp:Response>"),
        ),
        (
            "</samlp:Status>",
            format!("</samlp:Status><samlp:Response>{forged}</samlp:Response>"),
        ),
    ] {
        assert_eq!(
            refused(
                &changed(&response, from, &to),
                POSITION,
                Off::Rule(POSITION),
                &[]
            ),
            PERSON
        );
    }
    // Inside the signed assertion, put there by its provider: still not where an assertion is read.
    for (from, to) in [
        (
            "<saml:AuthnStatement",
            format!("<saml:Advice>{forged}</saml:Advice><saml:AuthnStatement"),
        ),
        (
            "<saml:AttributeValue>staff",
            format!("<saml:AttributeValue>{forged}"),
        ),
    ] {
        let xml = signed(&changed(&unsigned(), from, &to), Signed::Assertion);
        assert_eq!(judged(&xml).unwrap_err().code(), POSITION);
    }
    let root = format!("<x:wrapper xmlns:x=\"urn:x\">{response}</x:wrapper>");
    assert_eq!(judged(&root).unwrap_err().code(), "message.kind");
}

#[test]
fn two_assertions_or_none_are_refused() {
    let Parts {
        response,
        assertion,
        ..
    } = parts(Signed::Response);
    assert_eq!(
        judged(&without_part(&response, &assertion))
            .unwrap_err()
            .code(),
        COUNT
    );
    let two = signed(
        &changed(
            &unsigned(),
            "</samlp:Response>",
            &format!("{}</samlp:Response>", forged()),
        ),
        Signed::Response,
    );
    // Signed by the provider itself: which of the two persons it vouches for is anybody's guess.
    assert_eq!(refused(&two, COUNT, Off::Rule(COUNT), &[]), PERSON);
}

#[test]
fn an_id_that_occurs_twice_in_any_spelling_is_refused() {
    let Parts { response, .. } = parts(Signed::Assertion);
    for spelling in ["ID", "Id", "id", "xml:id", "samlp:ID"] {
        let twice = changed(
            &response,
            "<samlp:Status>",
            &format!("<samlp:Status {spelling}=\"_assertion\">"),
        );
        refused(
            &twice,
            "xml.duplicate_id",
            Off::Layer(Guard::DuplicateId),
            &[],
        );
    }
}

#[test]
fn a_comment_or_instruction_that_hides_text_is_refused() {
    let Parts { response, .. } = parts(Signed::Assertion);
    let (before, after) = PERSON.split_at(4);
    for (hidden, code, guard) in [
        ("<!---->", "xml.comment", Guard::Comment),
        ("<?p x?>", "xml.pi", Guard::ProcessingInstruction),
    ] {
        let xml = changed(&response, PERSON, &format!("{before}{hidden}{after}"));
        assert_eq!(judged(&xml).unwrap_err().code(), code);
        if guard == Guard::Comment {
            // Canonicalisation drops comments, so the signature still holds: the reader must see all of the text.
            assert_eq!(refused(&xml, code, Off::Layer(guard), &[]), PERSON);
        }
    }
    for place in [
        "urn:sp<",
        "https://idp.example.org/idp<",
        "staff<",
        "</ds:DigestValue>",
        "</ds:SignatureValue>",
    ] {
        let xml = changed(&response, place, &format!("<!--x-->{place}"));
        assert_eq!(judged(&xml).unwrap_err().code(), "xml.comment", "{place}");
    }
}

#[test]
fn an_element_inside_a_name_is_refused_and_other_spellings_of_its_text_are_not() {
    let split = signed(
        &changed(&unsigned(), PERSON, "admin<x/>.evil"),
        Signed::Assertion,
    );
    assert_eq!(
        refused(
            &split,
            "xml.mixed_content",
            Off::Layer(Guard::MixedContent),
            &[]
        ),
        "admin.evil"
    );
    let Parts { response, .. } = parts(Signed::Assertion);
    for spelling in [
        "<![CDATA[me@exa]]>mple.org",
        "m&#x65;@example.org",
        "me&#64;example.org",
    ] {
        assert_eq!(
            person(&judged(&changed(&response, PERSON, spelling)).unwrap()),
            PERSON
        );
    }
}

#[test]
fn every_signature_that_is_there_must_be_good() {
    let Parts { response, .. } = parts(Signed::Both);
    let tampered = changed(&response, "<samlp:Status>", "<samlp:Status x=\"y\">");
    refused(&tampered, "sig.digest", Off::Layer(Guard::Digest), &[]);
}

#[test]
fn no_signature_or_one_by_a_stranger_is_refused() {
    use crate::support::keys::STRANGER;
    use crate::support::signing::sign;
    assert_eq!(judged(&unsigned()).unwrap_err().code(), "sig.missing");
    assert_eq!(
        without_all(&[Off::Layer(Guard::Missing)], || judged(&unsigned()))
            .map(|accepted| person(&accepted).to_owned())
            .unwrap(),
        PERSON
    );
    let foreign = sign(&unsigned(), "_assertion", &STRANGER);
    refused(&foreign, "sig.key", Off::Layer(Guard::Key), &[]);
}

#[test]
fn one_changed_byte_of_a_signed_response_is_refused_or_changes_nothing_that_is_read() {
    let Parts { response, .. } = parts(Signed::Response);
    let original = judged(&response).unwrap().assertion.into_inner();
    let mut harmless = 0;
    for at in 0..response.len() {
        let mut bytes = response.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(accepted) = judged(&String::from_utf8(bytes).unwrap()) else {
            continue;
        };
        assert_eq!(
            accepted.assertion.into_inner(),
            original,
            "with byte {at} changed"
        );
        harmless += 1;
    }
    // A second declaration of a prefix, which nothing uses and canonicalisation drops, has 4 and 2 letters in this response.
    assert!(harmless <= 6, "{harmless} bytes may change");
}
