//! The desk of a sign-in door: the rules of `identity`, asked in order.

use super::Failure;
use crate::app::App;
use identity::approvals::{Begun, Method, Standing, Telephone};
use identity::entities::IdentityProvider;
use identity::error::Answer;
use identity::login::{Credentials, NextStep, Secret, Session};
use identity::sso::{Asked, Came, PostBack};
use identity::{Moment, Unavailable};
use saml::bindings::redirect::{Kind, Redirected};

/// Who answers at one sign-in door.
#[derive(Clone)]
pub struct Desk {
    /// The rules.
    pub app: App,
    /// Who we are there.
    pub entity: IdentityProvider,
    /// `https://host`, with the port if it is not 443. From configuration, never from a request.
    pub origin: String,
}

/// What a visitor gets who brought a request that may be answered.
pub enum Look {
    /// The live session vouches, without a question.
    HandOver(Session, PostBack),
    /// Nobody may be asked, and nobody is signed in: a response that says no.
    Declined(PostBack),
    /// Somebody must type something.
    Ask,
}

impl Desk {
    /// Judges a request.
    pub async fn judge(&self, moment: &Moment, came: Came<'_>) -> Result<Asked, Failure> {
        Ok(self
            .app
            .service
            .judge_request(moment, &self.entity, came)
            .await??)
    }

    /// What a visitor with that cookie gets.
    pub async fn look(
        &self,
        moment: &Moment,
        asked: &Asked,
        cookie: Option<&str>,
    ) -> Result<Look, Failure> {
        let session = self.session(moment, cookie).await?;
        self.look_with(moment, asked, session.as_ref()).await
    }

    /// What a visitor with that session gets.
    pub async fn look_with(
        &self,
        moment: &Moment,
        asked: &Asked,
        session: Option<&Session>,
    ) -> Result<Look, Failure> {
        // SAML core §3.4.1: ForceAuthn asks for a fresh proof, whatever session there is.
        if let Some(session) = session.filter(|_| !asked.force_authn) {
            let post = self.vouch(moment, session, asked).await?;
            return Ok(Look::HandOver(session.clone(), post));
        }
        if asked.is_passive {
            return Ok(Look::Declined(
                self.decline(moment, asked, saml::names::NO_PASSIVE).await?,
            ));
        }
        Ok(Look::Ask)
    }

    /// The live session of a cookie.
    pub async fn session(
        &self,
        moment: &Moment,
        cookie: Option<&str>,
    ) -> Result<Option<Session>, Unavailable> {
        let Some(cookie) = cookie else {
            return Ok(None);
        };
        self.app.service.session(moment, &self.entity, cookie).await
    }

    /// Judges user name and password.
    pub async fn sign_in(
        &self,
        moment: &Moment,
        credentials: &Credentials,
    ) -> Result<NextStep, Unavailable> {
        self.app
            .service
            .sign_in(moment, &self.entity, credentials)
            .await
    }

    /// Judges a one-time code.
    pub async fn second_factor(
        &self,
        moment: &Moment,
        pending: &str,
        code: &Secret,
    ) -> Result<NextStep, Unavailable> {
        self.app
            .service
            .second_factor(moment, &self.entity, pending, code)
            .await
    }

    /// What the telephone of whoever signs in can be asked.
    pub async fn telephone(
        &self,
        moment: &Moment,
        pending: &str,
    ) -> Result<Telephone, Unavailable> {
        self.app
            .service
            .telephone(moment, &self.entity, pending)
            .await
    }

    /// Asks that telephone.
    pub async fn ask_telephone(&self, moment: &Moment, asked: (&str, Method)) -> Answer<Begun> {
        self.app
            .service
            .ask_telephone(moment, &self.entity, asked)
            .await
    }

    /// How the approval stands that the sign-in waits for.
    pub async fn approval(&self, moment: &Moment, pending: &str) -> Result<Standing, Unavailable> {
        self.app
            .service
            .approval(moment, &self.entity, pending)
            .await
    }

    /// Judges a code that was sent.
    pub async fn message_code(
        &self,
        moment: &Moment,
        typed: (&str, &Secret),
    ) -> Result<NextStep, Unavailable> {
        self.app
            .service
            .message_code(moment, &self.entity, typed)
            .await
    }

    /// A response that says who is signed in.
    pub async fn vouch(
        &self,
        moment: &Moment,
        session: &Session,
        asked: &Asked,
    ) -> Result<PostBack, Failure> {
        Ok(self
            .app
            .service
            .vouch(moment, &self.entity, session, asked)
            .await??)
    }

    /// A response that says no.
    pub async fn decline(
        &self,
        moment: &Moment,
        asked: &Asked,
        sub_code: &'static str,
    ) -> Result<PostBack, Failure> {
        Ok(self
            .app
            .service
            .decline(moment, &self.entity, asked, sub_code)
            .await??)
    }

    /// Obeys a logout message of the redirect binding; where the browser goes next, if anywhere.
    pub async fn logout(
        &self,
        moment: &Moment,
        raw_query: &str,
    ) -> Result<Option<String>, Failure> {
        Ok(self
            .app
            .service
            .identity_provider_logout(moment, &self.entity, raw_query)
            .await??)
    }

    /// Ends a session from a page of ours; where the browser goes next, if anywhere.
    pub async fn sign_out(
        &self,
        moment: &Moment,
        session: &Session,
    ) -> Result<Option<String>, Failure> {
        Ok(self
            .app
            .service
            .sign_out(moment, &self.entity, session)
            .await??)
    }

    /// Where a browser goes on that left a sign-out midway.
    pub async fn resume_sign_out(
        &self,
        moment: &Moment,
        session: &str,
    ) -> Result<Option<String>, Failure> {
        Ok(self
            .app
            .service
            .resume_sign_out(moment, &self.entity, session)
            .await??)
    }

    /// Our metadata.
    pub async fn metadata(&self, moment: &Moment) -> Result<String, Unavailable> {
        self.app
            .service
            .identity_provider_metadata(moment, &self.entity)
            .await
    }
}

/// What came to a URL that takes more than one kind of message.
pub enum Redirection {
    /// A logout message, whoever reads it.
    Logout,
    /// Anything else, decoded if it could be.
    Other(Option<Redirected>),
}

impl Redirection {
    /// Looks at what a redirect carries: AD FS has one URL for requests to sign in and logout messages. This only chooses which
    /// rule is asked; that rule reads the message itself and refuses what it is not.
    pub fn look(raw_query: &str) -> Self {
        match Redirected::decode(raw_query) {
            Ok(redirected) if carries_logout(&redirected) => Self::Logout,
            redirected => Self::Other(redirected.ok()),
        }
    }
}

/// How a message came that was looked at before. What could not be decoded is refused by whoever decodes it again.
pub fn came<'a>(raw_query: &'a str, redirected: Option<&'a Redirected>) -> Came<'a> {
    redirected.map_or(Came::Redirect(raw_query), Came::Redirected)
}

fn carries_logout(redirected: &Redirected) -> bool {
    if redirected.kind == Kind::Response {
        return true;
    }
    let head = String::from_utf8_lossy(&redirected.xml);
    let Some(root) = head
        .split('<')
        .find(|tag| tag.starts_with(|first: char| first.is_ascii_alphabetic()))
    else {
        return false;
    };
    let name = root
        .split(|end: char| end.is_ascii_whitespace() || end == '>' || end == '/')
        .next()
        .unwrap_or_default();
    name.ends_with("LogoutRequest")
}
