//! LogoutRequest and LogoutResponse (SAML profiles §4.4.4): always signed, always addressed, always from the session's other party.

use super::judgement::{Judgement, Value};
use super::{Finding, Mender, Rule, findings, first_refusal};
use crate::bindings::redirect::{Kind, Redirected};
use crate::error::Refusal;
use crate::messages::{LogoutRequest, LogoutResponse, NameId};
use jiff::{SignedDuration, Timestamp};
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::dom::{Document, Element};
use xmldsig::error::XmlError;
use xmldsig::keys::VerifyingKey;
use xmldsig::limits::Limits;

type Judge = for<'c> fn(&'c Case<'c>) -> Option<Judgement<'c>>;

/// Every rule, in the order in which they are judged; those about the other kind of message hold.
#[rustfmt::skip]
const RULES: &[Rule<Judge>] = {
    use Mender::{Clock, IdentityProvider, ServiceProvider};
    &[
        rule("xml.malformed", "SAML core §1.1", IdentityProvider, is_readable),
        rule("logout.malformed", "SAML core §3.7", IdentityProvider, is_understood),
        rule("logout.issuer", "SAML profiles §4.4.4", ServiceProvider, comes_from_partner),
        rule("bind.signature", "SAML profiles §4.4.4, bindings §3.4.4.1", IdentityProvider, is_vouched_for),
        rule("logout.destination", "SAML bindings §3.4.5.2", IdentityProvider, is_addressed_to_us),
        rule("logout.time", "SAML core §3.7.1", Clock, is_fresh),
        rule("logout.subject", "SAML core §3.7.1", IdentityProvider, names_a_person),
        rule("logout.in_response_to", "SAML core §3.2.2", IdentityProvider, answers_our_request),
    ]
};

const fn rule(
    code: &'static str,
    paragraph: &'static str,
    mender: Mender,
    judge: Judge,
) -> Rule<Judge> {
    Rule {
        code,
        paragraph,
        mender,
        judge,
    }
}

/// How long a message may travel that does not say so itself. A signed logout must not stay good for ever.
pub const LIFE: SignedDuration = SignedDuration::from_mins(5);

/// What is expected of a logout message.
#[derive(Debug, Clone)]
pub struct Expectations<'a> {
    /// Entity ID of the sender.
    pub issuer: &'a str,
    /// Its keys.
    pub keys: &'a [VerifyingKey],
    /// The algorithm to take where `SigAlg` is missing.
    pub default_algorithm: Option<SignatureAlgorithm>,
    /// Our URLs for it.
    pub destinations: &'a [&'a str],
    /// How far clocks may differ.
    pub skew: SignedDuration,
}

/// Judges a LogoutRequest that came by redirect.
pub fn accept_request(
    came: &Redirected,
    expected: &Expectations<'_>,
    now: Timestamp,
) -> Result<LogoutRequest, Refusal> {
    match accept(came, expected, Asked::Request, now)? {
        Message::Request(request) => Ok(request),
        Message::Response(_) => Err(Refusal::rule(
            "message.kind",
            "LogoutRequest",
            "LogoutResponse",
        )),
    }
}

/// Judges a LogoutResponse that came by redirect.
pub fn accept_response(
    came: &Redirected,
    expected: &Expectations<'_>,
    in_response_to: &str,
    now: Timestamp,
) -> Result<LogoutResponse, Refusal> {
    match accept(came, expected, Asked::Response(in_response_to), now)? {
        Message::Response(response) => Ok(response),
        Message::Request(_) => Err(Refusal::rule(
            "message.kind",
            "LogoutResponse",
            "LogoutRequest",
        )),
    }
}

/// Judges every rule, for a sender who may not be known. `in_response_to` is the request that a response should answer.
/// Returns nothing that could be acted on.
pub fn explain(
    came: &Redirected,
    expected: Option<&Expectations<'_>>,
    in_response_to: Option<&str>,
    now: Timestamp,
) -> Vec<Finding> {
    let asked = match came.kind {
        Kind::Request => Asked::Request,
        Kind::Response => in_response_to.map_or(Asked::AnyResponse, Asked::Response),
    };
    let document = Document::parse(&came.xml, &Limits::MESSAGE);
    let case = Case::of(
        came,
        &document,
        Wanted {
            expected,
            asked,
            now,
        },
    );
    findings(RULES, |judge| judge(&case))
}

fn accept(
    came: &Redirected,
    expected: &Expectations<'_>,
    asked: Asked<'_>,
    now: Timestamp,
) -> Result<Message, Refusal> {
    let document = Document::parse(&came.xml, &Limits::MESSAGE);
    let case = Case::of(
        came,
        &document,
        Wanted {
            expected: Some(expected),
            asked,
            now,
        },
    );
    first_refusal(RULES, |judge| judge(&case))?;
    case.message.unwrap_or_else(|| {
        Err(Refusal::rule(
            "logout.malformed",
            "a logout message",
            "none",
        ))
    })
}

/// Which message is wanted.
#[derive(Clone, Copy)]
enum Asked<'c> {
    Request,
    Response(&'c str),
    /// A response to a request that we do not know.
    AnyResponse,
}

struct Wanted<'c> {
    expected: Option<&'c Expectations<'c>>,
    asked: Asked<'c>,
    now: Timestamp,
}

