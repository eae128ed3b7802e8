//! Sign-ins that go well.

use super::stand_in::{Asked, Reply, page};
use super::world::*;

#[test]
fn documented_sign_in_prints_the_documented_line() {
    let world = World::new(documented_adfs);
    let run = run(&mut world.trusting_login());
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(
        run.out,
        "StorageGRID Auth Token: 56eb07bf-21f6-40b7-af0b-000000000001\n"
    );
    let steps: Vec<String> = world
        .stand_in
        .log()
        .iter()
        .map(|asked| format!("{} {}{}", asked.method, asked.host, asked.target))
        .collect();
    insta::assert_snapshot!(steps.join("\n"), @"
    POST storagegrid.example.com/api/v3/authorize-saml
    GET adfs.example.com/adfs/ls/?SAMLRequest=fZHRToMw%3D&RelayState=12345
    POST adfs.example.com/adfs/ls/?SAMLRequest=fZHRToMw%3D&RelayState=12345&client-request-id=00000000-0000-0000-ee02-0080000000de
    GET adfs.example.com/adfs/ls/?SAMLRequest=fZHRToMw%3D&RelayState=12345&client-request-id=00000000-0000-0000-ee02-0080000000de
    POST storagegrid.example.com/api/saml-response
    ");
}

#[test]
fn login_signs_in_anew_and_token_prints_the_last_one() {
    let world = World::new(documented_adfs);
    for number in 1..=2 {
        let expected = format!("56eb07bf-21f6-40b7-af0b-{number:012}");
        assert_eq!(
            run(world.trusting_login().args(["-o", "token"])).out.trim(),
            expected
        );
        assert_eq!(world.cached(), Some(expected));
    }
}

#[test]
fn sign_in_without_cache_leaves_nothing_behind() {
    let world = World::new(documented_adfs);
    assert_eq!(run(world.trusting_login().arg("--no-cache")).code, 0);
    assert_eq!(world.cached(), None);
}

#[test]
fn profiles_keep_their_tokens_apart() {
    let world = World::new(documented_adfs);
    assert_eq!(run(world.trusting_login().args(["-p", "one"])).code, 0);
    assert_eq!(world.cached(), None);
    let one = run(&mut world.portaria(&["token", "-p", "one"]));
    assert_eq!(one.out, "56eb07bf-21f6-40b7-af0b-000000000001\n");
}

#[test]
fn profile_answers_what_was_not_typed() {
    let world = World::new(documented_adfs);
    let config = world.home.path().join(".config/portaria");
    std::fs::create_dir_all(&config).unwrap();
    let profile = format!(
        "[profiles.work]\nmethod = \"adfs\"\naddress = \"{GRID}\"\naccount = \"12345\"\nuser = \"my-sso-username\"\n\
         domain = \"my-domain\"\ntrusted_hosts = [\"{ADFS}\"]\npassword_command = \"printf {PASSWORD}\"\n"
    );
    std::fs::write(config.join("config.toml"), profile).unwrap();
    let run = run(&mut world.portaria(&["token", "--no-input", "-p", "work"]));
    assert_eq!(
        (run.code, run.out.as_str()),
        (0, "56eb07bf-21f6-40b7-af0b-000000000001\n"),
        "{}",
        run.err
    );
}

#[test]
fn second_factor_is_given_when_it_is_asked_for() {
    let world = World::new(adfs_with_second_factor);
    let run = run(world.trusting_login().env("PORTARIA_OTP", CODE));
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn second_factor_that_is_not_needed_is_not_fetched() {
    let world = World::new(documented_adfs);
    let run = run(world
        .trusting_login()
        .args(["--otp-command", "touch $HOME/fetched; echo 1"]));
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(!world.home.path().join("fetched").exists());
}

#[test]
fn second_factor_goes_with_the_password_where_the_form_has_a_place_for_it() {
    fn adfs(asked: &Asked) -> Reply {
        match (asked.method.as_str(), asked.cookie()) {
            ("GET", "") => page(saved("adfs-sign-in-with-code")),
            ("POST", _) if !asked.says(&format!("VerificationCode={CODE}")) => {
                page(saved("adfs-sign-in-refused"))
            }
            _ => documented_adfs(asked),
        }
    }
    let world = World::new(adfs);
    assert_eq!(
        run(world.trusting_login().env("PORTARIA_OTP", CODE)).code,
        0
    );
    assert_eq!(run(&mut world.trusting_login()).code, 4);
}

/// An AD FS that wants a code after the password.
pub(super) fn adfs_with_second_factor(asked: &Asked) -> Reply {
    if asked.method != "POST" || asked.says(&format!("Password={PASSWORD}")) {
        let first = asked.method == "POST" && is_documented(asked);
        return if first {
            page(saved("adfs-code"))
        } else {
            documented_adfs(asked)
        };
    }
    if asked.says("Context=b3BhcXVl") && asked.says(&format!("VerificationCode={CODE}")) {
        return signed_in(asked);
    }
    page(saved("adfs-code-refused"))
}
