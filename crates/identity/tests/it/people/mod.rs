//! What people change themselves, and what it ends.

mod authenticator;
mod links;
mod partners;
mod password;
mod recovery;
mod sessions;

use crate::support::{World, ok};
use identity::login::{NextStep, Secret, Session};
use identity::people::{Enrolment, Proof, Purpose, RecoveryCodes};

const ANA: &str = "my-sso-username@my-domain";
const OLD: &str = "my-password";
const NEW: &str = "a girafa no telhado azul";

fn proof(code: Option<&str>) -> Proof {
    Proof {
        password: Secret::new(OLD),
        code: code.map(Secret::new),
    }
}

/// What an authenticator shows that has that base32 secret: RFC 6238 written down a second time.
fn shown(secret: &str, second: i64) -> String {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0u32, 0);
    for letter in secret.bytes() {
        let value = if letter.is_ascii_digit() {
            letter - b'2' + 26
        } else {
            letter - b'A'
        };
        bits = bits << 5 | u32::from(value);
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 255).unwrap());
        }
    }
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let tag = aws_lc_rs::hmac::sign(&key, &(second / 30).to_be_bytes());
    let at = usize::from(tag.as_ref()[19] % 16);
    let number = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

fn now(world: &World) -> i64 {
    world.moment.now.as_second()
}

async fn begin(world: &World, session: &Session) -> Enrolment {
    world
        .service
        .begin_enrolment(&world.moment, &world.idp, session)
        .await
        .unwrap()
}

/// Enrols an authenticator for somebody who has none.
async fn enrolled(world: &World, session: &Session) -> (Enrolment, RecoveryCodes) {
    let enrolment = begin(world, session).await;
    let code = Secret::new(shown(&enrolment.secret, now(world)));
    let (codes, _) = ok(world
        .service
        .enrol(
            &world.moment,
            &world.idp,
            session,
            (&enrolment.sealed, &code, &proof(None)),
        )
        .await);
    (enrolment, codes)
}

async fn lives(world: &World, cookie: &str) -> bool {
    world
        .service
        .session(&world.moment, &world.idp, cookie)
        .await
        .unwrap()
        .is_some()
}

fn is_in(step: &NextStep) -> bool {
    matches!(step, NextStep::SignedIn { .. })
}

fn asks(step: &NextStep) -> bool {
    matches!(step, NextStep::AskSecondFactor { .. })
}

/// What a person keeps themselves, asked of a store once: the look-ups and the writes.
pub(crate) async fn every_query(world: &mut World) {
    const NAME: &str = "outsider@my-domain";
    world
        .declare(|declared| declared.organization[0].user[2].email = Some("out@example.com".into()))
        .await;
    let (elsewhere, _) = world.sign_in(NAME, OLD).await;
    let (_, session) = world.sign_in(NAME, OLD).await;
    let (enrolment, codes) = enrolled(world, &session).await;
    assert!(!lives(world, &elsewhere).await);
    assert!(is_in(
        &world.try_sign_in(NAME, OLD, Some(&codes.shown()[0])).await
    ));
    assert!(asks(
        &world.try_sign_in(NAME, OLD, Some(&codes.shown()[0])).await
    ));
    let service = world.service.clone();
    let left = service.recovery_codes_left(&world.idp, &session).await;
    assert_eq!(left.unwrap(), 9);
    let seen = service
        .sessions_of(&world.moment, &world.idp, &session)
        .await;
    assert_eq!(seen.unwrap().len(), 2);
    let ended = service
        .sign_out_elsewhere(&world.moment, &world.idp, &session)
        .await;
    assert_eq!(ended.unwrap(), 1);
    let homes = service.homes(&world.idp).await.unwrap();
    assert_eq!(homes.len(), 1);
    world.pass(30);
    let code = shown(&enrolment.secret, now(world));
    let removing = proof(Some(&code));
    ok(service
        .remove_authenticator(&world.moment, &world.idp, &session, &removing)
        .await);
    let (old, new) = (Secret::new(OLD), Secret::new(NEW));
    ok(service
        .change_password(&world.moment, &world.idp, &session, (&old, &new))
        .await);
    let asked = (Purpose::SignIn, "OUT@example.com");
    let letter = service
        .ask_for_link(&world.moment, &world.idp, asked, "browser")
        .await;
    let link = letter.unwrap().expect("a letter").link;
    let looked = (Purpose::SignIn, link.as_str(), "browser");
    ok(service.link_works(&world.moment, &world.idp, looked).await);
    let used = (link.as_str(), "browser");
    let step = service.enter_by_link(&world.moment, &world.idp, used).await;
    assert!(is_in(&step.unwrap()));
    let step = service.enter_by_link(&world.moment, &world.idp, used).await;
    assert!(!is_in(&step.unwrap()));
    partners::every_query(world).await;
}
