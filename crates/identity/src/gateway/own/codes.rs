//! The authorization code grant with PKCE (IN ITI 2/2019; RFC 6749 §4.1, RFC 7636): a person allows an application to open a
//! session, on our page, with a one-time code.

use super::scope::{NAMES, Scope};
use super::sessions::Drawn;
use crate::audit::Event;
use crate::digest;
use crate::error::{Answer, Refused, Unavailable};
use crate::gateway::authorization::Holder;
use crate::gateway::psc::Opened;
use crate::grants::exchange::Exchanged;
use crate::login::Secret;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::{audit, consumed, millis, psc_sessions, users};
use jiff::SignedDuration;
use oauth::authorize::{self, Asking, Policy};
use oauth::error::{ErrorCode, Refusal};
use oauth::pkce::{self, CodeChallenge};
use oauth::redirect_uri::RedirectUri;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;

/// How long a code may travel (RFC 6749 §4.1.2): one redirect of a browser takes seconds.
const CODE: SignedDuration = SignedDuration::from_secs(60);
/// How long a used code is remembered: it cannot be opened any more long before.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(10);
/// What a code is sealed for.
const SEALED: &str = "psc-code";
/// The longest session that anybody may wish for, in seconds; rules shorten it.
const LONGEST: i64 = 100_000_000;

/// The application that may ask our PSC.
#[derive(Debug, Clone)]
pub struct PscClient {
    /// Its `client_id`.
    pub id: String,
    /// Where codes may go.
    pub redirect_uris: Vec<RedirectUri>,
    /// Who answers: the `iss` of answers (RFC 9207).
    pub issuer: String,
}

/// A request that a person may allow.
#[derive(Debug, Clone)]
pub struct PscAsked {
    /// What for.
    pub scope: Scope,
    /// How long, if said.
    pub lifetime: Option<SignedDuration>,
    /// Who is expected (`login_hint`), for the form.
    pub hint: Option<Holder>,
    /// Where the code goes: an address that is registered.
    pub redirect_uri: String,
    named: bool,
    state: Option<String>,
    challenge: Option<String>,
}

/// What becomes of an authorization request.
#[derive(Debug, Clone)]
pub enum PscAuthorization {
    /// The browser goes back with a refusal.
    Redirect(String),
    /// A person must allow it.
    Ask(PscAsked),
}

/// What a code brings.
#[derive(Debug, Clone)]
pub struct PscGranted {
    /// The session.
    pub opened: Opened,
    /// What for.
    pub scope: Scope,
    /// Whose.
    pub holder: Holder,
}

/// A code with what binds it to a request.
#[derive(Debug, Clone, Copy)]
pub struct PscCode<'a> {
    /// The code.
    pub code: &'a str,
    /// `redirect_uri`.
    pub redirect_uri: Option<&'a str>,
    /// `code_verifier`.
    pub verifier: Option<&'a str>,
}

/// What a code says, sealed. It needs no row: that it was used is what is remembered.
#[derive(Serialize, Deserialize)]
struct Sealed {
    client: String,
    user: String,
    holder: String,
    scope: String,
    lifetime: Option<i64>,
    redirect_uri: String,
    named: bool,
    challenge: Option<String>,
}

/// Judges an authorization request. What is refused here is for a page, never for a redirect: `application.unknown`,
/// `oauth.redirect_uri`, and the codes of [`Asking::read`].
pub fn judge_psc_request(client: &PscClient, raw_query: &str) -> Result<PscAuthorization, Refused> {
    let asking = Asking::read(raw_query).map_err(|r| Refused::new(r.code(), r.text))?;
    if asking.client_id != client.id {
        let detail = "client_id is not the one that is configured";
        return Err(Refused::new("application.unknown", detail));
    }
    let Some(redirect_uri) = destination(client, asking.redirect_uri.as_deref()) else {
        let detail = "redirect_uri is not exactly a registered one";
        return Err(Refused::new("oauth.redirect_uri", detail));
    };
    Ok(match judge(&asking, redirect_uri.clone()) {
        Ok(asked) => PscAuthorization::Ask(asked),
        Err(refusal) => PscAuthorization::Redirect(authorize::refuse(
            &redirect_uri,
            &refusal,
            asking.state(),
            &client.issuer,
        )),
    })
}

/// RFC 6749 §3.1.2.3: an address may be left out where one is registered.
fn destination(client: &PscClient, presented: Option<&str>) -> Option<String> {
    match (presented, client.redirect_uris.as_slice()) {
        (Some(presented), all) => all
            .iter()
            .any(|uri| uri.admits(presented))
            .then(|| presented.to_owned()),
        (None, [only]) => Some(only.as_str().to_owned()),
        (None, _) => None,
    }
}

