//! Logout: a session ends only when the party who may say so says so, to us, now.

use crate::support::keys::{PROVIDER, STRANGER};
use crate::support::response::{assertion, changed};
use crate::support::signing::sign;
use crate::support::{at, now};
use jiff::{SignedDuration, Timestamp};
use saml::bindings::redirect::{Kind, Order, Outgoing, Redirected, encode, encode_unsigned};
use saml::error::Refusal;
use saml::guard::without;
use saml::messages::{LogoutRequest, LogoutResponse, NameId, Status};
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

fn signed(kind: Kind, xml: &str) -> Redirected {
    let message = Outgoing {
        kind,
        xml,
        relay_state: None,
    };
    Redirected::decode(
        &encode(
            message,
            &PROVIDER.signing::<Logout>(),
            SignatureAlgorithm::RsaSha256,
            Order::SigAlgLast,
        )
        .unwrap(),
    )
    .unwrap()
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
fn refused(came: &Redirected, code: &'static str) {
    assert_eq!(
        judged(&signed(Kind::Request, &request().to_xml().unwrap())).unwrap(),
        request(),
        "the base is good"
    );
    assert_eq!(judged(came).map_err(|refusal| refusal.code()), Err(code));
    assert_eq!(broken(came), Some(code));
    assert!(without(code, || judged(came)).is_ok(), "without {code}");
}

#[track_caller]
fn refused_response(came: &Redirected, code: &'static str) {
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
    assert!(
        without(code, || judged_response(came)).is_ok(),
        "without {code}"
    );
}

fn broken(came: &Redirected) -> Option<&'static str> {
    let findings = explain(
        came,
        Some(&expectations(&[PROVIDER.verifying()])),
        Some("_logout"),
        now(),
    );
    findings
        .into_iter()
        .find(|finding| finding.verdict == Verdict::Broken)
        .map(|finding| finding.code)
}

fn changed_request(change: impl FnOnce(&mut LogoutRequest)) -> Redirected {
    let mut other = request();
    change(&mut other);
    signed(Kind::Request, &other.to_xml().unwrap())
}

fn changed_response(change: impl FnOnce(&mut LogoutResponse)) -> Redirected {
    let mut other = response();
    change(&mut other);
    signed(Kind::Response, &other.to_xml().unwrap())
}

#[test]
fn an_unsigned_logout_ends_nothing() {
    let xml = request().to_xml().unwrap();
    let unsigned = |xml: &str| {
        Redirected::decode(&encode_unsigned(Outgoing {
            kind: Kind::Request,
            xml,
            relay_state: None,
        }))
        .unwrap()
    };
    refused(&unsigned(&xml), "bind.signature");
    // Neither an enveloped signature nor a signed assertion inside vouches for it.
    refused(
        &unsigned(&sign(&xml, "_logout", &PROVIDER)),
        "bind.signature",
    );
    let carried = sign(&assertion("_assertion", "me"), "_assertion", &PROVIDER);
    refused(
        &unsigned(&changed(
            &xml,
            "</samlp:LogoutRequest>",
            &format!("<samlp:Extensions>{carried}</samlp:Extensions></samlp:LogoutRequest>"),
        )),
        "bind.signature",
    );
    let answer = response().to_xml().unwrap();
    let unsigned = Redirected::decode(&encode_unsigned(Outgoing {
        kind: Kind::Response,
        xml: &answer,
        relay_state: None,
    }))
    .unwrap();
    refused_response(&unsigned, "bind.signature");
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
    let outcome = accept_request(&came, &expectations(&[STRANGER.verifying()]), now());
    assert_eq!(outcome.unwrap_err().code(), "bind.signature");
    assert_eq!(
        accept_request(&came, &expectations(&[]), now())
            .unwrap_err()
            .code(),
        "bind.signature"
    );
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
        assert_eq!(judged(&came).unwrap_err().code(), "logout.subject");
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
    assert_eq!(
        judged(&signed(Kind::Response, &asks)).unwrap_err().code(),
        "message.kind"
    );
    assert_eq!(
        judged(&signed(Kind::Request, &answers)).unwrap_err().code(),
        "message.kind"
    );
    assert_eq!(
        judged_response(&signed(Kind::Request, &answers))
            .unwrap_err()
            .code(),
        "message.kind"
    );
    assert_eq!(
        judged_response(&signed(Kind::Response, &asks))
            .unwrap_err()
            .code(),
        "message.kind"
    );
    let odd = changed(&asks, "Version=\"2.0\"", "Version=\"3.0\"");
    assert_eq!(
        judged(&signed(Kind::Request, &odd)).unwrap_err().code(),
        "message.version"
    );
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
