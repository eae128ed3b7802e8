//! `/` and `/v3`: which versions of the API there are, which OpenStack's clients ask before anything else.

use super::Cloud;
use super::problem::json;
use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use serde::Serialize;

/// The version of Keystone's API that has what this door has.
const ID: &str = "v3.14";
/// When that version came out.
const UPDATED: &str = "2020-04-07T00:00:00Z";

/// `GET /`: 300, because there is something to choose from.
pub(super) async fn all(State(cloud): State<Cloud>) -> Response {
    let versions = Versions {
        values: [version(&cloud)],
    };
    answer(StatusCode::MULTIPLE_CHOICES, &All { versions })
}

/// `GET /v3`.
pub(super) async fn third(State(cloud): State<Cloud>) -> Response {
    let version = version(&cloud);
    answer(StatusCode::OK, &One { version })
}

fn version(cloud: &Cloud) -> Version {
    Version {
        id: ID,
        links: [Link {
            href: format!("{}/v3/", cloud.door.origin),
            rel: "self",
        }],
        media_types: [MediaType {
            base: "application/json",
            kind: "application/vnd.openstack.identity-v3+json",
        }],
        status: "stable",
        updated: UPDATED,
    }
}

fn answer(status: StatusCode, document: &impl Serialize) -> Response {
    let body = serde_json::to_vec(document).expect("documents have text keys only");
    json(status, body)
}

#[derive(Serialize)]
struct All {
    versions: Versions,
}

#[derive(Serialize)]
struct Versions {
    values: [Version; 1],
}

#[derive(Serialize)]
struct One {
    version: Version,
}

#[derive(Serialize)]
struct Version {
    id: &'static str,
    links: [Link; 1],
    #[serde(rename = "media-types")]
    media_types: [MediaType; 1],
    status: &'static str,
    updated: &'static str,
}

#[derive(Serialize)]
struct Link {
    href: String,
    rel: &'static str,
}

#[derive(Serialize)]
struct MediaType {
    base: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
}
