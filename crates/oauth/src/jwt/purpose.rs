//! What tokens are for. The table that fixes algorithm and `typ` is this file.

/// HMAC-SHA256 with a secret that issuer and verifier share.
#[derive(Debug, Clone, Copy)]
pub enum Hs256 {}
/// ECDSA P-256 with SHA-256.
#[derive(Debug, Clone, Copy)]
pub enum Es256 {}

/// A purpose. Tokens of one purpose are never accepted for another (RFC 8725 §3.11, §3.12).
pub trait Purpose: Send + Sync + 'static {
    /// The kind of key: [`Hs256`] or [`Es256`].
    type Algorithm;
    /// How keys of this purpose are kept and listed.
    const NAME: &'static str;
    /// `alg`.
    const ALGORITHM: &'static str;
    /// `typ`.
    const TYP: &'static str;
    /// Whether the token must name the one party that it is for.
    const AUDIENCE: bool;
}

/// An access token that resource servers verify themselves (RFC 9068 §2.1).
#[derive(Debug, Clone, Copy)]
pub enum AccessToken {}
impl Purpose for AccessToken {
    type Algorithm = Es256;
    const NAME: &'static str = "access-token";
    const ALGORITHM: &'static str = "ES256";
    const TYP: &'static str = "at+jwt";
    const AUDIENCE: bool = true;
}

/// An ID token (OpenID Connect Core §2).
#[derive(Debug, Clone, Copy)]
pub enum IdToken {}
impl Purpose for IdToken {
    type Algorithm = Es256;
    const NAME: &'static str = "id-token";
    const ALGORITHM: &'static str = "ES256";
    const TYP: &'static str = "JWT";
    const AUDIENCE: bool = true;
}

/// A logout token (OpenID Connect Back-Channel Logout §2.4).
#[derive(Debug, Clone, Copy)]
pub enum LogoutToken {}
impl Purpose for LogoutToken {
    type Algorithm = Es256;
    const NAME: &'static str = "logout-token";
    const ALGORITHM: &'static str = "ES256";
    const TYP: &'static str = "logout+jwt";
    const AUDIENCE: bool = true;
}

/// The token that HORACIUS hands to a JWT application ("Integração via Protocolo JWT"): the application verifies it with its
/// secret, and no `aud` is printed.
#[derive(Debug, Clone, Copy)]
pub enum ApplicationToken {}
impl Purpose for ApplicationToken {
    type Algorithm = Hs256;
    const NAME: &'static str = "application-token";
    const ALGORITHM: &'static str = "HS256";
    const TYP: &'static str = "JWT";
    const AUDIENCE: bool = false;
}

/// A token of a cloud's federation, which its services may verify themselves (`X-Subject-Token` of Huawei Cloud IAM).
#[derive(Debug, Clone, Copy)]
pub enum SubjectToken {}
impl Purpose for SubjectToken {
    type Algorithm = Es256;
    const NAME: &'static str = "subject-token";
    const ALGORITHM: &'static str = "ES256";
    const TYP: &'static str = "subject-token+jwt";
    const AUDIENCE: bool = true;
}

/// The list of revoked tokens, for whoever verifies them without asking.
#[derive(Debug, Clone, Copy)]
pub enum RevocationList {}
impl Purpose for RevocationList {
    type Algorithm = Es256;
    const NAME: &'static str = "revocation-list";
    const ALGORITHM: &'static str = "ES256";
    const TYP: &'static str = "revocation-list+jwt";
    const AUDIENCE: bool = false;
}
