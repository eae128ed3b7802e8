//! Responses that the true identity provider signed and that must be refused all the same: one change from a good one each.

use crate::support::response::{
    ACS, AUDIENCE, ISSUER, Off, PERSON, REQUEST, changed, judged, judged_at, judged_unsolicited,
    person, refused, signed, unsigned,
};
use crate::support::{at, instant, now};
use saml::issue::Signed;

/// Changes the good response, has it signed again at every place, and proves the refusal.
#[track_caller]
fn refused_after(from: &str, to: &str, code: &'static str) {
    refused_after_with(from, to, code, &[]);
}

#[track_caller]
fn refused_after_with(from: &str, to: &str, code: &'static str, second_line: &[Off]) {
    for place in [Signed::Assertion, Signed::Response, Signed::Both] {
        assert!(
            judged(&signed(&unsigned(), place)).is_ok(),
            "the base is good"
        );
        let xml = signed(&changed(&unsigned(), from, to), place);
        refused(&xml, code, Off::Rule(code), second_line);
    }
}

#[track_caller]
fn accepted_after(from: &str, to: &str) {
    for place in [Signed::Assertion, Signed::Both] {
        let xml = signed(&changed(&unsigned(), from, to), place);
        assert_eq!(
            judged(&xml).map(|accepted| person(&accepted).to_owned()),
            Ok(PERSON.to_owned()),
            "{to}"
        );
    }
}

/// The confirmation's end, distinct from that of the conditions.
fn confirmation_end(value: &str) -> (String, String) {
    let tag = "<saml:SubjectConfirmationData ";
    (
        format!("{tag}NotOnOrAfter=\"{}\"", instant(300)),
        format!("{tag}{value}"),
    )
}

fn conditions(start: &str, end: &str) -> (String, String) {
    let (good_start, good_end) = (instant(0), instant(300));
    let attribute = |name: &str, value: &str| {
        if value.is_empty() {
            String::new()
        } else {
            format!(" {name}=\"{value}\"")
        }
    };
    (
        format!("<saml:Conditions NotBefore=\"{good_start}\" NotOnOrAfter=\"{good_end}\""),
        format!(
            "<saml:Conditions{}{}",
            attribute("NotBefore", start),
            attribute("NotOnOrAfter", end)
        ),
    )
}

#[test]
fn an_assertion_that_is_over_or_has_not_begun_is_refused() {
    for (start, end) in [
        (instant(-600), instant(-61)),
        (instant(-600), instant(-31)),
        (instant(61), instant(600)),
        (instant(31), instant(600)),
        (instant(0), String::new()),
    ] {
        let (from, to) = conditions(&start, &end);
        refused_after(&from, &to, "assertion.time");
    }
    refused_after(
        &format!(
            "ID=\"_assertion\" Version=\"2.0\" IssueInstant=\"{}\"",
            instant(0)
        ),
        &format!(
            "ID=\"_assertion\" Version=\"2.0\" IssueInstant=\"{}\"",
            instant(61)
        ),
        "assertion.time",
    );
}

#[test]
fn both_ends_of_the_tolerance_are_accepted() {
    for (start, end) in [
        (instant(-600), instant(-30)),
        (instant(-600), instant(-29)),
        (instant(30), instant(600)),
        (instant(29), instant(600)),
        (String::new(), instant(300)),
    ] {
        let (from, to) = conditions(&start, &end);
        accepted_after(&from, &to);
    }
    let (from, to) = confirmation_end(&format!("NotOnOrAfter=\"{}\"", instant(-30)));
    accepted_after(&from, &to);
}

#[test]
fn a_time_that_is_not_utc_with_z_is_refused() {
    for end in [
        "2027-01-01T00:00:00",
        "2027-01-01T00:00:00+00:00",
        "2027-01-01T00:00:00-03:00",
        "2027-06-30T23:59:60Z",
        "2027-01-01T00:00:00.0000000001Z",
        "9999-12-31T23:59:59Z",
        "later",
    ] {
        let (from, to) = conditions(&instant(0), end);
        refused_after(&from, &to, "assertion.time");
    }
}

