//! The genuine response. It is written by hand, because it must be able to say what the crate never would.

use jiff::Timestamp;

/// Whom it names.
pub(crate) const PERSON: &str = "me@example.org";

/// A genuine identity provider, and for whom it writes.
pub(crate) struct Base<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) audience: &'a str,
    pub(crate) acs: &'a str,
    /// The request that it answers.
    pub(crate) request: Option<&'a str>,
    /// Stands before every ID, so that responses can be told apart.
    pub(crate) series: &'a str,
    pub(crate) now: Timestamp,
    /// Puts the provider's signature into the element of an ID.
    pub(crate) sign: &'a dyn Fn(&str, &str) -> String,
    /// Puts somebody else's signature there.
    pub(crate) sign_as_stranger: &'a dyn Fn(&str, &str) -> String,
}

impl Base<'_> {
    /// `seconds` after (before, if negative) now, as SAML writes it.
    pub(crate) fn instant(&self, seconds: i64) -> String {
        let at = Timestamp::from_second(self.now.as_second() + seconds).expect("a time");
        saml::time::format(at)
    }

    /// The ID of the response.
    pub(crate) fn response_id(&self) -> String {
        format!("_{}response", self.series)
    }

    /// The ID of its assertion.
    pub(crate) fn assertion_id(&self) -> String {
        format!("_{}assertion", self.series)
    }

    /// The attribute that names the request, if there is one.
    pub(crate) fn answering(&self) -> String {
        self.request
            .map(|id| format!(" InResponseTo=\"{id}\""))
            .unwrap_or_default()
    }

    /// The response as the identity provider means it, not signed yet.
    pub(crate) fn unsigned(&self) -> String {
        format!(
            concat!(
                r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{id}" Version="2.0" IssueInstant="{now}" Destination="{acs}"{request}>"#,
                r#"<saml:Issuer>{issuer}</saml:Issuer>"#,
                r#"<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>"#,
                "{assertion}</samlp:Response>"
            ),
            id = self.response_id(),
            now = self.instant(0),
            acs = self.acs,
            request = self.answering(),
            issuer = self.issuer,
            assertion = self.assertion(&self.assertion_id(), PERSON),
        )
    }

    /// Its assertion, for `person`.
    pub(crate) fn assertion(&self, id: &str, person: &str) -> String {
        format!(
            concat!(
                r#"<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{id}" Version="2.0" IssueInstant="{now}"><saml:Issuer>{issuer}</saml:Issuer>"#,
                r#"<saml:Subject><saml:NameID>{person}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">"#,
                r#"<saml:SubjectConfirmationData NotOnOrAfter="{end}" Recipient="{acs}"{request}/></saml:SubjectConfirmation></saml:Subject>"#,
                r#"<saml:Conditions NotBefore="{now}" NotOnOrAfter="{end}"><saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>"#,
                r#"<saml:AuthnStatement AuthnInstant="{now}" SessionIndex="_session"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"#,
                r#"<saml:AttributeStatement><saml:Attribute Name="groups"><saml:AttributeValue>staff</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>"#
            ),
            id = id,
            now = self.instant(0),
            end = self.instant(300),
            issuer = self.issuer,
            person = person,
            acs = self.acs,
            request = self.answering(),
            audience = self.audience,
        )
    }

    /// The genuine response, its assertion signed.
    pub(crate) fn signed(&self) -> String {
        (self.sign)(&self.unsigned(), &self.assertion_id())
    }
}
