//! Sign-ins that must not go well: each has its own code and exit code, and leaves the cache as it was.

use super::signing_in::adfs_with_second_factor;
use super::stand_in::{Asked, Reply, json, page, redirect};
use super::world::*;
use serde_json::json;
use std::process::Command;

/// Fails with that code. Before it, a good sign-in filled the cache; after it, the cache still holds that token.
fn refuses(world: &World, command: &mut Command, (exit, code): (i32, &str)) {
    let run = run(command);
    assert!(
        run.err.contains(&format!("[{code}]")),
        "{code} is not in: {}",
        run.err
    );
    assert_eq!(run.code, exit, "{}", run.err);
    assert_eq!(run.out, "");
    assert!(!run.err.contains(PASSWORD), "{}", run.err);
    assert_eq!(world.cached(), None);
}

fn refuses_page(adfs: SignInPage, expected: (i32, &str)) -> World {
    let world = World::new(adfs);
    refuses(&world, &mut world.trusting_login(), expected);
    world
}

/// Refused for the host's sake alone: once a person trusts it, the same page goes there.
fn refuses_elsewhere(adfs: SignInPage) {
    let world = refuses_page(adfs, (8, "login.not-trusted"));
    assert_eq!(world.reached(ELSEWHERE).len(), 0);
    run(world.trusting_login().args(["--trust-host", ELSEWHERE]));
    assert_eq!(world.reached(ELSEWHERE).len(), 1);
}

#[test]
fn wrong_password_is_refused() {
    let world = World::new(documented_adfs);
    refuses(
        &world,
        world.trusting_login().env("PORTARIA_PASSWORD", "wrong"),
        (4, "login.password"),
    );
}

#[test]
fn failure_leaves_the_cached_token_alone() {
    let world = World::new(documented_adfs);
    assert_eq!(run(&mut world.trusting_login()).code, 0);
    assert_eq!(
        run(world.trusting_login().env("PORTARIA_PASSWORD", "wrong")).code,
        4
    );
    assert_eq!(
        world.cached().unwrap(),
        "56eb07bf-21f6-40b7-af0b-000000000001"
    );
}

#[test]
fn wrong_second_factor_is_refused() {
    let world = World::new(adfs_with_second_factor);
    refuses(
        &world,
        world.trusting_login().env("PORTARIA_OTP", "000000"),
        (6, "login.second-factor"),
    );
}

#[test]
fn second_factor_that_nobody_can_give_needs_a_person() {
    refuses_page(adfs_with_second_factor, (5, "login.second-factor-needed"));
}

#[test]
fn push_that_nobody_sees_needs_a_person() {
    refuses_page(
        |asked| {
            if asked.method == "POST" {
                page(saved("adfs-push"))
            } else {
                documented_adfs(asked)
            }
        },
        (5, "login.second-factor-needed"),
    );
}

#[test]
fn expired_transaction_is_told_apart_from_a_wrong_password() {
    refuses_page(
        |asked| {
            if asked.method == "POST" {
                page(saved("pingfederate-expired"))
            } else {
                documented_adfs(asked)
            }
        },
        (4, "login.expired"),
    );
}

#[test]
fn untrusted_host_is_not_even_visited() {
    let world = World::new(documented_adfs);
    refuses(&world, &mut world.login(&[]), (8, "login.not-trusted"));
    refuses(
        &world,
        &mut world.login(&["--trust-host", "adfs.example.org"]),
        (8, "login.not-trusted"),
    );
    assert_eq!(world.reached(ADFS).len(), 0);
}

#[test]
fn form_that_sends_the_password_elsewhere_is_not_sent() {
    refuses_elsewhere(|_| {
        page(saved("adfs-sign-in").replace(
            "action=\"/adfs",
            &format!("action=\"https://{ELSEWHERE}/adfs"),
        ))
    });
}

#[test]
fn base_that_leads_elsewhere_is_not_followed() {
    refuses_elsewhere(|_| {
        page(saved("adfs-sign-in").replace(
            "<head>",
            &format!("<head><base href='https://{ELSEWHERE}/'>"),
        ))
    });
}

#[test]
fn redirect_elsewhere_is_not_followed() {
    refuses_elsewhere(|_| redirect(format!("https://{ELSEWHERE}/")));
}

#[test]
fn redirect_that_repeats_the_password_elsewhere_is_not_followed() {
    refuses_elsewhere(|asked| match asked.method.as_str() {
        "POST" => Reply::Http(
            307,
            vec![("Location", format!("https://{ELSEWHERE}/"))],
            String::new(),
        ),
        _ => documented_adfs(asked),
    });
}

#[test]
fn step_without_tls_is_not_taken() {
    refuses_page(
        |_| redirect(format!("http://{ADFS}/adfs/ls/")),
        (8, "login.plain-text"),
    );
    refuses_page(
        |_| {
            page(
                saved("adfs-sign-in")
                    .replace("action=\"/adfs", &format!("action=\"http://{ADFS}/adfs")),
            )
        },
        (8, "login.plain-text"),
    );
}

#[test]
fn cookie_for_another_domain_is_refused() {
    fn setting(domain: &str) -> Reply {
        let cookie = (
            "Set-Cookie",
            format!("MSISAuth=session; Domain={domain}; Path=/"),
        );
        Reply::Http(200, vec![cookie], saved("adfs-sign-in"))
    }
    refuses_page(|_| setting(GRID), (8, "login.foreign-cookie"));
    // The same cookie for its own domain is a sign-on that exists already.
    let world = World::new(|asked| {
        if asked.cookie().is_empty() {
            setting(ADFS)
        } else {
            page(saved("saml-response"))
        }
    });
    assert_eq!(run(&mut world.trusting_login()).code, 0);
}

