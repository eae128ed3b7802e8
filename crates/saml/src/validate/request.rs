//! An AuthnRequest as the identity provider judges it (SAML profiles §4.1.4.1).
//!
//! Age and repetition are not judged: an old or repeated request only begins a harmless new sign-in.

use super::judgement::{Judgement, Value};
use super::{Finding, Mender, Rule, findings, first_refusal};
use crate::bindings::redirect::{Kind, Redirected};
use crate::error::Refusal;
use crate::messages::AuthnRequest;
use crate::names::{PAOS, POST};
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::dom::{Document, Element};
use xmldsig::error::XmlError;
use xmldsig::keys::VerifyingKey;
use xmldsig::limits::Limits;
use xmldsig::verify::{has_signature, verify};

type Judge = for<'c> fn(&'c Case<'c>) -> Option<Judgement<'c>>;

/// Every rule, in the order in which they are judged.
#[rustfmt::skip]
const RULES: &[Rule<Judge>] = {
    use Mender::ServiceProvider;
    &[
        rule("xml.malformed", "SAML core §1.1", ServiceProvider, is_readable),
        rule("request.malformed", "SAML core §3.4.1", ServiceProvider, is_understood),
        rule("request.issuer", "SAML profiles §4.1.4.1", ServiceProvider, comes_from_partner),
        rule("bind.signature", "SAML bindings §3.4.4.1", ServiceProvider, is_vouched_for),
        rule("request.destination", "SAML bindings §3.4.5.2", ServiceProvider, is_addressed_to_us),
        rule("request.acs", "SAML core §3.4.1, profiles §4.1.4.1", ServiceProvider, asks_for_registered_consumer),
        rule("request.unsupported", "SAML core §3.4.1", ServiceProvider, asks_for_its_binding),
        rule("request.unsupported", "SAML core §3.4.1.1", ServiceProvider, asks_for_own_names),
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

/// What the identity provider knows of a service provider.
#[derive(Debug, Clone)]
pub struct Partner<'a> {
    /// Entity ID.
    pub entity_id: &'a str,
    /// Registered AssertionConsumerService URLs with their index; the first is the default.
    pub acs: &'a [(u16, &'a str)],
    /// Its keys.
    pub keys: &'a [VerifyingKey],
    /// Whether its requests must be signed.
    pub must_sign: bool,
    /// The algorithm to take where `SigAlg` is missing.
    pub default_algorithm: Option<SignatureAlgorithm>,
}

/// A request that may be obeyed.
#[derive(Debug, Clone)]
pub struct Obeyed {
    /// The request.
    pub request: AuthnRequest,
    /// Where the response goes: always a registered URL.
    pub acs: String,
    /// Whether a signature was verified.
    pub signed: bool,
}

/// How the request came.
pub enum Came<'a> {
    /// By redirect, decoded.
    Redirect(&'a Redirected),
    /// By POST: the bytes of the message.
    Post(&'a [u8]),
    /// By SOAP, carried by an enhanced client: the bytes of the message (SAML profiles §4.2).
    Soap(&'a [u8]),
}

/// Judges a request addressed to `destination` (any of our URLs for it).
pub fn accept(
    came: &Came<'_>,
    partner: &Partner<'_>,
    destinations: &[&str],
) -> Result<Obeyed, Refusal> {
    let document = Document::parse(came.xml(), &Limits::MESSAGE);
    let case = Case::of(came, &document, Some(partner), destinations);
    first_refusal(RULES, |judge| judge(&case))?;
    let acs = case.consumer().map(str::to_owned);
    let signed = matches!(case.signature, Some(Ok(true)));
    match (case.request, acs) {
        (Some(Ok(request)), Some(acs)) => Ok(Obeyed {
            request,
            acs,
            signed,
        }),
        (Some(Err(refusal)), _) => Err(refusal),
        _ => Err(Refusal::rule(
            "request.acs",
            "a registered consumer service",
            "none",
        )),
    }
}

/// Judges every rule, for a partner who may not be known. Returns nothing that could be acted on.
pub fn explain(
    came: &Came<'_>,
    partner: Option<&Partner<'_>>,
    destinations: &[&str],
) -> Vec<Finding> {
    let document = Document::parse(came.xml(), &Limits::MESSAGE);
    let case = Case::of(came, &document, partner, destinations);
    findings(RULES, |judge| judge(&case))
}

impl Came<'_> {
    fn xml(&self) -> &[u8] {
        match self {
            Came::Redirect(redirected) => &redirected.xml,
            Came::Post(xml) | Came::Soap(xml) => xml,
        }
    }
}

/// Everything a rule may look at.
struct Case<'c> {
    document: Result<(), XmlError>,
    /// None if there is no XML to read it from.
    request: Option<Result<AuthnRequest, Refusal>>,
    /// Whether it is signed, and well; none if that cannot be judged.
    signature: Option<Result<bool, Refusal>>,
    /// The binding by which the response will travel.
    binding: &'static str,
    partner: Option<&'c Partner<'c>>,
    destinations: &'c [&'c str],
}

