//! Identity providers registered by API, from nothing to a sign-on through them.

use super::{redeem, saml_response, scoped, unscoped};
use crate::support::cloud::{ACME, DOMAIN, IAM};
use crate::support::{Answer, Call, TestServer};
use serde_json::{Value, json};

pub(super) const PROVIDERS: &str = "/v3/OS-FEDERATION/identity_providers";
const MAPPINGS: &str = "/v3/OS-FEDERATION/mappings";
const METADATA: &str = "/v3-ext/OS-FEDERATION/identity_providers/NEW/protocols/saml/metadata";

/// An administrator at work.
pub(super) struct Administrator<'s> {
    server: &'s TestServer,
    token: String,
}

impl<'s> Administrator<'s> {
    async fn of(server: &'s TestServer) -> Self {
        let token = scoped(server, &unscoped(server, "ana").await).await;
        Self { server, token }
    }

    pub(super) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let call = Call::new(method, IAM, path).header("X-Auth-Token", &self.token);
        let call = match body {
            Some(body) => call.json(&body.to_string()),
            None => call,
        };
        self.server.answer(call).await
    }

    pub(super) async fn put(&self, path: &str, body: Value) -> Answer {
        self.call("PUT", path, Some(body)).await
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        let answer = self.call("GET", path, None).await;
        assert_eq!(answer.status, 200, "{path} {answer}");
        answer.json()
    }

    /// Provider `NEW` with ACME's metadata, whose people become `New`.
    async fn register(&self) {
        let provider = json!({"identity_provider": {"enabled": true, "description": "Acme again"}});
        let new = format!("{PROVIDERS}/NEW");
        for (path, body) in [
            (new.clone(), provider),
            (format!("{MAPPINGS}/new"), rules("New")),
            (
                format!("{new}/protocols/saml"),
                json!({"protocol": {"mapping_id": "new"}}),
            ),
        ] {
            let answer = self.put(&path, body).await;
            assert_eq!(answer.status, 201, "{path} {answer}");
        }
        // One entity ID is one provider: the declared one makes way.
        let gone = self
            .call("DELETE", &format!("{PROVIDERS}/ACME"), None)
            .await;
        assert_eq!(gone.status, 204, "{gone}");
    }

    async fn import(&self) -> Answer {
        let metadata = self
            .server
            .answer(Call::get(ACME, "/idp/shibboleth"))
            .await
            .body;
        let body = json!({"xaccount_type": "", "domain_id": DOMAIN, "metadata": metadata});
        self.call("POST", METADATA, Some(body)).await
    }
}

pub(super) fn rules(name: &str) -> Value {
    json!({"mapping": {"rules": [{
        "local": [{"user": {"name": name}}, {"group": {"name": "admin"}}],
        "remote": [{"type": "_NAMEID_"}],
    }]}})
}

fn title(answer: &Answer) -> (u16, String) {
    let error = answer.json()["error"].take();
    (answer.status, error["title"].as_str().unwrap().to_owned())
}

/// The administrator works on with a local password: the tokens of a removed provider have ended.
pub(super) async fn local(server: &TestServer) -> Administrator<'_> {
    let user = json!({"name": "local", "password": TestServer::PASSWORD});
    let identity = json!({"methods": ["password"], "password": {"user": user}});
    let body = json!({"auth": {"identity": identity, "scope": {"domain": {"id": DOMAIN}}}});
    let answer = server
        .answer(Call::post(IAM, "/v3/auth/tokens").json(&body.to_string()))
        .await;
    let token = answer
        .header("x-subject-token")
        .expect("a token")
        .to_owned();
    Administrator { server, token }
}

#[tokio::test]
async fn provider_is_registered_step_by_step_and_people_come_in_through_it() {
    let server = TestServer::start().await;
    let administrator = local(&server).await;
    administrator.register().await;
    let early = redeem(&server, "NEW", &saml_response(&server, "ana").await).await;
    assert_eq!(
        early.status, 403,
        "without metadata nobody is believed: {early}"
    );

    let imported = administrator.import().await;
    assert_eq!(imported.status, 201, "{imported}");
    assert_eq!(imported.json()["message"], "Import metadata successful");
    let shown = administrator.get(METADATA).await;
    assert_eq!(shown["entity_id"], ACME);
    assert_eq!(shown["idp_id"], "NEW");

    let came = redeem(&server, "NEW", &saml_response(&server, "ana").await).await;
    assert_eq!(came.status, 201, "{came}");
    let user = came.json()["token"]["user"].take();
    assert_eq!(user["name"], "New");
    assert_eq!(user["OS-FEDERATION"]["identity_provider"]["id"], "NEW");
}

#[tokio::test]
async fn changes_act_at_once() {
    let server = TestServer::start().await;
    let administrator = local(&server).await;
    administrator.register().await;
    assert_eq!(administrator.import().await.status, 201);
    let token = unscoped_through_new(&server).await;

    let renamed = administrator
        .call("PATCH", &format!("{MAPPINGS}/new"), Some(rules("Renamed")))
        .await;
    assert_eq!(renamed.status, 200, "{renamed}");
    let came = redeem(&server, "NEW", &saml_response(&server, "ana").await).await;
    assert_eq!(came.json()["token"]["user"]["name"], "Renamed");

    // Between the provider's page and our door somebody switches the provider off (security: A12).
    let response = saml_response(&server, "ana").await;
    let provider = format!("{PROVIDERS}/NEW");
    let switch = |enabled: bool| json!({"identity_provider": {"enabled": enabled}});
    let off = administrator
        .call("PATCH", &provider, Some(switch(false)))
        .await;
    assert_eq!(off.json()["identity_provider"]["enabled"], false, "{off}");
    assert_eq!(off.json()["identity_provider"]["description"], "Acme again");
    assert_eq!(redeem(&server, "NEW", &response).await.status, 403);
    let about = Call::get(IAM, "/v3/auth/tokens")
        .header("X-Auth-Token", &token)
        .header("X-Subject-Token", &token);
    assert_eq!(server.answer(about).await.status, 401);

    administrator
        .call("PATCH", &provider, Some(switch(true)))
        .await;
    assert_eq!(redeem(&server, "NEW", &response).await.status, 201);
    let protocol = format!("{provider}/protocols/saml");
    assert_eq!(
        administrator.call("DELETE", &protocol, None).await.status,
        204
    );
    let late = redeem(&server, "NEW", &saml_response(&server, "ana").await).await;
    assert_eq!(late.status, 403, "{late}");
}

