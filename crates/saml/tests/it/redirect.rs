//! The redirect binding: what travels in a query string, and the signature over it.

use crate::support::keys::{PROVIDER, STRANGER};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::deflate::{compress_to_vec, compress_to_vec_zlib};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use saml::bindings::redirect::{Kind, Order, Outgoing, Redirected, encode, encode_unsigned};
use saml::error::Refusal;
use saml::guard::without;
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::keys::{Requests, Sha1, VerifyingKey};

const XML: &str = "<a>~~~???>>></a>";

fn outgoing(relay_state: Option<&str>) -> Outgoing<'_> {
    Outgoing {
        kind: Kind::Request,
        xml: XML,
        relay_state,
    }
}

fn signed(relay_state: Option<&str>, order: Order) -> String {
    encode(
        outgoing(relay_state),
        &PROVIDER.signing::<Requests>(),
        SignatureAlgorithm::RsaSha256,
        order,
    )
    .unwrap()
}

fn verified(query: &str) -> Result<Redirected, Refusal> {
    let came = Redirected::decode(query)?;
    came.verify(&[STRANGER.verifying(), PROVIDER.verifying()], None)?;
    Ok(came)
}

#[track_caller]
fn refused(query: &str, code: &'static str) {
    assert!(
        verified(&signed(Some("12345"), Order::Standard)).is_ok(),
        "the base is good"
    );
    assert_eq!(
        verified(query)
            .map(|_| ())
            .map_err(|refusal| refusal.code()),
        Err(code)
    );
}

/// Refused with `code`, and accepted without that guard.
#[track_caller]
fn refused_by_guard(query: &str, code: &'static str) {
    refused(query, code);
    assert!(without(code, || verified(query)).is_ok(), "without {code}");
}

fn message(bytes: &[u8]) -> String {
    format!(
        "SAMLRequest={}",
        utf8_percent_encode(&STANDARD.encode(bytes), NON_ALPHANUMERIC)
    )
}

fn decoded(query: &str) -> Result<Vec<u8>, &'static str> {
    Redirected::decode(query)
        .map(|came| came.xml)
        .map_err(|refusal| refusal.code())
}

#[test]
fn every_order_of_the_parameters_carries_the_same_signature() {
    for order in [Order::RelayStateLast, Order::SigAlgLast, Order::Standard] {
        for relay_state in [None, Some(""), Some("12345"), Some("a b+c&d=é%")] {
            let query = signed(relay_state, order);
            let came = verified(&query).unwrap();
            assert_eq!(
                (came.xml.as_slice(), came.relay_state.as_deref()),
                (XML.as_bytes(), relay_state)
            );
            let mut parameters = query.split('&').collect::<Vec<_>>();
            parameters.reverse();
            parameters.push("client-request-id=00000000-0000-0000-ee02-0080000000de");
            assert!(
                verified(&parameters.join("&")).is_ok(),
                "in any order, among others"
            );
        }
    }
}

#[test]
fn the_query_begins_and_ends_as_the_documents_print_it() {
    let query = signed(Some("12345"), Order::RelayStateLast);
    assert!(
        query.starts_with("SAMLRequest=") && query.ends_with("&RelayState=12345"),
        "{query}"
    );
    assert!(signed(None, Order::Standard).ends_with("%3D%3D"));
    assert!(signed(None, Order::SigAlgLast).ends_with("%23rsa-sha256"));
    assert!(!query.contains('+'));
}

#[test]
fn lower_case_hex_is_signed_as_it_is_sent() {
    // AD FS writes %3d: the octets are the raw ones, so that a query in another case has another signature.
    let raw = signed(Some("a b"), Order::Standard);
    let (octets, _) = raw.split_once("&Signature=").unwrap();
    let lower = octets
        .replace("%2B", "%2b")
        .replace("%3D", "%3d")
        .replace("%2F", "%2f")
        .replace("%3A", "%3a");
    assert_ne!(lower, octets);
    let signature = PROVIDER
        .signing::<Requests>()
        .sign(SignatureAlgorithm::RsaSha256, lower.as_bytes())
        .unwrap();
    let signature = utf8_percent_encode(&STANDARD.encode(signature), NON_ALPHANUMERIC).to_string();
    assert!(verified(&format!("{lower}&Signature={signature}")).is_ok());
    refused_by_guard(&raw.replace("%3A", "%3a"), "bind.signature");
}

