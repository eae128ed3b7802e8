use super::{APPLICATION, CESS, CPF, Cess, basic, schema};
use crate::support::Call;
use reqwest::{Certificate, Client, Version};
use server::config::Tls;
use tempfile::TempDir;

#[tokio::test]
async fn an_upstream_learns_who_it_is_and_for_whom_from_us_alone() {
    let cess = Cess::start().await;
    let call = Call::get(CESS, "/sign/file?a=b")
        .header("Authorization", &basic(&cess.otp()))
        .header("VCSchemaCfg", "lifetime=60")
        .header("X-Portaria-Holder", "root")
        .header("X_Portaria_Holder", "root")
        .header("X-Portaria-Groups", "admin")
        .header("Forwarded", "for=10.0.0.1")
        .header("X-Forwarded-For", "203.0.113.9")
        .header("X-Forwarded-Proto", "http")
        .header("X_Forwarded_For", "10.0.0.1")
        .header("Via", "1.0 elsewhere")
        .header("X-Own", "kept");
    let mut answer = cess.call(call).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("vcschemadata"), None, "nobody asked for it");
    let mut lines: Vec<&str> = answer
        .body
        .lines()
        .filter(|line| !line.starts_with("host: 127.0.0.1:"))
        .collect();
    lines[1..].sort_unstable();
    answer.body = lines.join("\n");
    insta::assert_snapshot!(answer.body, @r#"
    service HTTP/1.1 /sign/file
    accept: */*
    forwarded: for=203.0.113.9;host="cess.local";proto=http
    via: 1.0 elsewhere
    via: 1.1 portaria
    x-own: kept
    x-portaria-holder: 52998224725
    x-portaria-provider: OURS
    "#);
}

#[tokio::test]
async fn the_longest_path_chooses_the_upstream_and_may_hand_it_the_token_in_http_2() {
    let cess = Cess::start().await;
    let token = cess.session().await;
    let ask = async |path: &str| cess.call(Call::get(CESS, path).bearer(&token)).await;
    let second = ask("/second/file").await;
    assert!(
        second.body.starts_with("other HTTP/2.0 /second/file\n"),
        "{second}"
    );
    assert!(
        second
            .body
            .contains(&format!("authorization: Bearer {token}\n"))
    );
    let first = ask("/secondary").await;
    assert!(
        first.body.starts_with("service HTTP/1.1 /secondary\n"),
        "{first}"
    );
    assert!(!first.body.contains(&token));
    let gone = ask("/gone").await;
    assert_eq!(gone.status, 502, "{gone}");
    assert_eq!(gone.json()["code"], "gateway.upstream_unreachable");
    assert_eq!(
        gone.header("content-type"),
        Some("application/problem+json")
    );
}

#[tokio::test]
async fn a_client_may_speak_http_2() {
    let folder = TempDir::new().unwrap();
    let made = rcgen::generate_simple_self_signed([CESS.to_owned()]).unwrap();
    let files = Tls {
        certificate: folder.path().join("certificate.pem"),
        key: folder.path().join("key.pem"),
    };
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    std::fs::write(&files.certificate, made.cert.pem()).unwrap();
    let cess = Cess::with(Some(files)).await;
    let token = cess.session().await;
    let https = cess.gateway.running.https.unwrap();
    let client = Client::builder()
        .no_proxy()
        .resolve(CESS, https)
        .tls_certs_only([Certificate::from_pem(made.cert.pem().as_bytes()).unwrap()])
        .build()
        .unwrap();
    // Many at once on one connection, each with a body of its own.
    let calls = (0..20).map(|number| {
        let path = if number % 2 == 0 { "sign" } else { "second" };
        let url = format!("https://{CESS}:{}/{path}/{number}", https.port());
        client
            .post(url)
            .bearer_auth(&token)
            .body(vec![b'x'; 100_000])
            .send()
    });
    for (number, answer) in futures_util::future::join_all(calls)
        .await
        .into_iter()
        .enumerate()
    {
        let answer = answer.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.version()),
            (200, Version::HTTP_2)
        );
        let said = answer.text().await.unwrap();
        assert!(said.contains(&format!("/{number}\n")), "{said}");
        assert!(said.contains(&format!("x-portaria-holder: {CPF}\n")));
        let host = format!("host=\"{CESS}:{}\";proto=https\n", https.port());
        assert!(said.contains(&host), "{said}");
        assert!(said.contains("via: 2.0 portaria\n"), "{said}");
    }
}

#[tokio::test]
async fn what_ends_with_its_transaction_is_over_here_and_at_the_psc() {
    let cess = Cess::start().await;
    let opening = Call::get(CESS, "/")
        .header("Authorization", &basic(&cess.otp()))
        .header("VCSchemaCfg", "returnAccessToken=true");
    let answer = cess.call(opening).await;
    let token = answer.header("vcschemadata").unwrap().split(';').next();
    let token = token.unwrap();
    let again = cess.call(Call::get(CESS, "/").bearer(token)).await;
    assert_eq!(
        (again.status, &again.json()["code"]),
        (401, &"gateway.session".into())
    );
    let path = "/v0/oauth/certificate-discovery";
    let at_psc = Call::get(super::PSC, path).bearer(token);
    assert_eq!(cess.psc.answer(at_psc).await.status, 401);
    let open = cess.session().await;
    let at_psc = Call::get(super::PSC, path).bearer(&open);
    assert_eq!(cess.psc.answer(at_psc).await.status, 200, "control");
    let named = schema(&format!("OURS-|{open}"));
    let call = Call::get(CESS, "/").header("Authorization", &named);
    assert_eq!(cess.call(call).await.status, 200);
}

#[tokio::test]
async fn a_session_lives_as_long_as_its_client_says_else_its_application_else_the_instance() {
    let cess = Cess::start().await;
    let lifetime = async |path: &str, wishes: &str| {
        let wishes = format!("returnAccessToken=true{wishes}");
        let opening = Call::get(CESS, path)
            .header("Authorization", &basic(&cess.otp()))
            .header("VCSchemaCfg", &wishes);
        let answer = cess.call(opening).await;
        let data = answer.header("vcschemadata").expect("it was asked for");
        data.split(';').nth(1).unwrap().parse::<i64>().unwrap()
    };
    assert_eq!(lifetime("/sign", "").await, 12 * 3600, "the instance's");
    assert_eq!(lifetime("/second/sign", "").await, APPLICATION.as_secs());
    assert_eq!(lifetime("/second/sign", ";lifetime=999").await, 999);
}
