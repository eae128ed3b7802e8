//! From the signed URL to the response. Every document that the browser is about to fetch is held up until its host is trusted;
//! the post to StorageGRID is held up for good, because it is ours to make.

use super::chromium::Chromium;
use super::devtools::{Devtools, Event};
use super::sight::{self, Sight};
use crate::folders::Folders;
use crate::login::refusal::Refusal;
use crate::login::storagegrid::Address;
use crate::login::trust::host_and_port;
use crate::login::unknown_page;
use crate::login::walk::Walk;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, timeout};
use url::Url;
use zeroize::Zeroizing;

/// How often the page is looked at.
const GLANCE: Duration = Duration::from_millis(250);
/// How long a page that nobody can fill may still change by itself, where nobody watches.
const STILL: Duration = Duration::from_secs(10);

/// What was done on a page already: it is not done twice.
#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each thing that a page may want, in any combination"
)]
struct Done {
    user: bool,
    password: bool,
    code: bool,
    stay: bool,
    push: bool,
}

/// A browser on its way.
pub(super) struct Drive<'a, 'w> {
    browser: Chromium,
    walk: &'a mut Walk<'w>,
    /// Whether a person sees it.
    shown: bool,
    /// The frame of the page itself.
    frame: String,
    done: Done,
    moved: Instant,
}

