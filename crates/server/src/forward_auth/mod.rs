//! Tokens and sessions open other people's APIs: a proxy asks here, before it passes a request on, whether the credential in it
//! may.
//!
//! This module owns what proxies ask and what they are answered, on a listener of its own that only listed proxies may use.
//! It does not decide who is admitted; `identity::admission` does.
//!
//! * [`asked`]: the client's request, as nginx, Traefik or Envoy tell of it · [`rules`]: which rule is for it
//! * [`tokens`], [`sessions`]: what opens an API is asked of the rules
//! * [`answered`]: what a proxy passes on, or sends back

mod answered;
mod asked;
mod rules;
mod sessions;
mod tokens;

use crate::app::App;
use crate::config::Config;
use crate::front::Peer;
use crate::router::Doors;
use answered::Denial;
use asked::{Asked, NotAsked};
use axum::Router;
use axum::extract::{Extension, Request, State};
use axum::response::Response;
use hyper::StatusCode;
use identity::Moment;
use rules::{OpenedBy, Rules};
use std::net::IpAddr;
use std::sync::Arc;

/// What the handler works with.
#[derive(Clone)]
struct Desk {
    app: App,
    rules: Arc<Rules>,
    proxies: Arc<[IpAddr]>,
}

/// The one question, in the shape of each proxy.
pub(crate) fn router(app: App, config: &Config, doors: &Doors) -> Router {
    let desk = Desk {
        app,
        rules: Arc::new(Rules::new(config, doors)),
        proxies: config.listen.proxies.as_slice().into(),
    };
    Router::new().fallback(ask).with_state(desk)
}

async fn ask(
    State(desk): State<Desk>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Response {
    let moment = desk.app.moment(Some(peer.address));
    // Whoever may ask here chooses for itself whom it speaks for.
    if !desk.proxies.contains(&peer.address) {
        return deny(&moment, "forward_auth.peer", Denial::Forbidden);
    }
    let (parts, _) = request.into_parts();
    let asked = match Asked::read(&parts) {
        Ok(asked) => asked,
        Err(NotAsked::Elsewhere) => return crate::http::answer::plain(StatusCode::NOT_FOUND),
        Err(NotAsked::Unclear(code)) => return deny(&moment, code, Denial::Forbidden),
    };
    let Some(rule) = desk.rules.of(&asked.host, &asked.path) else {
        return deny(&moment, "forward_auth.rule", Denial::Forbidden);
    };
    match &rule.opened_by {
        OpenedBy::Tokens(tokens) => tokens::judge(&desk.app, &moment, (tokens, &asked)).await,
        OpenedBy::Sessions(opened) => sessions::judge(&desk.app, &moment, (opened, &asked)).await,
    }
}

fn deny(moment: &Moment, code: &'static str, denial: Denial) -> Response {
    tracing::info!(code, correlation = %moment.correlation, client = ?moment.client, "not admitted");
    denial.answer(moment.correlation)
}
