//! PingFederate with PingID, and Entra: the same walk, other pages.

use super::stand_in::{Asked, Reply, json, page, redirect};
use super::world::*;
use serde_json::{Value, json};

fn login(world: &World, method: &str) -> std::process::Command {
    let line = [
        "login",
        "--no-input",
        "--address",
        GRID,
        "--account",
        "12345",
        "--trust-host",
        ADFS,
    ];
    let mut command = world.portaria(&line);
    command
        .args(["--method", method, "--user", "ana", "--domain", "corp"])
        .env("PORTARIA_PASSWORD", PASSWORD);
    command
}

/// The requests that the sign-in host got, as method, path and body.
fn steps(world: &World) -> String {
    let reached = world.reached(ADFS);
    let steps: Vec<String> = reached
        .iter()
        .map(|asked| {
            format!("{} {} {}", asked.method, asked.path(), asked.body)
                .trim_end()
                .to_owned()
        })
        .collect();
    steps.join("\n")
}

fn pingfederate(asked: &Asked) -> Reply {
    match (asked.method.as_str(), asked.path()) {
        ("GET", "/adfs/ls/") => page(saved("pingfederate-sign-in").replace("my-pf-baseurl", ADFS)),
        ("POST", "/idp/9ABjD/resumeSAML20/idp/SSO.ping") if asked.says("pf.username=ana") => {
            page(saved("saml-response"))
        }
        _ => page(saved("pingfederate-sign-in-refused")),
    }
}