impl<'a, 'w> Drive<'a, 'w> {
    /// With the page that the browser opened.
    pub(super) async fn begin(
        mut browser: Chromium,
        walk: &'a mut Walk<'w>,
        shown: bool,
    ) -> Result<Self, Refusal> {
        let devtools = &mut browser.devtools;
        let opened = walk.transport.waiting("the browser", page(devtools));
        let frame = opened.await?;
        let attach = json!({ "targetId": frame, "flatten": true });
        let attached = devtools.call("Target.attachToTarget", attach).await?;
        devtools.attend(
            attached["sessionId"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        );
        devtools.call("Page.enable", json!({})).await?;
        let documents = json!({ "patterns": [{ "urlPattern": "*", "resourceType": "Document" }] });
        devtools.call("Fetch.enable", documents).await?;
        Ok(Self {
            browser,
            walk,
            shown,
            frame,
            done: Done::default(),
            moved: Instant::now(),
        })
    }

    /// Goes all the way. The response must be made out for `address`.
    pub(super) async fn reach(
        &mut self,
        start: Url,
        address: &Address,
        copies: (&Folders, Timestamp),
    ) -> Result<Zeroizing<String>, Refusal> {
        let host = host_and_port(&start);
        let patience = self.walk.transport.patience();
        // Whoever sees the window may take their time, as long as something happens.
        let mut since = Instant::now();
        self.begin_at(&start).await?;
        loop {
            let event = timeout(GLANCE, self.browser.devtools.event()).await;
            if let Ok(event) = event {
                if let Some(response) = self.happened(event?, address).await? {
                    return Ok(response);
                }
                if self.shown {
                    since = Instant::now();
                }
                continue;
            }
            if since.elapsed() > patience {
                return Err(Refusal::TimedOut { host });
            }
            if let Some(sight) = sight::look(&mut self.browser.devtools).await? {
                self.act(sight, copies).await?;
            }
        }
    }

    /// Closes the browser.
    pub(super) async fn end(self) {
        self.browser.end().await;
    }

    /// The answer to this call comes with the page, which is held up first: it is not waited for.
    async fn begin_at(&mut self, start: &Url) -> Result<(), Refusal> {
        let go = format!("location.assign({})", Value::from(start.as_str()));
        let question = json!({ "expression": go });
        self.browser
            .devtools
            .call("Runtime.evaluate", question)
            .await
            .map(drop)
    }

    /// Something happened; the response, if that was it.
    async fn happened(
        &mut self,
        event: Event,
        address: &Address,
    ) -> Result<Option<Zeroizing<String>>, Refusal> {
        let params = event.params;
        match event.method.as_str() {
            "Page.frameNavigated" if params["frame"].get("parentId").is_none() => {
                self.done = Done::default();
                self.moved = Instant::now();
                Ok(None)
            }
            "Fetch.requestPaused" => self.held_up(&params, address).await,
            "Inspector.detached" => Err(Refusal::Browser {
                reason: "its window was closed".to_owned(),
            }),
            _ => Ok(None),
        }
    }

    async fn held_up(
        &mut self,
        params: &Value,
        address: &Address,
    ) -> Result<Option<Zeroizing<String>>, Refusal> {
        let request = &params["request"];
        let id = &params["requestId"];
        let Some(url) = request["url"].as_str().and_then(|url| Url::parse(url).ok()) else {
            return self.abandon(id).await.map(|()| None);
        };
        let response = saml_response(request);
        if let Some(response) = response {
            if address.is_origin_of(&url) {
                self.abandon(id).await?;
                return Ok(Some(response));
            }
            if !self.walk.trust.hosts().contains(&host_and_port(&url)) {
                self.abandon(id).await?;
                return Err(Refusal::ForeignRecipient {
                    provider: "the sign-in".to_owned(),
                    recipient: host_and_port(&url),
                    asked: address.to_string(),
                });
            }
        }
        let inner = params["frameId"].as_str() != Some(&self.frame);
        match self.walk.admit(&url).await {
            Ok(()) => {
                let go_on = json!({ "requestId": id });
                // A page that has left meanwhile has taken its request along.
                let devtools = &mut self.browser.devtools;
                devtools.try_call("Fetch.continueRequest", go_on).await?;
                Ok(None)
            }
            // A frame inside a page is not the sign-in: the page goes on without it.
            Err(_) if inner => self.abandon(id).await.map(|()| None),
            Err(refusal) => {
                self.abandon(id).await?;
                Err(refusal)
            }
        }
    }

    async fn abandon(&mut self, id: &Value) -> Result<(), Refusal> {
        let fail = json!({ "requestId": id, "errorReason": "BlockedByClient" });
        let devtools = &mut self.browser.devtools;
        devtools.try_call("Fetch.failRequest", fail).await.map(drop)
    }

    /// Does what the page wants, as far as we know.
    async fn act(&mut self, sight: Sight, copies: (&Folders, Timestamp)) -> Result<(), Refusal> {
        if !sight.ready {
            return Ok(());
        }
        let (user, password) = (sight.user, sight.password);
        let (code, stay) = (sight.code, sight.stay);
        let Some(page) = sight.page().await else {
            return Ok(());
        };
        let credentials = self.walk.credentials;
        let known = !credentials.password.expose().is_empty();
        if stay && !self.done.stay {
            self.done.stay = true;
            return sight::fill(&mut self.browser.devtools, &[]).await;
        }
        if password && known && !self.done.password {
            self.done.password = true;
            self.walk.password_once(&page)?;
            let mut filling = vec![("password", credentials.password.expose())];
            if user {
                filling.insert(0, ("user", credentials.name.as_str()));
            }
            return sight::fill(&mut self.browser.devtools, &filling).await;
        }
        if user && (!password || !known) && !self.done.user {
            self.done.user = true;
            let name = [("user", credentials.name.as_str())];
            return sight::fill(&mut self.browser.devtools, &name).await;
        }
        if !page.number_to_match.is_empty() {
            if !self.done.push {
                self.done.push = true;
                let host = host_and_port(&page.url);
                self.walk.announce_push(&host, &page.number_to_match)?;
            }
            self.moved = Instant::now();
            return Ok(());
        }
        // A person types it into the window.
        if code && !self.done.code && (!self.shown || credentials.second_factor.is_at_hand()) {
            self.done.code = true;
            let typed = self.walk.code(&page).await?;
            let filling = [("code", typed.expose())];
            return sight::fill(&mut self.browser.devtools, &filling).await;
        }
        if !self.shown && self.moved.elapsed() > STILL {
            return Err(unknown_page::refusal(&page, credentials, copies));
        }
        Ok(())
    }
}

/// The page that the browser opened at its start.
async fn page(devtools: &mut Devtools) -> Result<String, Refusal> {
    loop {
        let targets = devtools.call("Target.getTargets", json!({})).await?;
        let targets = targets["targetInfos"].as_array();
        let page = targets
            .into_iter()
            .flatten()
            .find(|target| target["type"] == "page")
            .and_then(|target| target["targetId"].as_str());
        match page {
            Some(page) => return Ok(page.to_owned()),
            None => tokio::time::sleep(GLANCE).await,
        }
    }
}

/// The response in a form that is about to be posted.
fn saml_response(request: &Value) -> Option<Zeroizing<String>> {
    if request["method"] != "POST" {
        return None;
    }
    let body = match request["postData"].as_str() {
        Some(body) => Zeroizing::new(body.as_bytes().to_vec()),
        None => {
            let parts = request["postDataEntries"].as_array()?.iter();
            let parts = parts.filter_map(|part| STANDARD.decode(part["bytes"].as_str()?).ok());
            Zeroizing::new(parts.flatten().collect())
        }
    };
    let field = url::form_urlencoded::parse(&body).find(|(name, _)| name == "SAMLResponse");
    // Pages wrap long base64; StorageGRID's reader need not like that.
    field.map(|(_, value)| Zeroizing::new(value.split_whitespace().collect()))
}
