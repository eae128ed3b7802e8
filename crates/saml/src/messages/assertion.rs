//! `saml:Assertion` (SAML core §2.3.3).

use super::NameId;
use super::envelope::{id, instant, issuer, required_instant, version};
use crate::error::Refusal;
use crate::guard;
use crate::names::ASSERTION;
use jiff::Timestamp;
use xmldsig::dom::Element;

/// `saml:Attribute` with its values as text (SAML core §2.7.3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Name.
    pub name: String,
    /// FriendlyName, for people only.
    pub friendly_name: Option<String>,
    /// Values in order.
    pub values: Vec<String>,
}

/// A bearer `saml:SubjectConfirmation` with its data (SAML profiles §4.1.4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectConfirmation {
    /// Method.
    pub method: String,
    /// Recipient.
    pub recipient: Option<String>,
    /// InResponseTo.
    pub in_response_to: Option<String>,
    /// NotBefore, which may not be there.
    pub not_before: Option<Timestamp>,
    /// NotOnOrAfter.
    pub not_on_or_after: Option<Timestamp>,
}

/// `saml:Conditions` (SAML core §2.5.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conditions {
    /// NotBefore.
    pub not_before: Option<Timestamp>,
    /// NotOnOrAfter.
    pub not_on_or_after: Option<Timestamp>,
    /// One list per AudienceRestriction; each must hold.
    pub audience_restrictions: Vec<Vec<String>>,
    /// OneTimeUse.
    pub one_time_use: bool,
}

/// `saml:AuthnStatement` (SAML core §2.7.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthnStatement {
    /// AuthnInstant.
    pub authn_instant: Timestamp,
    /// SessionIndex.
    pub session_index: Option<String>,
    /// SessionNotOnOrAfter.
    pub session_not_on_or_after: Option<Timestamp>,
    /// AuthnContextClassRef.
    pub class_ref: Option<String>,
}

/// What an assertion says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// ID.
    pub id: String,
    /// Issuer.
    pub issuer: String,
    /// IssueInstant.
    pub issue_instant: Timestamp,
    /// The one NameID of the subject.
    pub name_id: Option<NameId>,
    /// All confirmations.
    pub confirmations: Vec<SubjectConfirmation>,
    /// Conditions.
    pub conditions: Option<Conditions>,
    /// Authentication statements.
    pub authn_statements: Vec<AuthnStatement>,
    /// All attributes in order.
    pub attributes: Vec<Attribute>,
}

/// Namespace of `xsi:nil`.
const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

const TIME: &str = "assertion.time";
const SUBJECT: &str = "assertion.subject";
const CONDITIONS: &str = "assertion.conditions";
const ATTRIBUTES: &str = "assertion.attributes";

impl Assertion {
    /// Reads one. Judges the shape, not whether to believe: that an element may be read here is for [`xmldsig::Verified`].
    pub(crate) fn read(element: Element<'_>) -> Result<Self, Refusal> {
        version(element)?;
        let mut assertion = Assertion {
            id: id(element)?,
            // None is the name of nobody, which no provider has.
            issuer: issuer(element, "assertion.issuer")?.unwrap_or_default(),
            issue_instant: required_instant(element, "IssueInstant", TIME)?,
            name_id: None,
            confirmations: Vec::new(),
            conditions: None,
            authn_statements: Vec::new(),
            attributes: Vec::new(),
        };
        if let Some(subject) = at_most_one(element, "Subject", SUBJECT)? {
            assertion.name_id = name_id(subject)?;
            for confirmation in subject.children_named(ASSERTION, "SubjectConfirmation") {
                assertion
                    .confirmations
                    .push(SubjectConfirmation::read(confirmation)?);
            }
        }
        assertion.conditions = at_most_one(element, "Conditions", CONDITIONS)?
            .map(Conditions::read)
            .transpose()?;
        for statement in element.children_named(ASSERTION, "AuthnStatement") {
            assertion
                .authn_statements
                .push(AuthnStatement::read(statement)?);
        }
        for statement in element.children_named(ASSERTION, "AttributeStatement") {
            for attribute in statement.children() {
                assertion.attributes.push(Attribute::read(attribute)?);
            }
        }
        Ok(assertion)
    }
}

/// SAML core §2.4.1: at most one identifier, and one that we can read.
fn name_id(subject: Element<'_>) -> Result<Option<NameId>, Refusal> {
    let identifiers = ["NameID", "BaseID", "EncryptedID"]
        .map(|name| subject.children_named(ASSERTION, name).count());
    match identifiers {
        [0 | 1, 0, 0] => {}
        _ if !guard::stands(SUBJECT) => {}
        [0, ..] => {
            return Err(Refusal::rule(
                SUBJECT,
                "a NameID",
                "an identifier of another kind",
            ));
        }
        _ => return Err(Refusal::rule(SUBJECT, "one NameID", "several identifiers")),
    }
    Ok(subject
        .child(ASSERTION, "NameID")
        .map(NameId::read)
        .transpose()?)
}

