//! Logout: a session ends only when the party who may say so says so, to us, now.

use crate::support::collection::{Known, Travelled, collect_travelled};
use crate::support::keys::{PROVIDER, STRANGER};
use crate::support::response::{assertion, changed};
use crate::support::signing::sign;
use crate::support::{at, now};
use jiff::{SignedDuration, Timestamp};
use saml::bindings::redirect::{Kind, Order, Outgoing, Redirected, encode, encode_unsigned};
use saml::error::Refusal;
use saml::guard::without;
use saml::messages::{LogoutRequest, LogoutResponse, NameId, Status};
use saml::metadata::{Endpoint, EntityDescriptor, Role};
use saml::validate::Verdict;
use saml::validate::logout::{Expectations, accept_request, accept_response, explain};
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::keys::{Logout, VerifyingKey};

const ISSUER: &str = "urn:sp";
const DESTINATION: &str = "https://idp.example.org/slo";

fn request() -> LogoutRequest {
    LogoutRequest {
        id: "_logout".to_owned(),
        issue_instant: now(),
        issuer: ISSUER.to_owned(),
        destination: Some(DESTINATION.to_owned()),
        not_on_or_after: Some(at(60)),
        name_id: NameId {
            value: "me".to_owned(),
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        session_indexes: vec!["_session".to_owned()],
    }
}

fn response() -> LogoutResponse {
    LogoutResponse {
        id: "_done".to_owned(),
        issue_instant: now(),
        issuer: ISSUER.to_owned(),
        destination: Some(DESTINATION.to_owned()),
        in_response_to: Some("_logout".to_owned()),
        status: Status::success(),
    }
}

fn expectations(keys: &[VerifyingKey]) -> Expectations<'_> {
    Expectations {
        issuer: ISSUER,
        keys,
        default_algorithm: None,
        destinations: &[DESTINATION],
        skew: SignedDuration::from_secs(30),
    }
}

fn signed(kind: Kind, xml: &str) -> Travelled {
    let message = Outgoing {
        kind,
        xml,
        relay_state: None,
    };
    Travelled::by(
        encode(
            message,
            &PROVIDER.signing::<Logout>(),
            SignatureAlgorithm::RsaSha256,
            Order::SigAlgLast,
        )
        .unwrap(),
    )
}

fn unsigned(kind: Kind, xml: &str) -> Travelled {
    Travelled::by(encode_unsigned(Outgoing {
        kind,
        xml,
        relay_state: None,
    }))
}

/// What `portaria explain` must know of the other side.
const KNOWN: Known = Known {
    folder: "logouts",
    metadata: other_side,
    arguments: &["--destination", DESTINATION, "--in-response-to", "_logout"],
};

fn other_side() -> EntityDescriptor {
    let consumer = Endpoint {
        binding: saml::names::POST.to_owned(),
        location: "https://sp.example.org/acs".to_owned(),
        response_location: None,
        index: Some(0),
        is_default: true,
    };
    EntityDescriptor {
        entity_id: ISSUER.to_owned(),
        service_provider: Some(Role {
            signing: vec![PROVIDER.certificate.clone()],
            assertion_consumer: vec![consumer],
            ..Role::default()
        }),
        ..EntityDescriptor::default()
    }
}

fn judged_at(came: &Redirected, moment: Timestamp) -> Result<LogoutRequest, Refusal> {
    accept_request(came, &expectations(&[PROVIDER.verifying()]), moment)
}

fn judged(came: &Redirected) -> Result<LogoutRequest, Refusal> {
    judged_at(came, now())
}

fn judged_response(came: &Redirected) -> Result<LogoutResponse, Refusal> {
    accept_response(
        came,
        &expectations(&[PROVIDER.verifying()]),
        "_logout",
        now(),
    )
}

/// Refused with `code`, accepted without that guard, explained by the same code.
#[track_caller]
fn refused(came: &Travelled, code: &'static str) {
    refused_whatever_stands(came, code);
    assert!(without(code, || judged(came)).is_ok(), "without {code}");
}

/// Refused with `code`, and explained by it. Without that guard there is nothing to read.
#[track_caller]
fn refused_whatever_stands(came: &Travelled, code: &'static str) {
    assert_eq!(
        judged(&signed(Kind::Request, &request().to_xml().unwrap())).unwrap(),
        request(),
        "the base is good"
    );
    assert_eq!(judged(came).map_err(|refusal| refusal.code()), Err(code));
    assert_eq!(broken(came), Some(code));
    collect_travelled(&KNOWN, came, code);
}

#[track_caller]
fn refused_response(came: &Travelled, code: &'static str) {
    assert_eq!(
        judged_response(&signed(Kind::Response, &response().to_xml().unwrap())).unwrap(),
        response(),
        "the base is good"
    );
    assert_eq!(
        judged_response(came).map_err(|refusal| refusal.code()),
        Err(code)
    );
    assert_eq!(broken(came), Some(code));
    collect_travelled(&KNOWN, came, code);
    assert!(
        without(code, || judged_response(came)).is_ok(),
        "without {code}"
    );
}

fn broken(came: &Redirected) -> Option<&'static str> {
    broken_by(came, &[PROVIDER.verifying()])
}

fn broken_by(came: &Redirected, keys: &[VerifyingKey]) -> Option<&'static str> {
    let findings = explain(came, Some(&expectations(keys)), Some("_logout"), now());
    findings
        .into_iter()
        .find(|finding| finding.verdict == Verdict::Broken)
        .map(|finding| finding.code)
}

fn changed_request(change: impl FnOnce(&mut LogoutRequest)) -> Travelled {
    let mut other = request();
    change(&mut other);
    signed(Kind::Request, &other.to_xml().unwrap())
}

