//! Bytes that are not XML as we read it. Not re-signed: they are refused before any signature is looked at.

use super::{assert_guarded, judge, replaced, signed_assertion};
use std::net::TcpListener;
use xmldsig::dom::Document;
use xmldsig::guard::Guard;
use xmldsig::limits::Limits;

const USER: &str = "user@example.com";

fn code(xml: &[u8]) -> &'static str {
    Document::parse(xml, &Limits::MESSAGE).map_or_else(|e| e.code(), |_| "accepted")
}

#[test]
fn document_types_are_refused_and_nothing_is_fetched() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/x", listener.local_addr().unwrap());
    let base = signed_assertion();
    for subset in [
        "<!DOCTYPE r [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>".to_owned(),
        format!("<!DOCTYPE r [<!ENTITY e SYSTEM \"{url}\">]>"),
        format!("<!DOCTYPE r [<!ENTITY % p SYSTEM \"{url}\"> %p;]>"),
        format!("<!DOCTYPE r SYSTEM \"{url}\">"),
        "<!doctype r>".to_owned(),
        "<! DOCTYPE r>".to_owned(),
        "\n \t<!DOCTYPE\nr>".to_owned(),
        "<!ENTITY e 'x'>".to_owned(),
    ] {
        assert_guarded(
            &subset,
            format!("{subset}{base}").as_bytes(),
            &[(Guard::Doctype, "xml.doctype")],
            USER,
        );
        // Used: then it is the unknown reference that would be refused next.
        let used = replaced(
            &base,
            ">https://idp.example.com",
            ">https://idp.example.com&e;",
        );
        assert_eq!(
            judge(format!("{subset}{used}").as_bytes()),
            Err("xml.doctype")
        );
    }
    let inside = replaced(
        &base,
        "<saml:Issuer>",
        "<![CDATA[<!DOCTYPE a>]]><!DOCTYPE r><saml:Issuer>",
    );
    assert_eq!(judge(inside.as_bytes()), Err("xml.doctype"));
    assert_eq!(
        listener.accept().unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock,
        "a connection was made"
    );
}

#[test]
fn entity_bombs_are_refused_unexpanded() {
    let mut bomb = "<!DOCTYPE r [<!ENTITY e0 \"ha\">".to_owned();
    for n in 1..10 {
        bomb.push_str(&format!(
            "<!ENTITY e{n} \"{}\">",
            format!("&e{};", n - 1).repeat(10)
        ));
    }
    bomb.push_str("]><r>&e9;</r>");
    assert_eq!(code(bomb.as_bytes()), "xml.doctype");
    let quadratic = format!(
        "<!DOCTYPE r [<!ENTITY e \"{}\">]><r>{}</r>",
        "x".repeat(50_000),
        "&e;".repeat(50_000)
    );
    assert_eq!(code(quadratic.as_bytes()), "xml.doctype");
}

#[test]
fn other_encodings_are_refused() {
    let text = "<!DOCTYPE r><r/>";
    let utf16_le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16_be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(code(b"<r/>"), "accepted");
    for bytes in [
        [b"\xFF\xFE", &utf16_le[..]].concat(),
        [b"\xFE\xFF", &utf16_be[..]].concat(),
        utf16_le,
        utf16_be,
        b"\xEF\xBB\xBF<r/>".to_vec(),
        b"\xEF\xBB\xBF<!DOCTYPE r><r/>".to_vec(),
        b"<?xml version=\"1.0\" encoding=\"UTF-7\"?>+ADwAIQ-DOCTYPE r><r/>".to_vec(),
        b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><r/>".to_vec(),
        b"<?xml version=\"1.1\"?><r/>".to_vec(),
        b"<r>\xE9</r>".to_vec(),
        b"<r>\xC0\x80</r>".to_vec(),
        b"<r>\xED\xA0\x80</r>".to_vec(),
        b"\0<r/>".to_vec(),
    ] {
        assert_eq!(
            code(&bytes),
            "xml.encoding",
            "{}",
            String::from_utf8_lossy(&bytes)
        );
    }
}

