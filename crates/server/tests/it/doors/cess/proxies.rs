//! What proxies ask about transactions that they forward themselves.

use super::{APPLICATION, CESS, CPF, Cess, SIGNING, basic, schema};
use crate::support::{Answer, Call};

async fn ask(cess: &Cess, headers: &[(&str, &str)]) -> Answer {
    let mut call = Call::get("127.0.0.1", "/nginx")
        .header("X-Forwarded-Host", SIGNING)
        .header("X-Forwarded-Uri", "/sign")
        .header("X-Forwarded-Method", "POST");
    for (name, value) in headers {
        call = call.header(name, value);
    }
    call.to(cess.gateway.running.forward_auth.unwrap()).await
}

#[tokio::test]
async fn a_bearer_token_passes_with_who_is_behind_it_until_it_is_revoked() {
    let cess = Cess::start().await;
    let token = cess.session().await;
    let bearer = format!("Bearer {token}");
    let own = [
        ("Authorization", bearer.as_str()),
        ("X-Portaria-Holder", "root"),
    ];
    let passed = ask(&cess, &own).await;
    assert_eq!(passed.status, 200, "{passed}");
    assert_eq!(passed.header("x-portaria-holder"), Some(CPF));
    assert_eq!(passed.header("x-portaria-provider"), Some("OURS"));
    assert_eq!(passed.header("vcschemadata"), None);
    let body = format!(r#"{{"token": "{token}"}}"#);
    let revoked = cess.call(Call::post(CESS, "/revoke").json(&body)).await;
    assert_eq!(revoked.body, r#"{"revoked":true}"#);
    let denied = ask(&cess, &own).await;
    assert_eq!(denied.status, 401, "{denied}");
    assert_eq!(denied.all("www-authenticate").len(), 3);
    assert_eq!(denied.header("x-portaria-holder"), None);
}

#[tokio::test]
async fn a_one_time_password_opens_only_what_need_not_end() {
    let cess = Cess::start().await;
    let otp = cess.otp();
    let basic = basic(&otp);
    for wishes in ["", "returnAccessToken=true", "autoRevoke=true"] {
        let headers = [("Authorization", basic.as_str()), ("VCSchemaCfg", wishes)];
        let denied = ask(&cess, &headers).await;
        assert_eq!(denied.status, 403, "{wishes}: {denied}");
        assert_eq!(denied.json()["code"], "gateway.unending");
    }
    let wishes = "autoRevoke=false;returnAccessToken=true;lifetime=60";
    let headers = [("Authorization", basic.as_str()), ("VCSchemaCfg", wishes)];
    let passed = ask(&cess, &headers).await;
    assert_eq!(passed.status, 200, "the password is still good: {passed}");
    let data = passed.header("vcschemadata").expect("asked for");
    let token = data
        .strip_suffix(";60;OURS")
        .unwrap_or_else(|| panic!("{data}"));
    // The rule for this application has a default of its own.
    let (longer, default) = (
        super::basic(&cess.otp()),
        "autoRevoke=false;returnAccessToken=true",
    );
    let headers = [("Authorization", longer.as_str()), ("VCSchemaCfg", default)];
    let passed = ask(&cess, &headers).await;
    let told = format!(";{};OURS", APPLICATION.as_secs());
    assert!(
        passed
            .header("vcschemadata")
            .is_some_and(|data| data.ends_with(&told)),
        "{passed}"
    );
    let named = schema(&format!("OURS-{CPF}|{token}"));
    let denied = ask(&cess, &[("Authorization", &named)]).await;
    assert_eq!(denied.status, 403, "{denied}");
    let headers = [("Authorization", named.as_str()), ("VCSchemaCfg", wishes)];
    assert_eq!(ask(&cess, &headers).await.status, 200);
}

#[tokio::test]
async fn what_is_malformed_is_denied_with_its_code() {
    let cess = Cess::start().await;
    for (headers, status, code) in [
        (&[][..], 401, "gateway.authorization_missing"),
        (
            &[("Authorization", "Basic !!!")][..],
            401,
            "gateway.authorization_base64",
        ),
        (
            &[("Authorization", "Bearer x"), ("VCSchemaCfg", "lifetime=x")],
            400,
            "gateway.configuration_value",
        ),
        (
            &[("Authorization", "Bearer nobody-knows-it")],
            401,
            "gateway.session",
        ),
    ] {
        let denied = ask(&cess, headers).await;
        assert_eq!(denied.status, status, "{denied}");
        assert_eq!(denied.json()["code"], code);
    }
}
