//! One request: its moment, the shape of its errors; and the outcome of a rule as an answer.

use super::problem::{Family, Problem};
use crate::http::{At, BodyFault};
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use hyper::HeaderMap;
use hyper::http::request::Parts;
use identity::error::Answer;
use identity::{Moment, Refused, Unavailable};

/// One request to the API.
pub(super) struct Call {
    pub(super) moment: Moment,
    family: Family,
}

impl<S: Sync> FromRequestParts<S> for Call {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let At(moment) = At::from_request_parts(parts, state).await?;
        let family = Family::of(parts.uri.path());
        Ok(Self { moment, family })
    }
}

/// An answer that is no success.
pub(super) struct Failure(Problem, Family);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.0.answer(self.1)
    }
}

impl Call {
    /// The problem, in the shape that this path has.
    pub(super) fn problem(&self, problem: Problem) -> Failure {
        Failure(problem, self.family)
    }

    /// The outcome of a rule, or the face of its refusal. This is where a refusal is logged.
    pub(super) fn judged<T>(
        &self,
        answer: Answer<T>,
        face: impl FnOnce(&Refused) -> Problem,
    ) -> Result<T, Failure> {
        match answer {
            Ok(Ok(outcome)) => Ok(outcome),
            Ok(Err(refused)) => {
                let Refused { code, detail, .. } = &refused;
                tracing::info!(code, detail, correlation = %self.moment.correlation, "refused");
                Err(self.problem(face(&refused)))
            }
            Err(unavailable) => Err(self.unavailable(&unavailable)),
        }
    }

    /// 503: the store is away, which says nothing about the request.
    pub(super) fn unavailable(&self, unavailable: &Unavailable) -> Failure {
        let error = unavailable as &dyn std::error::Error;
        tracing::error!(error, correlation = %self.moment.correlation, "the store is unavailable");
        self.problem(Problem::UNAVAILABLE)
    }

    /// A body that is not what the route takes.
    pub(super) fn body_fault(&self, fault: BodyFault) -> Failure {
        self.problem(match fault {
            BodyFault::TooLarge => Problem::SIZE,
            // The document's table has no 408 and no 415.
            BodyFault::TooSlow
            | BodyFault::Broken
            | BodyFault::MediaType
            | BodyFault::Malformed => Problem::BODY,
        })
    }
}

/// The text of a header that stands once and is not empty.
pub(super) fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let (first, None) = (values.next()?, values.next()) else {
        return None;
    };
    first.to_str().ok().filter(|text| !text.is_empty())
}