#[test]
fn bearer_data_that_is_too_old_or_has_no_end_is_refused() {
    for end in [
        format!("NotOnOrAfter=\"{}\"", instant(-31)),
        format!("NotOnOrAfter=\"{}\"", instant(-61)),
        String::new(),
    ] {
        let (from, to) = confirmation_end(&end);
        refused_after(&from, &to, "assertion.confirmation_expired");
    }
}

#[test]
fn bearer_data_with_a_start_is_refused() {
    let (from, to) = confirmation_end(&format!(
        "NotBefore=\"{}\" NotOnOrAfter=\"{}\"",
        instant(-1),
        instant(300)
    ));
    refused_after(&from, &to, "assertion.time");
}

#[test]
fn the_whole_life_of_an_assertion_is_the_moment_of_its_end_and_the_tolerance() {
    let xml = signed(&unsigned(), Signed::Assertion);
    assert_eq!(judged_at(&xml, at(330)).unwrap().remember_until, at(331));
    assert_eq!(
        judged_at(&xml, at(331)).unwrap_err().code(),
        "assertion.confirmation_expired"
    );
    assert_eq!(judged_at(&xml, at(-30)).unwrap().remember_until, at(331));
    assert_eq!(
        judged_at(&xml, at(-31)).unwrap_err().code(),
        "assertion.time"
    );
}

#[test]
fn an_assertion_for_somebody_else_is_refused() {
    let restriction = format!(
        "<saml:AudienceRestriction><saml:Audience>{AUDIENCE}</saml:Audience></saml:AudienceRestriction>"
    );
    for audience in [
        "urn:other",
        "urn:spx",
        "urn:s",
        "URN:SP",
        "urn:sp/",
        " urn:sp",
        "urn:sp\n",
        "",
    ] {
        let other = restriction.replace(AUDIENCE, audience);
        refused_after(&restriction, &other, "assertion.audience");
        refused_after(
            &restriction,
            &format!("{restriction}{other}"),
            "assertion.audience",
        );
    }
    refused_after(&restriction, "", "assertion.audience");
    refused_after(
        &restriction,
        "<saml:AudienceRestriction/>",
        "assertion.audience",
    );
    refused_after(&restriction, "<saml:OneTimeUse/>", "assertion.audience");
}

#[test]
fn any_audience_of_one_restriction_will_do() {
    let ours = format!("<saml:Audience>{AUDIENCE}</saml:Audience>");
    accepted_after(
        &ours,
        &format!("<saml:Audience>urn:other</saml:Audience>{ours}"),
    );
}

#[test]
fn a_condition_that_is_not_understood_is_refused() {
    let end = "</saml:Conditions>";
    refused_after(
        end,
        "<saml:Condition xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"x\"/></saml:Conditions>",
        "assertion.conditions",
    );
    refused_after(
        end,
        "</saml:Conditions><saml:Conditions/>",
        "assertion.conditions",
    );
    accepted_after(
        end,
        "<saml:OneTimeUse/><saml:ProxyRestriction Count=\"0\"/></saml:Conditions>",
    );
}

const WRONG_URLS: [&str; 9] = [
    "https://sp.example.org/other/acs",
    "http://sp.example.org/acs",
    "https://sp.example.org:443/acs",
    "https://sp.example.org/ACS",
    "https://sp.example.org./acs",
    "https://sp.example.org/acs/",
    "https://sp.example.org/acs?x",
    "https://me@sp.example.org/acs",
    "",
];

#[test]
fn bearer_data_for_another_consumer_is_refused() {
    let recipient = format!(" Recipient=\"{ACS}\"");
    for url in WRONG_URLS {
        refused_after(
            &recipient,
            &format!(" Recipient=\"{url}\""),
            "assertion.recipient",
        );
    }
    refused_after(&recipient, "", "assertion.recipient");
}

#[test]
fn a_response_addressed_to_another_consumer_is_refused() {
    let destination = format!(" Destination=\"{ACS}\"");
    for url in WRONG_URLS {
        refused_after(
            &destination,
            &format!(" Destination=\"{url}\""),
            "response.destination",
        );
    }
    refused_after(&destination, "", "response.destination");
}

