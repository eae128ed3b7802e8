//! The body of a token. Fields stand in the order in which the document prints them.

use super::problem::json;
use crate::config::huawei::{CatalogEndpoint, CatalogService};
use axum::response::Response;
use hyper::StatusCode;
use hyper::header::HeaderValue;
use identity::federation::{FederationToken, IssuedFederationToken, Method, Scope};
use jiff::Timestamp;
use serde::Serialize;

/// 201 with a new token; with its catalog, if one is given.
pub(super) fn created(
    issued: &IssuedFederationToken,
    catalog: Option<&[CatalogService]>,
) -> Response {
    answer(StatusCode::CREATED, (&issued.plain, &issued.token), catalog)
}

/// 200 with what a token says.
pub(super) fn shown(
    plain: &str,
    token: &FederationToken,
    catalog: Option<&[CatalogService]>,
) -> Response {
    answer(StatusCode::OK, (plain, token), catalog)
}

fn answer(
    status: StatusCode,
    (plain, token): (&str, &FederationToken),
    catalog: Option<&[CatalogService]>,
) -> Response {
    let document = Document {
        token: body(token, catalog),
    };
    let mut response = json(
        status,
        serde_json::to_vec(&document).expect("documents have text keys only"),
    );
    response.headers_mut().insert(
        "x-subject-token",
        HeaderValue::from_str(plain).expect("it came in a header, or we wrote it in base64"),
    );
    response
}

/// `YYYY-MM-DDTHH:MM:SS.ffffffZ`.
fn microseconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

fn body<'a>(token: &'a FederationToken, catalog: Option<&[CatalogService]>) -> Token<'a> {
    let domain = Named {
        name: &token.domain.name,
        id: &token.domain.id,
    };
    let (project, in_domain, roles) = match &token.scope {
        Scope::Unscoped => (None, None, None),
        Scope::Domain(roles) => (None, Some(domain), Some(roles)),
        Scope::Project(project, roles) => {
            let project = Project {
                domain,
                id: &project.id,
                name: &project.name,
            };
            (Some(project), None, Some(roles))
        }
    };
    let here = project.as_ref().map_or("", |project| project.id);
    let named = |catalog: &[CatalogService]| {
        catalog
            .iter()
            .map(|service| within(service, here))
            .collect()
    };
    Token {
        expires_at: microseconds(token.expires),
        methods: token.method.names(),
        catalog: catalog.filter(|_| roles.is_some()).map(named),
        project,
        domain: in_domain,
        roles: roles.map(|roles| {
            let role = |role: &'a identity::accounts::Role| Named {
                name: &role.name,
                id: &role.id,
            };
            roles.iter().map(role).collect()
        }),
        issued_at: microseconds(token.issued),
        user: User {
            federation: token.provider.as_deref().map(|provider| Federation {
                identity_provider: Id { id: provider },
                protocol: Id {
                    id: token.protocol.as_deref().unwrap_or_default(),
                },
                groups: token
                    .groups
                    .iter()
                    .map(|group| Group {
                        id: &group.id,
                        name: &group.name,
                    })
                    .collect(),
            }),
            domain,
            name: &token.user_name,
            id: &token.user_id,
            // The document of the unscoped token does not have it, those of scoped ones do.
            password_expires_at: (token.method != Method::Mapped).then_some(""),
        },
    }
}

fn within(service: &CatalogService, project: &str) -> CatalogService {
    let endpoint = |endpoint: &CatalogEndpoint| endpoint.within(project);
    CatalogService {
        endpoints: service.endpoints.iter().map(endpoint).collect(),
        ..service.clone()
    }
}

#[derive(Serialize)]
struct Document<'a> {
    token: Token<'a>,
}

#[derive(Serialize)]
struct Token<'a> {
    expires_at: String,
    methods: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    catalog: Option<Vec<CatalogService>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<Project<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<Named<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<Named<'a>>>,
    issued_at: String,
    user: User<'a>,
}

#[derive(Serialize)]
struct User<'a> {
    #[serde(rename = "OS-FEDERATION", skip_serializing_if = "Option::is_none")]
    federation: Option<Federation<'a>>,
    domain: Named<'a>,
    name: &'a str,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_expires_at: Option<&'static str>,
}

#[derive(Serialize)]
struct Federation<'a> {
    identity_provider: Id<'a>,
    protocol: Id<'a>,
    groups: Vec<Group<'a>>,
}

#[derive(Serialize)]
struct Id<'a> {
    id: &'a str,
}

#[derive(Serialize)]
struct Group<'a> {
    id: &'a str,
    name: &'a str,
}

#[derive(Clone, Copy, Serialize)]
struct Named<'a> {
    name: &'a str,
    id: &'a str,
}

#[derive(Serialize)]
struct Project<'a> {
    domain: Named<'a>,
    id: &'a str,
    name: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use identity::federation::{Domain, Group};

    fn token() -> FederationToken {
        FederationToken {
            id: String::new(),
            method: Method::Mapped,
            scope: Scope::Unscoped,
            domain: Domain {
                id: "06ba0970a097acc0f36c0086bb6cfe0".to_owned(),
                name: "IAMDomain".to_owned(),
            },
            user_id: "LdUTYSC7zmJVIic3yaCbLBXDxPAdDxLg".to_owned(),
            user_name: "FederationUser".to_owned(),
            groups: vec![Group {
                id: "06aa22601502cec4a23ac0084a74038f".to_owned(),
                name: "admin".to_owned(),
            }],
            provider: Some("ACME".to_owned()),
            protocol: Some("saml".to_owned()),
            issued: "2020-02-12T14:21:34.042Z".parse().unwrap(),
            expires: "2020-02-13T14:21:34.042Z".parse().unwrap(),
        }
    }

    #[test]
    fn unscoped_token_is_the_documents_example_letter_for_letter() {
        let token = token();
        let document = Document {
            token: body(&token, None),
        };
        insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap(), @r#"
        {
          "token": {
            "expires_at": "2020-02-13T14:21:34.042000Z",
            "methods": [
              "mapped"
            ],
            "issued_at": "2020-02-12T14:21:34.042000Z",
            "user": {
              "OS-FEDERATION": {
                "identity_provider": {
                  "id": "ACME"
                },
                "protocol": {
                  "id": "saml"
                },
                "groups": [
                  {
                    "id": "06aa22601502cec4a23ac0084a74038f",
                    "name": "admin"
                  }
                ]
              },
              "domain": {
                "name": "IAMDomain",
                "id": "06ba0970a097acc0f36c0086bb6cfe0"
              },
              "name": "FederationUser",
              "id": "LdUTYSC7zmJVIic3yaCbLBXDxPAdDxLg"
            }
          }
        }
        "#);
    }

    #[test]
    fn unscoped_token_lists_no_services_even_when_a_catalog_is_at_hand() {
        assert!(body(&token(), Some(&[])).catalog.is_none());
        let project = identity::federation::Project {
            id: "p1".to_owned(),
            name: "project".to_owned(),
        };
        let scoped = FederationToken {
            scope: Scope::Project(project, Vec::new()),
            ..token()
        };
        assert!(body(&scoped, Some(&[])).catalog.is_some());
        assert!(body(&scoped, None).catalog.is_none());
    }
}
