//! The HORACIUS door: one sign-in, three integrations.

mod api;
mod authorize;
mod device;
mod end_session;
mod hostile;
mod openid;
mod people;
mod saml;
mod sign_in;

use crate::support::{Answer, Call, HORACIUS, TestServer};

const JWT: &str = "/jwt/login/30251233/";
const SAML: &str = "/idp/saml/redirect/sso/mail";
const IMPLICIT: &str = "/idp/oauth/authorize/sso/dante?client_id=dante&redirect_uri=https%3A%2F%2Fapp.example.com%3A9090%2Foauth%2Ftoken&state=&scope=public_profile&response_type=token";

const OPENID: &str = "/idp/oauth/authorize?client_id=portal&redirect_uri=https%3A%2F%2Fapp.example.com%3A9090%2Fopenid&response_type=code&scope=openid+profile&nonce=n";

/// A browser: it keeps cookies, and fills the form of the page that it last saw.
struct Browser<'a> {
    server: &'a TestServer,
    cookies: Vec<(String, String)>,
}

impl<'a> Browser<'a> {
    fn of(server: &'a TestServer) -> Self {
        Self {
            server,
            cookies: Vec::new(),
        }
    }

    async fn get(&mut self, target: &str) -> Answer {
        self.send(Call::get(HORACIUS, target)).await
    }

    async fn send(&mut self, call: Call<'_>) -> Answer {
        let jar: Vec<_> = self
            .cookies
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        let answer = self
            .server
            .answer(call.header("Cookie", &jar.join("; ")))
            .await;
        for (_, value) in answer
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
        {
            let (name, value) = value.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(kept, _)| kept != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        answer
    }

    /// Signs in on a page that asks for it.
    async fn sign_in(&mut self, page: &Answer, password: &str) -> Answer {
        assert!(page.body.contains(r#"type="password""#), "{page}");
        let (action, visit) = (attribute(page, "action"), hidden(page, "visit"));
        let fields = [
            ("username", "ana@example.com"),
            ("password", password),
            ("visit", visit.as_str()),
        ];
        self.send(Call::post(HORACIUS, &action).form(&fields)).await
    }

    /// What a fresh sign-in buys the application that speaks OpenID Connect.
    async fn openid_tokens(&mut self) -> serde_json::Value {
        let code = parameter(&self.through(OPENID).await, "code");
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", "https://app.example.com:9090/openid"),
            ("client_id", "portal"),
            ("client_secret", crate::support::SECRET),
        ];
        let call = Call::post(HORACIUS, "/idp/oauth/token").form(&form);
        self.server.answer(call).await.json()
    }

    /// Where a fresh sign-in leads.
    async fn through(&mut self, target: &str) -> String {
        let page = self.get(target).await;
        let answer = self.sign_in(&page, TestServer::PASSWORD).await;
        assert_eq!(answer.status, 303, "{answer}");
        answer.header("location").unwrap().to_owned()
    }
}

fn attribute(page: &Answer, name: &str) -> String {
    let start = format!("{name}=\"");
    let rest = page.body.split(&start).nth(1).expect("the attribute");
    let value = rest.split('"').next().unwrap();
    value.replace("&#38;", "&").replace("&amp;", "&")
}

fn hidden(page: &Answer, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let rest = page.body.split(&start).nth(1).expect("the field");
    rest.split('"').next().unwrap().to_owned()
}

fn parameter(url: &str, name: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    let found = url.query_pairs().find(|(n, _)| n == name);
    found.expect("the parameter").1.into_owned()
}
