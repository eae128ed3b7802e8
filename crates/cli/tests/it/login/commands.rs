//! `token`, `exec`, `status` and `logout`.

use super::world::*;
use std::thread;

fn signed_in() -> World {
    let world = World::new(documented_adfs);
    assert_eq!(run(&mut world.trusting_login()).code, 0);
    world
}

#[test]
fn ten_tokens_at_once_are_one_sign_in() {
    let world = World::new(documented_adfs);
    let tokens: Vec<String> = thread::scope(|scope| {
        let runs: Vec<_> = (0..10)
            .map(|_| {
                let mut command = world.trusting_login();
                let arguments: Vec<_> = command.get_args().skip(1).map(ToOwned::to_owned).collect();
                command = world.portaria(&["token"]);
                command.args(arguments).env("PORTARIA_PASSWORD", PASSWORD);
                scope.spawn(move || run(&mut command).out)
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(
        tokens
            .iter()
            .all(|token| token == "56eb07bf-21f6-40b7-af0b-000000000001\n"),
        "{tokens:?}"
    );
    let sign_ins = world
        .reached(ADFS)
        .iter()
        .filter(|asked| asked.method == "POST")
        .count();
    assert_eq!(sign_ins, 1);
}

#[test]
fn token_of_another_account_is_not_handed_out() {
    let world = signed_in();
    assert_eq!(
        run(&mut world.portaria(&["token", "--no-input", "--account", "12345"])).code,
        0
    );
    let other = run(&mut world.portaria(&["token", "--no-input", "--account", "67890"]));
    assert_eq!((other.code, other.out.as_str()), (5, ""));
}

#[test]
fn exec_hands_the_token_over_and_withholds_the_password() {
    let world = signed_in();
    let script = "echo $STORAGEGRID_TOKEN $PORTARIA_TOKEN [$PORTARIA_PASSWORD]; exit 42";
    let run = run(world
        .portaria(&["exec", "--", "sh", "-c", script])
        .env("PORTARIA_PASSWORD", PASSWORD));
    let token = "56eb07bf-21f6-40b7-af0b-000000000001";
    assert_eq!((run.code, run.out), (42, format!("{token} {token} []\n")));
}

#[test]
fn exec_without_a_token_runs_nothing() {
    let world = World::new(documented_adfs);
    let run = run(&mut world.portaria(&["exec", "--no-input", "--", "echo", "ran"]));
    assert_eq!((run.code, run.out.as_str()), (5, ""));
}

#[test]
fn status_tells_whose_token_it_is_but_not_the_token() {
    let world = signed_in();
    let run = run(&mut world.portaria(&["status", "--json"]));
    assert_eq!(run.code, 0, "{}", run.err);
    let status: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(status["valid"], true);
    assert_eq!(status["user"], "my-sso-username@my-domain");
    assert_eq!(status["address"], GRID);
    assert!(!run.out.contains("56eb07bf"));
}

#[test]
fn status_of_nobody_needs_a_person() {
    let world = World::new(documented_adfs);
    assert_eq!(run(&mut world.portaria(&["status"])).code, 5);
}

#[test]
fn logout_takes_the_documented_steps_and_forgets_the_token() {
    let world = signed_in();
    let before = world.stand_in.log().len();
    let run = run(&mut world.portaria(&["logout"]));
    assert_eq!(run.code, 0, "{}", run.err);
    let steps: Vec<String> = world.stand_in.log()[before..]
        .iter()
        .map(|asked| {
            format!(
                "{} {}{} [{}]",
                asked.method,
                asked.host,
                asked.target,
                asked.cookie()
            )
        })
        .collect();
    insta::assert_snapshot!(steps.join("\n"), @"
    DELETE storagegrid.example.com/api/v3/authorize [sso=true]
    GET adfs.example.com/adfs/ls/?SAMLRequest=logout []
    GET storagegrid.example.com/api/saml-logout?SAMLResponse=x []
    DELETE storagegrid.example.com/api/v3/authorize []
    ");
    insta::assert_snapshot!(run.err, @"
    signing out at adfs.example.com: done
    ending the token at storagegrid.example.com: done
    ");
    assert_eq!(world.cached(), None);
}

#[test]
fn logout_whose_provider_fails_still_ends_the_token_and_says_so() {
    let world = World::new(|asked| {
        if asked.target.contains("logout") {
            return super::stand_in::json(500, &serde_json::json!({}));
        }
        documented_adfs(asked)
    });
    assert_eq!(run(&mut world.trusting_login()).code, 0);
    let run = run(&mut world.portaria(&["logout"]));
    assert_eq!(run.code, 1);
    assert!(
        run.err.contains("not done")
            && run
                .err
                .contains("ending the token at storagegrid.example.com: done"),
        "{}",
        run.err
    );
    assert_eq!(world.cached(), None);
}

#[test]
fn logout_visits_no_host_that_took_no_part_in_the_sign_in() {
    let world = World::with_sign_out(ELSEWHERE);
    assert_eq!(run(&mut world.trusting_login()).code, 0);
    let run = run(&mut world.portaria(&["logout", "--no-input"]));
    assert_eq!(run.code, 8, "{}", run.err);
    assert!(world.reached(ELSEWHERE).is_empty());
    assert_eq!(world.cached(), None);
}
