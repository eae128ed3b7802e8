//! The table of bad responses at this door: each of its rows, over HTTP, with its code and its status; and what only a door can
//! meet.

use super::unscoped::code;
use crate::foreign::mutations::{Base, Row, rows};
use crate::foreign::{Foreign, pair::Pair};
use crate::support::{Answer, Call, TestServer, Wanted};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::declare::settings::Mapping;
use identity::declare::{Account, Declaration, Group, IdentityProvider, Organization};
use saml::issue::{self, Form, Grant, Prefixes, Seal, Signed};
use saml::messages::NameId;
use saml::metadata::EntityDescriptor;
use serde_json::{Value, json};
use server::clock::Clock;
use server::config::{Door, Kind};
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::encrypt::{ContentAlgorithm, EncryptionKey, KeyTransport};

/// A second cloud, whose people come from a stranger; and a third, which trusts the same stranger by the same metadata.
const CLOUD: &str = "cloud.example.net";
const NEIGHBOUR: &str = "neighbour.example.net";
const ACS: &str = "https://cloud.example.net/v3-ext/auth/OS-FEDERATION/SSO/SAML2/POST";
const TOKENS: &str = "/v3.0/OS-FEDERATION/tokens";

const RULES: &str = r#"[{"local": [{"user": {"name": "{0}"}}, {"group": {"name": "people"}}], "remote": [{"type": "_NAMEID_"}]}]"#;

struct World {
    server: TestServer,
    foreign: Foreign,
}

impl World {
    async fn new() -> Self {
        let foreign = Foreign::new();
        let organization = |id: &str| Organization {
            id: id.to_owned(),
            name: Some("Twin".to_owned()),
            group: vec![Group {
                name: "people".to_owned(),
                id: None,
            }],
            account: vec![Account {
                id: format!("project-of-{id}"),
                name: Some("shared".to_owned()),
                admits: vec!["people".to_owned()],
                ..Account::default()
            }],
            identity_provider: vec![IdentityProvider {
                id: "ACME".to_owned(),
                metadata: Some(foreign.metadata()),
                allow_unsolicited: true,
                mapping: Some(Mapping {
                    rules: RULES.to_owned(),
                    ..Mapping::default()
                }),
                ..IdentityProvider::default()
            }],
            ..Organization::default()
        };
        let server = TestServer::start_with(Wanted {
            doors: vec![
                Door::new(Kind::Huawei, "cloud", CLOUD),
                Door::new(Kind::Huawei, "neighbour", NEIGHBOUR),
            ],
            declaration: Declaration {
                organization: vec![organization("cloud"), organization("neighbour")],
            },
            ..Wanted::default()
        })
        .await;
        Self { server, foreign }
    }

