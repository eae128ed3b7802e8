//! The calls to cloud PSCs.

use super::breaker::Breaker;
use super::wire::{Authorized, Certificates, Discovered, PasswordAuthorize, Revoke, UserDiscovery};
use crate::config::gateway;
use crate::outbound::{self, Lazy, NoBody, Patience};
use futures_util::future::BoxFuture;
use identity::gateway::authorization::Holder;
use identity::gateway::own::Scope;
use identity::gateway::providers::Provider;
use identity::gateway::psc::{Checked, OpenRequest, Opened, Psc, PscFault};
use identity::login::Secret;
use jiff::SignedDuration;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// How long a PSC may take.
const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(3),
    answer: Duration::from_secs(10),
};
/// How often a call whose connection did not come about is made in all.
const TRIES: u32 = 2;
/// Bytes of an answer: certificates are a few kilobytes each.
const LONGEST: usize = 256 * 1024;
/// What sessions are opened for: signatures, as CESS opens them.
const SCOPE: &str = "signature_session";

/// All configured PSCs.
pub(crate) struct Clouds {
    http: Lazy,
    clouds: HashMap<String, Cloud>,
}

struct Cloud {
    url: Url,
    client_id: String,
    client_secret: Secret,
    breaker: Breaker,
}

impl Clouds {
    /// The PSCs of a gateway. A one-time password goes to the configured URL or nowhere.
    pub(crate) fn new(providers: &[gateway::Provider]) -> Self {
        let clouds = providers.iter().map(|p| {
            let cloud = Cloud {
                url: p.url.clone(),
                client_id: p.client_id.clone(),
                client_secret: p.client_secret.clone(),
                breaker: Breaker::default(),
            };
            (p.id.clone(), cloud)
        });
        Self {
            http: Lazy::new(|| outbound::builder(PATIENCE)),
            clouds: clouds.collect(),
        }
    }

    /// Sends what `request` builds. Only a connection that did not come about is tried again.
    async fn call(
        &self,
        provider: &Provider,
        request: impl Fn(&Client, &Cloud) -> RequestBuilder,
    ) -> Result<Response, PscFault> {
        let cloud = self.clouds.get(&provider.id).ok_or(PscFault::NotReached)?;
        let http = self.http.get().map_err(|_| PscFault::NotReached)?;
        let mut fault = PscFault::NotReached;
        for _ in 0..TRIES {
            if !cloud.breaker.admits(Instant::now()) {
                return Err(PscFault::LeftAlone);
            }
            let sent = request(http, cloud).send().await;
            match sent {
                Ok(answer) if answer.status().is_server_error() => fault = PscFault::Fails,
                Ok(answer) => {
                    cloud.breaker.answered();
                    return judge(answer);
                }
                Err(error) if error.is_connect() => fault = PscFault::NotReached,
                Err(_) => fault = PscFault::NoAnswer,
            }
            cloud.breaker.failed(Instant::now());
            if fault != PscFault::NotReached {
                break;
            }
        }
        Err(fault)
    }
}

impl Cloud {
    fn endpoint(&self, name: &str) -> Url {
        let mut url = self.url.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/v0/oauth/{name}"));
        url
    }
}

impl Psc for Clouds {
    fn open<'a>(
        &'a self,
        provider: &'a Provider,
        request: OpenRequest<'a>,
    ) -> BoxFuture<'a, Result<Opened, PscFault>> {
        Box::pin(async move {
            let answer = self
                .call(provider, |http, cloud| {
                    http.post(cloud.endpoint("pwd_authorize"))
                        .json(&PasswordAuthorize {
                            client_id: cloud.client_id.clone(),
                            client_secret: cloud.client_secret.expose().to_owned(),
                            username: request.holder.as_str().to_owned(),
                            password: request.otp.expose().to_owned(),
                            grant_type: "password".to_owned(),
                            scope: Some(SCOPE.to_owned()),
                            lifetime: Some(request.lifetime.as_secs()),
                        })
                })
                .await?;
            let authorized: Authorized = document(answer).await?;
            let token = authorized.access_token;
            // It becomes a header value, and a part of `VCSchemaData` between two `;`.
            let plain = !token.is_empty()
                && token.len() <= 512
                && token.bytes().all(|b| b.is_ascii_graphic() && b != b';');
            if !plain || authorized.expires_in <= 0 {
                return Err(PscFault::Fails);
            }
            Ok(Opened {
                token: Secret::new(token),
                lifetime: SignedDuration::from_secs(authorized.expires_in),
            })
        })
    }

    fn revoke<'a>(
        &'a self,
        provider: &'a Provider,
        token: &'a Secret,
    ) -> BoxFuture<'a, Result<(), PscFault>> {
        Box::pin(async move {
            self.call(provider, |http, cloud| {
                http.post(cloud.endpoint("revoke")).json(&Revoke {
                    token: token.expose().to_owned(),
                })
            })
            .await
            .map(|_| ())
        })
    }

    fn check<'a>(
        &'a self,
        provider: &'a Provider,
        token: &'a Secret,
    ) -> BoxFuture<'a, Result<Checked, PscFault>> {
        Box::pin(async move {
            let answer = self
                .call(provider, |http, cloud| {
                    http.get(cloud.endpoint("certificate-discovery"))
                        .bearer_auth(token.expose())
                })
                .await;
            match answer {
                Ok(answer) => {
                    let found: Certificates = document(answer).await?;
                    let scope = found.scope.as_deref().and_then(Scope::read);
                    Ok(Checked::Live {
                        holder: found
                            .authorized_identification
                            .as_deref()
                            .and_then(Holder::new),
                        used_up: scope.is_some_and(Scope::serves_once),
                    })
                }
                Err(PscFault::Refused) => Ok(Checked::Dead),
                Err(fault) => Err(fault),
            }
        })
    }

    fn knows<'a>(
        &'a self,
        provider: &'a Provider,
        holder: &'a Holder,
    ) -> BoxFuture<'a, Result<bool, PscFault>> {
        Box::pin(async move {
            let kind = if holder.as_str().len() == 14 {
                "CNPJ"
            } else {
                "CPF"
            };
            let answer = self
                .call(provider, |http, cloud| {
                    http.post(cloud.endpoint("user-discovery"))
                        .json(&UserDiscovery {
                            client_id: cloud.client_id.clone(),
                            client_secret: cloud.client_secret.expose().to_owned(),
                            user_cpf_cnpj: kind.to_owned(),
                            val_cpf_cnpj: holder.as_str().to_owned(),
                        })
                })
                .await?;
            let found: Discovered = document(answer).await?;
            Ok(found.status == "S")
        })
    }
}

/// 400, 401, 403 and 404 say no; anything else that is no success is no answer.
fn judge(answer: Response) -> Result<Response, PscFault> {
    match answer.status() {
        status if status.is_success() => Ok(answer),
        StatusCode::BAD_REQUEST
        | StatusCode::UNAUTHORIZED
        | StatusCode::FORBIDDEN
        | StatusCode::NOT_FOUND => Err(PscFault::Refused),
        _ => Err(PscFault::Fails),
    }
}

async fn document<T: DeserializeOwned>(answer: Response) -> Result<T, PscFault> {
    let bytes = outbound::body(answer, LONGEST)
        .await
        .map_err(|why| match why {
            NoBody::Broken => PscFault::NoAnswer,
            NoBody::TooLong => PscFault::Fails,
        })?;
    serde_json::from_slice(&bytes).map_err(|_| PscFault::Fails)
}
