//! AuthnRequests as the identity provider judges them: nobody but a registered consumer ever gets an answer.

use crate::support::collection::{Known, Travelled, collect_travelled};
use crate::support::keys::{PROVIDER, STRANGER};
use crate::support::now;
use crate::support::response::changed;
use crate::support::signing::sign;
use saml::bindings::redirect::{Kind, Order, Outgoing, Redirected, encode, encode_unsigned};
use saml::error::Refusal;
use saml::guard::without;
use saml::messages::{AuthnRequest, NameIdPolicy};
use saml::metadata::{Endpoint, EntityDescriptor, Role};
use saml::names::{EMAIL_ADDRESS, POST, REDIRECT};
use saml::validate::Verdict;
use saml::validate::request::{Came, Obeyed, Partner, accept, explain};
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::keys::{Requests, VerifyingKey};

const ISSUER: &str = "urn:sp";
const ACS: &str = "https://sp.example.org/acs";
const SECOND_ACS: &str = "https://sp.example.org:443/acs";
const DESTINATION: &str = "https://idp.example.org/sso";

fn request() -> AuthnRequest {
    AuthnRequest {
        id: "_request".to_owned(),
        issue_instant: now(),
        issuer: ISSUER.to_owned(),
        destination: Some(DESTINATION.to_owned()),
        acs_url: Some(ACS.to_owned()),
        acs_index: None,
        protocol_binding: Some(POST.to_owned()),
        force_authn: true,
        is_passive: false,
        name_id_policy: Some(NameIdPolicy {
            format: Some(EMAIL_ADDRESS.to_owned()),
            sp_name_qualifier: None,
            allow_create: Some(true),
        }),
        requested_classes: vec!["urn:class".to_owned()],
    }
}

fn partner(keys: &[VerifyingKey], must_sign: bool) -> Partner<'_> {
    Partner {
        entity_id: ISSUER,
        acs: &[(0, ACS), (7, SECOND_ACS)],
        keys,
        must_sign,
        default_algorithm: None,
    }
}

/// What `portaria explain` must know of the service provider.
const KNOWN: Known = Known {
    folder: "requests",
    metadata: service_provider,
    arguments: &["--destination", DESTINATION],
};

fn service_provider() -> EntityDescriptor {
    let consumer = |index, location: &str| Endpoint {
        binding: POST.to_owned(),
        location: location.to_owned(),
        response_location: None,
        index: Some(index),
        is_default: index == 0,
    };
    EntityDescriptor {
        entity_id: ISSUER.to_owned(),
        service_provider: Some(Role {
            signing: vec![PROVIDER.certificate.clone()],
            assertion_consumer: vec![consumer(0, ACS), consumer(7, SECOND_ACS)],
            requests_signed: true,
            ..Role::default()
        }),
        ..EntityDescriptor::default()
    }
}

fn redirected(xml: &str, is_signed: bool) -> Travelled {
    let message = Outgoing {
        kind: Kind::Request,
        xml,
        relay_state: None,
    };
    let key = PROVIDER.signing::<Requests>();
    let query = if is_signed {
        encode(
            message,
            &key,
            SignatureAlgorithm::RsaSha256,
            Order::Standard,
        )
        .unwrap()
    } else {
        encode_unsigned(message)
    };
    Travelled::by(query)
}

fn judged(xml: &str) -> Result<Obeyed, Refusal> {
    accept(
        &Came::Redirect(&redirected(xml, true)),
        &partner(&[PROVIDER.verifying()], true),
        &[DESTINATION],
    )
}

/// The code of the first broken rule, for somebody with this to go by.
fn explained(came: &Came<'_>, partner: &Partner<'_>) -> Option<&'static str> {
    explain(came, Some(partner), &[DESTINATION])
        .into_iter()
        .find(|finding| finding.verdict == Verdict::Broken)
        .map(|finding| finding.code)
}