impl SubjectConfirmation {
    fn read(element: Element<'_>) -> Result<Self, Refusal> {
        let data = at_most_one(element, "SubjectConfirmationData", SUBJECT)?;
        let attribute = |name| {
            data.and_then(|data| data.attribute(name))
                .map(str::to_owned)
        };
        let time = |name| data.map_or(Ok(None), |data| instant(data, name, TIME));
        Ok(SubjectConfirmation {
            method: element.attribute("Method").unwrap_or_default().to_owned(),
            recipient: attribute("Recipient"),
            in_response_to: attribute("InResponseTo"),
            not_before: time("NotBefore")?,
            not_on_or_after: time("NotOnOrAfter")?,
        })
    }
}

impl Conditions {
    fn read(element: Element<'_>) -> Result<Self, Refusal> {
        let mut conditions = Conditions {
            not_before: instant(element, "NotBefore", TIME)?,
            not_on_or_after: instant(element, "NotOnOrAfter", TIME)?,
            ..Conditions::default()
        };
        for condition in element.children() {
            match (condition.namespace(), condition.name()) {
                (ASSERTION, "AudienceRestriction") => {
                    let mut audiences = Vec::new();
                    for audience in condition.children_named(ASSERTION, "Audience") {
                        audiences.push(audience.text()?.into_owned());
                    }
                    conditions.audience_restrictions.push(audiences);
                }
                (ASSERTION, "OneTimeUse") => conditions.one_time_use = true,
                // Limits who may vouch further on the strength of this assertion; we never do.
                (ASSERTION, "ProxyRestriction") => {}
                // SAML core §2.5.1.1: with a condition that is not understood, validity cannot be determined.
                (_, other) if guard::stands(CONDITIONS) => {
                    return Err(Refusal::rule(CONDITIONS, "conditions of SAML core", other));
                }
                _ => {}
            }
        }
        Ok(conditions)
    }
}

impl AuthnStatement {
    fn read(element: Element<'_>) -> Result<Self, Refusal> {
        let class_ref = element
            .child(ASSERTION, "AuthnContext")
            .and_then(|context| context.child(ASSERTION, "AuthnContextClassRef"))
            .map(|class| class.text().map(String::from))
            .transpose()?;
        Ok(AuthnStatement {
            authn_instant: required_instant(element, "AuthnInstant", TIME)?,
            session_index: element.attribute("SessionIndex").map(str::to_owned),
            session_not_on_or_after: instant(element, "SessionNotOnOrAfter", TIME)?,
            class_ref,
        })
    }
}

impl Attribute {
    fn read(element: Element<'_>) -> Result<Self, Refusal> {
        let name = match element.attribute("Name") {
            Some(name) if element.is(ASSERTION, "Attribute") => name.to_owned(),
            name if !guard::stands(ATTRIBUTES) => name.unwrap_or_default().to_owned(),
            _ => {
                return Err(Refusal::rule(
                    ATTRIBUTES,
                    "an Attribute with a Name",
                    element.name(),
                ));
            }
        };
        let mut values = Vec::new();
        for value in element.children_named(ASSERTION, "AttributeValue") {
            values.extend(attribute_value(value)?);
        }
        Ok(Attribute {
            name,
            friendly_name: element.attribute("FriendlyName").map(str::to_owned),
            values,
        })
    }
}

/// The text of a value; none for a nil one (SAML core §2.7.3.1.1). Its `xsi:type` may be anything, text is text.
fn attribute_value(value: Element<'_>) -> Result<Option<String>, Refusal> {
    // Shibboleth sends eduPersonTargetedID as a NameID inside the value.
    let mut children = value.children();
    if let (Some(only), None) = (children.next(), children.next())
        && only.is(ASSERTION, "NameID")
    {
        return Ok(Some(only.text()?.into_owned()));
    }
    let text = value.text()?;
    let is_nil = matches!(
        value.attribute_in(SCHEMA_INSTANCE, "nil"),
        Some("true" | "1")
    );
    Ok((!is_nil || !text.is_empty()).then(|| text.into_owned()))
}

/// SAML core §2.3.3, §2.4.1: an element that the schema allows once.
fn at_most_one<'d>(
    parent: Element<'d>,
    name: &'static str,
    code: &'static str,
) -> Result<Option<Element<'d>>, Refusal> {
    let mut found = parent.children_named(ASSERTION, name);
    let first = found.next();
    if found.next().is_some() && guard::stands(code) {
        return Err(Refusal::rule(code, format!("one {name}"), "several"));
    }
    Ok(first)
}