#[test]
fn a_mark_or_a_declaration_of_another_encoding_is_refused() {
    let base = signed_assertion();
    for head in [
        "\u{FEFF}",
        "<?xml version=\"1.0\" encoding=\"UTF-7\"?>",
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?>",
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>",
        "<?xml version=\"1.1\"?>",
    ] {
        let hidden = format!("{head}<!DOCTYPE r>{base}");
        assert_guarded(
            head,
            format!("{head}{base}").as_bytes(),
            &[(Guard::Encoding, "xml.encoding")],
            USER,
        );
        assert_guarded(
            head,
            hidden.as_bytes(),
            &[
                (Guard::Encoding, "xml.encoding"),
                (Guard::Doctype, "xml.doctype"),
            ],
            USER,
        );
    }
}

#[test]
fn what_readers_forgive_differently_is_refused_by_a_guard_of_its_own() {
    let base = signed_assertion();
    let root = |attributes: &str| {
        replaced(
            &base,
            "<samlp:Response ",
            &format!("<samlp:Response {attributes} "),
        )
    };
    let end = |child: &str| {
        replaced(
            &base,
            "</samlp:Response>",
            &format!("{child}</samlp:Response>"),
        )
    };
    for (xml, guard) in [
        (root("a='' a=''"), Guard::RepeatedAttribute),
        (root("ID='_other'"), Guard::RepeatedAttribute),
        (root("b:c=''"), Guard::UndeclaredPrefix),
        (end("<b:c/>"), Guard::UndeclaredPrefix),
        (root("xmlns:xml='urn:x'"), Guard::ReservedPrefix),
        (root("xmlns:xmlns='urn:x'"), Guard::ReservedPrefix),
        (
            root("xmlns:b='http://www.w3.org/XML/1998/namespace'"),
            Guard::ReservedPrefix,
        ),
        (
            root("xmlns:b='http://www.w3.org/2000/xmlns/'"),
            Guard::ReservedPrefix,
        ),
        (end("]]>"), Guard::SectionEnd),
    ] {
        assert_guarded(&xml, xml.as_bytes(), &[(guard, "xml.malformed")], USER);
    }
}

/// Makes a document with that many of something.
type Maker<'m> = &'m dyn Fn(usize) -> String;