    /// What `work` makes of the genuine provider, in a series of responses of its own.
    fn with_base<T>(&self, series: &str, work: impl FnOnce(&Base<'_>) -> T) -> T {
        let base = Base {
            issuer: Foreign::ENTITY_ID,
            audience: CLOUD,
            acs: ACS,
            request: None,
            series,
            now: self.server.clock.now(),
            sign: &|xml, id| self.foreign.sign(xml, id),
            sign_as_stranger: &|xml, id| self.foreign.sign_as_stranger(xml, id),
        };
        work(&base)
    }

    /// The genuine response of a series.
    fn genuine(&self, series: &str) -> String {
        self.with_base(series, |base| {
            (base.sign)(&base.unsigned(), &base.assertion_id())
        })
    }

    async fn redeem_at(&self, host: &str, response: &str) -> Answer {
        let call = Call::post(host, TOKENS).header("X-Idp-Id", "ACME");
        self.server
            .answer(call.form(&[("SAMLResponse", response)]))
            .await
    }

    async fn redeem(&self, xml: &str) -> Answer {
        self.redeem_at(CLOUD, &STANDARD.encode(xml)).await
    }

    /// How often the door ended a sign-on with that code.
    async fn counted(&self, code: &str) -> u64 {
        let metrics = Call::get("telemetry", "/metrics")
            .to(self.server.running.telemetry.unwrap())
            .await;
        let name = format!("portaria_sign_ons_total{{door=\"huawei\",outcome=\"{code}\"}} ");
        let line = metrics
            .body
            .lines()
            .find_map(|line| line.strip_prefix(&name));
        line.map_or(0, |count| count.parse().unwrap())
    }
}

/// The face of a code.
fn face(code: &str) -> (u16, &'static str) {
    if code.starts_with("xml.") || code.starts_with("bind.") {
        (400, "IAM.0007")
    } else {
        (401, "IAM.0001")
    }
}

#[tokio::test]
async fn every_row_of_the_table_is_refused_with_its_code_and_status_and_buys_nothing() {
    let world = World::new().await;
    let mut wrong = Vec::new();
    for Row {
        row,
        what,
        code: wanted,
        xml,
    } in world.with_base("", rows)
    {
        let before = world.counted(wanted).await;
        let answer = world.redeem(&xml).await;
        let (status, error) = face(wanted);
        let as_wanted = code(&answer) == (status, error.to_owned())
            && answer.header("x-subject-token").is_none()
            && world.counted(wanted).await == before + 1;
        if !as_wanted {
            wrong.push(format!("{row} {what}: not {wanted}\n{answer}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(world.counted("ok").await, 0);
    let genuine = world.genuine("");
    let answer = world.redeem(&genuine).await;
    assert_eq!(answer.status, 201, "control: {answer}");
}

#[tokio::test]
async fn what_arrives_in_another_coding_is_refused() {
    let world = World::new().await;
    let genuine = STANDARD.encode(world.genuine(""));
    for (row, sent, wanted) in [
        (
            "X08",
            genuine.replace('+', "-").replacen('A', "_", 1),
            "bind.base64",
        ),
        (
            "X08",
            format!("{}={}", &genuine[..8], &genuine[9..]),
            "bind.base64",
        ),
        (
            "X08",
            format!("{}\0{}", &genuine[..8], &genuine[9..]),
            "bind.base64",
        ),
        ("X08", genuine[..400].to_owned(), "bind.cut"),
        ("X03", utf16(&genuine), "xml.encoding"),
    ] {
        let before = world.counted(wanted).await;
        let answer = world.redeem_at(CLOUD, &sent).await;
        assert_eq!(
            code(&answer),
            (400, "IAM.0007".to_owned()),
            "{row} {wanted} {answer}"
        );
        assert_eq!(world.counted(wanted).await, before + 1, "{row} {wanted}");
    }
    assert_eq!(
        world.redeem_at(CLOUD, &genuine).await.status,
        201,
        "control"
    );
}

/// The same document in UTF-16, behind a byte order mark.
fn utf16(base64: &str) -> String {
    let xml = String::from_utf8(STANDARD.decode(base64).unwrap()).unwrap();
    let units = std::iter::once(0xfeff).chain(xml.encode_utf16());
    STANDARD.encode(units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>())
}

#[tokio::test]
async fn response_for_one_tenant_is_none_for_another_that_trusts_the_same_provider() {
    let world = World::new().await;
    let genuine = STANDARD.encode(world.genuine(""));
    let answer = world.redeem_at(NEIGHBOUR, &genuine).await;
    assert_eq!(code(&answer), (401, "IAM.0001".to_owned()), "A07");
    assert_eq!(world.counted("response.destination").await, 1);
    assert_eq!(
        world.redeem_at(CLOUD, &genuine).await.status,
        201,
        "control"
    );
    assert_eq!(world.redeem_at(CLOUD, &genuine).await.status, 401, "A01");
    assert_eq!(world.counted("assertion.replayed").await, 1);
}

#[tokio::test]
async fn of_fifty_that_bring_one_response_at_once_one_gets_a_token() {
    let world = World::new().await;
    let genuine = STANDARD.encode(world.genuine(""));
    let bring = (0..50).map(|_| world.redeem_at(CLOUD, &genuine));
    let answers = futures_util::future::join_all(bring).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses[0], 201, "A01");
    assert!(
        statuses[1..].iter().all(|&status| status == 401),
        "{statuses:?}"
    );
}

/// An encrypted response by `signer`, for whoever has the key `to`.
fn sealed(world: &World, (signer, to): (&Pair, &EncryptionKey), id: &str) -> String {
    let name_id = NameId {
        value: "somebody".to_owned(),
        format: None,
        name_qualifier: None,
        sp_name_qualifier: None,
    };
    let now = world.server.clock.now();
    let grant = Grant {
        response_id: "_sealed",
        assertion_id: id,
        issuer: Foreign::ENTITY_ID,
        acs: ACS,
        audience: CLOUD,
        in_response_to: None,
        name_id: &name_id,
        session_index: "_session",
        authn_instant: now,
        class_ref: "urn:class",
        session_not_on_or_after: None,
        attributes: &[],
        now,
        valid_for: jiff::SignedDuration::from_mins(5),
    };
    let form = Form {
        signed: Signed::Assertion,
        method: SignatureAlgorithm::RsaSha256.into(),
        prefixes: Prefixes::Short,
        key: &signer.signing(),
    };
    let seal = Seal {
        key: to,
        content: ContentAlgorithm::Aes256Gcm,
        transport: KeyTransport::OaepSha256,
    };
    issue::sealed_response(&grant, form, seal).unwrap()
}

#[tokio::test]
async fn encrypted_response_is_as_good_as_a_plain_one_and_what_cannot_be_decrypted_looks_like_a_bad_signature()
 {
    let world = World::new().await;
    let path = "/v3-ext/auth/OS-FEDERATION/SSO/metadata";
    let metadata = world.server.answer(Call::get(CLOUD, path)).await.body;
    let metadata = EntityDescriptor::read(metadata.as_bytes()).unwrap();
    let role = metadata.service_provider.expect("a role");
    let ours = EncryptionKey::from_certificate(&role.encryption[0]).unwrap();
    let (provider, stranger) = (&world.foreign.provider, &world.foreign.stranger);
    let theirs = EncryptionKey::from_certificate(&stranger.certificate).unwrap();

    let good = sealed(&world, (provider, &ours), "_good");
    let flip = |at: usize| {
        let start = good.match_indices("CipherValue>").nth(2 * at).unwrap().0 + 40;
        let byte = if &good[start..=start] == "A" {
            "B"
        } else {
            "A"
        };
        format!("{}{byte}{}", &good[..start], &good[start + 1..])
    };
    let cbc = good.replace(
        "http://www.w3.org/2009/xmlenc11#aes256-gcm",
        "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
    );
    let bad_signature = world.with_base("", |base| {
        (base.sign_as_stranger)(&base.unsigned(), &base.assertion_id())
    });
    let bad_signature = world.redeem(&bad_signature).await;
    for (what, xml) in [
        (
            "for somebody else",
            sealed(&world, (provider, &theirs), "_theirs"),
        ),
        (
            "by somebody else",
            sealed(&world, (stranger, &ours), "_stranger"),
        ),
        ("key changed", flip(0)),
        ("content changed", flip(1)),
        ("another algorithm", cbc),
    ] {
        let before = world.counted("enc.refused").await;
        let answer = world.redeem(&xml).await;
        assert_eq!(world.counted("enc.refused").await, before + 1, "S26 {what}");
        assert_eq!(
            (answer.status, &answer.body),
            (bad_signature.status, &bad_signature.body),
            "S26 {what}"
        );
    }
    let answer = world.redeem(&good).await;
    assert_eq!(answer.status, 201, "control: {answer}");
    let plain = world.genuine("plain");
    assert_eq!(world.redeem(&plain).await.status, 201, "control");
}

#[tokio::test]
async fn what_is_called_alike_in_another_domain_stays_there() {
    let world = World::new().await;
    let genuine = world.genuine("");
    let unscoped = world.redeem(&genuine).await;
    let token = unscoped.header("x-subject-token").unwrap();
    let about = |host| {
        Call::get(host, "/v3/auth/tokens")
            .header("X-Auth-Token", token)
            .header("X-Subject-Token", token)
    };
    assert_eq!(world.server.answer(about(NEIGHBOUR)).await.status, 401);
    assert_eq!(
        world.server.answer(about(CLOUD)).await.status,
        200,
        "control"
    );

    // Two domains of one name, each with a project and a group of one name.
    let scope = async |host: &str, scope: Value| {
        let identity = json!({"methods": ["token"], "token": {"id": token}});
        let body = json!({"auth": {"identity": identity, "scope": scope}});
        let call = Call::post(host, "/v3/auth/tokens").json(&body.to_string());
        world.server.answer(call).await
    };
    let named = json!({"project": {"name": "shared", "domain": {"name": "Twin"}}});
    assert_eq!(scope(NEIGHBOUR, named.clone()).await.status, 401);
    for (what, status) in [
        (json!({"project": {"id": "project-of-neighbour"}}), 403),
        (json!({"domain": {"id": "neighbour"}}), 403),
        (
            json!({"project": {"name": "shared", "domain": {"id": "neighbour"}}}),
            403,
        ),
        (named, 201),
    ] {
        let answer = scope(CLOUD, what.clone()).await;
        assert_eq!(answer.status, status, "{what} {answer}");
        if status == 201 {
            let project = answer.json()["token"]["project"].take();
            assert_eq!(project["id"], "project-of-cloud");
        }
    }
}