async fn unscoped_through_new(server: &TestServer) -> String {
    let answer = redeem(server, "NEW", &saml_response(server, "ana").await).await;
    assert_eq!(answer.status, 201, "{answer}");
    answer.header("x-subject-token").unwrap().to_owned()
}

#[tokio::test]
async fn only_an_administrators_scoped_token_registers() {
    let server = TestServer::start().await;
    let ana = unscoped(&server, "ana").await;
    let outsider = unscoped(&server, "outsider").await;
    let ask = async |token: &str| {
        let call = Call::get(IAM, PROVIDERS).header("X-Auth-Token", token);
        server.answer(call).await.status
    };
    assert_eq!(ask(&ana).await, 403);
    assert_eq!(ask(&outsider).await, 403);
    assert_eq!(ask("no token").await, 401);
    assert_eq!(server.answer(Call::get(IAM, PROVIDERS)).await.status, 401);
    assert_eq!(ask(&scoped(&server, &ana).await).await, 200);
}

#[tokio::test]
async fn declared_and_registered_providers_stand_in_one_list() {
    let server = TestServer::start().await;
    let administrator = Administrator::of(&server).await;
    let path = format!("{PROVIDERS}/NEW");
    let added = administrator
        .put(
            &path,
            json!({"identity_provider": {"sso_type": "iam_user_sso"}}),
        )
        .await;
    assert_eq!(
        added.json()["identity_provider"]["enabled"],
        false,
        "{added}"
    );
    let list = administrator.get(PROVIDERS).await;
    let ids = list["identity_providers"].as_array().unwrap().iter();
    let ids: Vec<&str> = ids.map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["ACME", "NEW", "QUIET"]);
    let acme = administrator.get(&format!("{PROVIDERS}/ACME")).await;
    assert_eq!(
        acme["identity_provider"]["remote_ids"],
        json!(["idp.example.org"])
    );
    let protocols = administrator
        .get(&format!("{PROVIDERS}/ACME/protocols"))
        .await;
    assert_eq!(protocols["protocols"][0]["id"], "saml");
    assert_eq!(administrator.call("DELETE", &path, None).await.status, 204);
    assert_eq!(
        title(&administrator.call("GET", &path, None).await),
        (404, "Not Found".to_owned())
    );
}

#[tokio::test]
async fn faulty_registrations_are_refused_and_say_where() {
    let server = TestServer::start().await;
    let administrator = Administrator::of(&server).await;
    let provider = || json!({"identity_provider": {"enabled": true}});
    let new = format!("{PROVIDERS}/NEW");
    assert_eq!(administrator.put(&new, provider()).await.status, 201);
    let again = administrator.put(&new, provider()).await;
    assert_eq!(title(&again), (409, "Conflict".to_owned()));

    let broken = json!({"mapping": {"rules": [{"local": [{"user": {"name": "{7}"}}], "remote": [{"type": "x"}]}]}});
    let refused = administrator.put(&format!("{MAPPINGS}/new"), broken).await;
    assert_eq!(refused.status, 400, "{refused}");
    assert!(refused.body.contains("rules[0]"), "{refused}");

    let protocol = format!("{new}/protocols/saml");
    let body = json!({"protocol": {"mapping_id": "nobody"}});
    assert_eq!(administrator.put(&protocol, body).await.status, 404);
    let created = administrator
        .put(&format!("{MAPPINGS}/new"), rules("New"))
        .await;
    assert_eq!(created.status, 201, "{created}");
    let body = json!({"protocol": {"mapping_id": "new"}});
    assert_eq!(administrator.put(&protocol, body).await.status, 201);
    let used = administrator
        .call("DELETE", &format!("{MAPPINGS}/new"), None)
        .await;
    assert_eq!(title(&used), (409, "Conflict".to_owned()));

    // ACME has this entity ID.
    assert_eq!(administrator.import().await.status, 409);
    for (domain, metadata) in [("another", "<x/>"), (DOMAIN, "<x/>"), (DOMAIN, "")] {
        let body = json!({"xaccount_type": "", "domain_id": domain, "metadata": metadata});
        let answer = administrator.call("POST", METADATA, Some(body)).await;
        assert_eq!(answer.status, 400, "{domain} {metadata} {answer}");
    }
    for (path, body) in [
        (format!("{PROVIDERS}/a%20b"), provider()),
        (
            format!("{PROVIDERS}/OTHER"),
            json!({"identity_provider": {"sso_type": "other"}}),
        ),
        (format!("{PROVIDERS}/OTHER"), json!({})),
    ] {
        let answer = administrator.put(&path, body).await;
        assert_eq!(answer.status, 400, "{path} {answer}");
    }
}
