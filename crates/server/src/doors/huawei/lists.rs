//! What the holder of a token could scope it to.

use super::Cloud;
use super::call::{Call, Failure, header};
use super::problem::{Problem, json};
use axum::extract::State;
use axum::response::Response;
use hyper::{HeaderMap, StatusCode, Uri};
use identity::federation::{FederationToken, Scope};
use serde::Serialize;
use std::sync::Arc;

/// `GET …/projects`.
pub(super) async fn projects(
    State(cloud): State<Cloud>,
    call: Call,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let origin = &cloud.door.origin;
    let (token, scopes) = scopes(&cloud, &call, &headers).await?;
    let projects = scopes.iter().filter_map(|scope| match scope {
        Scope::Project(project, _) => Some(Project {
            domain_id: &token.domain.id,
            enabled: true,
            id: &project.id,
            links: Own {
                own: format!("{origin}/v3/projects/{}", project.id),
            },
            name: &project.name,
        }),
        _ => None,
    });
    let list = Projects {
        links: links(&cloud, uri.path()),
        projects: projects.collect(),
    };
    Ok(answer(&list))
}

/// `GET …/domains`: the domain, if it is open to the person.
pub(super) async fn domains(
    State(cloud): State<Cloud>,
    call: Call,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (token, scopes) = scopes(&cloud, &call, &headers).await?;
    let open = scopes.iter().any(|scope| matches!(scope, Scope::Domain(_)));
    let domain = Domain {
        enabled: true,
        id: &token.domain.id,
        links: Own {
            own: format!("{}/v3/domains/{}", cloud.door.origin, token.domain.id),
        },
        name: &token.domain.name,
    };
    let list = Domains {
        domains: open.then_some(domain).into_iter().collect(),
        links: links(&cloud, uri.path()),
    };
    Ok(answer(&list))
}

async fn scopes(
    cloud: &Cloud,
    call: &Call,
    headers: &HeaderMap,
) -> Result<(Arc<FederationToken>, Vec<Scope>), Failure> {
    let auth = header(headers, "x-auth-token").ok_or_else(|| call.problem(Problem::TOKEN))?;
    let found = cloud
        .app
        .service
        .scopes(&call.moment, &cloud.door.federation, auth)
        .await;
    call.judged(found, |_| Problem::TOKEN)
}

fn links(cloud: &Cloud, path: &str) -> Links {
    Links {
        next: None,
        previous: None,
        own: format!("{}{path}", cloud.door.origin),
    }
}

fn answer(list: &impl Serialize) -> Response {
    json(
        StatusCode::OK,
        serde_json::to_vec(list).expect("lists have text keys only"),
    )
}

#[derive(Serialize)]
struct Projects<'a> {
    links: Links,
    projects: Vec<Project<'a>>,
}

#[derive(Serialize)]
struct Domains<'a> {
    domains: Vec<Domain<'a>>,
    links: Links,
}

#[derive(Serialize)]
struct Project<'a> {
    domain_id: &'a str,
    enabled: bool,
    id: &'a str,
    links: Own,
    name: &'a str,
}

#[derive(Serialize)]
struct Domain<'a> {
    enabled: bool,
    id: &'a str,
    links: Own,
    name: &'a str,
}

#[derive(Serialize)]
struct Own {
    #[serde(rename = "self")]
    own: String,
}

/// Lists are never so long that they have pages.
#[derive(Serialize)]
struct Links {
    next: Option<String>,
    previous: Option<String>,
    #[serde(rename = "self")]
    own: String,
}
