//! What must hold for any input.

use crate::support::now;
use crate::support::response::{explained, judged, signed, unsigned};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::string::string_regex;
use saml::bindings::post;
use saml::bindings::redirect::{Kind, Outgoing, Redirected, encode_unsigned};
use saml::issue::Signed;
use saml::messages::{AuthnRequest, LogoutRequest, NameId, NameIdPolicy};
use saml::metadata::EntityDescriptor;
use saml::validate::request::{Came, explain};
use std::sync::LazyLock;
use xmldsig::dom::Document;
use xmldsig::limits::Limits;

static GOOD: LazyLock<String> = LazyLock::new(|| signed(&unsigned(), Signed::Both));

/// Text with everything that XML can carry and markup is made of.
fn text() -> impl Strategy<Value = String> {
    string_regex("[ -~\\t\\n\\r\u{a0}-\u{d7ff}\u{10000}-\u{10010}&<>\"']{0,40}").expect("a pattern")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_posted_arrives(content in text()) {
        let xml = format!("<a>{}</a>", content.replace(['<', '&'], ""));
        prop_assert_eq!(post::decode(&post::encode(&xml)).unwrap(), xml.as_bytes());
    }

    #[test]
    fn what_is_redirected_arrives(xml in text(), state in proptest::option::of(text()), is_response in any::<bool>()) {
        let kind = if is_response { Kind::Response } else { Kind::Request };
        let came = Redirected::decode(&encode_unsigned(Outgoing { kind, xml: &xml, relay_state: state.as_deref() })).unwrap();
        prop_assert_eq!((came.kind, came.xml, came.relay_state), (kind, xml.into_bytes(), state));
    }

    #[test]
    fn no_value_of_a_request_becomes_markup(issuer in text(), url in text(), format in text(), class in text()) {
        let request = AuthnRequest {
            id: "_request".to_owned(),
            issue_instant: now(),
            issuer,
            destination: Some(url.clone()),
            acs_url: Some(url),
            acs_index: None,
            protocol_binding: None,
            force_authn: false,
            is_passive: true,
            name_id_policy: Some(NameIdPolicy { format: Some(format), sp_name_qualifier: None, allow_create: Some(false) }),
            requested_classes: vec![class],
        };
        let xml = request.to_xml().unwrap();
        let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
        prop_assert_eq!(AuthnRequest::read(document.root()).unwrap(), request);
    }

    #[test]
    fn no_value_of_a_logout_becomes_markup(name in text(), indexes in vec(text(), 0..4)) {
        let name_id = NameId { value: name.clone(), format: Some(name), name_qualifier: None, sp_name_qualifier: None };
        let request = LogoutRequest {
            id: "_logout".to_owned(),
            issue_instant: now(),
            issuer: "urn:sp".to_owned(),
            destination: None,
            not_on_or_after: Some(now()),
            name_id,
            session_indexes: indexes,
        };
        let xml = request.to_xml().unwrap();
        let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
        prop_assert_eq!(LogoutRequest::read(document.root()).unwrap(), request);
    }

    #[test]
    fn nothing_panics_on_any_bytes(bytes in vec(any::<u8>(), 0..400)) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = post::decode(&text);
        let _ = Redirected::decode(&text);
        let _ = EntityDescriptor::read(&bytes);
        let _ = saml::time::parse(&text);
        prop_assert!(judged(&text).is_err());
        let _ = explain(&Came::Post(&bytes), None, &[]);
    }

    #[test]
    fn nothing_panics_on_a_good_response_cut_and_sewn(from in 0_usize..4000, to in 0_usize..4000, at in 0_usize..4000) {
        let piece = |from: usize, to: usize| GOOD.get(from.min(to).min(GOOD.len())..from.max(to).min(GOOD.len())).unwrap_or_default();
        let sewn = format!("{}{}{}", piece(0, at), piece(from, to), piece(at, GOOD.len()));
        // Explaining never says that a rule is broken where accepting says that none is, and the other way round.
        let is_broken = explained(&sewn).iter().any(|finding| finding.verdict == saml::validate::Verdict::Broken);
        prop_assert_eq!(judged(&sewn).is_err(), is_broken);
    }

    #[test]
    fn every_time_is_read_as_it_is_written(seconds in 0_i64..253_370_764_800, milliseconds in 0_i64..1000) {
        let time = jiff::Timestamp::from_millisecond(seconds * 1000 + milliseconds).unwrap();
        prop_assert_eq!(saml::time::parse(&saml::time::format(time)), Ok(time));
    }
}