fn judge(asking: &Asking, redirect_uri: String) -> Result<PscAsked, Refusal> {
    let request = asking.judge(&Policy {
        code: true,
        implicit: false,
        pkce: true,
        scopes: &NAMES,
    })?;
    let scope = if request.scope.is_empty() {
        Some(Scope::SingleSignature)
    } else {
        Scope::read(&request.scope.to_string())
    };
    let scope = scope.ok_or(Refusal::new(
        ErrorCode::InvalidScope,
        "psc.scope",
        "A session has one scope.",
    ))?;
    let lifetime = asking.parameter("lifetime").map(str::parse).transpose();
    let lifetime = lifetime
        .ok()
        .filter(|seconds| seconds.is_none_or(|seconds| (1..=LONGEST).contains(&seconds)))
        .ok_or(Refusal::request(
            "psc.lifetime",
            "The lifetime must be a number of seconds.",
        ))?;
    Ok(PscAsked {
        scope,
        lifetime: lifetime.map(SignedDuration::from_secs),
        hint: asking.parameter("login_hint").and_then(Holder::new),
        redirect_uri,
        named: asking.redirect_uri.is_some(),
        state: request.state,
        challenge: request.challenge.map(|c| c.as_str().to_owned()),
    })
}

impl Service {
    /// A person allows it with a one-time code, which is spent. Returns the URL that takes the code to the application. Codes:
    /// `login.credentials` (whatever the reason), `login.throttled`.
    pub async fn allow_psc_session(
        &self,
        moment: &Moment,
        (organization, client): (&str, &PscClient),
        asked: &PscAsked,
        (holder, otp): (&Holder, &Secret),
    ) -> Answer<String> {
        let judged = self
            .judge_code_alone(moment, organization, (holder.as_str(), otp))
            .await?;
        let (user, step) = match judged {
            Ok(right) => right,
            Err(refused) => return Ok(Err(refused)),
        };
        let code = self.seal_psc_code(moment, (organization, client), asked, (&user.id, holder));
        let event =
            Event::new(moment, "psc.allowed", organization, asked.scope.name()).by(holder.masked());
        let (owner, user) = (organization.to_owned(), user.id);
        let accepted = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    let accepted = users::accept_totp_step(connection, &owner, &user, step).await?;
                    if accepted {
                        audit::append(connection, &event).await?;
                    }
                    Ok(Ok::<_, Infallible>(accepted))
                })
            })
            .await
            .map(|Ok(accepted)| accepted)?;
        if !accepted {
            let detail = "the code was used before";
            return Ok(Err(Refused::new("login.credentials", detail)));
        }
        let state = asked.state.as_deref();
        let url = authorize::grant_code(&asked.redirect_uri, &code, state, &client.issuer);
        Ok(Ok(url))
    }

    fn seal_psc_code(
        &self,
        moment: &Moment,
        (organization, client): (&str, &PscClient),
        asked: &PscAsked,
        (user, holder): (&str, &Holder),
    ) -> String {
        let sealed = Sealed {
            client: client.id.clone(),
            user: user.to_owned(),
            holder: holder.as_str().to_owned(),
            scope: asked.scope.name().to_owned(),
            lifetime: asked.lifetime.map(|lifetime| lifetime.as_secs()),
            redirect_uri: asked.redirect_uri.clone(),
            named: asked.named,
            challenge: asked.challenge.clone(),
        };
        let plain = serde_json::to_vec(&sealed).expect("texts and numbers are always JSON");
        self.inner.vault.ticket(
            SEALED,
            organization.as_bytes(),
            &plain,
            moment.now + CODE,
            moment.bytes(),
        )
    }

    /// A code becomes a session, once; `client` has proved who it is. A code that comes again ends what it opened. Codes:
    /// `oauth.code`, `oauth.code_redirect_uri`, `oauth.code_replayed`, and those of [`pkce::judge`].
    pub async fn redeem_psc_code(
        &self,
        moment: &Moment,
        (organization, client): (&str, &PscClient),
        brought: PscCode<'_>,
    ) -> Exchanged<PscGranted> {
        let sealed = match self.open_psc_code(moment, (organization, client), brought) {
            Ok(sealed) => sealed,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let (Some(scope), Some(holder)) = (Scope::read(&sealed.scope), Holder::new(&sealed.holder))
        else {
            return Ok(Err(invalid("oauth.code")));
        };
        // Disabled meanwhile: what they allowed is allowed no more.
        let user = self.inner.store.user(organization, &sealed.user).await?;
        if user.is_none_or(|user| user.disabled_at.is_some()) {
            return Ok(Err(invalid("oauth.code")));
        }
        let wished = sealed.lifetime.map(SignedDuration::from_secs);
        let Drawn {
            opened,
            hash,
            mut row,
        } = Drawn::new(moment, (&sealed.user, &holder), scope, wished);
        let key = digest::of_secret(brought.code);
        row.code = Some(key.clone());
        let event =
            |kind: &str| Event::new(moment, kind, organization, scope.name()).by(holder.masked());
        let (issued, replayed) = (event("psc.opened"), event("psc.code_replayed"));
        let first = self
            .spend_psc_code(moment, organization, (key, (hash, row)), [issued, replayed])
            .await?;
        Ok(if first {
            Ok(PscGranted {
                opened,
                scope,
                holder,
            })
        } else {
            Err(invalid("oauth.code_replayed"))
        })
    }

    fn open_psc_code(
        &self,
        moment: &Moment,
        (organization, client): (&str, &PscClient),
        brought: PscCode<'_>,
    ) -> Result<Sealed, Refusal> {
        let opened =
            self.inner
                .vault
                .open_ticket(SEALED, organization.as_bytes(), brought.code, moment.now);
        let sealed = opened
            .and_then(|plain| serde_json::from_slice::<Sealed>(&plain).ok())
            .filter(|sealed| sealed.client == client.id)
            .ok_or_else(|| invalid("oauth.code"))?;
        // RFC 6749 §4.1.3: required if it was in the authorization request, and then identical.
        let same = match brought.redirect_uri {
            Some(uri) => uri == sealed.redirect_uri,
            None => !sealed.named,
        };
        if !same {
            return Err(invalid("oauth.code_redirect_uri"));
        }
        let challenge = sealed.challenge.clone().map(CodeChallenge::stored);
        pkce::judge(challenge.as_ref(), brought.verifier)?;
        Ok(sealed)
    }

    /// Writes the session if the code is new; else ends what the code opened (RFC 6749 §4.1.2: one of the two is a thief).
    async fn spend_psc_code(
        &self,
        moment: &Moment,
        organization: &str,
        (key, (hash, row)): (String, (String, psc_sessions::PscSession)),
        [issued, replayed]: [Event; 2],
    ) -> Result<bool, Unavailable> {
        let (owner, now) = (organization.to_owned(), moment.now);
        self.inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    let until = millis(now + REMEMBERED);
                    let first = consumed::consume(connection, SEALED, &owner, &key, until).await?;
                    if first {
                        psc_sessions::add(connection, &owner, (&hash, &row)).await?;
                        audit::append(connection, &issued).await?;
                    } else {
                        psc_sessions::revoke_of_code(connection, &owner, &key, millis(now)).await?;
                        audit::append(connection, &replayed).await?;
                    }
                    Ok(Ok::<_, Infallible>(first))
                })
            })
            .await
            .map(|Ok(first)| first)
    }
}

