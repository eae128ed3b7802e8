//! Signature wrapping (XSW1 to XSW8 as the literature numbers them), and signatures that are missing or somebody else's.

use super::{Base, PERSON, Parts, Row, changed, inside};

const ADMIN: &str = "admin@example.org";
const POSITION: &str = "assertion.position";
const COUNT: &str = "assertion.count";

pub(super) fn rows(base: &Base<'_>) -> Vec<Row> {
    let mut rows = around_the_response(base);
    rows.extend(around_the_assertion(base));
    rows.extend(hidden(base));
    rows
}

fn row((row, code): (&'static str, &'static str), what: &str, xml: String) -> Row {
    let what = what.to_owned();
    Row {
        row,
        what,
        code,
        xml,
    }
}

fn around_the_response(base: &Base<'_>) -> Vec<Row> {
    let parts = Parts::of((base.sign)(&base.unsigned(), &base.response_id()));
    let original = parts.without(&parts.response);
    let renamed = changed(&parts.response, &base.response_id(), "_forged");
    let renamed = changed(&renamed, &base.assertion_id(), "_forged_assertion");
    // The reference stays with what was signed.
    let renamed = renamed.replace(
        "URI=\"#_forged\"",
        &format!("URI=\"#{}\"", base.response_id()),
    );
    let root = changed(&renamed, PERSON, ADMIN);
    let signature = &parts.signature;
    let object = inside(signature, &format!("<ds:Object>{original}</ds:Object>"));
    let beside = format!("<samlp:Extensions>{original}</samlp:Extensions>{signature}");
    vec![
        row(
            ("S01", POSITION),
            "forged root, original in its signature",
            changed(&root, signature, &object),
        ),
        row(
            ("S02", POSITION),
            "forged root, original beside",
            changed(&root, signature, &beside),
        ),
    ]
}

fn around_the_assertion(base: &Base<'_>) -> Vec<Row> {
    let parts = Parts::of(base.signed());
    let Parts {
        response,
        assertion,
        signature,
    } = &parts;
    let original = parts.without(assertion);
    let forged = base.assertion("_forged", ADMIN);
    let head = format!("ID=\"{}\"", base.assertion_id());
    let bearing = changed(&changed(assertion, &head, "ID=\"_forged\""), PERSON, ADMIN);
    let put = |text: &str| changed(response, assertion, text);
    let object = format!("<ds:Object>{original}</ds:Object>");
    let extensions = format!("<samlp:Extensions>{forged}</samlp:Extensions><samlp:Status>");
    let detail = format!("<samlp:Status><samlp:StatusDetail>{forged}</samlp:StatusDetail>");
    let wrapper = format!("<x:w xmlns:x=\"urn:x\">{forged}</x:w></samlp:Response>");
    let copy = changed(assertion, PERSON, ADMIN);
    vec![
        row(
            ("S03", COUNT),
            "forged before",
            put(&format!("{forged}{assertion}")),
        ),
        row(
            ("S04", POSITION),
            "forged around",
            put(&inside(&forged, assertion)),
        ),
        row(
            ("S05", COUNT),
            "original behind",
            put(&format!("{bearing}{original}")),
        ),
        row(
            ("S06", POSITION),
            "original in the signature",
            put(&changed(&bearing, signature, &inside(signature, &original))),
        ),
        row(
            ("S07", POSITION),
            "forged in Extensions",
            changed(response, "<samlp:Status>", &extensions),
        ),
        row(
            ("S08", POSITION),
            "original in an Object",
            put(&changed(&bearing, signature, &inside(signature, &object))),
        ),
        row(
            ("S09", POSITION),
            "forged in StatusDetail",
            changed(response, "<samlp:Status>", &detail),
        ),
        row(
            ("S09", POSITION),
            "forged in a wrapper",
            changed(response, "</samlp:Response>", &wrapper),
        ),
        row(
            ("S09", "message.kind"),
            "another root",
            format!("<x:w xmlns:x=\"urn:x\">{response}</x:w>"),
        ),
        row(("S09", COUNT), "no assertion", put("")),
        row(
            ("S10", "xml.duplicate_id"),
            "one ID twice",
            put(&format!("{copy}{assertion}")),
        ),
        row(
            ("S10", "xml.duplicate_id"),
            "one ID twice, in another spelling",
            changed(
                response,
                "<samlp:Status>",
                &format!("<samlp:Status xml:id=\"{}\">", base.assertion_id()),
            ),
        ),
    ]
}

fn hidden(base: &Base<'_>) -> Vec<Row> {
    let parts = Parts::of(base.signed());
    let response = &parts.response;
    let (start, end) = PERSON.split_at(4);
    let split = |hidden: &str| changed(response, PERSON, &format!("{start}{hidden}{end}"));
    let mut rows = vec![
        row(
            ("S11", "xml.comment"),
            "comment in a name",
            split("<!---->"),
        ),
        row(("S12", "xml.pi"), "instruction in a name", split("<?p x?>")),
        row(
            ("S13", "xml.mixed_content"),
            "element in a name",
            (base.sign)(
                &changed(&base.unsigned(), PERSON, "admin<x/>.evil"),
                &base.assertion_id(),
            ),
        ),
        row(
            ("S22", "sig.key"),
            "somebody else's signature",
            (base.sign_as_stranger)(&base.unsigned(), &base.assertion_id()),
        ),
        row(("S23", "sig.missing"), "no signature", base.unsigned()),
        row(
            ("S24", "sig.digest"),
            "another name after signing",
            changed(response, PERSON, ADMIN),
        ),
    ];
    for place in ["staff<", "</ds:DigestValue>", "</ds:SignatureValue>"] {
        let xml = changed(response, place, &format!("<!--x-->{place}"));
        let row_of = if place.contains("Digest") {
            "S15"
        } else {
            "S11"
        };
        rows.push(row((row_of, "xml.comment"), place, xml));
    }
    rows
}