impl<'c> Case<'c> {
    fn of(
        came: &Came<'_>,
        document: &Result<Document<'_>, XmlError>,
        partner: Option<&'c Partner<'c>>,
        destinations: &'c [&'c str],
    ) -> Self {
        let root = document.as_ref().ok().map(Document::root);
        Case {
            document: document.as_ref().map(|_| ()).map_err(Clone::clone),
            request: root.map(|root| read(came, root)),
            signature: partner.and_then(|partner| Some(signature(came, root?, partner))),
            // SAML profiles §4.2.4.1: a client brings the response back by PAOS, a browser by POST.
            binding: if matches!(came, Came::Soap(_)) {
                PAOS
            } else {
                POST
            },
            partner,
            destinations,
        }
    }

    fn request(&self) -> Option<&AuthnRequest> {
        self.request.as_ref()?.as_ref().ok()
    }

    /// The registered URL that the request asks for.
    ///
    /// SAML profiles §4.1.4.1: the identity provider must make sure that the URL belongs to the requester, signed or not.
    /// The comparison is letter for letter: whatever a URL parser would forgive is how responses get stolen.
    fn consumer(&self) -> Option<&'c str> {
        let (request, registered) = (self.request()?, self.partner?.acs);
        let found = match (&request.acs_url, request.acs_index) {
            (None, None) => registered.first(),
            (Some(asked), None) => registered.iter().find(|(_, url)| url == asked),
            (None, Some(asked)) => registered.iter().find(|(index, _)| *index == asked),
            // SAML core §3.4.1: mutually exclusive.
            (Some(_), Some(_)) => None,
        };
        found.map(|(_, url)| *url)
    }
}

/// A LogoutRequest in `SAMLResponse` was never meant as a request, whatever its root says.
fn read(came: &Came<'_>, root: Element<'_>) -> Result<AuthnRequest, Refusal> {
    if matches!(came, Came::Redirect(redirected) if redirected.kind == Kind::Response) {
        return Err(Refusal::rule("message.kind", "SAMLRequest", "SAMLResponse"));
    }
    AuthnRequest::read(root)
}

/// Whether the request is signed. A signature that can be judged must be good, also where none is demanded.
fn signature(came: &Came<'_>, root: Element<'_>, partner: &Partner<'_>) -> Result<bool, Refusal> {
    let signed = match came {
        // SAML bindings §3.4.4.1: what is signed is outside the XML, and a signature inside counts for nothing.
        Came::Redirect(redirected) => redirected.signed || redirected.signature_algorithm.is_some(),
        Came::Post(_) | Came::Soap(_) => has_signature(root),
    };
    match (signed, partner.must_sign) {
        (false, false) => return Ok(false),
        // Nothing to judge it with: the partner registered no key, and none is demanded.
        (true, false) if partner.keys.is_empty() => return Ok(false),
        _ => {}
    }
    match came {
        Came::Redirect(redirected) => redirected.verify(partner.keys, partner.default_algorithm)?,
        Came::Post(_) | Came::Soap(_) => {
            verify(root, partner.keys)?;
        }
    }
    Ok(true)
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
    Some(match case.request.as_ref()? {
        Ok(_) => Judgement::of(
            true,
            "an AuthnRequest that can be honoured",
            "an AuthnRequest that can be honoured",
        ),
        Err(refusal) => Judgement::refused(refusal.clone()),
    })
}

fn comes_from_partner<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let (wanted, found) = (case.partner?.entity_id, case.request()?.issuer.as_str());
    Some(Judgement::of(found == wanted, wanted, found))
}

fn is_vouched_for<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let wanted = if case.partner?.must_sign {
        "a good signature"
    } else {
        "none, or a good signature"
    };
    Some(match case.signature.as_ref()? {
        Ok(true) => Judgement::of(true, wanted, "a good signature"),
        Ok(false) => Judgement::of(true, wanted, "none that was verified"),
        Err(refusal) => Judgement::refused(refusal.clone()),
    })
}

fn is_addressed_to_us<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let found = case.request()?.destination.as_deref();
    if case.destinations.is_empty() {
        return None;
    }
    // A signature without an address could be replayed to another identity provider; without a signature anyone can
    // write any address, so that a missing one changes nothing.
    let holds = match found {
        Some(found) => case.destinations.contains(&found),
        None => !matches!(case.signature, Some(Ok(true))),
    };
    Some(Judgement::of(holds, Value::AnyOf(case.destinations), found))
}

fn asks_for_registered_consumer<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let registered = case.partner?.acs;
    let request = case.request()?;
    let index = request.acs_index.map(|index| format!("index {index}"));
    let asked = [request.acs_url.clone(), index]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" and ");
    let wanted = registered
        .iter()
        .map(|(index, url)| format!("{url} ({index})"))
        .collect::<Vec<_>>()
        .join(" or ");
    Some(Judgement::of(
        case.consumer().is_some(),
        wanted,
        if asked.is_empty() {
            "the default".to_owned()
        } else {
            asked
        },
    ))
}

fn asks_for_its_binding<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let binding = case.request()?.protocol_binding.as_deref();
    // SAML profiles §4.1.2: a response never travels by redirect; artifacts are not spoken here.
    Some(Judgement::of(
        binding.is_none_or(|binding| binding == case.binding),
        case.binding,
        binding,
    ))
}

fn asks_for_own_names<'c>(case: &'c Case<'c>) -> Option<Judgement<'c>> {
    let wanted = case.partner?.entity_id;
    let qualifier = case
        .request()?
        .name_id_policy
        .as_ref()
        .and_then(|policy| policy.sp_name_qualifier.as_deref());
    // A name made for another service provider would let this one act as that one towards the person.
    Some(Judgement::of(
        qualifier.is_none_or(|qualifier| qualifier == wanted),
        wanted,
        qualifier,
    ))
}
