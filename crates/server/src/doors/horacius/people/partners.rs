//! Coming in through an identity provider that the organization trusts. We are its service provider there, under an entity ID
//! of our own: what applications know of us and what partners know of us never mix.

use super::super::Door;
use super::super::cookies;
use super::super::entrance::set;
use super::account::or_page;
use super::member::one;
use crate::config;
use crate::http::Form;
use crate::http::body::SAML;
use crate::pages::leaving::Leaving;
use crate::sign_on::{Failure, Visit};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::Response;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use identity::entities::ServiceProvider;
use identity::login::NextStep;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;

/// Below which everything of this stands.
const PATH: &str = "/partner";
/// Where partners post their responses.
pub(super) const CONSUMER: &str = "/partner/acs";
/// What a partner has to know of us.
pub(super) const METADATA: &str = "/partner/metadata";
/// Where a sign-on through one begins.
pub(super) const BEGIN: &str = "/partner/{provider}";

/// Who we are towards partners.
pub(in super::super) fn entity(config: &config::Door) -> ServiceProvider {
    let consumer = |origin: &String| format!("{origin}{CONSUMER}");
    ServiceProvider {
        organization: config.organization.clone(),
        door: format!("{}-partner", config.kind.name()),
        entity_id: format!("{}{PATH}", config.origin()),
        acs: config.origins().iter().map(consumer).collect(),
        paos: Vec::new(),
        slo: Vec::new(),
        takes_encrypted: config.takes_encrypted(),
    }
}

/// Where a sign-on through `provider` begins that is to end at `back`.
pub(in super::super) fn address(provider: &str, back: &str) -> String {
    let [provider, back] = [provider, back].map(|text| utf8_percent_encode(text, NON_ALPHANUMERIC));
    format!("{PATH}/{provider}?back={back}")
}

/// `GET /partner/<provider>?back=…`
pub(super) async fn begin(
    State(door): State<Arc<Door>>,
    Path(provider): Path<String>,
    visit: Visit,
) -> Response<Body> {
    let begun = async {
        let service = &door.desk.app.service;
        let begun = service
            .begin_at_partner(&visit.moment, &door.partner, &provider)
            .await??;
        let mut response = super::super::answers::see_other(&begun.url)?;
        let until = visit.moment.now + begun.lifetime;
        let back = visit.parameter("back").unwrap_or_default();
        set(
            &mut response,
            cookies::at_partner(&begun.binding, &back, until),
        );
        Ok(response)
    };
    or_page(&visit, begun.await)
}

/// `POST /partner/acs`
pub(super) async fn consume(
    State(door): State<Arc<Door>>,
    visit: Visit,
    Form(fields): Form<SAML>,
) -> Response<Body> {
    let finished = async {
        let response = one(&fields, "SAMLResponse")?;
        let shown = cookies::from_partner(&visit);
        let bindings: Vec<&str> = shown.iter().map(|(binding, _)| binding.as_str()).collect();
        let desk = &door.desk;
        let step = desk
            .app
            .service
            .finish_at_partner(
                &visit.moment,
                (&door.partner, &desk.entity),
                (response, &bindings),
            )
            .await??;
        let NextStep::SignedIn { cookie, .. } = step else {
            return Err(Failure::Expired);
        };
        let back = shown.into_iter().find_map(|(_, back)| back);
        let url = back.as_deref().unwrap_or("/");
        // The session's cookie goes with requests from our own pages only (SameSite=Lax), and this one came from the partner's.
        let mut response = Leaving {
            words: visit.words,
            url,
        }
        .answer();
        set(&mut response, cookies::session(&cookie));
        set(&mut response, cookies::no_partner());
        Ok(response)
    };
    or_page(&visit, finished.await)
}

/// `GET /partner/metadata`
pub(super) async fn metadata(State(door): State<Arc<Door>>, visit: Visit) -> Response<Body> {
    let service = &door.desk.app.service;
    match service
        .service_provider_metadata(&visit.moment, &door.partner)
        .await
    {
        Ok(xml) => ([(CONTENT_TYPE, "application/samlmetadata+xml")], xml).into_response(),
        Err(unavailable) => Failure::from(unavailable).page(visit.words, &visit.moment),
    }
}
