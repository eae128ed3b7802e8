//! Sign-ons at the StorageGRID door through AD FS: whole, and each half by itself.

use crate::call::{self, FORM, JSON, data, form, request};
use crate::load::{self, Client, Figures};
use crate::program::{ADFS, GRID, PASSWORD, Program, USER};
use crate::table::Row;
use crate::window;
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use std::cell::RefCell;
use std::hint::black_box;
use std::time::{Duration, Instant};

const ACCOUNT: &str = "12345";
/// Clients that sign in with passwords: hashing them is all that counts.
const PEOPLE: usize = 8;

pub(crate) async fn rows(program: &Program) -> Vec<Row> {
    let process = [program.process()];
    let target = program.target(&process);
    let whole = async |client: &mut Client| {
        let url = begin(client).await;
        let cookie = sign_in(client, &url).await;
        let response = vouch(client, &url, &cookie).await;
        client.answer(&redeem(&response)).await;
        true
    };
    // What slows the machine down for a while slows the raw operation before or after it.
    let before = argon2_per_second();
    let whole = load::run(target, PEOPLE, window(), &whole).await;
    let between = [argon2_per_second(), rsa_per_second()];
    let (issued, responses) = issue(program).await;
    let after = rsa_per_second();
    let argon2 = f64::midpoint(before, between[0]);
    let rsa = f64::midpoint(between[1], after);
    let redeemed = responses.iter().map(|response| redeem(response)).collect();
    let redeemed = load::once_each(target, redeemed, |answer| drop(data(&answer))).await;
    vec![
        Row::beside_operation(
            "whole sign-on with a password: `authorize-saml` → AD FS form → durable token",
            whole,
            ("raw argon2id of the same parameters", argon2),
            "≥ 95 %",
        ),
        Row::beside_operation(
            "session at AD FS → signed response",
            issued,
            ("raw RSA-2048 signature", rsa),
            "≥ 80 %",
        ),
        Row::of_loop(
            "signed response → durable token, replay refused",
            redeemed,
            "≥ 6,000/s",
        ),
    ]
}

/// Signed responses to requests that were made before: how fast, and the responses.
async fn issue(program: &Program) -> (Figures, Vec<String>) {
    let process = [program.process()];
    let target = program.target(&process);
    let mut client = Client::connect(program.http).await;
    let first = begin(&mut client).await;
    let cookie = sign_in(&mut client, &first).await;
    let urls = RefCell::new(Vec::new());
    let beginning = async |client: &mut Client| {
        let url = begin(client).await;
        urls.borrow_mut().push(url);
        true
    };
    load::run(target, 64, window(), &beginning).await;
    let requests = urls
        .take()
        .iter()
        .map(|url| vouching(url, &cookie))
        .collect();
    let responses = RefCell::new(Vec::new());
    let keep = |answer: call::Answer| responses.borrow_mut().push(response_in(&answer));
    let figures = load::once_each(target, requests, keep).await;
    (figures, responses.take())
}

/// The URL at AD FS that the grid hands out.
async fn begin(client: &mut Client) -> String {
    let body = format!(r#"{{"accountId": "{ACCOUNT}"}}"#);
    let asked = request(
        "POST /api/v3/authorize-saml",
        GRID,
        &[],
        Some((JSON, &body)),
    );
    let url = data(&client.answer(&asked).await);
    url.strip_prefix("https://adfs.example.com")
        .unwrap()
        .to_owned()
}

/// The cookie of a session at AD FS.
async fn sign_in(client: &mut Client, url: &str) -> String {
    let page = client
        .answer(&request(&format!("GET {url}"), ADFS, &[], None))
        .await;
    let action = page.between("action=\"", "\"");
    let typed = form(&[
        ("UserName", USER),
        ("Password", PASSWORD),
        ("AuthMethod", "FormsAuthentication"),
    ]);
    let typed = request(&format!("POST {action}"), ADFS, &[], Some((FORM, &typed)));
    client.answer(&typed).await.cookie().to_owned()
}

async fn vouch(client: &mut Client, url: &str, cookie: &str) -> String {
    response_in(&client.answer(&vouching(url, cookie)).await)
}

fn vouching(url: &str, cookie: &str) -> Vec<u8> {
    request(&format!("GET {url}"), ADFS, &[("Cookie", cookie)], None)
}

/// The response in the page that hands it over.
pub(crate) fn response_in(page: &call::Answer) -> String {
    page.between("name=\"SAMLResponse\" value=\"", "\"")
}

fn redeem(response: &str) -> Vec<u8> {
    let fields = form(&[("SAMLResponse", response), ("RelayState", ACCOUNT)]);
    let accept = [("Accept", "application/json")];
    request(
        "POST /api/saml-response",
        GRID,
        &accept,
        Some((FORM, &fields)),
    )
}

type Hash = fn(&Argon2<'static>, &[u8], &[u8], &mut [u8]) -> argon2::Result<()>;

fn argon2_per_second() -> f64 {
    let parameters = Params::new(19 * 1024, 2, 1, None).unwrap();
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
    let mut hash = [0; 32];
    // As its crate was built: inlined here it would be built to be small, and be slow.
    let operation: Hash = black_box(Argon2::hash_password_into);
    per_second(|| operation(&hasher, PASSWORD.as_bytes(), b"sixteen bytes of", &mut hash).unwrap())
}

pub(crate) fn rsa_per_second() -> f64 {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let (random, mut signature) = (SystemRandom::new(), vec![0; key.public_modulus_len()]);
    // As long as a SignedInfo is.
    let message = [b'x'; 700];
    per_second(|| {
        key.sign(&RSA_PKCS1_SHA256, &random, &message, &mut signature)
            .unwrap();
    })
}

/// How often `operation` is done in a second of this core.
fn per_second(mut operation: impl FnMut()) -> f64 {
    let (began, mut times) = (Instant::now(), 0_u32);
    while began.elapsed() < window().min(Duration::from_secs(2)) {
        operation();
        times += 1;
    }
    f64::from(times) / began.elapsed().as_secs_f64()
}