fn changed_response(change: impl FnOnce(&mut LogoutResponse)) -> Travelled {
    let mut other = response();
    change(&mut other);
    signed(Kind::Response, &other.to_xml().unwrap())
}

#[test]
fn an_unsigned_logout_ends_nothing() {
    let xml = request().to_xml().unwrap();
    refused(&unsigned(Kind::Request, &xml), "bind.signature");
    // Neither an enveloped signature nor a signed assertion inside vouches for it.
    refused(
        &unsigned(Kind::Request, &sign(&xml, "_logout", &PROVIDER)),
        "bind.signature",
    );
    let carried = sign(&assertion("_assertion", "me"), "_assertion", &PROVIDER);
    refused(
        &unsigned(
            Kind::Request,
            &changed(
                &xml,
                "</samlp:LogoutRequest>",
                &format!("<samlp:Extensions>{carried}</samlp:Extensions></samlp:LogoutRequest>"),
            ),
        ),
        "bind.signature",
    );
    let answer = response().to_xml().unwrap();
    refused_response(&unsigned(Kind::Response, &answer), "bind.signature");
}

#[test]
fn a_logout_by_another_party_ends_nothing() {
    refused(
        &changed_request(|request| request.issuer = "urn:other".to_owned()),
        "logout.issuer",
    );
    refused_response(
        &changed_response(|response| response.issuer = "urn:other".to_owned()),
        "logout.issuer",
    );
    let came = signed(Kind::Request, &request().to_xml().unwrap());
    for keys in [&[STRANGER.verifying()][..], &[]] {
        let outcome = accept_request(&came, &expectations(keys), now());
        assert_eq!(outcome.unwrap_err().code(), "bind.signature");
        assert_eq!(broken_by(&came, keys), Some("bind.signature"));
    }
}

#[test]
fn a_logout_for_another_place_ends_nothing() {
    for destination in [
        Some("https://idp.example.org/slo/"),
        Some("https://other.example.org/slo"),
        Some(""),
        None,
    ] {
        let destination = destination.map(str::to_owned);
        refused(
            &changed_request(|request| request.destination = destination.clone()),
            "logout.destination",
        );
        refused_response(
            &changed_response(|response| response.destination = destination.clone()),
            "logout.destination",
        );
    }
}

#[test]
fn a_logout_that_is_over_or_from_the_future_ends_nothing() {
    refused(
        &changed_request(|request| request.not_on_or_after = Some(at(-31))),
        "logout.time",
    );
    refused(
        &changed_request(|request| request.issue_instant = at(61)),
        "logout.time",
    );
    // Without an end of its own it lives for five minutes.
    let endless = changed_request(|request| request.not_on_or_after = None);
    assert!(judged_at(&endless, at(330)).is_ok());
    assert_eq!(
        judged_at(&endless, at(331)).unwrap_err().code(),
        "logout.time"
    );
    assert!(
        judged_at(
            &changed_request(|request| request.not_on_or_after = Some(at(-30))),
            now()
        )
        .is_ok()
    );
    refused_response(
        &changed_response(|response| response.issue_instant = at(-331)),
        "logout.time",
    );
    refused_response(
        &changed_response(|response| response.issue_instant = at(61)),
        "logout.time",
    );
}

#[test]
fn a_logout_of_nobody_ends_nothing() {
    for name in ["", " me", "me\n", "m\u{85}e"] {
        refused(
            &changed_request(|request| request.name_id.value = name.to_owned()),
            "logout.subject",
        );
    }
    let xml = request().to_xml().unwrap();
    let name = "<saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">me</saml:NameID>";
    for other in [
        String::new(),
        format!("{name}{name}"),
        name.replace("NameID", "EncryptedID"),
    ] {
        let came = signed(Kind::Request, &changed(&xml, name, &other));
        refused_whatever_stands(&came, "logout.subject");
    }
}

#[test]
fn an_answer_to_another_request_is_refused() {
    for answered in [Some("_other"), Some(""), None] {
        let answered = answered.map(str::to_owned);
        refused_response(
            &changed_response(|response| response.in_response_to = answered),
            "logout.in_response_to",
        );
    }
}

#[test]
fn a_message_of_the_other_kind_is_refused() {
    let (asks, answers) = (request().to_xml().unwrap(), response().to_xml().unwrap());
    // Which kind is wanted, the place decides to which it was sent: explaining knows the parameter only.
    for (came, explained) in [
        (signed(Kind::Response, &asks), Some("message.kind")),
        (signed(Kind::Request, &answers), Some("message.kind")),
        (signed(Kind::Response, &answers), None),
    ] {
        assert_eq!(judged(&came).unwrap_err().code(), "message.kind");
        assert_eq!(broken(&came), explained);
    }
    for (came, explained) in [
        (signed(Kind::Request, &answers), Some("message.kind")),
        (signed(Kind::Response, &asks), Some("message.kind")),
        (signed(Kind::Request, &asks), None),
    ] {
        assert_eq!(judged_response(&came).unwrap_err().code(), "message.kind");
        assert_eq!(broken(&came), explained);
        if explained.is_some() {
            collect_travelled(&KNOWN, &came, "message.kind");
        }
    }
    let odd = changed(&asks, "Version=\"2.0\"", "Version=\"3.0\"");
    refused_whatever_stands(&signed(Kind::Request, &odd), "message.version");
}

#[test]
fn a_status_with_a_second_level_comes_through() {
    let partial = Status {
        code: saml::names::RESPONDER.to_owned(),
        sub_code: Some(saml::names::PARTIAL_LOGOUT.to_owned()),
        message: Some("one was not reached".to_owned()),
    };
    let came = changed_response(|response| response.status = partial.clone());
    assert_eq!(judged_response(&came).unwrap().status, partial);
}
