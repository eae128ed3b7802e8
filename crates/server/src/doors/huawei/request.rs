//! What a token request asks for: by which method, for which scope.

use identity::federation::{Named, PasswordProof, Wanted};
use identity::login::{Credentials, Secret};
use serde::Deserialize;

/// How somebody proves who they are.
pub(super) enum Proof {
    /// With a token.
    Token(String),
    /// As a local user of a domain.
    Password(PasswordProof),
}

/// A request for a token.
pub(super) struct TokenRequest {
    pub(super) proof: Proof,
    pub(super) wanted: Option<Wanted>,
}

impl TokenRequest {
    /// Reads the document; none if it asks for nothing that there is.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let Document { auth } = serde_json::from_slice(bytes).ok()?;
        let Identity {
            methods,
            token,
            password,
            totp,
        } = auth.identity;
        let methods: Vec<&str> = methods.iter().map(String::as_str).collect();
        // One proof, or a password and the one-time code that belongs to it. A code alone proves little.
        let proof = match methods.as_slice() {
            ["token"] => Proof::Token(token?.id),
            ["password"] => Proof::Password(password?.user.proof(None)?),
            ["password", "totp"] | ["totp", "password"] => {
                Proof::Password(password?.user.proof(Some(totp?.user))?)
            }
            _ => return None,
        };
        let wanted = match auth.scope {
            Some(scope) => Some(scope.wanted()?),
            None => None,
        };
        Some(Self { proof, wanted })
    }
}

/// A request for a token by an ID token.
pub(super) struct IdTokenRequest {
    pub(super) id_token: String,
    pub(super) wanted: Option<Wanted>,
}

impl IdTokenRequest {
    /// Reads the document; none if it is not one.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let ByIdToken { auth } = serde_json::from_slice(bytes).ok()?;
        let wanted = match auth.scope {
            Some(scope) => Some(scope.wanted()?),
            None => None,
        };
        Some(Self {
            id_token: auth.id_token.id,
            wanted,
        })
    }
}

#[derive(Deserialize)]
struct ByIdToken {
    auth: ByIdTokenAuth,
}

#[derive(Deserialize)]
struct ByIdTokenAuth {
    id_token: Token,
    scope: Option<Scope>,
}

#[derive(Deserialize)]
struct Document {
    auth: Auth,
}

#[derive(Deserialize)]
struct Auth {
    identity: Identity,
    scope: Option<Scope>,
}

#[derive(Deserialize)]
struct Identity {
    methods: Vec<String>,
    token: Option<Token>,
    password: Option<Password>,
    totp: Option<Totp>,
}

#[derive(Deserialize)]
struct Token {
    id: String,
}

#[derive(Deserialize)]
struct Password {
    user: User,
}

#[derive(Deserialize)]
struct User {
    name: String,
    password: String,
    domain: Option<Thing>,
}

#[derive(Deserialize)]
struct Totp {
    user: CodeOf,
}

#[derive(Deserialize)]
struct CodeOf {
    id: Option<String>,
    name: Option<String>,
    passcode: String,
}

impl User {
    fn proof(self, code: Option<CodeOf>) -> Option<PasswordProof> {
        let domain = match self.domain {
            Some(domain) => Some(domain.named()?),
            None => None,
        };
        let (code, code_of) = match code {
            Some(code) => (
                Some(Secret::new(code.passcode)),
                Some(named(code.id, code.name)?),
            ),
            None => (None, None),
        };
        let credentials = Credentials {
            user_name: self.name,
            password: Secret::new(self.password),
            code,
        };
        Some(PasswordProof {
            credentials,
            domain,
            code_of,
        })
    }
}

#[derive(Deserialize)]
struct Scope {
    project: Option<Project>,
    domain: Option<Thing>,
}

#[derive(Deserialize)]
struct Project {
    id: Option<String>,
    name: Option<String>,
    domain: Option<Thing>,
}

