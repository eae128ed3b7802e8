//! Responses that the true identity provider signed and that must be refused all the same, for what they say.

use super::{Base, PERSON, Row, between, changed};

/// A change before signing.
struct Change {
    row: &'static str,
    code: &'static str,
    from: String,
    to: String,
}

pub(super) fn rows(base: &Base<'_>) -> Vec<Row> {
    let changes = [times, places, issuers, subjects, statements].map(|of| of(base));
    let unsigned = base.unsigned();
    changes
        .into_iter()
        .flatten()
        .map(|change| Row {
            row: change.row,
            what: change.to.chars().take(300).collect(),
            code: change.code,
            xml: (base.sign)(
                &changed(&unsigned, &change.from, &change.to),
                &base.assertion_id(),
            ),
        })
        .collect()
}

/// Each of `texts` in the place of `from`.
fn instead<T: Into<String>>(
    (row, code): (&'static str, &'static str),
    from: &str,
    texts: impl IntoIterator<Item = T>,
) -> Vec<Change> {
    let change = |to: T| Change {
        row,
        code,
        from: from.to_owned(),
        to: to.into(),
    };
    texts.into_iter().map(change).collect()
}

fn times(base: &Base<'_>) -> Vec<Change> {
    let at = |seconds| base.instant(seconds);
    let conditions = |start: String, end: String| {
        format!("<saml:Conditions NotBefore=\"{start}\" NotOnOrAfter=\"{end}\"")
    };
    let year = base.now.strftime("%Y").to_string();
    let year: i32 = year.parse().expect("a year");
    let odd = [
        format!("{}-01-01T00:00:00", year + 1),
        format!("{}-01-01T00:00:00+00:00", year + 1),
        format!("{}-06-30T23:59:60Z", year + 1),
        format!("{}-01-01T00:00:00.0000000001Z", year + 1),
        "9999-12-31T23:59:59Z".to_owned(),
        "later".to_owned(),
    ];
    let spans = [(-600, -61), (-600, -31), (31, 600), (61, 600)];
    let spans = spans.map(|(start, end)| conditions(at(start), at(end)));
    let good = conditions(at(0), at(300));
    let mut all = instead(("A02", "assertion.time"), &good, spans);
    let endless = format!("<saml:Conditions NotBefore=\"{}\"", at(0));
    all.extend(instead(("A02", "assertion.time"), &good, [endless]));
    let odd = odd.map(|end| conditions(at(0), end));
    all.extend(instead(("A02", "assertion.time"), &good, odd));
    let data = |inner: String| format!("<saml:SubjectConfirmationData{inner} Recipient");
    let good = data(format!(" NotOnOrAfter=\"{}\"", at(300)));
    let over = [-31, -61].map(|end| data(format!(" NotOnOrAfter=\"{}\"", at(end))));
    let expired = ("A02", "assertion.confirmation_expired");
    all.extend(instead(expired, &good, over));
    all.extend(instead(expired, &good, [data(String::new())]));
    let begins = data(format!(
        " NotBefore=\"{}\" NotOnOrAfter=\"{}\"",
        at(-1),
        at(300)
    ));
    all.extend(instead(("A02", "assertion.time"), &good, [begins]));
    all
}

fn places(base: &Base<'_>) -> Vec<Change> {
    let (audience, acs) = (base.audience, base.acs);
    let restriction = |text: &str| {
        format!(
            "<saml:AudienceRestriction><saml:Audience>{text}</saml:Audience></saml:AudienceRestriction>"
        )
    };
    let ours = restriction(audience);
    let others = [
        "urn:other".to_owned(),
        format!("{audience}x"),
        audience[..audience.len() - 1].to_owned(),
        audience.to_uppercase(),
        format!("{audience}/"),
        format!(" {audience}"),
        String::new(),
    ];
    let wrong = ("A03", "assertion.audience");
    let mut all = instead(wrong, &ours, others.each_ref().map(|one| restriction(one)));
    let both = others.map(|one| format!("{ours}{}", restriction(&one)));
    all.extend(instead(wrong, &ours, both));
    all.extend(instead(wrong, &ours, ["", "<saml:AudienceRestriction/>"]));
    let end = "</saml:Conditions>";
    let unknown = "<saml:Condition xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"x\"/></saml:Conditions>";
    let twice = "</saml:Conditions><saml:Conditions/>";
    all.extend(instead(
        ("A03", "assertion.conditions"),
        end,
        [unknown, twice],
    ));

    let (_, rest) = acs.split_once("://").expect("a URL");
    let (host, path) = rest.split_once('/').expect("a path");
    let urls = [
        format!("https://other.example.org/{path}"),
        format!("http://{host}/{path}"),
        format!("https://{host}:443/{path}"),
        format!("https://{host}/{}", path.to_lowercase() + "X"),
        format!("https://{host}./{path}"),
        format!("{acs}/"),
        format!("{acs}?x"),
        format!("https://me@{host}/{path}"),
        String::new(),
    ];
    let recipient = |url: &String| format!(" Recipient=\"{url}\"");
    let wrong = ("A04", "assertion.recipient");
    let good = recipient(&acs.to_owned());
    all.extend(instead(wrong, &good, urls.each_ref().map(recipient)));
    all.extend(instead(wrong, &good, [""]));
    let destination = |url: &String| format!(" Destination=\"{url}\"");
    let wrong = ("A04", "response.destination");
    let good = destination(&acs.to_owned());
    all.extend(instead(wrong, &good, urls.each_ref().map(destination)));
    all.extend(instead(wrong, &good, [""]));

    let answering = base.answering();
    let wrong = ("A05", "assertion.in_response_to");
    for other in [" InResponseTo=\"_other\"", " InResponseTo=\"\""] {
        for (before, after) in [
            (format!(" Destination=\"{acs}\""), ">"),
            (format!(" Recipient=\"{acs}\""), "/>"),
        ] {
            let (from, to) = (
                format!("{before}{answering}{after}"),
                format!("{before}{other}{after}"),
            );
            all.extend(instead(wrong, &from, [to]));
        }
    }
    all
}