enum Message {
    Request(LogoutRequest),
    Response(LogoutResponse),
}

/// Everything a rule may look at.
struct Case<'c> {
    wanted: Wanted<'c>,
    document: Result<(), XmlError>,
    /// None if there is no XML to read it from.
    message: Option<Result<Message, Refusal>>,
    /// None if there is nobody whose signature it could be.
    signature: Option<Result<(), Refusal>>,
}

impl<'c> Case<'c> {
    fn of(
        came: &Redirected,
        document: &Result<Document<'_>, XmlError>,
        wanted: Wanted<'c>,
    ) -> Self {
        let root = document.as_ref().ok().map(Document::root);
        Case {
            document: document.as_ref().map(|_| ()).map_err(Clone::clone),
            message: root.map(|root| read(came.kind, root, wanted.asked)),
            signature: wanted
                .expected
                .map(|expected| came.verify(expected.keys, expected.default_algorithm)),
            wanted,
        }
    }

    fn message(&self) -> Option<&Message> {
        self.message.as_ref()?.as_ref().ok()
    }
}

/// The parameter, the root element and what was asked for must be of one kind: a signature over `SAMLRequest=…` says
/// nothing about a response, and the other way round.
fn read(kind: Kind, root: Element<'_>, asked: Asked<'_>) -> Result<Message, Refusal> {
    match (asked, kind) {
        (Asked::Request, Kind::Request) => LogoutRequest::read(root).map(Message::Request),
        (Asked::Response(_) | Asked::AnyResponse, Kind::Response) => {
            LogoutResponse::read(root).map(Message::Response)
        }
        (Asked::Request, Kind::Response) => {
            Err(Refusal::rule("message.kind", "SAMLRequest", "SAMLResponse"))
        }
        (_, Kind::Request) => Err(Refusal::rule("message.kind", "SAMLResponse", "SAMLRequest")),
    }
}

impl Message {
    fn issuer(&self) -> &str {
        match self {
            Message::Request(request) => &request.issuer,
            Message::Response(response) => &response.issuer,
        }
    }

    fn destination(&self) -> Option<&str> {
        match self {
            Message::Request(request) => request.destination.as_deref(),
            Message::Response(response) => response.destination.as_deref(),
        }
    }

    fn issue_instant(&self) -> Timestamp {
        match self {
            Message::Request(request) => request.issue_instant,
            Message::Response(response) => response.issue_instant,
        }
    }

    /// When it ends: as it says itself, else [`LIFE`] after it was issued.
    fn end(&self) -> Timestamp {
        let said = match self {
            Message::Request(request) => request.not_on_or_after,
            Message::Response(_) => None,
        };
        said.unwrap_or_else(|| {
            self.issue_instant()
                .saturating_add(LIFE)
                .unwrap_or(Timestamp::MAX)
        })
    }

    fn name_id(&self) -> Option<&NameId> {
        match self {
            Message::Request(request) => Some(&request.name_id),
            Message::Response(_) => None,
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "every rule has this shape")]
fn is_readable<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    Some(match &case.document {
        Ok(()) => Judgement::of(
            true,
            "XML in the strict profile",
            "XML in the strict profile",
        ),
        Err(fault) => Judgement::refused(Refusal::Xml(fault.clone())),
    })
}

fn is_understood<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    Some(match case.message.as_ref()? {
        Ok(_) => Judgement::of(true, "a logout message of the kind asked for", "one"),
        Err(refusal) => Judgement::refused(refusal.clone()),
    })
}

fn comes_from_partner<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let (wanted, found) = (case.wanted.expected?.issuer, case.message()?.issuer());
    Some(Judgement::of(found == wanted, wanted, found))
}

fn is_vouched_for<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    Some(match case.signature.as_ref()? {
        Ok(()) => Judgement::of(
            true,
            "a signature by a configured key",
            "a signature by a configured key",
        ),
        Err(refusal) => Judgement::refused(refusal.clone()),
    })
}

fn is_addressed_to_us<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let ours = case.wanted.expected?.destinations;
    let found = case.message()?.destination();
    Some(Judgement::of(
        found.is_some_and(|found| ours.contains(&found)),
        Value::AnyOf(ours),
        found,
    ))
}

fn is_fresh<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let (skew, now) = (
        case.wanted
            .expected
            .map_or(super::SKEW, |expected| expected.skew),
        case.wanted.now,
    );
    let (start, end) = (case.message()?.issue_instant(), case.message()?.end());
    if start.duration_since(now) > skew {
        return Some(Judgement::of(
            false,
            Value::Around("a start before", now, skew),
            start,
        ));
    }
    Some(Judgement::of(
        now.duration_since(end) <= skew,
        Value::Around("an end after", now, skew),
        end,
    ))
}

fn names_a_person<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let fault = case.message()?.name_id().and_then(NameId::fault);
    Some(Judgement::of(
        fault.is_none(),
        "a NameID of 1 to 1024 bytes, if it is a request",
        fault,
    ))
}

fn answers_our_request<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    match (case.message()?, case.wanted.asked) {
        (Message::Request(_), _) => Some(Judgement::of(true, "nothing", "a request")),
        (Message::Response(response), Asked::Response(wanted)) => {
            let found = response.in_response_to.as_deref();
            Some(Judgement::of(found == Some(wanted), wanted, found))
        }
        (Message::Response(_), _) => None,
    }
}