/// Refused with `code` although its sender signed it, accepted without that guard, explained by the same code.
#[track_caller]
fn refused(xml: &str, code: &'static str) {
    assert!(
        judged(&request().to_xml().unwrap()).is_ok(),
        "the base is good"
    );
    assert_eq!(
        judged(xml).map(|_| ()).map_err(|refusal| refusal.code()),
        Err(code),
        "{xml}"
    );
    let (came, keys) = (redirected(xml, true), [PROVIDER.verifying()]);
    let by = explained(&Came::Redirect(&came), &partner(&keys, true));
    assert_eq!(by, Some(code));
    // What was sent as a request and is none is judged by the rules of what it is.
    if code != "message.kind" {
        collect_travelled(&KNOWN, &came, code);
    }
}

#[track_caller]
fn refused_by_guard(xml: &str, code: &'static str) {
    refused(xml, code);
    assert!(without(code, || judged(xml)).is_ok(), "without {code}");
}

#[test]
fn what_is_written_is_read_back_and_obeyed() {
    let obeyed = judged(&request().to_xml().unwrap()).unwrap();
    assert_eq!(obeyed.request, request());
    assert_eq!(obeyed.acs, ACS);
    assert!(obeyed.signed);
}

#[test]
fn the_consumer_is_the_one_asked_for_or_the_default() {
    for (url, index, wanted) in [
        (None, None, ACS),
        (None, Some(7), SECOND_ACS),
        (Some(SECOND_ACS), None, SECOND_ACS),
    ] {
        let asking = AuthnRequest {
            acs_url: url.map(str::to_owned),
            acs_index: index,
            ..request()
        };
        assert_eq!(judged(&asking.to_xml().unwrap()).unwrap().acs, wanted);
    }
}

#[test]
fn a_consumer_that_is_not_registered_gets_nothing_signed_or_not() {
    for url in [
        "https://evil.example.org/acs",
        "https://sp.example.org/acs/x",
        "https://sp.example.org/acs?x=y",
        "https://sp.example.org/acs#x",
        "https://sp.example.org@evil.example.org/acs",
        "https://sp.example.org\\@evil.example.org/acs",
        "https://sp.example.org:8443/acs",
        "https://SP.example.org/acs",
        "https://sp.example.org/ACS",
        "https://sp.ex\u{430}mple.org/acs",
        "http://sp.example.org/acs",
        " https://sp.example.org/acs",
        "javascript:alert(1)",
        "",
    ] {
        let spoofed = AuthnRequest {
            acs_url: Some(url.to_owned()),
            ..request()
        }
        .to_xml()
        .unwrap();
        refused(&spoofed, "request.acs");
        let unsigned = redirected(&spoofed, false);
        let outcome = accept(
            &Came::Redirect(&unsigned),
            &partner(&[], false),
            &[DESTINATION],
        );
        assert_eq!(outcome.unwrap_err().code(), "request.acs");
        // There is no switch that would send a response to a URL that is not registered: the URL comes out of the list.
        assert!(without("request.acs", || judged(&spoofed)).is_err());
    }
    for index in [1, 65535] {
        let asking = AuthnRequest {
            acs_url: None,
            acs_index: Some(index),
            ..request()
        };
        refused(&asking.to_xml().unwrap(), "request.acs");
    }
    let good = request().to_xml().unwrap();
    refused(
        &AuthnRequest {
            acs_index: Some(0),
            ..request()
        }
        .to_xml()
        .unwrap(),
        "request.acs",
    );
    let index = |value: &str| {
        changed(
            &good,
            &format!("AssertionConsumerServiceURL=\"{ACS}\""),
            &format!("AssertionConsumerServiceIndex=\"{value}\""),
        )
    };
    for value in ["65536", "-1", "+7", "x", ""] {
        refused(&index(value), "request.acs");
    }
}

#[test]
fn a_request_for_somebody_elses_name_is_refused() {
    let policy = |qualifier: &str| {
        let policy = NameIdPolicy {
            sp_name_qualifier: Some(qualifier.to_owned()),
            ..NameIdPolicy::default()
        };
        AuthnRequest {
            name_id_policy: Some(policy),
            ..request()
        }
        .to_xml()
        .unwrap()
    };
    assert!(judged(&policy(ISSUER)).is_ok());
    refused_by_guard(&policy("urn:other"), "request.unsupported");
    let good = request().to_xml().unwrap();
    let subject = "<saml:Subject xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"><saml:NameID>admin</saml:NameID></saml:Subject></samlp:AuthnRequest>";
    refused(
        &changed(&good, "</samlp:AuthnRequest>", subject),
        "request.unsupported",
    );
}