#[test]
fn response_made_out_for_another_is_posted_to_nobody() {
    let world = refuses_page(
        |_| page(saved("saml-response").replace(GRID, ELSEWHERE)),
        (8, "login.foreign-recipient"),
    );
    assert_eq!(world.reached(ELSEWHERE).len(), 0);
    assert!(
        world
            .reached(GRID)
            .iter()
            .all(|asked| asked.path() != "/api/saml-response")
    );
}

#[test]
fn page_of_ten_megabytes_is_not_read() {
    refuses_page(
        |_| page(" ".repeat(10 * 1024 * 1024)),
        (7, "login.page-too-large"),
    );
}

#[test]
fn page_that_never_ends_is_not_read() {
    refuses_page(|_| Reply::Endless, (7, "login.page-too-large"));
}

#[test]
fn page_that_takes_for_ever_to_read_is_given_up() {
    // Each pair is closed and opened again by every one that follows.
    let world = World::new(|_| page("<a><b>".repeat(170_000)));
    refuses(
        &world,
        world.trusting_login().args(["--timeout", "2"]),
        (3, "login.timeout"),
    );
}

#[test]
fn page_of_ten_thousand_levels_is_an_unknown_one() {
    refuses_page(|_| page("<div>".repeat(10_000)), (7, "login.unknown-page"));
}

#[test]
fn host_that_never_answers_is_given_up() {
    let world = World::new(|_| Reply::Silence);
    refuses(
        &world,
        world.trusting_login().args(["--timeout", "1"]),
        (3, "login.timeout"),
    );
}

#[test]
fn redirects_in_a_circle_are_given_up() {
    let world = refuses_page(|asked| redirect(asked.target.clone()), (7, "login.circles"));
    assert!(world.reached(ADFS).len() <= 40);
}

#[test]
fn pages_in_a_circle_are_given_up() {
    let world = refuses_page(
        |_| page(saved("pingfederate-resume").replace("/idp/", "https://adfs.example.com/idp/")),
        (7, "login.circles"),
    );
    assert!(world.reached(ADFS).len() <= 40);
}

#[test]
fn certificate_for_another_name_is_refused() {
    let world = World::with_certificate(documented_adfs, ELSEWHERE);
    refuses(
        &world,
        &mut world.trusting_login(),
        (8, "login.certificate"),
    );
    assert_eq!(world.reached(ADFS).len(), 0);
    let insecure = run(world.trusting_login().arg("--insecure"));
    assert_eq!(insecure.code, 0, "{}", insecure.err);
    assert!(
        insecure.err.contains("warning: --insecure"),
        "{}",
        insecure.err
    );
}

#[test]
fn certificate_of_an_unknown_authority_is_refused() {
    let world = World::new(documented_adfs);
    let other = World::new(documented_adfs);
    let mut command = world.trusting_login();
    command.env("SSL_CERT_FILE", other.home.path().join("ca.pem"));
    refuses(&world, &mut command, (8, "login.certificate"));
}

#[test]
fn host_that_the_proxy_refuses_is_a_network_failure() {
    let world = World::new(documented_adfs);
    let line = [
        "login",
        "--no-input",
        "--address",
        "nowhere.example.com",
        "--method",
        "adfs",
        "--user",
        "a",
    ];
    let mut command = world.portaria(&line);
    command.env("PORTARIA_PASSWORD", PASSWORD);
    refuses(&world, &mut command, (3, "login.unreachable"));
}

#[test]
fn words_of_storagegrid_reach_the_person() {
    fn adfs(asked: &Asked) -> Reply {
        let Reply::Http(status, headers, body) = documented_adfs(asked) else {
            unreachable!()
        };
        Reply::Http(status, headers, body.replace("PHNh", "AAAA"))
    }
    refuses_page(adfs, (4, "login.denied"));
}

#[test]
fn unknown_page_is_kept_without_its_secrets() {
    let world = refuses_page(|_| page(saved("captcha")), (7, "login.unknown-page"));
    let copy = world
        .files()
        .into_iter()
        .find(|path| path.extension().is_some_and(|end| end == "html"))
        .unwrap();
    let copy = std::fs::read_to_string(copy).unwrap();
    assert!(
        copy.contains("Are you human?") && !copy.contains("secret"),
        "{copy}"
    );
}

#[test]
fn unfinished_sign_in_names_what_is_missing() {
    let world = World::new(documented_adfs);
    let bare = ["login", "--no-input"];
    refuses(
        &world,
        &mut world.portaria(&bare),
        (5, "login.nobody-to-ask"),
    );
    let mut without_password = world.trusting_login();
    without_password.env_remove("PORTARIA_PASSWORD");
    refuses(&world, &mut without_password, (5, "login.nobody-to-ask"));
    assert_eq!(world.stand_in.log().len(), 0);
}

#[test]
fn page_that_says_too_many_attempts_ends_the_sign_in() {
    refuses_page(|_| json(429, &json!({})), (4, "login.ended-by-provider"));
}

#[test]
fn wrong_usage_is_told_before_anything_happens() {
    let world = World::new(documented_adfs);
    for line in [
        ["login", "--method", "nonsense"],
        ["login", "--address", "http://storagegrid.example.com"],
        ["login", "--profile", "../other"],
        ["login", "--timeout", "0"],
    ] {
        assert_eq!(run(&mut world.portaria(&line)).code, 2, "{line:?}");
    }
}
