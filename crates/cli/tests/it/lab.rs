//! The lab as a person starts it.

use crate::program::{Running, argument, run};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

/// A lab that has said it is ready, and what it says.
fn start(state: &Path) -> (Running, Value) {
    let mut lab = Running::start(&["lab", "--state", argument(state)]);
    let manifest = state.join("lab.json");
    while !manifest.exists() {
        assert!(!lab.has_ended(), "{:?}", lab.stop());
        std::thread::sleep(Duration::from_millis(20));
    }
    // It is complete as soon as it is there.
    let text = std::fs::read(manifest).expect("a lab that is ready has a manifest");
    (
        lab,
        serde_json::from_slice(&text).expect("the manifest is JSON"),
    )
}

#[test]
fn lab_once_shows_the_documented_sign_on_and_a_token() {
    let lab = run(&["lab", "--once"]);
    assert_eq!(lab.code, 0, "{}\n{}", lab.out, lab.err);
    let steps: Vec<&str> = lab
        .out
        .lines()
        .filter(|line| line.get(1..3) == Some(". "))
        .collect();
    insta::assert_snapshot!(steps.join("\n"), @r"
    b. A signed authentication URL from StorageGRID
    c. Keep its SAMLRequest
    d. The login form of AD FS
    e. Keep its client request ID
    f. Send the credentials
    g. Keep the MSISAuth cookie
    h. Go where AD FS says, with the cookie
    i. Keep its SAMLResponse
    j. Turn the SAMLResponse into a token
    ");
    let token = lab
        .out
        .lines()
        .find_map(|line| line.strip_prefix("StorageGRID Auth Token: "))
        .expect("a token");
    assert_eq!(
        token.split('-').map(str::len).collect::<Vec<_>>(),
        [8, 4, 4, 4, 12]
    );
    assert!(lab.out.contains("export HTTPS_PROXY=http://127.0.0.1:"));
}

#[test]
fn manifest_says_everything_to_its_owner_only_and_goes_with_the_lab() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let (lab, manifest) = start(&state);
    let mode = state
        .join("lab.json")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(
        manifest["proxy"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:")
    );
    assert!(Path::new(manifest["ca"].as_str().unwrap()).is_absolute());
    assert_eq!(manifest["pid"], lab.pid());
    for listener in ["https", "http", "telemetry"] {
        assert!(
            manifest[listener]
                .as_str()
                .unwrap()
                .starts_with("127.0.0.1:"),
            "{listener}"
        );
    }
    let users: Vec<&str> = manifest["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["user"].as_str().unwrap())
        .collect();
    assert_eq!(
        users,
        [
            "my-sso-username@my-domain",
            "mfa-user@my-domain",
            "outsider@my-domain"
        ]
    );
    assert_eq!(manifest["users"][1]["totp"].as_str().unwrap().len(), 32);

    let ended = lab.stop();
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(!state.join("lab.json").exists());
}

#[test]
fn reused_state_keeps_authority_secrets_and_database() {
    let folder = tempfile::tempdir().unwrap();
    let kept = |manifest: &Value| {
        let authority = std::fs::read(manifest["ca"].as_str().unwrap()).unwrap();
        (authority, manifest["users"][1]["totp"].clone())
    };
    let (lab, manifest) = start(folder.path());
    let first = kept(&manifest);
    assert_eq!(lab.stop().code, 0);
    let (lab, manifest) = start(folder.path());
    assert_eq!(kept(&manifest), first);
    let rehearsed = run(&[
        "lab",
        "run",
        "storagegrid-adfs",
        "--state",
        argument(folder.path()),
    ]);
    assert_eq!(rehearsed.code, 0, "{}\n{}", rehearsed.out, rehearsed.err);
    assert_eq!(lab.stop().code, 0);
}

#[test]
fn two_labs_do_not_share_a_state_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (lab, _) = start(folder.path());
    let second = run(&["lab", "--once", "--state", argument(folder.path())]);
    assert_eq!(second.code, 1);
    assert!(second.err.contains("another lab runs in"), "{}", second.err);
    assert!(folder.path().join("lab.json").exists());
    assert_eq!(lab.stop().code, 0);
}

#[test]
fn documented_workflows_are_shown_and_checked_to_their_end() {
    for workflow in [
        &["storagegrid-adfs"][..],
        &["storagegrid-adfs", "--account", "0"],
        &["storagegrid-pingfederate"],
    ] {
        let rehearsed = run(&[&["lab", "run"], workflow].concat());
        assert_eq!(rehearsed.code, 0, "{}\n{}", rehearsed.out, rehearsed.err);
        assert!(
            rehearsed.out.contains("ok the token is dead"),
            "{}",
            rehearsed.out
        );
        assert!(
            rehearsed.out.ends_with(" passed, 0 failed\n"),
            "{}",
            rehearsed.out
        );
    }
}

#[test]
fn workflow_ends_at_the_first_step_that_is_not_as_documented() {
    let stranger = run(&["lab", "run", "storagegrid-adfs", "--account", "99999"]);
    assert_eq!(stranger.code, 1, "{}", stranger.out);
    assert!(
        stranger
            .err
            .contains("step b: not so: StorageGRID says success"),
        "{}",
        stranger.err
    );
}

#[test]
fn printed_accounts_sign_in_through_the_provider_that_was_asked_for() {
    let lab = run(&["lab", "--once", "--sign-in", "pingfederate"]);
    assert_eq!(lab.code, 0, "{}\n{}", lab.out, lab.err);
    assert!(
        lab.out
            .contains("> GET https://my-pf-baseurl/idp/SSO.saml2?"),
        "{}",
        lab.out
    );
    assert!(lab.out.contains("StorageGRID Auth Token: "), "{}", lab.out);
}