fn issuers(base: &Base<'_>) -> Vec<Change> {
    let issuer = base.issuer;
    let tag = |text: &str| format!("<saml:Issuer>{text}</saml:Issuer>");
    let of_assertion = format!("<saml:Issuer>{issuer}</saml:Issuer><saml:Subject>");
    let of_response = format!("<saml:Issuer>{issuer}</saml:Issuer><samlp:Status>");
    let others = [
        tag("https://other.example.org/idp"),
        tag(&format!(" {issuer}")),
        tag(&format!("{issuer}\n")),
        tag(&issuer.to_uppercase()),
        "<saml:Issuer/>".to_owned(),
        format!(
            "<saml:Issuer Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\">{issuer}</saml:Issuer>"
        ),
    ];
    let wrong = ("A06", "assertion.issuer");
    let in_assertion = others.each_ref().map(|one| format!("{one}<saml:Subject>"));
    let mut all = instead(wrong, &of_assertion, in_assertion);
    all.extend(instead(wrong, &of_assertion, ["<saml:Subject>"]));
    let in_response =
        [&others[0], &others[1], &others[4]].map(|one| format!("{one}<samlp:Status>"));
    all.extend(instead(wrong, &of_response, in_response));
    all
}

fn subjects(base: &Base<'_>) -> Vec<Change> {
    let name = format!("<saml:NameID>{PERSON}</saml:NameID>");
    let tag = |text: &str| format!("<saml:NameID>{text}</saml:NameID>");
    let wrong = ("A09", "assertion.subject");
    let mut all = instead(
        wrong,
        &name,
        [
            String::new(),
            format!("{name}{name}"),
            format!("{name}{}", tag("admin")),
            format!("<saml:EncryptedID/>{name}"),
            format!("{name}<saml:BaseID/>"),
            "<saml:NameID/>".to_owned(),
            tag(" "),
            tag(&format!("{PERSON} ")),
            tag(&format!("\n{PERSON}")),
            tag(&format!("{PERSON}&#xA0;")),
            tag(&format!("me&#x85;{PERSON}")),
            tag(&"a".repeat(5 * 1024)),
            format!("<saml:NameID SPNameQualifier=\"urn:other\">{PERSON}</saml:NameID>"),
        ],
    );
    let methods = ["holder-of-key", "sender-vouches"]
        .map(|method| format!("urn:oasis:names:tc:SAML:2.0:cm:{method}"));
    let bearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
    all.extend(instead(wrong, bearer, methods));
    let confirmation = between(
        &base.unsigned(),
        "<saml:SubjectConfirmation ",
        "</saml:SubjectConfirmation>",
    );
    all.extend(instead(wrong, &confirmation, [""]));
    all
}

fn statements(base: &Base<'_>) -> Vec<Change> {
    let success = "<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>";
    let responder = "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\"";
    let nested = "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>";
    let mut all = instead(
        ("A08", "response.status"),
        success,
        [
            format!("<samlp:Status>{responder}/></samlp:Status>"),
            format!("<samlp:Status>{responder}>{nested}</samlp:StatusCode></samlp:Status>"),
            format!("{success}<samlp:Status>{responder}/></samlp:Status>"),
            "<samlp:Status/>".to_owned(),
            String::new(),
        ],
    );
    let attribute = between(&base.unsigned(), "<saml:Attribute ", "</saml:Attribute>");
    let admin = attribute.replace("staff", "admin");
    let parted = "</saml:AttributeStatement><saml:AttributeStatement>";
    all.extend(instead(
        ("A10", "assertion.attributes"),
        &attribute,
        [
            format!("{attribute}{admin}"),
            format!("{attribute}{parted}{admin}"),
            format!("{attribute}<saml:EncryptedAttribute/>"),
            attribute.replace(" Name=\"groups\"", ""),
        ],
    ));
    let statement = between(
        &base.unsigned(),
        "<saml:AuthnStatement",
        "</saml:AuthnStatement>",
    );
    let wrong = ("A11", "assertion.authn_statement");
    all.extend(instead(wrong, &statement, [""]));
    let signed_in = format!("AuthnInstant=\"{}\"", base.instant(0));
    let later = format!("AuthnInstant=\"{}\"", base.instant(61));
    let ended = format!("{signed_in} SessionNotOnOrAfter=\"{}\"", base.instant(-61));
    all.extend(instead(wrong, &signed_in, [later, ended]));
    all
}