#[test]
fn an_answer_to_another_request_is_refused() {
    let of_response = format!(" InResponseTo=\"{REQUEST}\"><saml:Issuer>");
    let of_data = format!(" InResponseTo=\"{REQUEST}\"/>");
    for other in [" InResponseTo=\"_other\"", " InResponseTo=\"\"", ""] {
        refused_after(
            &of_response,
            &format!("{other}><saml:Issuer>"),
            "assertion.in_response_to",
        );
        refused_after(&of_data, &format!("{other}/>"), "assertion.in_response_to");
    }
    refused_after(
        &format!(" InResponseTo=\"{REQUEST}\""),
        " InResponseTo=\"_other\"",
        "assertion.in_response_to",
    );
}

#[test]
fn a_response_that_nobody_asked_for_is_refused_unless_that_is_expected() {
    let answering = format!(" InResponseTo=\"{REQUEST}\"");
    refused_after_with(
        &answering,
        "",
        "unsolicited",
        &[Off::Rule("assertion.in_response_to")],
    );
    let unsolicited = signed(&changed(&unsigned(), &answering, ""), Signed::Assertion);
    assert!(judged_unsolicited(&unsolicited).is_ok());
    // The other way round: where nobody was asked, an answer to somebody's request is stolen or strayed.
    for (from, to) in [
        (format!("{answering}/>"), "/>".to_owned()),
        (
            format!("{answering}><saml:Issuer>"),
            "><saml:Issuer>".to_owned(),
        ),
        (REQUEST.to_owned(), "_other".to_owned()),
    ] {
        let xml = signed(&changed(&unsigned(), &from, &to), Signed::Assertion);
        assert_eq!(
            judged_unsolicited(&xml).unwrap_err().code(),
            "assertion.in_response_to"
        );
    }
}

#[test]
fn an_assertion_of_another_provider_is_refused() {
    let of_assertion = format!(
        "IssueInstant=\"{}\"><saml:Issuer>{ISSUER}</saml:Issuer>",
        instant(0)
    );
    let opening = format!("IssueInstant=\"{}\">", instant(0));
    for issuer in [
        "<saml:Issuer>https://other.example.org/idp</saml:Issuer>".to_owned(),
        format!("<saml:Issuer> {ISSUER}</saml:Issuer>"),
        format!("<saml:Issuer>{ISSUER}\n</saml:Issuer>"),
        format!("<saml:Issuer>{}</saml:Issuer>", ISSUER.to_uppercase()),
        "<saml:Issuer/>".to_owned(),
        format!(
            "<saml:Issuer Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\">{ISSUER}</saml:Issuer>"
        ),
        String::new(),
    ] {
        refused_after(
            &of_assertion,
            &format!("{opening}{issuer}"),
            "assertion.issuer",
        );
    }
}

#[test]
fn a_response_of_another_provider_than_its_assertion_is_refused() {
    let of_response = format!("InResponseTo=\"{REQUEST}\"><saml:Issuer>{ISSUER}</saml:Issuer>");
    let opening = format!("InResponseTo=\"{REQUEST}\">");
    for issuer in [
        "<saml:Issuer>https://other.example.org/idp</saml:Issuer>".to_owned(),
        format!("<saml:Issuer>{ISSUER} </saml:Issuer>"),
        "<saml:Issuer/>".to_owned(),
    ] {
        refused_after(
            &of_response,
            &format!("{opening}{issuer}"),
            "assertion.issuer",
        );
    }
    // SAML profiles §4.1.4.2 lets an unsigned response leave it out.
    let xml = signed(
        &changed(&unsigned(), &of_response, &opening),
        Signed::Assertion,
    );
    assert!(judged(&xml).is_ok());
}

#[test]
fn a_response_that_reports_a_failure_is_refused_even_with_a_good_assertion() {
    let success = "<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>";
    let responder = "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\"";
    for status in [
        format!("<samlp:Status>{responder}/></samlp:Status>"),
        format!("<samlp:Status>{responder}><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:StatusCode></samlp:Status>"),
        success.replace("\"/>", "\"><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:PartialLogout\"/></samlp:StatusCode>"),
        format!("{success}<samlp:Status>{responder}/></samlp:Status>"),
        "<samlp:Status/>".to_owned(),
        "<samlp:Status><samlp:StatusCode/></samlp:Status>".to_owned(),
        success.replace("samlp:", "saml:"),
        String::new(),
    ] {
        refused_after(success, &status, "response.status");
    }
}

