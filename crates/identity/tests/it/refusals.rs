//! One list of bad responses, tried at each of our service providers: whatever the door, the same response is refused with the
//! same code, buys nothing, and leaves the genuine one usable.

use crate::support::{Foreign, Said, World, code, ok};
use identity::entities::{Federation, TokenFormat};
use identity::error::Answer;
use saml::bindings::post;

/// A place where responses buy tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    StorageGrid,
    Huawei,
}

impl Door {
    const ALL: [Self; 2] = [Self::StorageGrid, Self::Huawei];

    async fn redeem(self, world: &World, xml: &str) -> Answer<String> {
        let response = post::encode(xml);
        match self {
            Self::StorageGrid => {
                let finish = world.service.finish_sign_on(
                    &world.moment,
                    &world.sp,
                    &response,
                    Some("12345"),
                );
                Ok(finish.await?.map(|issued| issued.plain))
            }
            Self::Huawei => {
                let federation = Federation {
                    provider: world.sp.clone(),
                    format: TokenFormat::Signed,
                };
                let redeem = world.service.redeem_unsolicited(
                    &world.moment,
                    &federation,
                    ("adfs", &response),
                );
                Ok(redeem.await?.map(|issued| issued.plain))
            }
        }
    }
}

/// A world whose grid trusts a foreign provider, as `adfs`.
async fn world(foreign: &Foreign) -> World {
    let world = World::new().await;
    world
        .declare(|declared| {
            let provider = &mut declared.organization[1].identity_provider[0];
            *provider = foreign.declared("adfs");
            provider.groups_attribute = Some("memberOf".to_owned());
        })
        .await;
    world
}

/// Tries `bad` at every door, and the genuine response after it.
async fn refused(what: &str, wanted: &str, bad: impl Fn(&World, &Foreign) -> String) {
    for door in Door::ALL {
        let foreign = Foreign::new("https://foreign.example/");
        let world = world(&foreign).await;
        let answer = door.redeem(&world, &bad(&world, &foreign)).await;
        assert_eq!(code(answer), wanted, "{what} at {door:?}");
        assert_eq!(world.events("grid", "token.issued").await.len(), 0);
        let genuine = foreign.respond(&foreign.good(&world));
        ok(door.redeem(&world, &genuine).await);
    }
}

/// The text with the one place changed that `from` names.
fn changed(xml: &str, from: &str, to: &str) -> String {
    assert_eq!(xml.matches(from).count(), 1, "{from} in {xml}");
    xml.replace(from, to)
}

fn genuine(world: &World, foreign: &Foreign) -> String {
    foreign.respond(&foreign.good(world))
}

/// The element of that name, tags included.
fn element<'x>(xml: &'x str, name: &str) -> &'x str {
    let start = xml.find(&format!("<{name}")).expect("a start tag");
    let close = format!("</{name}>");
    let end = xml.find(&close).expect("an end tag") + close.len();
    &xml[start..end]
}

const ASSERTION: &str = "saml:Assertion";

/// The assertion without its signature, with another name, under another ID.
fn forged(xml: &str) -> String {
    let assertion = element(xml, ASSERTION);
    let unsigned = assertion.replace(element(assertion, "ds:Signature"), "");
    let (head, rest) = unsigned.split_once("ID=\"").unwrap();
    changed(&format!("{head}ID=\"_f{rest}"), ">somebody<", ">admin<")
}

