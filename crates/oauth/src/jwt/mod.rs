//! Compact signed JSON Web Tokens (RFC 7515, RFC 7519) by the rules of RFC 8725.
//!
//! This module owns reading, writing, signing and verifying; it does not remember which tokens were revoked. There is one type
//! per purpose: the purpose fixes algorithm, `typ` and the kind of key, and a header can only agree or be refused. A key of one
//! purpose does not fit another, so nothing that takes bytes for "a key" exists to be confused.
//!
//! * `purpose`: what tokens are for · `keys`: shared secrets, P-256 key pairs, sets of public keys
//! * `foreign`: ID tokens of issuers that are not us, by the keys that they publish
//! * `claims`: claims in order · `read`: what a token must say to be believed · [`error`]: why it is not
//! * `hint`: an ID token that comes back to its issuer

mod claims;
pub mod error;
mod foreign;
mod hint;
mod keys;
mod purpose;
mod read;

pub use claims::Claims;
pub use error::JwtError;
pub use foreign::{ExpectedIdToken, ForeignClaims, ForeignKeys, NotKeys, verify_foreign};
pub use hint::verify_hint;
pub use keys::{
    KeyError, KeyPair, KeySet, PublicKey, SharedSecret, Signs, Verifies, generate_p256,
};
pub use purpose::{
    AccessToken, ApplicationToken, Es256, Hs256, IdToken, LogoutToken, Purpose, RevocationList,
    SubjectToken,
};
pub use read::{Expected, Verified, verify};

use crate::base64url;

/// Writes a token: `typ`, `alg` and, where keys have names, `kid`; the claims exactly in their order.
pub fn sign<P: Purpose>(claims: &Claims, key: &impl Signs<P>) -> String {
    let mut header = serde_json::Map::new();
    header.insert("typ".into(), P::TYP.into());
    header.insert("alg".into(), P::ALGORITHM.into());
    if let Some(kid) = key.kid() {
        header.insert("kid".into(), kid.into());
    }
    let header = serde_json::Value::Object(header).to_string();
    let mut token = format!(
        "{}.{}",
        base64url::encode(header.as_bytes()),
        base64url::encode(claims.to_json().as_bytes())
    );
    let signature = key.sign(token.as_bytes());
    token.push('.');
    token.push_str(&base64url::encode(&signature));
    token
}