#[test]
fn a_subject_that_names_nobody_or_more_than_one_is_refused() {
    let name = format!("<saml:NameID>{PERSON}</saml:NameID>");
    for subject in [
        String::new(),
        format!("{name}{name}"),
        format!("{name}<saml:NameID>admin</saml:NameID>"),
        format!("<saml:EncryptedID/>{name}"),
        format!("{name}<saml:BaseID/>"),
        "<saml:NameID/>".to_owned(),
        "<saml:NameID> </saml:NameID>".to_owned(),
        format!("<saml:NameID>{PERSON} </saml:NameID>"),
        format!("<saml:NameID>\n{PERSON}</saml:NameID>"),
        format!("<saml:NameID>{PERSON}&#x9;</saml:NameID>"),
        format!("<saml:NameID>me&#x85;{PERSON}</saml:NameID>"),
        format!("<saml:NameID>{PERSON}&#xA0;</saml:NameID>"),
        format!("<saml:NameID>{}</saml:NameID>", "a".repeat(5 * 1024)),
        format!("<saml:NameID>{}</saml:NameID>", "a".repeat(1025)),
        format!("<saml:NameID SPNameQualifier=\"urn:other\">{PERSON}</saml:NameID>"),
    ] {
        refused_after(&name, &subject, "assertion.subject");
    }
    accepted_after(
        &name,
        &format!("<saml:NameID SPNameQualifier=\"{AUDIENCE}\">{PERSON}</saml:NameID>"),
    );
}

#[test]
fn names_that_look_alike_stay_different() {
    for name in [
        "m\u{435}@example.org",
        "me\u{301}@example.org",
        "m\u{e9}@example.org",
        "ME@example.org",
    ] {
        let xml = signed(&changed(&unsigned(), PERSON, name), Signed::Assertion);
        assert_eq!(person(&judged(&xml).unwrap()), name);
    }
}

#[test]
fn an_assertion_that_its_bearer_may_not_use_is_refused() {
    let rules = [
        "assertion.in_response_to",
        "assertion.recipient",
        "assertion.confirmation_expired",
        "assertion.time",
    ]
    .map(Off::Rule);
    let bearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
    for method in [
        "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key",
        "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches",
        "",
    ] {
        refused_after_with(bearer, method, "assertion.subject", &rules);
    }
    let confirmation = unsigned();
    let start = confirmation.find("<saml:SubjectConfirmation ").unwrap();
    let end = confirmation.find("</saml:Subject>").unwrap();
    refused_after_with(&confirmation[start..end], "", "assertion.subject", &rules);
}

#[test]
fn one_good_confirmation_among_others_is_enough() {
    let start = "<saml:SubjectConfirmation ";
    let other = format!(
        "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData NotOnOrAfter=\"{}\" Recipient=\"https://other.example.org/acs\"/></saml:SubjectConfirmation>{start}",
        instant(900)
    );
    let xml = signed(&changed(&unsigned(), start, &other), Signed::Assertion);
    // The other confirmation could be used later, so that the assertion is remembered until then.
    assert_eq!(judged(&xml).unwrap().remember_until, at(931));
}

#[test]
fn an_assertion_about_no_sign_in_is_refused() {
    let xml = unsigned();
    let start = xml.find("<saml:AuthnStatement").unwrap();
    let end = xml.find("<saml:AttributeStatement").unwrap();
    refused_after(&xml[start..end], "", "assertion.authn_statement");
    let instant_now = format!("AuthnInstant=\"{}\"", instant(0));
    refused_after(
        &instant_now,
        &format!("AuthnInstant=\"{}\"", instant(61)),
        "assertion.authn_statement",
    );
    refused_after(
        &instant_now,
        &format!("{instant_now} SessionNotOnOrAfter=\"{}\"", instant(-61)),
        "assertion.authn_statement",
    );
    accepted_after(
        &instant_now,
        &format!("{instant_now} SessionNotOnOrAfter=\"{}\"", instant(-30)),
    );
}