#[tokio::test]
async fn forged_signatures_are_refused_at_every_door() {
    let drop_signature = |w: &World, f: &Foreign| {
        let xml = genuine(w, f);
        xml.replace(element(&xml, "ds:Signature"), "")
    };
    refused("S23 no signature", "sig.missing", drop_signature).await;
    let another_name = |w: &World, f: &Foreign| changed(&genuine(w, f), ">somebody<", ">admin<");
    refused("S24 changed after signing", "sig.digest", another_name).await;
    let stranger = |w: &World, f: &Foreign| {
        let stranger = Foreign::new("https://foreign.example/");
        stranger.respond(&f.good(w))
    };
    refused("S22 another key", "sig.key", stranger).await;
    let comment =
        |w: &World, f: &Foreign| changed(&genuine(w, f), ">somebody<", ">some<!-- -->body<");
    refused("S11 comment", "xml.comment", comment).await;
    let doctype = |w: &World, f: &Foreign| format!("<!DOCTYPE x>{}", genuine(w, f));
    refused("X01 document type", "xml.doctype", doctype).await;
    let hmac = |w: &World, f: &Foreign| {
        let xml = genuine(w, f);
        let sha2 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
        changed(
            &xml,
            sha2,
            "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        )
    };
    refused("S21 HMAC", "sig.algorithm", hmac).await;
}

#[tokio::test]
async fn wrapped_signatures_are_refused_at_every_door() {
    let sibling = |before: bool| {
        move |w: &World, f: &Foreign| {
            let xml = genuine(w, f);
            let (genuine, forged) = (element(&xml, ASSERTION).to_owned(), forged(&xml));
            let both = if before {
                format!("{forged}{genuine}")
            } else {
                format!("{genuine}{forged}")
            };
            xml.replace(&genuine, &both)
        }
    };
    refused("S03 forged before", "assertion.count", sibling(true)).await;
    refused("S09 forged behind", "assertion.count", sibling(false)).await;
    let inside = |w: &World, f: &Foreign| {
        let xml = genuine(w, f);
        let (genuine, forged) = (element(&xml, ASSERTION).to_owned(), forged(&xml));
        let end = format!("</{ASSERTION}>");
        let holding = forged.replace(&end, &format!("{genuine}{end}"));
        xml.replace(&genuine, &holding)
    };
    refused(
        "S04 forged holds the original",
        "assertion.position",
        inside,
    )
    .await;
    let twice = |w: &World, f: &Foreign| {
        let xml = genuine(w, f);
        let genuine = element(&xml, ASSERTION).to_owned();
        let copy = changed(&genuine, ">somebody<", ">admin<");
        xml.replace(&genuine, &format!("{copy}{genuine}"))
    };
    refused("S10 one ID twice", "xml.duplicate_id", twice).await;
}

#[tokio::test]
async fn well_signed_responses_that_say_something_else_are_refused_at_every_door() {
    let audience = |w: &World, f: &Foreign| {
        f.respond(&Said {
            audience: "https://storagegrid.example.com/saml/",
            ..f.good(w)
        })
    };
    refused("A03 audience", "assertion.audience", audience).await;
    let recipient = |w: &World, f: &Foreign| {
        f.respond(&Said {
            acs: "https://other.example.com/api/saml-response",
            ..f.good(w)
        })
    };
    refused("A04 recipient", "response.destination", recipient).await;
    let early = |w: &World, f: &Foreign| {
        let at = w.moment.now + jiff::SignedDuration::from_secs(61);
        f.respond(&Said { at, ..f.good(w) })
    };
    refused("A02 from the future", "assertion.time", early).await;
    let late = |w: &World, f: &Foreign| {
        let at = w.moment.now - jiff::SignedDuration::from_mins(6);
        f.respond(&Said { at, ..f.good(w) })
    };
    refused("A02 over", "assertion.confirmation_expired", late).await;
    let answer = |w: &World, f: &Foreign| {
        f.respond(&Said {
            in_response_to: Some("_nobody-asked"),
            ..f.good(w)
        })
    };
    refused("A05 request", "assertion.in_response_to", answer).await;
    let nameless = |w: &World, f: &Foreign| {
        f.respond(&Said {
            name_id: "",
            ..f.good(w)
        })
    };
    refused("A09 no name", "assertion.subject", nameless).await;
    let spaced = |w: &World, f: &Foreign| {
        f.respond(&Said {
            name_id: "admin ",
            ..f.good(w)
        })
    };
    refused("A09 white space", "assertion.subject", spaced).await;
}

#[tokio::test]
async fn response_of_one_provider_is_none_of_another_that_may_speak_unasked_too() {
    let (a, b) = (
        Foreign::new("https://a.example/"),
        Foreign::new("https://b.example/"),
    );
    let world = world(&a).await;
    world
        .declare(|declared| {
            declared.organization[1].identity_provider[0] = a.declared("adfs");
            let other = b.declared("other");
            declared.organization[1].identity_provider.push(other);
        })
        .await;
    // B signs with its own key, as itself and in the name of A.
    let door = Door::Huawei;
    let as_itself = b.respond(&b.good(&world));
    assert_eq!(code(door.redeem(&world, &as_itself).await), "sig.key");
    let as_a = b.respond(&a.good(&world));
    assert_eq!(code(door.redeem(&world, &as_a).await), "sig.key");
    ok(door.redeem(&world, &a.respond(&a.good(&world))).await);
}
