//! What is typed wrongly is refused with exit code 2 before anything happens.

use crate::program::run;

#[test]
fn help_names_every_job_and_every_exit_code() {
    let help = run(&["--help"]);
    assert_eq!(help.code, 0);
    insta::assert_snapshot!(help.out, @r"
    The front desk of APIs: a single sign-on goes in, an API token comes out

    Usage: portaria <COMMAND>

    Commands:
      init         Write a commented portaria.toml and a master key, ready for `serve`
      serve        Be the front desk: everything an operator runs
      lab          Rehearse: all the systems on this machine, reachable by their documented names
      apply        Declare organizations, users, groups, applications and identity providers
      check        Report every fault of a configuration at once, and certificates that end
      backup       Copy the SQLite database while `serve` runs
      keys         List our keys, let new ones follow, or take one out at once
      people       See whose sign-ins fail, and let somebody try again
      mapping      Try mapping rules on attributes
      secret       Print a new secret of 256 bits, for an application, an API or a client
      healthcheck  Ask a running server whether it is ready
      login        Sign in, and print an API token
      logout       End the cached sign-on
      status       Say who is signed in, where, and until when
      token        Print the cached token
      exec         Run a command with the cached token in its environment
      explain      Say why a sign-on fails: every rule, what it wanted, what it found, who must mend it
      completions  Print completions for a shell
      man          Print the manual page
      help         Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Exit codes:
      0  done
      1  failed
      2  typed or configured wrongly
      3  network
      4  authentication refused
      5  interaction needed, and nobody to ask
      6  second factor refused
      7  unknown page
      8  host not trusted
    ");
}

#[test]
fn secrets_are_long_and_never_the_same() {
    let drawn: Vec<String> = (0..3).map(|_| run(&["secret"]).out).collect();
    for secret in &drawn {
        // 256 bits, six a character.
        assert_eq!(secret.trim_end().len(), 43);
        assert_eq!(drawn.iter().filter(|other| *other == secret).count(), 1);
    }
}

#[test]
fn what_is_typed_wrongly_ends_with_2() {
    for wrong in [
        &[][..],
        &["nonsense"],
        &["lab", "--nonsense"],
        &["lab", "--sign-in", "nonsense"],
        &["lab", "run", "nonsense"],
        &["apply"],
        &["completions", "nonsense"],
    ] {
        assert_eq!(run(wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn lab_refuses_to_listen_where_others_can_reach_it() {
    for listener in ["--https", "--http", "--proxy", "--telemetry"] {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
            let refused = run(&["lab", "--once", listener, address]);
            assert_eq!(refused.code, 2, "{listener} {address}");
            assert!(
                refused.err.contains("is not a loopback address"),
                "{}",
                refused.err
            );
        }
    }
}

#[test]
fn completions_and_manual_are_made_from_the_same_arguments() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = run(&["completions", shell]);
        assert_eq!(script.code, 0, "{shell}");
        assert!(script.out.contains("sign-in"), "{shell}");
    }
    let manual = run(&["man"]);
    assert_eq!(manual.code, 0);
    assert!(
        manual.out.contains(".TH portaria 1") && manual.out.contains("portaria\\-lab"),
        "{}",
        manual.out
    );
}