#[test]
fn an_attribute_that_comes_twice_or_unreadable_is_refused() {
    let attribute = "<saml:Attribute Name=\"groups\"><saml:AttributeValue>staff</saml:AttributeValue></saml:Attribute>";
    let admin = attribute.replace("staff", "admin");
    for attributes in [
        format!("{attribute}{admin}"),
        format!("{admin}{attribute}"),
        format!("{attribute}</saml:AttributeStatement><saml:AttributeStatement>{admin}"),
    ] {
        refused_after(attribute, &attributes, "assertion.attributes");
    }
    for attributes in [
        format!("{attribute}<saml:EncryptedAttribute/>"),
        attribute.replace(" Name=\"groups\"", ""),
    ] {
        let xml = signed(
            &changed(&unsigned(), attribute, &attributes),
            Signed::Assertion,
        );
        assert_eq!(judged(&xml).unwrap_err().code(), "assertion.attributes");
        let unguarded = saml::guard::without("assertion.attributes", || judged(&xml));
        assert!(unguarded.is_ok(), "{attributes}");
    }
}

#[test]
fn attributes_are_read_from_the_assertion_only_and_in_every_spelling() {
    let attribute = "<saml:Attribute Name=\"groups\"><saml:AttributeValue>staff</saml:AttributeValue></saml:Attribute>";
    let outside = signed(
        &changed(
            &unsigned(),
            "<samlp:Status>",
            &format!(
                "<samlp:Extensions>{}</samlp:Extensions><samlp:Status>",
                attribute.replace("staff", "admin")
            ),
        ),
        Signed::Assertion,
    );
    let values = |xml: &str| {
        judged(xml)
            .unwrap()
            .assertion
            .get()
            .attributes
            .iter()
            .map(|attribute| attribute.values.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(values(&outside), [["staff"]]);

    let typed = concat!(
        r#"<saml:Attribute Name="a" FriendlyName="same" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:s="http://www.w3.org/2001/XMLSchema">"#,
        r#"<saml:AttributeValue i:type="s:string">a &amp; b</saml:AttributeValue><saml:AttributeValue><![CDATA[c <]]> d</saml:AttributeValue></saml:Attribute>"#,
        r#"<saml:Attribute Name="b" FriendlyName="same"><saml:AttributeValue><saml:NameID>opaque</saml:NameID></saml:AttributeValue></saml:Attribute>"#,
        r#"<saml:Attribute Name="c" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><saml:AttributeValue i:nil="true"/></saml:Attribute><saml:Attribute Name="d"/>"#
    );
    let xml = signed(&changed(&unsigned(), attribute, typed), Signed::Assertion);
    assert_eq!(
        values(&xml),
        [vec!["a & b", "c < d"], vec!["opaque"], vec![], vec![]]
    );
}

#[test]
fn another_version_or_no_id_is_refused() {
    for version in ["Version=\"1.1\"", "Version=\"2.1\"", "Version=\" 2.0\"", ""] {
        refused_after(
            "ID=\"_assertion\" Version=\"2.0\"",
            &format!("ID=\"_assertion\" {version}"),
            "message.version",
        );
    }
    for (from, to, code) in [
        (
            "ID=\"_response\" Version=\"2.0\"",
            "ID=\"_response\" Version=\"1.1\"",
            "message.version",
        ),
        (
            "ID=\"_response\" Version=\"2.0\"",
            "ID=\"_response\"",
            "message.version",
        ),
        ("ID=\"_response\"", "", "message.id"),
        ("ID=\"_response\"", "ID=\"\"", "message.id"),
        ("ID=\"_response\"", "ID=\"1response\"", "message.id"),
    ] {
        let xml = signed(&changed(&unsigned(), from, to), Signed::Assertion);
        refused(&xml, code, Off::Rule(code), &[]);
    }
}

#[test]
fn the_documented_sentences_go_with_the_refusals_that_they_describe() {
    let slow = judged_at(&signed(&unsigned(), Signed::Assertion), at(400)).unwrap_err();
    assert_eq!(
        slow.documented_text(),
        Some("A valid SubjectConfirmation was not found on this Response")
    );
    let old = judged(&signed(
        &changed(&unsigned(), "Version=\"2.0\"", "Version=\"1.1\""),
        Signed::Assertion,
    ))
    .unwrap_err();
    assert_eq!(old.documented_text(), Some("Unsupported SAML version"));
    let other = saml::validate::response::claimed(b"<x/>").unwrap_err();
    assert_eq!(other.documented_text(), None);
    assert!(judged_at(&signed(&unsigned(), Signed::Assertion), now()).is_ok());
}
