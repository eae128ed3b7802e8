//! A sign-on in a browser, bound to the browser in which it began. Without that, somebody could have another person's
//! browser finish their own sign-on, and that person would go on to work in a stranger's account (security: A1, P6).

use crate::digest;
use crate::entities::ServiceProvider;
use crate::error::{Answer, Refused};
use crate::guard;
use crate::moment::Moment;
use crate::providers::IssuedToken;
use crate::service::Service;
use jiff::SignedDuration;
use saml::bindings::post;
use saml::validate::response;

/// A sign-on that began.
#[derive(Debug, Clone)]
pub struct Begun {
    /// Where the browser goes.
    pub url: String,
    /// What the browser must show when it comes back. It is no secret from who began the sign-on: what counts is that nobody
    /// can plant it in somebody else's browser.
    pub binding: String,
    /// For how long.
    pub lifetime: SignedDuration,
}

impl Service {
    /// Like [`Service::begin_sign_on`], for a browser.
    pub async fn begin_sign_on_in_browser(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        account: &str,
    ) -> Answer<Begun> {
        let begun = self.begin(moment, entity, account).await?;
        Ok(begun.map(|(request, url)| Begun {
            url,
            binding: binding(&request),
            lifetime: self.inner.settings.request_lifetime,
        }))
    }

    /// Like [`Service::finish_sign_on`], for a browser that shows `bindings`. Refused with `sign_on.browser`, before anything
    /// is judged or consumed, where none of them is the one of the request that the response answers; and so is a response
    /// that nobody asked for.
    pub async fn finish_sign_on_in_browser(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        (saml_response, relay_state): (&str, Option<&str>),
        bindings: &[&str],
    ) -> Answer<IssuedToken> {
        let claimed = post::decode(saml_response).and_then(|xml| response::claimed(&xml));
        let claimed = match claimed {
            Ok(claimed) => claimed,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        // The claim is not judged yet. Judging it later is enough: a response that claims another request than it answers
        // is refused there.
        let wanted = claimed.in_response_to.as_deref().map(binding);
        let shown = wanted.is_some_and(|wanted| bindings.contains(&wanted.as_str()));
        if !shown && guard::stands("sign_on.browser") {
            return Ok(Err(Refused::new(
                "sign_on.browser",
                "the sign-on did not begin in this browser",
            )));
        }
        self.finish_sign_on(moment, entity, saml_response, relay_state)
            .await
    }
}

/// What the browser shows for that request.
pub(crate) fn binding(request: &str) -> String {
    digest::key(&["browser", request])
}
