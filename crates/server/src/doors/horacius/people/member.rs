//! Who is signed in, and whether a form is theirs.

use super::super::Door;
use super::super::cookies::{self, Browser};
use super::super::entrance::set;
use crate::http::Fields;
use crate::sign_on::{Failure, Visit};
use axum::body::Body;
use axum::http::Response;
use identity::login::{Secret, Session};

/// Somebody who is signed in, in a browser of theirs.
pub(super) struct Member {
    pub(super) session: Session,
    pub(super) browser: Browser,
}

impl Member {
    /// Whoever the session cookie names.
    pub(super) async fn of(door: &Door, visit: &Visit) -> Result<Option<Self>, Failure> {
        let cookie = visit.cookies.one(cookies::SESSION);
        let session = door.desk.session(&visit.moment, cookie).await?;
        Ok(session.map(|session| Self {
            session,
            browser: Browser::of(visit),
        }))
    }

    /// Whoever sent a form that was shown to them. The proof in the form is what counts: nobody else's page can know it,
    /// whatever the browser says or does not say about where the form came from (security: P6).
    pub(super) async fn posting(
        door: &Door,
        visit: &Visit,
        fields: &Fields,
    ) -> Result<Self, Failure> {
        let proof = one(fields, "visit")?;
        if visit.foreign() || !Browser::of(visit).was_shown(proof) {
            return Err(Failure::Foreign);
        }
        Self::of(door, visit).await?.ok_or(Failure::Expired)
    }

    /// Tells the browser its cookie, if it does not have it yet.
    pub(super) fn told(&self, mut response: Response<Body>) -> Response<Body> {
        if let Some(cookie) = self.browser.cookie() {
            set(&mut response, cookie);
        }
        response
    }
}

/// A field; empty if absent.
pub(super) fn one<'f>(fields: &'f Fields, name: &str) -> Result<&'f str, Failure> {
    fields
        .one(name)
        .map_err(|_| Failure::Form)
        .map(Option::unwrap_or_default)
}

/// A field that is a secret.
pub(super) fn secret(fields: &Fields, name: &str) -> Result<Secret, Failure> {
    one(fields, name).map(Secret::new)
}