#[test]
fn pingfederate_gets_what_its_button_would_send() {
    let world = World::new(pingfederate);
    let run = run(&mut login(&world, "pingfederate"));
    assert_eq!(run.code, 0, "{}", run.err);
    insta::assert_snapshot!(steps(&world), @"
    GET /adfs/ls/
    POST /idp/9ABjD/resumeSAML20/idp/SSO.ping pf.username=ana&pf.pass=correct-horse&pf.ok=clicked&pf.cancel=&pf.adapterId=myAdapter
    ");
}

/// PingFederate that hands over to PingID on the same host.
fn pingid(asked: &Asked) -> Reply {
    let here = |name: &str| page(saved(name).replace("authenticator.pingone.com", ADFS));
    match (asked.method.as_str(), asked.path()) {
        ("POST", "/idp/9ABjD/resumeSAML20/idp/SSO.ping") if asked.says("pf.username=ana") => {
            here("pingid-handover")
        }
        ("POST", "/pingid/ppm/auth") if asked.says("ppm_request=a.b.c") => here("pingid-push"),
        ("POST", "/pingid/ppm/auth/otp")
            if asked.says(&format!("otp={CODE}")) && asked.says("csrfToken=c") =>
        {
            here("pingid-done")
        }
        ("GET", "/pingid/ppm/auth/usecode") | ("POST", "/pingid/ppm/auth/otp") => {
            here("pingid-code")
        }
        ("GET", "/pingid/ppm/auth/response") if asked.says("status=OK") => here("saml-response"),
        _ => pingfederate(asked),
    }
}

#[test]
fn pingid_takes_a_code_instead_of_a_telephone() {
    let world = World::new(pingid);
    let right = run(login(&world, "pingfederate").env("PORTARIA_OTP", CODE));
    assert_eq!(right.code, 0, "{}", right.err);
    assert_eq!(
        run(login(&world, "pingfederate").env("PORTARIA_OTP", "000000")).code,
        6
    );
    assert_eq!(run(&mut login(&world, "pingfederate")).code, 5);
}

#[test]
fn pingid_on_another_host_needs_trust_of_its_own() {
    let world = World::new(|asked| match asked.method.as_str() {
        "POST" => page(saved("pingid-handover").replace("authenticator.pingone.com", ELSEWHERE)),
        _ => pingfederate(asked),
    });
    let refused = run(&mut login(&world, "pingfederate"));
    assert_eq!(refused.code, 8);
    assert!(
        refused.err.contains(&format!("--trust-host {ELSEWHERE}")),
        "{}",
        refused.err
    );
    assert!(world.reached(ELSEWHERE).is_empty());
    run(login(&world, "pingfederate").args(["--trust-host", ELSEWHERE]));
    assert_eq!(world.reached(ELSEWHERE).len(), 1);
}

fn entra(asked: &Asked) -> Reply {
    let question: Value = serde_json::from_str(&asked.body).unwrap_or_default();
    let said = |key: &str, value: &str| question[key] == value;
    match (asked.method.as_str(), asked.path()) {
        ("GET", "/adfs/ls/") => page(saved("entra-sign-in").replace("entra.example.com", ADFS)),
        ("POST", "/common/GetCredentialType") if said("username", "ana@corp") => {
            json(200, &json!({"Credentials": {"HasPassword": true}}))
        }
        ("POST", "/tenant/login")
            if asked.says("login=ana%40corp") && asked.says(&format!("passwd={PASSWORD}")) =>
        {
            page(saved("entra-second-factor"))
        }
        ("POST", "/tenant/login") => page(saved("entra-sign-in-refused")),
        ("POST", "/common/SAS/BeginAuth")
            if said("AuthMethodId", "PhoneAppOTP") && said("Ctx", "context-1") =>
        {
            json(
                200,
                &json!({"Success": true, "Ctx": "context-2", "FlowToken": "token-2", "SessionId": "s"}),
            )
        }
        ("POST", "/common/SAS/EndAuth")
            if said("AdditionalAuthData", CODE)
                && said("Ctx", "context-2")
                && said("SessionId", "s") =>
        {
            json(
                200,
                &json!({"Success": true, "Ctx": "context-3", "FlowToken": "token-3"}),
            )
        }
        ("POST", "/common/SAS/EndAuth") => json(
            200,
            &json!({"Success": false, "Retry": false, "Message": "Not that one."}),
        ),
        ("POST", "/common/SAS/ProcessAuth")
            if asked.says("request=context-3") && asked.says("flowToken=token-3") =>
        {
            page(saved("entra-stay-signed-in"))
        }
        ("POST", "/kmsi") if asked.says("LoginOptions=3") && asked.says("flowToken=token-1") => {
            page(saved("saml-response"))
        }
        _ => page(saved("entra-error")),
    }
}

#[test]
fn entra_is_answered_as_its_script_would() {
    let world = World::new(entra);
    let right = run(login(&world, "azure").env("PORTARIA_OTP", CODE));
    assert_eq!(right.code, 0, "{}", right.err);
    let visited: Vec<String> = world
        .reached(ADFS)
        .iter()
        .map(|asked| asked.path().to_owned())
        .collect();
    let expected = [
        "/adfs/ls/",
        "/common/GetCredentialType",
        "/tenant/login",
        "/common/SAS/BeginAuth",
        "/common/SAS/EndAuth",
        "/common/SAS/ProcessAuth",
        "/kmsi",
    ];
    assert_eq!(visited, expected);
}

#[test]
fn entra_refuses_password_and_second_factor_apart() {
    let world = World::new(entra);
    let code = run(login(&world, "entra").env("PORTARIA_OTP", "000000"));
    assert_eq!(code.code, 6);
    assert!(code.err.contains("Not that one."), "{}", code.err);
    assert_eq!(run(&mut login(&world, "entra")).code, 5);
    let password = run(login(&world, "entra").env("PORTARIA_PASSWORD", "wrong"));
    assert_eq!(password.code, 4);
    assert!(
        password
            .err
            .contains("Your account or password is incorrect."),
        "{}",
        password.err
    );
}

#[test]
fn entra_leads_to_the_sign_in_page_that_answers_for_the_name_without_seeing_the_password() {
    let world = World::new(|asked| match asked.path() {
        "/common/GetCredentialType" => json(
            200,
            &json!({"Credentials": {"FederationRedirectUrl": "/adfs/ls/federated"}}),
        ),
        "/adfs/ls/" if asked.method == "GET" => {
            page(saved("entra-sign-in").replace("entra.example.com", ADFS))
        }
        "/adfs/ls/federated" => page(saved("adfs-sign-in")),
        _ if asked.says("UserName=ana%40corp") => page(saved("saml-response")),
        _ => redirect("/"),
    });
    let run = run(&mut login(&world, "entra"));
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn entra_that_gives_up_says_why() {
    let world = World::new(|_| page(saved("entra-error")));
    let run = run(&mut login(&world, "entra"));
    assert_eq!(run.code, 4);
    assert!(run.err.contains("AADSTS50105"), "{}", run.err);
}
