//! The ways in which a person may prove a second factor, and the page of each.

use super::door::{Door, Error, named};
use super::pages::{Approve, Code, Ways};
use super::settings::{SECOND_FACTOR, Settings};
use crate::sign_on::{Failure, Visit};
use axum::body::Body;
use axum::http::Response;
use identity::approvals::{Method, Telephone};
use identity::sso::Asked;
use serde_json::{Value, json};

/// A way, by the name that clients know it by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The code that an application shows.
    App,
    /// The telephone is asked.
    Telephone(Method),
}

impl Way {
    /// Those that there are, the usual one first.
    pub(super) const ALL: [Self; 3] = [
        Self::App,
        Self::Telephone(Method::Push),
        Self::Telephone(Method::Message),
    ];

    /// `authMethodId`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::App => "PhoneAppOTP",
            Self::Telephone(Method::Push) => "PhoneAppNotification",
            Self::Telephone(Method::Message) => "OneWaySMS",
        }
    }

    /// The way of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.name() == name)
    }

    fn is_open(self, telephone: &Telephone) -> bool {
        match self {
            Self::App => true,
            Self::Telephone(Method::Push) => telephone.push,
            Self::Telephone(Method::Message) => telephone.message_to.is_some(),
        }
    }
}

/// A second factor that is asked for.
pub(super) struct Proof<'a> {
    /// How.
    pub(super) way: Way,
    /// The sign-in under way, sealed.
    pub(super) pending: &'a str,
    /// What was typed as user name.
    pub(super) typed: &'a str,
    /// The number that the telephone asks for.
    pub(super) number: &'a str,
    /// What went wrong before.
    pub(super) error: Option<Error<'a>>,
}

impl Door {
    /// The page that asks for it, and names the other ways.
    pub(super) async fn proof_page(
        &self,
        visit: &Visit,
        asked: &Asked,
        proof: Proof<'_>,
    ) -> Result<Response<Body>, Failure> {
        let telephone = self.desk.telephone(&visit.moment, proof.pending).await?;
        let (context, _) = self.suspend(visit, asked);
        let at = |step: &str| format!("{}/common/SAS/{step}", self.desk.origin);
        let settings = Settings::new(
            SECOND_FACTOR,
            visit,
            json!({
                "arrUserProofs": proofs(&telephone),
                "oPerAuthPollingInterval": { "PhoneAppNotification": 1.0 },
                "urlBeginAuth": at("BeginAuth"),
                "urlEndAuth": at("EndAuth"),
                "urlPost": at("ProcessAuth"),
                "sPOST_Username": proof.typed,
                "sFT": proof.pending,
                "sCtx": context.as_str(),
                "sErrorCode": proof.error.map_or("", |error| error.code),
                "sErrTxt": proof.error.map_or("", |error| error.text),
            }),
        );
        let others = Way::ALL
            .into_iter()
            .filter(|way| *way != proof.way && way.is_open(&telephone));
        let ways = Ways {
            others: others.collect(),
            context: context.as_str(),
            pending: proof.pending,
            user_name: proof.typed,
            message_to: telephone.message_to.as_deref().unwrap_or_default(),
        };
        let (words, settings) = (visit.words, &settings);
        let error = proof.error.map(|error| error.text);
        let response = match proof.way {
            Way::Telephone(Method::Push) => Approve {
                words,
                settings,
                ways: &ways,
                number: proof.number,
                error,
            }
            .answer(),
            way => Code {
                words,
                settings,
                ways: &ways,
                way,
                error,
            }
            .answer(),
        };
        Ok(named(response, visit))
    }
}

/// `arrUserProofs`.
fn proofs(telephone: &Telephone) -> Vec<Value> {
    let open = Way::ALL.into_iter().filter(|way| way.is_open(telephone));
    open.map(|way| {
        let display = match way {
            Way::Telephone(Method::Message) => telephone.message_to.as_deref().unwrap_or_default(),
            _ => "",
        };
        json!({ "authMethodId": way.name(), "data": way.name(), "display": display, "isDefault": way == Way::App })
    })
    .collect()
}
