use super::{Comercial, organization};
use identity::declare::Declaration;
use identity::declare::settings::{Jwt, Oauth, Saml};

const EXAMPLE: &str = include_str!("../../../../../examples/horacius.toml");

#[tokio::test]
async fn example_can_be_applied_as_it_stands() {
    let org = Comercial::new().await;
    let declaration: Declaration = toml::from_str(EXAMPLE).unwrap();
    let declared = org.service().declare(&org.world.moment, &declaration).await;
    assert!(declared.unwrap().unwrap().warnings.is_empty());
}

#[tokio::test]
async fn every_dangerous_setting_is_a_fault() {
    let org = Comercial::new().await;
    let mut declared = organization("comercial");
    let applications = &mut declared.application;
    applications.truncate(3);
    applications[0].jwt = Some(Jwt {
        callback: "http://app.example.com/".into(),
        secret: String::new(),
        ..Jwt::default()
    });
    applications[0].oauth = Some(Oauth {
        secret: Some(String::new()),
        code_redirects: vec!["https://app.example.com/cb#x".into()],
        token_redirects: vec!["https://app.example.com/cb".into()],
        ..Oauth::default()
    });
    applications[1].oauth = Some(Oauth {
        code_redirects: vec!["javascript:alert(1)".into()],
        without_pkce: true,
        client_credentials: true,
        ..Oauth::default()
    });
    applications[2].saml = Some(Saml {
        entity_id: "google.com".into(),
        assertion_consumers: vec!["http://app.example.com/acs".into()],
        ..Saml::default()
    });
    let declaration = Declaration {
        organization: vec![declared],
    };
    let declared = org.service().declare(&org.world.moment, &declaration).await;
    let faults = declared.unwrap().unwrap_err();
    let places: Vec<_> = faults
        .iter()
        .filter_map(|fault| fault.at.strip_prefix("organization[comercial].application"))
        .collect();
    assert_eq!(
        places,
        [
            "[app].jwt.callback",
            "[app].jwt.secret",
            "[app].oauth.code_redirects",
            "[app].oauth.secret",
            "[app].oauth.token_redirects",
            "[other].oauth.code_redirects",
            "[other].oauth.client_credentials",
            "[other].oauth.without_pkce",
            "[public].metadata",
        ]
    );
}