#[test]
fn what_was_changed_after_signing_is_refused() {
    let good = signed(Some("12345"), Order::Standard);
    refused_by_guard(&good.replace("12345", "67890"), "bind.signature");
    refused_by_guard(&good.replace("&RelayState=12345", ""), "bind.signature");
    refused_by_guard(&good.replace("12345", ""), "bind.signature");
    refused_by_guard(
        &good.replace("SAMLRequest", "SAMLResponse"),
        "bind.signature",
    );
    refused_by_guard(&good.replace("rsa-sha256", "rsa-sha512"), "bind.signature");
    refused_by_guard(
        &good
            .replace("RelayState=12345", "RelayState=%3112345")
            .replace("%3112345", "%312345"),
        "bind.signature",
    );
    let foreign = encode(
        outgoing(None),
        &crate::support::keys::THIRD.signing::<Requests>(),
        SignatureAlgorithm::RsaSha256,
        Order::Standard,
    )
    .unwrap();
    refused_by_guard(&foreign, "bind.signature");
}

#[test]
fn a_signature_that_is_absent_empty_or_of_no_allowed_algorithm_is_refused() {
    let good = signed(None, Order::Standard);
    let (unsigned, signature) = good.split_once("&Signature=").unwrap();
    refused(unsigned, "bind.signature");
    refused(&format!("{unsigned}&Signature="), "bind.signature");
    refused(&format!("{unsigned}&Signature=%%%"), "bind.signature");
    refused(
        &format!("{unsigned}&Signature={}", signature.replace("%3D", "")),
        "bind.signature",
    );
    for algorithm in [
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "none",
        "",
    ] {
        let uri = utf8_percent_encode(algorithm, NON_ALPHANUMERIC).to_string();
        refused(
            &format!(
                "{}&SigAlg={uri}&Signature={signature}",
                unsigned.split('&').next().unwrap()
            ),
            "sig.algorithm",
        );
    }
    refused(&encode_unsigned(outgoing(None)), "bind.signature");
}

#[test]
fn without_sigalg_the_configured_algorithm_is_taken() {
    let query = encode_unsigned(outgoing(None));
    let signature = PROVIDER
        .signing::<Requests>()
        .sign(SignatureAlgorithm::RsaSha256, query.as_bytes())
        .unwrap();
    let came = Redirected::decode(&format!(
        "{query}&Signature={}",
        utf8_percent_encode(&STANDARD.encode(signature), NON_ALPHANUMERIC)
    ))
    .unwrap();
    let keys = [PROVIDER.verifying()];
    assert!(
        came.verify(&keys, Some(SignatureAlgorithm::RsaSha256))
            .is_ok()
    );
    assert_eq!(
        came.verify(&keys, Some(SignatureAlgorithm::RsaSha512))
            .unwrap_err()
            .code(),
        "bind.signature"
    );
    assert_eq!(
        came.verify(&keys, None).unwrap_err().code(),
        "bind.signature"
    );
}

#[test]
fn a_parameter_that_comes_twice_or_in_escapes_is_refused() {
    let good = signed(Some("12345"), Order::Standard);
    let value = |name: &str| {
        good.split('&')
            .find_map(|part| part.strip_prefix(&format!("{name}=")))
            .unwrap()
            .to_owned()
    };
    for name in ["SAMLRequest", "RelayState", "SigAlg", "Signature"] {
        refused_by_guard(&format!("{good}&{name}={}", value(name)), "bind.ambiguous");
        refused(&format!("{name}=x&{good}"), "bind.ambiguous");
    }
    refused(
        &format!("{good}&SAMLResponse={}", value("SAMLRequest")),
        "bind.ambiguous",
    );
    refused(
        &good.replace("RelayState=", "Relay%53tate="),
        "bind.ambiguous",
    );
    refused("RelayState=1", "bind.missing");
    refused("", "bind.missing");
}

#[test]
fn only_one_raw_deflate_stream_within_the_limit_is_inflated() {
    let bomb = |mebibytes: usize| message(&compress_to_vec(&vec![b' '; mebibytes << 20], 9));
    for mebibytes in [1, 10] {
        assert_eq!(decoded(&bomb(mebibytes)), Err("bind.inflate_limit"));
    }
    let stream = compress_to_vec(XML.as_bytes(), 6);
    assert_eq!(decoded(&message(&stream)), Ok(XML.as_bytes().to_vec()));
    for trailing in [stream.clone(), vec![0], b"<a/>".to_vec()] {
        let query = message(&[stream.clone(), trailing].concat());
        assert_eq!(decoded(&query), Err("bind.inflate"));
        assert_eq!(
            without("bind.inflate", || decoded(&query)),
            Ok(XML.as_bytes().to_vec())
        );
    }
    assert_eq!(
        decoded(&message(&compress_to_vec_zlib(XML.as_bytes(), 6))),
        Err("bind.inflate")
    );
    assert_eq!(decoded(&message(XML.as_bytes())), Err("bind.inflate"));
    assert_eq!(
        decoded(&message(&stream[..stream.len() - 1])),
        Err("bind.cut")
    );
}

