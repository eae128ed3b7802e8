//! What an operator does: init, check, apply, serve, healthcheck.

use crate::program::{Running, argument, run};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

#[test]
fn init_writes_a_configuration_that_check_accepts_and_a_key_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("portaria.toml");
    assert_eq!(run(&["init", argument(folder.path())]).code, 0);
    let mode = folder
        .path()
        .join("master.key")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let check = run(&["check", "--config", argument(&configuration)]);
    assert_eq!((check.code, check.err.as_str()), (0, ""));
}

#[test]
fn init_never_writes_over_a_master_key() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&["init", argument(folder.path())]).code, 0);
    let key = std::fs::read(folder.path().join("master.key")).unwrap();
    assert_eq!(run(&["init", argument(folder.path())]).code, 1);
    assert_eq!(
        std::fs::read(folder.path().join("master.key")).unwrap(),
        key
    );
}

#[test]
fn faulty_configuration_is_reported_whole_and_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("portaria.toml");
    let database = folder.path().join("portaria.db");
    let text = format!(
        "database = \"sqlite:{}\"\nsurprise = 1\n[limits]\nrequests = 0\n",
        database.display()
    );
    std::fs::write(&configuration, text).unwrap();
    for job in ["check", "serve"] {
        let refused = run(&[job, "--config", argument(&configuration)]);
        assert_eq!(refused.code, 2, "{job}: {}", refused.err);
        for fault in ["master_key", "surprise", "limits.requests", "listen"] {
            assert!(
                refused.err.contains(fault),
                "{job} does not report {fault}: {}",
                refused.err
            );
        }
    }
    assert!(!database.exists());
}

#[test]
fn faulty_declaration_changes_nothing_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("portaria.toml");
    let declaration = folder.path().join("organizations.toml");
    assert_eq!(run(&["init", argument(folder.path())]).code, 0);
    let apply = [
        "apply",
        "--config",
        argument(&configuration),
        "-f",
        argument(&declaration),
    ];

    std::fs::write(
        &declaration,
        "[[organization]]\nid = \"grid\"\nsurprise = 1\n",
    )
    .unwrap();
    let refused = run(&apply);
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(refused.err.contains("surprise"), "{}", refused.err);

    let account = "[[organization.account]]\nid = \"12345\"\nidentity_provider = \"nobody\"\n";
    std::fs::write(
        &declaration,
        format!("[[organization]]\nid = \"grid\"\n{account}"),
    )
    .unwrap();
    let refused = run(&apply);
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(
        refused.err.contains("12345") && refused.err.contains("identity_provider"),
        "{}",
        refused.err
    );

    std::fs::write(&declaration, "[[organization]]\nid = \"grid\"\n").unwrap();
    let accepted = run(&apply);
    assert_eq!(accepted.code, 0, "{}", accepted.err);
}

#[test]
fn sha_1_that_is_switched_on_is_warned_of_when_it_is_declared_and_whenever_somebody_checks() {
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("portaria.toml");
    let declaration = folder.path().join("organizations.toml");
    assert_eq!(run(&["init", argument(folder.path())]).code, 0);
    let metadata = r#"<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="urn:sp"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://sp.example.com/acs" index="0"/></SPSSODescriptor></EntityDescriptor>"#;
    std::fs::write(folder.path().join("sp.xml"), metadata).unwrap();
    let job = |job: &[&str]| run(&[job, &["--config", argument(&configuration)]].concat());
    let declare = |reply: &str| {
        let text = format!(
            "[[organization]]\nid = \"people\"\n[[organization.application]]\nid = \"mail\"\nmetadata_file = \"sp.xml\"\n[organization.application.reply]\n{reply}\n"
        );
        std::fs::write(&declaration, text).unwrap();
        job(&["apply", "-f", argument(&declaration)])
    };
    let warning = "organization[people].application[mail].reply.sha1: is on";
    for (reply, warns) in [
        ("digest_algorithm = \"sha256\"", false),
        ("digest_algorithm = \"sha1\"\nsha1 = true", true),
    ] {
        let declared = declare(reply);
        assert_eq!(
            (declared.code, declared.err.contains(warning)),
            (0, warns),
            "{}",
            declared.err
        );
        let checked = job(&["check"]);
        assert_eq!(
            (checked.code, checked.err.contains(warning)),
            (0, warns),
            "{}",
            checked.err
        );
    }
}

#[test]
fn server_from_init_becomes_ready_and_stops_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("portaria.toml");
    assert_eq!(run(&["init", argument(folder.path())]).code, 0);
    let telemetry = free_address();
    let text = std::fs::read_to_string(&configuration).unwrap();
    let text = text
        .replace("127.0.0.1:8080", "127.0.0.1:0")
        .replace("127.0.0.1:9090", &telemetry);
    std::fs::write(&configuration, text).unwrap();
    let health = ["healthcheck", "--config", argument(&configuration)];
    let before = run(&health);
    assert_eq!(before.code, 3, "nobody listens yet: {}", before.err);

    let mut server = Running::start(&["serve", "--config", argument(&configuration)]);
    while run(&health).code != 0 {
        assert!(!server.has_ended(), "{:?}", server.stop());
        std::thread::sleep(Duration::from_millis(20));
    }
    let ended = server.stop();
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert_eq!(run(&health).code, 3);
}

/// An address that was free a moment ago.
pub(crate) fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    listener
        .local_addr()
        .expect("a bound listener has an address")
        .to_string()
}