#[test]
fn what_cannot_be_honoured_is_refused_and_not_ignored() {
    refused_by_guard(
        &AuthnRequest {
            protocol_binding: Some(REDIRECT.to_owned()),
            ..request()
        }
        .to_xml()
        .unwrap(),
        "request.unsupported",
    );
    let good = request().to_xml().unwrap();
    refused(
        &changed(&good, "ForceAuthn=\"true\"", "ForceAuthn=\"yes\""),
        "request.unsupported",
    );
    refused(
        &changed(
            &good,
            "<samlp:RequestedAuthnContext>",
            "<samlp:RequestedAuthnContext Comparison=\"better\">",
        ),
        "request.unsupported",
    );
    refused(
        &changed(&good, "AuthnContextClassRef", "AuthnContextDeclRef"),
        "request.unsupported",
    );
    for comparison in ["exact", "minimum", "maximum"] {
        let xml = changed(
            &good,
            "<samlp:RequestedAuthnContext>",
            &format!("<samlp:RequestedAuthnContext Comparison=\"{comparison}\">"),
        );
        assert!(judged(&xml).is_ok());
    }
}

#[test]
fn a_request_of_another_sender_or_for_another_place_is_refused() {
    refused_by_guard(
        &AuthnRequest {
            issuer: "urn:other".to_owned(),
            ..request()
        }
        .to_xml()
        .unwrap(),
        "request.issuer",
    );
    refused_by_guard(
        &AuthnRequest {
            issuer: "urn:sp ".to_owned(),
            ..request()
        }
        .to_xml()
        .unwrap(),
        "request.issuer",
    );
    for destination in [Some("https://idp.example.org/other"), Some(""), None] {
        let xml = AuthnRequest {
            destination: destination.map(str::to_owned),
            ..request()
        }
        .to_xml()
        .unwrap();
        refused_by_guard(&xml, "request.destination");
    }
}

#[test]
fn a_signature_is_demanded_where_it_must_be_and_never_ignored_where_it_is() {
    let xml = request().to_xml().unwrap();
    let keys = [PROVIDER.verifying()];
    let code = |came: &Redirected, partner: &Partner<'_>| {
        let came = Came::Redirect(came);
        let outcome = accept(&came, partner, &[DESTINATION])
            .map(|obeyed| obeyed.signed)
            .map_err(|refusal| refusal.code());
        if let Err(code) = outcome {
            assert_eq!(explained(&came, partner), Some(code));
        }
        outcome
    };
    assert_eq!(
        code(&redirected(&xml, true), &partner(&keys, true)),
        Ok(true)
    );
    assert_eq!(
        code(&redirected(&xml, false), &partner(&keys, true)),
        Err("bind.signature")
    );
    assert_eq!(
        code(&redirected(&xml, false), &partner(&[], true)),
        Err("bind.signature")
    );
    assert_eq!(
        code(&redirected(&xml, false), &partner(&keys, false)),
        Ok(false)
    );
    assert_eq!(
        code(
            &redirected(&xml, true),
            &partner(&[STRANGER.verifying()], false)
        ),
        Err("bind.signature")
    );
    assert_eq!(
        code(&redirected(&xml, true), &partner(&[], false)),
        Ok(false)
    );
    assert_eq!(
        without("bind.signature", || code(
            &redirected(&xml, false),
            &partner(&keys, true)
        )),
        Ok(false)
    );
    // A signature inside the XML counts for nothing in this binding (SAML bindings §3.4.4.1).
    let enveloped = sign(&xml, "_request", &PROVIDER);
    assert_eq!(
        code(&redirected(&enveloped, false), &partner(&keys, true)),
        Err("bind.signature")
    );
    // Half a signature is not no signature.
    let half = Travelled::by(format!(
        "{}&SigAlg=x",
        encode_unsigned(Outgoing {
            kind: Kind::Request,
            xml: &xml,
            relay_state: None
        })
    ));
    assert_eq!(code(&half, &partner(&keys, false)), Err("bind.signature"));
    for travelled in [redirected(&xml, false), redirected(&enveloped, false), half] {
        assert_eq!(
            code(&travelled, &partner(&keys, true)),
            Err("bind.signature")
        );
        collect_travelled(&KNOWN, &travelled, "bind.signature");
    }
}

