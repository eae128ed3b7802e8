//! A presented `redirect_uri` that is not exactly a registered one: forty ways to come close.

use oauth::guard::without;
use oauth::redirect_uri::RedirectUri;

const REGISTERED: &str = "https://app.example.com/oauth/code";
const NATIVE: &str = "http://127.0.0.1/callback";

/// Variants of [`REGISTERED`].
const WEB: [&str; 32] = [
    "https://app.example.com/oauth/code.evil.example",
    "https://app.example.com/oauth/codex",
    "https://app.example.com/oauth/code/",
    "https://app.example.com/oauth/code/..",
    "https://app.example.com/oauth/code/../x",
    "https://app.example.com/oauth/./code",
    "https://app.example.com/oauth//code",
    "https://app.example.com/oauth/%2e%2e/oauth/code",
    "https://app.example.com/oauth/cod%65",
    "https://app.example.com/oauth%2fcode",
    "https://app.example.com/oauth/code%00",
    "https://app.example.com/oauth/code;x=1",
    "https://app.example.com/oauth/code?",
    "https://app.example.com/oauth/code?x=1",
    "https://app.example.com/oauth/code?code=planted",
    "https://app.example.com/oauth/code#",
    "https://app.example.com/oauth/code#x",
    "https://app.example.com/Oauth/code",
    "https://app.example.com:443/oauth/code",
    "https://app.example.com:8443/oauth/code",
    "https://app.example.com./oauth/code",
    "https://APP.example.com/oauth/code",
    "HTTPS://app.example.com/oauth/code",
    "http://app.example.com/oauth/code",
    "https://evil.app.example.com/oauth/code",
    "https://app.example.com.evil.example/oauth/code",
    "https://app.example.com@evil.example/oauth/code",
    "https://user@app.example.com/oauth/code",
    "https://evil.example\\@app.example.com/oauth/code",
    "//app.example.com/oauth/code",
    " https://app.example.com/oauth/code",
    "https://app.example.com/oauth/code\u{200b}",
];

/// Variants of [`NATIVE`].
const LOOPBACK: [&str; 10] = [
    "http://localhost/callback",
    "http://127.0.0.2/callback",
    "http://[::1]/callback",
    "http://[::1%25lo]/callback",
    "http://127.0.0.1:0/callback",
    "http://127.0.0.1:65536/callback",
    "http://127.0.0.1:80@evil.example/callback",
    "http://127.0.0.1.evil.example/callback",
    "http://127.0.0.1:8080/other",
    "https://127.0.0.1:8080/callback",
];

#[test]
fn every_variant_of_a_registered_address_is_refused() {
    let cases = [(REGISTERED, &WEB[..]), (NATIVE, &LOOPBACK[..])];
    for (registered, variants) in cases {
        let uri = RedirectUri::register(registered).unwrap();
        assert!(uri.admits(registered));
        for variant in variants {
            assert!(!uri.admits(variant), "{variant}");
            without("oauth.redirect_uri", || {
                assert!(uri.admits(variant), "{variant}");
            });
        }
    }
}

#[test]
fn only_the_port_of_a_loopback_address_is_free() {
    let native = RedirectUri::register(NATIVE).unwrap();
    for port in ["1", "8080", "51004", "65535"] {
        assert!(
            native.admits(&format!("http://127.0.0.1:{port}/callback")),
            "{port}"
        );
    }
    let web = RedirectUri::register("https://127.0.0.1/callback").unwrap();
    assert!(!web.admits("https://127.0.0.1:8080/callback"));
}
