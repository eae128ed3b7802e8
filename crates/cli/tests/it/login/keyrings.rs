//! The key of the cache in the kernel's keyring of whoever runs the tests, and without any keyring.

use super::world::*;
use linux_keyutils::{KeyRing, KeyRingIdentifier};
use std::fs;

/// The kernel's keyring, where this machine lets its users have one.
fn kernel_keyring() -> Option<KeyRing> {
    match KeyRing::get_persistent(KeyRingIdentifier::Process) {
        Ok(keyring) => Some(keyring),
        Err(error) => {
            eprintln!("NOT TESTED: this machine's kernel keeps no keys for its users: {error:?}");
            None
        }
    }
}

/// The name under which the key of that home is kept.
fn name(world: &World) -> String {
    let key = world.home.path().join(".local/state/portaria/cache.key");
    format!("portaria: key of the tokens of {}", key.display())
}

#[test]
fn the_kernel_keeps_the_key_of_a_token_and_without_it_the_token_is_unreadable() {
    let Some(keyring) = kernel_keyring() else {
        return;
    };
    let world = World::new(documented_adfs);
    let signed_in = run(world
        .trusting_login()
        .env("PORTARIA_CACHE", "kernel-keyring"));
    assert_eq!(signed_in.code, 0, "{}", signed_in.err);
    let token = world.cached().expect("the key is there");
    assert!(
        !world.files().iter().any(|file| file.ends_with("cache.key")),
        "no key lies in a file"
    );
    let key = keyring.search(&name(&world)).unwrap();
    assert_eq!(key.read_to_vec().unwrap().len(), 32);

    // A second sign-in keeps the key: tokens of other profiles are sealed with it too.
    let again = run(world
        .login(&["--trust-host", ADFS, "--profile", "other"])
        .env("PORTARIA_CACHE", "kernel-keyring"));
    assert_eq!(again.code, 0, "{}", again.err);
    assert_eq!(world.cached().as_ref(), Some(&token));

    keyring.unlink_key(key).unwrap();
    let gone = run(&mut world.portaria(&["token", "--no-input"]));
    assert_eq!(gone.code, 5, "{}", gone.err);
    assert!(gone.err.contains("the key is gone"), "{}", gone.err);
    // Nobody's key is made by reading.
    assert!(keyring.search(&name(&world)).is_err());
}

#[test]
fn without_a_desktop_a_token_is_kept_all_the_same() {
    let world = World::new(documented_adfs);
    let signed_in = run(world.trusting_login().env("PORTARIA_CACHE", "auto"));
    assert_eq!(signed_in.code, 0, "{}", signed_in.err);
    assert!(world.cached().is_some());
    if let Some(keyring) = kernel_keyring() {
        let key = keyring.search(&name(&world)).expect("the kernel keeps it");
        keyring.unlink_key(key).unwrap();
    }
}

#[test]
fn keyring_that_was_insisted_on_and_is_not_there_ends_before_a_sign_in() {
    let world = World::new(documented_adfs);
    let refused = run(world
        .trusting_login()
        .env("PORTARIA_CACHE", "secret-service"));
    assert_eq!(refused.code, 1, "{}", refused.err);
    assert!(
        refused.err.contains("the secret-service cannot be used"),
        "{}",
        refused.err
    );
    assert!(world.reached(ADFS).is_empty());
    assert!(world.cached().is_none());
}

#[test]
fn token_that_is_not_to_be_kept_leaves_no_file() {
    let world = World::new(documented_adfs);
    let signed_in = run(world.trusting_login().env("PORTARIA_CACHE", "none"));
    assert_eq!(signed_in.code, 0, "{}", signed_in.err);
    let tokens = world.home.path().join(".cache/portaria/tokens");
    assert!(fs::read_dir(tokens).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound));
}