#[test]
fn each_limit_refuses_what_passes_it_and_nothing_else_does() {
    let many =
        |count: usize, what: &dyn Fn(usize) -> String| (0..count).map(what).collect::<String>();
    let depth = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
    let attributes = |n: usize| format!("<a{}/>", many(n, &|i| format!(" b{i}=''")));
    let declarations = |n: usize| format!("<a{}/>", many(n, &|i| format!(" xmlns:b{i}='urn:x'")));
    let scope = |n: usize| {
        format!(
            "{}{}",
            many(n, &|i| format!("<a xmlns:b{i}='urn:x' xmlns:c{i}='urn:x'>")),
            "</a>".repeat(n)
        )
    };
    let names = |n: usize| format!("<a>{}</a>", many(n, &|i| format!("<b xmlns='urn:{i}'/>")));
    let elements = |n: usize| format!("<a>{}</a>", "<b/>".repeat(n));
    let references = |n: usize| format!("<a>{}</a>", "&#x41;".repeat(n));
    let text = |n: usize| format!("<a>{}</a>", "x".repeat(n));
    let value = |n: usize| format!("<a b='{}'/>", "x".repeat(n));
    let name = |n: usize| format!("<{}/>", "x".repeat(n));
    let document = |n: usize| {
        format!(
            "<a>{}</a>",
            "<b>xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx</b>".repeat(n)
        )
    };
    let signatures = |n: usize| {
        format!(
            "<a xmlns='{}'>{}</a>",
            super::DSIG,
            "<Signature/>".repeat(n)
        )
    };
    let cases: [(Maker<'_>, usize, usize); 12] = [
        (&depth, 64, 65),
        (&attributes, 64, 20_000),
        (&declarations, 32, 33),
        (&scope, 32, 33),
        (&names, 128, 2000),
        (&elements, 4095, 40_000),
        (&references, 4096, 10_000),
        (&text, 65_536, 65_537),
        (&value, 65_536, 65_537),
        (&name, 1024, 1025),
        (&document, 3000, 5000),
        (&signatures, 2, 3),
    ];
    for (make, most, too_many) in cases {
        assert_eq!(
            code(make(most).as_bytes()),
            "accepted",
            "{most}: {:.60}",
            make(most)
        );
        let hostile = make(too_many);
        assert_eq!(
            code(hostile.as_bytes()),
            "xml.limit",
            "{too_many}: {hostile:.60}"
        );
        let unguarded = xmldsig::guard::without(Guard::Limits, || code(hostile.as_bytes()));
        assert_eq!(unguarded, "accepted", "{too_many}: {hostile:.60}");
    }
    assert_eq!(code("<a>".repeat(80_000).as_bytes()), "xml.limit");
    assert_eq!(
        code(format!("<a b='{}'/>", "x".repeat(10_000_000)).as_bytes()),
        "xml.limit"
    );
}

#[test]
fn what_is_not_well_formed_is_refused() {
    assert_eq!(
        code(b"<a xmlns:b='urn:b' b:c='' c='' xml:lang='pt'><b:d>]] &gt;</b:d></a>"),
        "accepted"
    );
    for bad in [
        "",
        " ",
        "x",
        "<",
        "<a",
        "<a>",
        "<a></b>",
        "<a></ a>",
        "</a>",
        "<a/",
        "<a / >",
        "< a/>",
        "<a b/>",
        "<a b=c/>",
        "<a b='<'/>",
        "<a b=''c=''/>",
        "<a b='' b=''/>",
        "<a xmlns:x='urn:x' xmlns:y='urn:x' x:b='' y:b=''/>",
        "<a xmlns='' xmlns=''/>",
        "<a xmlns:b='urn:x' xmlns:b='urn:x'/>",
        "<b:a/>",
        "<a b:c=''/>",
        "<a xmlns:xml='urn:x'/>",
        "<a xmlns:xmlns='urn:x'/>",
        "<a xmlns:b='http://www.w3.org/XML/1998/namespace'/>",
        "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
        "<a xmlns:b='http://www.w3.org/2000/xmlns/'/>",
        "<a xmlns:b=''/>",
        "<a xmlns:='urn:x'/>",
        "<xmlns:a/>",
        "<xml:a/>",
        "<:a/>",
        "<a:/>",
        "<a:b:c xmlns:a='urn:x'/>",
        "<foo:xmlns/>",
        "<:f></:f>",
        "<1/>",
        "<a>]]></a>",
        "<a>&</a>",
        "<a>&nbsp;</a>",
        "<a>&#0;</a>",
        "<a>&#xD800;</a>",
        "<a>&#xFFFF;</a>",
        "<a b='&x;'/>",
        "<a>xyz\u{0}</a>",
        "<a>\u{1}</a>",
        "<a>\u{FFFE}</a>",
        "<a b='\u{1F}'/>",
        "<a><![CDATA[</a>",
        "<a><![cdata[]]></a>",
        "<![CDATA[]]><a/>",
        "<a/><![CDATA[]]>",
        "<a/>x",
        "<a/><a/>",
        "x<a/>",
        "<a><!x></a>",
        "<?xml version='1.0'encoding='UTF-8'?><a/>",
        "<?xml version='1.0' encoding='UTF-8' x=''?><a/>",
        "<?xml?><a/>x",
        "<?xml encoding='UTF-8'?><a/>",
        "<?xml version='1.0' standalone='maybe'?><a/>",
        "<a xmlns:b='urn:a&amp;b'/>",
        "<a xmlns:b='urn:a b'/>",
        "<a xmlns:b='urn:ã'/>",
    ] {
        let found = code(bad.as_bytes());
        assert!(
            matches!(found, "xml.malformed" | "xml.pi"),
            "{bad:?}: {found}"
        );
    }
}

#[test]
fn something_after_the_root_is_refused() {
    let base = signed_assertion();
    for tail in ["<a/>", "x", &base, "</samlp:Response>", "&#x20;"] {
        let xml = format!("{base}{tail}");
        assert_guarded(
            tail,
            xml.as_bytes(),
            &[(Guard::TrailingData, "xml.malformed")],
            USER,
        );
    }
    assert_eq!(
        judge(format!("{base}\r\n\t ").as_bytes()).as_deref(),
        Ok(USER),
        "white space may follow"
    );
}

#[test]
fn ids_that_occur_twice_are_refused_in_any_spelling() {
    let base = signed_assertion();
    for spelling in ["ID", "Id", "id", "iD", "xml:id", "x:ID"] {
        for id in ["_assertion", "&#x5F;assertion"] {
            let twin = format!("<x:y xmlns:x=\"urn:x\" {spelling}=\"{id}\"/>");
            let after = replaced(
                &base,
                "</samlp:Response>",
                &format!("{twin}</samlp:Response>"),
            );
            assert_guarded(
                &twin,
                after.as_bytes(),
                &[(Guard::DuplicateId, "xml.duplicate_id")],
                USER,
            );
            let before = replaced(&base, "<saml:Issuer ", &format!("{twin}<saml:Issuer "));
            assert_guarded(
                &twin,
                before.as_bytes(),
                &[(Guard::DuplicateId, "xml.duplicate_id")],
                USER,
            );
        }
    }
}

#[test]
fn comments_are_refused_and_without_the_guard_do_not_cut_text() {
    let base = signed_assertion();
    for place in [USER, "https://idp.example.com"] {
        let (left, right) = place.split_at(5);
        let cut = replaced(&base, place, &format!("{left}<!---->{right}"));
        // The whole text is read, and canonical form without comments still has the signed digest.
        assert_guarded(
            place,
            cut.as_bytes(),
            &[(Guard::Comment, "xml.comment")],
            USER,
        );
    }
    assert_eq!(
        judge(format!("<!-- x -->{base}").as_bytes()),
        Err("xml.comment")
    );
    assert_eq!(
        judge(format!("{base}<!-- x -->").as_bytes()),
        Err("xml.comment")
    );
}

#[test]
fn processing_instructions_are_refused() {
    let base = signed_assertion();
    for (from, to) in [
        (USER, "<?p not-an-?>user@example.com"),
        (USER, "user@<?p x?>example.com"),
        (USER, "user@example.com<?p?>"),
    ] {
        let xml = replaced(&base, from, to);
        assert_guarded(
            to,
            xml.as_bytes(),
            &[(Guard::ProcessingInstruction, "xml.pi")],
            USER,
        );
    }
}

#[test]
fn elements_inside_text_are_refused_and_other_spellings_of_the_same_text_are_not() {
    let base = signed_assertion();
    let mixed = replaced(&base, USER, "user@<x/>example.com");
    // The digest would refuse it too; it is the reader that must not be fooled, as by one who may sign such things.
    let chain = [
        (Guard::Digest, "sig.digest"),
        (Guard::MixedContent, "xml.mixed_content"),
    ];
    assert_guarded("child element", mixed.as_bytes(), &chain, USER);
    for same in [
        "user@<![CDATA[example]]>.com",
        "user&#x40;example.com",
        "<![CDATA[user@example.com]]>",
        "u&#115;er@example.com",
    ] {
        assert_eq!(
            judge(replaced(&base, USER, same).as_bytes()).as_deref(),
            Ok(USER),
            "{same}"
        );
    }
}
