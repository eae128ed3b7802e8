//! One request, as far as the sign-in doors read it.

use crate::http::{At, Cookies, Fields};
use crate::pages::language;
use crate::pages::words::Words;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use identity::Moment;

/// One request. The body, where there is one, is the handler's own argument.
pub struct Visit {
    /// When, and from where.
    pub moment: Moment,
    /// The path.
    pub path: String,
    /// The query, raw: signatures are over the raw text.
    pub query: String,
    /// Cookies.
    pub cookies: Cookies,
    /// In the visitor's language.
    pub words: &'static Words,
    site: Option<Site>,
    origin: Option<String>,
    host: Option<String>,
}

impl Visit {
    /// A parameter of the query, decoded; none if absent, doubled or no text.
    pub fn parameter(&self, name: &str) -> Option<String> {
        Fields::parse(&self.query)
            .ok()?
            .one(name)
            .ok()?
            .map(str::to_owned)
    }

    /// Whether the post of a form of ours came from somebody else's page (login CSRF). A browser tells by `Sec-Fetch-Site`, an
    /// older one by `Origin`; who sends neither is no browser, and has no cookies that somebody else could ride on.
    pub fn foreign(&self) -> bool {
        match self.site {
            Some(site) => site == Site::Other,
            None => self
                .origin
                .as_deref()
                .is_some_and(|origin| !self.is_ours(origin)),
        }
    }

    /// Whether a page of somebody else sent the browser here. Legitimate for requests, not for wishes.
    pub fn sent_by_another_site(&self) -> bool {
        self.site == Some(Site::Other)
    }

    /// The host was matched with the configured ones before any door was asked, so it may stand for us here.
    fn is_ours(&self, origin: &str) -> bool {
        origin.split_once("://").is_some_and(|(_, authority)| {
            self.host
                .as_deref()
                .is_some_and(|host| host.eq_ignore_ascii_case(authority))
        })
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let At(moment) = At::from_request_parts(parts, state).await?;
        Ok(Self {
            moment,
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            cookies: Cookies::read(&parts.headers),
            words: language::words(&parts.headers),
            site: text(&parts.headers, "sec-fetch-site").map(Site::read),
            origin: text(&parts.headers, header::ORIGIN.as_str()).map(str::to_owned),
            host: parts
                .uri
                .authority()
                .map(ToString::to_string)
                .or_else(|| text(&parts.headers, header::HOST.as_str()).map(str::to_owned)),
        })
    }
}

/// Whose page caused a request, as a browser says (Fetch Metadata §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Site {
    /// Ours, or the person directly.
    Own,
    /// That of somebody else; other hosts of our own domain count as such.
    Other,
}

impl Site {
    fn read(text: &str) -> Self {
        if text == "same-origin" || text == "none" {
            Self::Own
        } else {
            Self::Other
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// A visit for tests that render pages.
#[cfg(test)]
pub(crate) fn sample(query: &str) -> Visit {
    use jiff::Timestamp;
    use std::sync::Arc;

    struct Sevens;
    impl identity::moment::Random for Sevens {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(7);
        }
    }
    Visit {
        moment: Moment {
            now: Timestamp::UNIX_EPOCH,
            random: Arc::new(Sevens),
            client: None,
            browser: None,
            correlation: uuid::Uuid::nil(),
        },
        path: "/".to_owned(),
        query: query.to_owned(),
        cookies: Cookies::default(),
        words: &crate::pages::words::ENGLISH,
        site: None,
        origin: None,
        host: None,
    }
}