#[test]
fn a_posted_request_is_vouched_for_by_its_enveloped_signature() {
    let xml = request().to_xml().unwrap();
    let signed = sign(&xml, "_request", &PROVIDER);
    let keys = [PROVIDER.verifying()];
    let code = |xml: &str, must_sign| {
        let (came, partner) = (Came::Post(xml.as_bytes()), partner(&keys, must_sign));
        let outcome = accept(&came, &partner, &[DESTINATION])
            .map(|obeyed| obeyed.signed)
            .map_err(|refusal| refusal.code());
        assert_eq!(explained(&came, &partner), outcome.err());
        outcome
    };
    assert_eq!(code(&signed, true), Ok(true));
    assert_eq!(code(&xml, true), Err("sig.missing"));
    assert_eq!(code(&xml, false), Ok(false));
    assert_eq!(
        code(&changed(&signed, "_request\" ", "_requesu\" "), false),
        Err("sig.reference")
    );
    assert_eq!(
        code(
            &changed(&signed, "ForceAuthn=\"true\"", "ForceAuthn=\"false\""),
            false
        ),
        Err("sig.digest")
    );
    assert_eq!(
        code(&sign(&xml, "_request", &STRANGER), true),
        Err("sig.key")
    );
}

#[test]
fn a_message_of_another_kind_or_without_what_it_needs_is_refused() {
    let good = request().to_xml().unwrap();
    for (from, to, code) in [
        ("samlp:AuthnRequest", "samlp:LogoutRequest", "message.kind"),
        ("samlp:AuthnRequest", "samlp:Response", "message.kind"),
        (
            "urn:oasis:names:tc:SAML:2.0:protocol",
            "urn:oasis:names:tc:SAML:1.0:protocol",
            "message.kind",
        ),
        (" Version=\"2.0\"", "", "message.version"),
        (" ID=\"_request\"", "", "message.id"),
        (" ID=\"_request\"", " ID=\"x y\"", "message.id"),
        ("IssueInstant=\"2026", "x=\"2026", "request.time"),
    ] {
        refused(&changed(&good, from, to), code);
    }
    let start = good.find("<saml:Issuer").unwrap();
    let end = good.find("</saml:Issuer>").unwrap() + "</saml:Issuer>".len();
    refused(
        &format!("{}{}", &good[..start], &good[end..]),
        "request.issuer",
    );
}

#[test]
fn an_old_request_and_the_document_s_bare_one_are_obeyed() {
    // HORACIUS prints this shape: no Destination, no signature, an ID of letters, a ProviderName.
    let xml = concat!(
        r#"<?xml version="1.0" encoding="UTF-8"?><samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="dfbcehnjjikhfnlbcjedlchdmeehbedcilkljclj" Version="2.0" IssueInstant="2019-11-20T19:47:04Z" "#,
        r#"ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" ProviderName="google.com" IsPassive="false" AssertionConsumerServiceURL="https://sp.example.org/acs">"#,
        r#"<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">urn:sp</saml:Issuer><samlp:NameIDPolicy AllowCreate="true" Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"/></samlp:AuthnRequest>"#
    );
    let obeyed = accept(
        &Came::Redirect(&redirected(xml, false)),
        &partner(&[], false),
        &[DESTINATION],
    )
    .unwrap();
    assert_eq!(
        obeyed.request.id,
        "dfbcehnjjikhfnlbcjedlchdmeehbedcilkljclj"
    );
    assert_eq!(obeyed.acs, ACS);
    assert!(!obeyed.signed);
}
