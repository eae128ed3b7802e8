//! Client authentication: HTTP Basic or the form body, never both (RFC 6749 §2.3.1).

use crate::error::{ErrorCode, Refusal};
use crate::form::{self, Parameters};
use crate::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Who says they ask, with the proof they brought. Whether it is right is for whoever keeps the clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCredentials {
    /// `client_id`.
    pub id: String,
    /// The secret; none from a public client.
    pub secret: Option<Secret>,
}

impl ClientCredentials {
    /// Reads the `Authorization` header and the form. Codes: `oauth.client_basic`, `oauth.client_twice`, `oauth.client_differs`,
    /// `oauth.client_method`, `oauth.client_missing`.
    pub fn read(authorization: Option<&str>, form: &Parameters) -> Result<Self, Refusal> {
        let client = |code, text| Refusal::new(ErrorCode::InvalidClient, code, text);
        client(
            "oauth.client_method",
            "Client assertions are not supported.",
        )
        .unless(form.sent("client_assertion").is_none())?;
        let (named, posted) = (form.value("client_id"), form.value("client_secret"));
        let Some(header) = authorization else {
            let id = named.ok_or(client(
                "oauth.client_missing",
                "The client must authenticate.",
            ))?;
            return Ok(Self {
                id: id.to_owned(),
                secret: posted.map(Secret::new),
            });
        };
        // RFC 6749 §2.3: "The client MUST NOT use more than one authentication method in each request".
        Refusal::request(
            "oauth.client_twice",
            "The client must authenticate in one way only.",
        )
        .unless(form.sent("client_secret").is_none())?;
        let basic = basic(header).ok_or(client(
            "oauth.client_basic",
            "The Authorization header is malformed.",
        ))?;
        Refusal::request(
            "oauth.client_differs",
            "The client_id differs from the Authorization header.",
        )
        .unless(named.is_none_or(|named| named == basic.id))?;
        Ok(basic)
    }
}

/// `Basic base64(form-encoded id : form-encoded secret)`; none if it is anything else, or if one of the two is empty.
fn basic(header: &str) -> Option<ClientCredentials> {
    let (scheme, value) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let (id, secret) = (form::decode(id).ok()?, form::decode(secret).ok()?);
    if id.is_empty() || secret.is_empty() {
        return None;
    }
    Some(ClientCredentials {
        id,
        secret: Some(Secret::new(secret)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::without;
    use proptest::prelude::*;

    fn read(authorization: Option<&str>, form: &str) -> Result<ClientCredentials, Refusal> {
        ClientCredentials::read(authorization, &Parameters::read(form).unwrap())
    }
    fn header(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    #[test]
    fn both_ways_say_the_same() {
        let wanted = ClientCredentials {
            id: "app".into(),
            secret: Some(Secret::new("s:e cret")),
        };
        assert_eq!(read(Some(&header("app:s%3Ae+cret")), "").unwrap(), wanted);
        assert_eq!(
            read(Some(&header("app:s:e%20cret")), "client_id=app").unwrap(),
            wanted
        );
        assert_eq!(
            read(None, "client_id=app&client_secret=s:e+cret").unwrap(),
            wanted
        );
        assert_eq!(read(None, "client_id=app").unwrap().secret, None);
    }

    #[test]
    fn doubtful_authentication_is_refused_by_the_guard_it_names() {
        let good = header("app:secret");
        assert!(read(Some(&good), "client_id=app").is_ok());
        for (form, code) in [
            ("client_secret=secret", "oauth.client_twice"),
            ("client_secret=", "oauth.client_twice"),
            ("client_id=other", "oauth.client_differs"),
            ("client_assertion=eyJ", "oauth.client_method"),
        ] {
            assert_eq!(read(Some(&good), form).unwrap_err().code(), code, "{form}");
            without(code, || assert!(read(Some(&good), form).is_ok(), "{form}"));
        }
        for bad in [
            "",
            "Basic",
            "Basic ",
            "Bearer x",
            "Basic !!",
            &header("app"),
            &header("app:"),
            &header(":s"),
            &header("a:%zz"),
        ] {
            assert_eq!(
                read(Some(bad), "").unwrap_err().code(),
                "oauth.client_basic",
                "{bad}"
            );
        }
        assert_eq!(
            read(None, "client_secret=x").unwrap_err().code(),
            "oauth.client_missing"
        );
    }

    proptest! {
        #[test]
        fn never_panics(authorization in ".{0,60}", text in ".{0,40}") {
            let none = Parameters::read("").unwrap();
            let _ = ClientCredentials::read(Some(&authorization), &none);
            let _ = ClientCredentials::read(Some(&header(&text)), &none);
        }
    }
}