#[test]
fn each_kind_of_damage_has_its_own_code() {
    let query = message(&compress_to_vec(XML.as_bytes(), 0));
    assert!(
        query.contains("%2B"),
        "the sample must hold what gets damaged: {query}"
    );
    assert_eq!(decoded(&query.replace("%2B", "+")), Err("bind.spaces"));
    assert_eq!(decoded(&query.replace("%2B", "%20")), Err("bind.spaces"));
    assert_eq!(
        decoded(&query.replace('%', "%25")),
        Err("bind.encoded_twice")
    );
    assert_eq!(decoded(&query.replace("%2B", "-")), Err("bind.base64"));
    assert_eq!(decoded(&query.replace("%2B", "%00")), Err("bind.base64"));
    assert_eq!(decoded(&query.replace("%2B", "%3D")), Err("bind.base64"));
    assert_eq!(decoded(&query.replace("%2B", "%FF")), Err("bind.encoding"));
    for end in "SAMLRequest=".len() + 1..query.len() - 6 {
        let code = decoded(&query[..end]).unwrap_err();
        // A cut inside an escape leaves a percent sign behind, as does encoding twice.
        assert!(
            code == "bind.cut" || query[..end].rfind('%').is_some_and(|at| at + 3 > end),
            "{code} at {end}"
        );
    }
}

#[test]
fn an_unknown_encoding_or_a_long_relay_state_is_refused() {
    let query = encode_unsigned(outgoing(None));
    let named = |uri: &str| {
        format!(
            "{query}&SAMLEncoding={}",
            utf8_percent_encode(uri, NON_ALPHANUMERIC)
        )
    };
    assert!(
        decoded(&named(
            "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"
        ))
        .is_ok()
    );
    assert_eq!(decoded(&named("urn:x")), Err("bind.encoding"));
    let longest = "r".repeat(1024);
    assert!(decoded(&format!("{query}&RelayState={longest}")).is_ok());
    let longer = format!("{query}&RelayState={longest}r");
    assert_eq!(decoded(&longer), Err("bind.relay_state"));
    assert!(without("bind.relay_state", || decoded(&longer)).is_ok());
}

#[test]
fn sha_1_counts_of_the_party_for_which_it_is_switched_on_and_of_no_other() {
    let query = encode(
        outgoing(Some("12345")),
        &PROVIDER.signing::<Requests>(),
        SignatureAlgorithm::RsaSha1,
        Order::Standard,
    )
    .unwrap();
    let came = Redirected::decode(&query).unwrap();
    let judged = |keys: &[VerifyingKey]| came.verify(keys, None).map_err(|refusal| refusal.code());
    let believing = |key: VerifyingKey| {
        key.believing(Sha1 {
            signatures: true,
            digests: false,
        })
    };
    assert_eq!(judged(&[believing(PROVIDER.verifying())]), Ok(()));
    assert_eq!(judged(&[PROVIDER.verifying()]), Err("sig.algorithm"));
    assert_eq!(judged(&[]), Err("sig.algorithm"));
    let others = [believing(STRANGER.verifying()), PROVIDER.verifying()];
    assert_eq!(judged(&others), Err("bind.signature"));
    // Where SigAlg is missing, the settings may say SHA-1; the switch is the key's all the same.
    let unnamed = encode_unsigned(outgoing(None));
    let signature = PROVIDER
        .signing::<Requests>()
        .sign(SignatureAlgorithm::RsaSha1, unnamed.as_bytes())
        .unwrap();
    let signature = utf8_percent_encode(&STANDARD.encode(signature), NON_ALPHANUMERIC).to_string();
    let came = Redirected::decode(&format!("{unnamed}&Signature={signature}")).unwrap();
    let judged = |key: VerifyingKey, algorithm| {
        let verified = came.verify(&[key], Some(algorithm));
        verified.map_err(|refusal| refusal.code())
    };
    let legacy = || believing(PROVIDER.verifying());
    assert_eq!(judged(legacy(), SignatureAlgorithm::RsaSha1), Ok(()));
    let (strong, weak) = (SignatureAlgorithm::RsaSha256, SignatureAlgorithm::RsaSha1);
    assert_eq!(judged(legacy(), strong), Err("bind.signature"));
    assert_eq!(judged(PROVIDER.verifying(), weak), Err("sig.algorithm"));
}
