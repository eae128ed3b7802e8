//! Tokens open other people's APIs: a proxy asks here, before it passes a request on, whether the token in it may.
//!
//! This module owns what proxies ask and what they are answered, on a listener of its own that only listed proxies may use.
//! It does not decide who is admitted; `identity::admission` does.
//!
//! * [`asked`]: the client's request, as nginx, Traefik or Envoy tell of it · [`rules`]: which rule is for it
//! * [`answered`]: what a proxy passes on, or sends back

mod answered;
mod asked;
mod rules;

use crate::app::App;
use crate::config::Config;
use crate::doors::storagegrid::credential::{Credential, Side};
use crate::front::Peer;
use answered::{Denial, admitted};
use asked::{Asked, NotAsked};
use axum::Router;
use axum::extract::{Extension, Request, State};
use axum::response::Response;
use hyper::StatusCode;
use identity::Moment;
use identity::admission::Admits;
use rules::{Rule, Rules};
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
pub(crate) fn router(app: App, config: &Config) -> Router {
    let desk = Desk {
        app,
        rules: Arc::new(Rules::new(config)),
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
    judge(&desk, &moment, (rule, &asked)).await
}

async fn judge(desk: &Desk, moment: &Moment, (rule, asked): (&Rule, &Asked<'_>)) -> Response {
    let sides: Vec<Side> = Side::BOTH
        .into_iter()
        .filter(|side| rule.accounts.iter().any(|id| Side::of(id) == *side))
        .collect();
    let sign_in = || Denial::SignIn {
        offer: rule.sign_in(asked),
        redirect: asked.redirects(),
    };
    let Some(credential) = Credential::presented(asked.headers, &sides, asked.companion()) else {
        return deny(moment, "token.invalid", sign_in());
    };
    let admits = Admits {
        accounts: &rule.accounts,
        groups: &rule.groups,
    };
    let judged = desk
        .app
        .service
        .admit(moment, &rule.organization, &credential.token, &admits)
        .await;
    match judged {
        Ok(Ok(_)) if asked.changes() && !credential.vouched(asked.companion()) => {
            deny(moment, "csrf.token", Denial::Forbidden)
        }
        Ok(Ok(token)) => admitted(&token),
        Ok(Err(refused)) if refused.code == "token.invalid" => {
            deny(moment, refused.code, sign_in())
        }
        Ok(Err(refused)) => deny(moment, refused.code, Denial::Forbidden),
        Err(unavailable) => {
            let error = &unavailable as &dyn std::error::Error;
            tracing::error!(error, correlation = %moment.correlation, "the store is unavailable");
            crate::http::answer::unavailable()
        }
    }
}

fn deny(moment: &Moment, code: &'static str, denial: Denial) -> Response {
    tracing::info!(code, correlation = %moment.correlation, client = ?moment.client, "not admitted");
    denial.answer(moment.correlation)
}
