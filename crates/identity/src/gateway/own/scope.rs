//! What a session is for (IN ITI 2/2019: the scopes of a cloud PSC).

use crate::gateway::authorization::Holder;
use jiff::SignedDuration;

/// The names on the wire.
pub(super) const NAMES: [&str; 4] = [
    "single_signature",
    "multi_signature",
    "signature_session",
    "authentication_session",
];

/// How long a session lives if nothing is said.
const LIFETIME: SignedDuration = SignedDuration::from_hours(12);

/// What a session is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One signature.
    SingleSignature,
    /// Several signatures of one request.
    MultiSignature,
    /// Signatures until the session ends.
    SignatureSession,
    /// Proof of who somebody is, no signature.
    AuthenticationSession,
}

impl Scope {
    /// By its name on the wire.
    pub fn read(name: &str) -> Option<Self> {
        [
            Self::SingleSignature,
            Self::MultiSignature,
            Self::SignatureSession,
            Self::AuthenticationSession,
        ]
        .into_iter()
        .find(|scope| scope.name() == name)
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        let [single, multi, session, authentication] = NAMES;
        match self {
            Scope::SingleSignature => single,
            Scope::MultiSignature => multi,
            Scope::SignatureSession => session,
            Scope::AuthenticationSession => authentication,
        }
    }

    /// Whether the first request that shows the token uses it up.
    pub fn serves_once(self) -> bool {
        matches!(self, Scope::SingleSignature | Scope::MultiSignature)
    }

    /// How long a session lives: what was wished or twelve hours, within one request's worth of time for what a request uses
    /// up, and within the holder's rule for the others.
    pub(super) fn lifetime(
        self,
        holder: &Holder,
        wished: Option<SignedDuration>,
    ) -> SignedDuration {
        let longest = match self {
            Scope::SingleSignature | Scope::MultiSignature => SignedDuration::from_mins(10),
            Scope::SignatureSession | Scope::AuthenticationSession
                if holder.as_str().len() == 14 =>
            {
                SignedDuration::from_hours(30 * 24)
            }
            Scope::SignatureSession | Scope::AuthenticationSession => {
                SignedDuration::from_hours(7 * 24)
            }
        };
        wished.unwrap_or(LIFETIME).min(longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_has_its_longest_time_and_its_number_of_uses() {
        let [cpf, cnpj] =
            ["11122233344", "11222333000144"].map(|name| Holder::new(name).expect("a name"));
        let forever = Some(SignedDuration::from_hours(100 * 24));
        for (name, minutes_cpf, minutes_cnpj, once) in [
            ("single_signature", 10, 10, true),
            ("multi_signature", 10, 10, true),
            ("signature_session", 7 * 24 * 60, 30 * 24 * 60, false),
            ("authentication_session", 7 * 24 * 60, 30 * 24 * 60, false),
        ] {
            let scope = Scope::read(name).expect(name);
            assert_eq!(scope.name(), name);
            assert_eq!(
                scope.lifetime(&cpf, forever),
                SignedDuration::from_mins(minutes_cpf),
                "{name}"
            );
            assert_eq!(
                scope.lifetime(&cnpj, forever),
                SignedDuration::from_mins(minutes_cnpj),
                "{name}"
            );
            assert_eq!(scope.serves_once(), once, "{name}");
        }
        assert_eq!(Scope::read("signature"), None);
        let unsaid = Scope::SignatureSession.lifetime(&cpf, None);
        assert_eq!(unsaid, SignedDuration::from_hours(12));
    }
}