#[derive(Deserialize)]
struct Thing {
    id: Option<String>,
    name: Option<String>,
}

impl Thing {
    fn named(self) -> Option<Named> {
        named(self.id, self.name)
    }
}

impl Scope {
    fn wanted(self) -> Option<Wanted> {
        match (self.project, self.domain) {
            (Some(project), None) => {
                let domain = match project.domain {
                    Some(domain) => Some(domain.named()?),
                    None => None,
                };
                Some(Wanted::Project(named(project.id, project.name)?, domain))
            }
            (None, Some(domain)) => Some(Wanted::Domain(domain.named()?)),
            _ => None,
        }
    }
}

/// The identifier wins: a client that knows it may send the name for people.
fn named(id: Option<String>, name: Option<String>) -> Option<Named> {
    id.map(Named::Id).or(name.map(Named::Name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(scope: &str) -> Option<TokenRequest> {
        let text = format!(
            r#"{{"auth":{{"identity":{{"methods":["token"],"token":{{"id":"t"}}}},"scope":{scope}}}}}"#
        );
        TokenRequest::read(text.as_bytes())
    }

    #[test]
    fn scope_is_one_project_or_one_domain_by_id_or_name() {
        let id = |text: &str| Named::Id(text.to_owned());
        let name = |text: &str| Named::Name(text.to_owned());
        assert_eq!(read("null").unwrap().wanted, None);
        for (scope, means) in [
            (r#"{"project":{"id":"p"}}"#, Wanted::Project(id("p"), None)),
            (
                r#"{"project":{"name":"p"}}"#,
                Wanted::Project(name("p"), None),
            ),
            (
                r#"{"project":{"name":"p","domain":{"name":"d"}}}"#,
                Wanted::Project(name("p"), Some(name("d"))),
            ),
            (r#"{"domain":{"id":"d"}}"#, Wanted::Domain(id("d"))),
            (r#"{"domain":{"name":"d"}}"#, Wanted::Domain(name("d"))),
        ] {
            assert_eq!(read(scope).unwrap().wanted, Some(means), "{scope}");
        }
        for broken in [
            "{}",
            r#""unscoped""#,
            r#"{"project":{}}"#,
            r#"{"domain":{}}"#,
            r#"{"project":{"id":"p"},"domain":{"id":"d"}}"#,
            r#"{"project":{"id":"p","domain":{}}}"#,
        ] {
            assert!(read(broken).is_none(), "{broken}");
        }
    }

    #[test]
    fn request_has_exactly_one_method_and_its_proof() {
        let read = |identity: &str| {
            TokenRequest::read(format!(r#"{{"auth":{{"identity":{identity}}}}}"#).as_bytes())
        };
        let password = r#""password":{"user":{"name":"u","password":"p"}}"#;
        assert!(read(&format!(r#"{{"methods":["password"],{password}}}"#)).is_some());
        let code = r#""totp":{"user":{"name":"u","passcode":"1"}}"#;
        assert!(
            read(&format!(
                r#"{{"methods":["password","totp"],{password},{code}}}"#
            ))
            .is_some()
        );
        for broken in [
            r#"{"methods":[]}"#.to_owned(),
            r#"{"methods":["token"]}"#.to_owned(),
            format!(r#"{{"methods":["token"],{password}}}"#),
            format!(r#"{{"methods":["password","token"],{password},"token":{{"id":"t"}}}}"#),
            format!(r#"{{"methods":["hw_assume_role"],{password}}}"#),
            format!(r#"{{"methods":["password","totp"],{password}}}"#),
            format!(
                r#"{{"methods":["password","totp"],{password},"totp":{{"user":{{"passcode":"1"}}}}}}"#
            ),
            r#"{"methods":["totp"],"totp":{"user":{"name":"u","passcode":"1"}}}"#.to_owned(),
        ] {
            assert!(read(&broken).is_none(), "{broken}");
        }
    }
}