/// One sentence for everything that may be wrong with a code: whoever guesses learns nothing.
fn invalid(code: &'static str) -> Refusal {
    let text = "The grant is invalid, expired, revoked, or was issued to another client.";
    Refusal::new(ErrorCode::InvalidGrant, code, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> PscClient {
        let uri = |text| RedirectUri::register(text).expect("registrable");
        PscClient {
            id: "signer".to_owned(),
            redirect_uris: vec![uri("https://signer.example.com/back")],
            issuer: "https://psc.example.com".to_owned(),
        }
    }

    const BASE: &str = "response_type=code&client_id=signer&redirect_uri=https%3A%2F%2Fsigner.example.com%2Fback&state=s\
                        &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

    #[test]
    fn a_request_says_what_for_how_long_and_who_is_expected() {
        let raw = format!("{BASE}&scope=signature_session&lifetime=900&login_hint=52998224725");
        let Ok(PscAuthorization::Ask(asked)) = judge_psc_request(&client(), &raw) else {
            panic!("it may be asked");
        };
        assert_eq!(asked.scope, Scope::SignatureSession);
        assert_eq!(asked.lifetime, Some(SignedDuration::from_mins(15)));
        assert_eq!(asked.hint.unwrap().as_str(), "52998224725");
        let Ok(PscAuthorization::Ask(asked)) = judge_psc_request(&client(), BASE) else {
            panic!("it may be asked");
        };
        assert_eq!(asked.scope, Scope::SingleSignature);
    }

    #[test]
    fn a_refusal_goes_to_a_registered_address_or_nowhere() {
        for (raw, error) in [
            (format!("{BASE}&scope=admin"), "invalid_scope"),
            (
                format!("{BASE}&scope=single_signature+multi_signature"),
                "invalid_scope",
            ),
            (format!("{BASE}&lifetime=0"), "invalid_request"),
            (format!("{BASE}&lifetime=x"), "invalid_request"),
            (BASE.replace("code_challenge=", "other="), "invalid_request"),
            (
                BASE.replace("response_type=code", "response_type=token"),
                "unauthorized_client",
            ),
        ] {
            let Ok(PscAuthorization::Redirect(url)) = judge_psc_request(&client(), &raw) else {
                panic!("{raw}");
            };
            assert!(
                url.starts_with(&format!("https://signer.example.com/back?error={error}&"))
                    && url.contains("&state=s&"),
                "{url}"
            );
        }
        for (raw, code) in [
            (
                BASE.replace("signer.example", "evil.example"),
                "oauth.redirect_uri",
            ),
            (
                BASE.replace("client_id=signer", "client_id=other"),
                "application.unknown",
            ),
        ] {
            assert_eq!(judge_psc_request(&client(), &raw).unwrap_err().code, code);
        }
    }
}
