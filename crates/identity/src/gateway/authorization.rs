//! What stands in `Authorization` at the gateway: `Basic`, `Bearer` and the twelve forms of `VCSchema` (CESS's document,
//! "Autenticação"). Bytes in, a [`Credential`] or a [`Malformed`] out; nothing here dials, reads or decides.
//!
//! ```text
//! schema   = [ provider "-" ] holder ( ":" otp | "|" token ) [ "@" address [ ":" port ] ]
//! provider = 1*32( ALPHA / DIGIT / "_" )               ; ends at the first "-"
//! holder   = *64( ALPHA / DIGIT / "." / "_" )           ; a CPF or CNPJ; empty only as provider "-" "|" token
//! otp      = 1*16( ALPHA / DIGIT )
//! token    = 1*512( ALPHA / DIGIT / "." / "_" / "~" / "+" / "/" / "=" / "-" )
//! address  = IPv4 / "[" IPv6 "]"
//! ```
//! The document leaves the grammar open where a name holds a separator. Closed here so that no text has two readings: the
//! provider ends at the first `-` before the proof, the proof starts at the first `:` or `|`, the address at the last `@`.

use crate::login::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Bytes of an `Authorization` value that we look at.
const LONGEST: usize = 2048;

/// How a transaction proves who is behind it.
#[derive(Debug, Clone)]
pub enum Credential {
    /// `Basic username:otp`.
    Basic {
        /// The holder.
        holder: Holder,
        /// One-time password.
        otp: Secret,
    },
    /// `Bearer <token>`: a session that is open already.
    Bearer(Secret),
    /// `VCSchema`: one of the twelve forms.
    Schema(Schema),
}

/// One of the twelve forms, taken apart.
#[derive(Debug, Clone)]
pub struct Schema {
    /// The provider, where it is named.
    pub provider: Option<String>,
    /// The holder; none only in `provider-|token`, which the provider's own answers carry.
    pub holder: Option<Holder>,
    /// The proof.
    pub proof: Proof,
    /// The provider's address, where it is named.
    pub address: Option<Address>,
}

/// What proves the holder.
#[derive(Debug, Clone)]
pub enum Proof {
    /// A one-time password.
    Otp(Secret),
    /// The access token of an open session.
    Token(Secret),
}

/// An address after `@`. It only ever selects among configured addresses; it is never dialled as given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// The host.
    pub ip: IpAddr,
    /// The port; none matches any port of that host.
    pub port: Option<u16>,
}

/// The name of a holder: a CPF, a CNPJ or a user name.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Holder(String);

impl Holder {
    /// The name, if it is one.
    pub fn new(name: &str) -> Option<Self> {
        let good = (1..=64).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_'));
        good.then(|| Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name for audit and log: a CPF identifies a person, so only its last two digits stay.
    pub fn masked(&self) -> String {
        let tail = self.0.len().saturating_sub(2);
        format!("{}{}", "*".repeat(tail), &self.0[tail..])
    }
}

impl fmt::Debug for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// Why an `Authorization` value is no credential. Every one of them is a 401 at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// No `Authorization` at all.
    #[error("the Authorization header is missing")]
    Missing,
    /// Another scheme than `Basic`, `Bearer` and `VCSchema`, or none.
    #[error("the scheme is not Basic, Bearer or VCSchema")]
    Scheme,
    /// More than one header, or one that is too long or not visible ASCII.
    #[error("the Authorization header is doubled, too long or holds characters that it may not")]
    Header,
    /// Not base64, or not UTF-8 behind it.
    #[error("the schema is not base64 of text")]
    Base64,
    /// None of the documented forms.
    #[error("the schema is none of the documented forms")]
    Form,
}

impl Malformed {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Malformed::Missing => "gateway.authorization_missing",
            Malformed::Scheme => "gateway.authorization_scheme",
            Malformed::Header => "gateway.authorization_header",
            Malformed::Base64 => "gateway.authorization_base64",
            Malformed::Form => "gateway.authorization_form",
        }
    }
}

impl Credential {
    /// Reads the value of `Authorization`.
    pub fn read(value: &str) -> Result<Self, Malformed> {
        if value.len() > LONGEST || !value.bytes().all(|b| (b' '..=b'~').contains(&b)) {
            return Err(Malformed::Header);
        }
        let (scheme, rest) = value.split_once(' ').ok_or(Malformed::Scheme)?;
        let rest = rest.trim_matches(' ');
        if scheme.eq_ignore_ascii_case("Basic") {
            return Self::basic(&decode(rest)?);
        }
        if scheme.eq_ignore_ascii_case("Bearer") {
            return Ok(Self::Bearer(token(rest).ok_or(Malformed::Form)?));
        }
        if scheme.eq_ignore_ascii_case("VCSchema") {
            return Schema::read(&decode(rest)?).map(Self::Schema);
        }
        Err(Malformed::Scheme)
    }

    fn basic(text: &str) -> Result<Self, Malformed> {
        // RFC 7617 §2: the user-id ends at the first colon.
        let (holder, proof) = text.split_once(':').ok_or(Malformed::Form)?;
        Ok(Self::Basic {
            holder: Holder::new(holder).ok_or(Malformed::Form)?,
            otp: otp(proof).ok_or(Malformed::Form)?,
        })
    }
}

impl Schema {
    /// Reads one of the twelve forms.
    pub fn read(text: &str) -> Result<Self, Malformed> {
        let at = text.find([':', '|']).ok_or(Malformed::Form)?;
        let (who, rest) = text.split_at(at);
        let (provider, holder) = match who.split_once('-') {
            Some((provider, holder)) => {
                (Some(provider_id(provider).ok_or(Malformed::Form)?), holder)
            }
            None => (None, who),
        };
        let is_token = rest.starts_with('|');
        let (proof, address) = match rest[1..].rsplit_once('@') {
            Some((proof, address)) => (proof, Some(Address::read(address)?)),
            None => (&rest[1..], None),
        };
        let proof = if is_token {
            Proof::Token(token(proof).ok_or(Malformed::Form)?)
        } else {
            Proof::Otp(otp(proof).ok_or(Malformed::Form)?)
        };
        let holder = match holder {
            // CESS and CEAS answer `vcschema` as base64 of `PROVIDER-|token`: a token names its holder by itself.
            "" if is_token && provider.is_some() => None,
            name => Some(Holder::new(name).ok_or(Malformed::Form)?),
        };
        Ok(Self {
            provider,
            holder,
            proof,
            address,
        })
    }

    /// Writes it as it was read.
    pub fn print(&self) -> String {
        let provider = self
            .provider
            .as_deref()
            .map(|p| format!("{p}-"))
            .unwrap_or_default();
        let holder = self.holder.as_ref().map_or("", Holder::as_str);
        let proof = match &self.proof {
            Proof::Otp(otp) => format!(":{}", otp.expose()),
            Proof::Token(token) => format!("|{}", token.expose()),
        };
        let address = self.address.map(|a| format!("@{a}")).unwrap_or_default();
        format!("{provider}{holder}{proof}{address}")
    }
}

impl Address {
    fn read(text: &str) -> Result<Self, Malformed> {
        let (ip, port): (IpAddr, _) = if let Some(v6) = text.strip_prefix('[') {
            let (ip, rest) = v6.split_once(']').ok_or(Malformed::Form)?;
            let port = match rest {
                "" => None,
                rest => Some(rest.strip_prefix(':').ok_or(Malformed::Form)?),
            };
            (address::<Ipv6Addr>(ip)?, port)
        } else {
            match text.split_once(':') {
                Some((ip, port)) => (address::<Ipv4Addr>(ip)?, Some(port)),
                None => (address::<Ipv4Addr>(text)?, None),
            }
        };
        let port = port.map(port_number).transpose()?;
        Ok(Self { ip, port })
    }

    /// Whether the configured `ip` and `port` are what this names.
    pub fn names(&self, ip: IpAddr, port: u16) -> bool {
        self.ip == ip && self.port.is_none_or(|p| p == port)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ip {
            IpAddr::V4(ip) => write!(f, "{ip}")?,
            IpAddr::V6(ip) => write!(f, "[{ip}]")?,
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

fn decode(text: &str) -> Result<String, Malformed> {
    let bytes = STANDARD.decode(text).map_err(|_| Malformed::Base64)?;
    String::from_utf8(bytes).map_err(|_| Malformed::Base64)
}

fn address<T: std::str::FromStr + Into<IpAddr>>(text: &str) -> Result<IpAddr, Malformed> {
    text.parse::<T>()
        .map(Into::into)
        .map_err(|_| Malformed::Form)
}

fn port_number(text: &str) -> Result<u16, Malformed> {
    // `+80` and `080` parse as numbers but are not what `print` writes; one text, one reading.
    let port: u16 = text.parse().map_err(|_| Malformed::Form)?;
    if port == 0 || port.to_string() != text {
        Err(Malformed::Form)
    } else {
        Ok(port)
    }
}

fn provider_id(text: &str) -> Option<String> {
    let good = (1..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    good.then(|| text.to_owned())
}

fn otp(text: &str) -> Option<Secret> {
    let good = (1..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    good.then(|| Secret::new(text))
}

fn token(text: &str) -> Option<Secret> {
    let good = (1..=512).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._~+/=-".contains(&b));
    good.then(|| Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn schema(text: &str) -> Schema {
        Schema::read(text).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn the_twelve_forms_of_the_document_are_read() {
        for provider in ["", "VAULTID-"] {
            for proof in [":123456", "|e16c3a90ca9c7a7a261d606fdc386df111f0c4f2"] {
                for address in ["", "@10.0.0.7", "@10.0.0.7:8443"] {
                    let text = format!("{provider}11122233344{proof}{address}");
                    let read = schema(&text);
                    assert_eq!(read.print(), text);
                    assert_eq!(read.provider.is_some(), !provider.is_empty());
                    assert_eq!(
                        matches!(read.proof, Proof::Token(_)),
                        proof.starts_with('|')
                    );
                    assert_eq!(
                        read.address.and_then(|a| a.port),
                        address.ends_with("8443").then_some(8443)
                    );
                }
            }
        }
    }

    #[test]
    fn an_empty_holder_stands_only_before_a_token_and_after_a_provider() {
        assert!(schema("VAULTIDHOM-|e16c3a90").holder.is_none());
        for text in [
            "|e16c3a90",
            ":123456",
            "VAULTIDHOM-:123456",
            "-|e16c3a90",
            "-1:123456",
        ] {
            assert_eq!(Schema::read(text).unwrap_err(), Malformed::Form, "{text}");
        }
    }

    #[test]
    fn what_is_none_of_the_forms_has_a_code_of_its_own() {
        for (value, code) in [
            ("Basic", "gateway.authorization_scheme"),
            ("Digest username=x", "gateway.authorization_scheme"),
            ("Basic !!!", "gateway.authorization_base64"),
            ("Basic /////w==", "gateway.authorization_base64"),
            ("Basic YWJj", "gateway.authorization_form"),
            ("Bearer a b", "gateway.authorization_form"),
            ("Bearer ", "gateway.authorization_form"),
        ] {
            assert_eq!(Credential::read(value).unwrap_err().code(), code, "{value}");
        }
        assert!(
            Credential::read("VCSchema MTox").is_ok(),
            "control: the shortest schema"
        );
        assert_eq!(
            Credential::read(&format!("Bearer {}", "a".repeat(LONGEST))).unwrap_err(),
            Malformed::Header
        );
        assert_eq!(
            Credential::read("Bearer a\u{7f}").unwrap_err(),
            Malformed::Header
        );
    }

    #[test]
    fn one_text_has_one_reading() {
        for text in [
            "1:2@1.2.3.4:080",
            "1:2@1.2.3.4:+80",
            "1:2@1.2.3.4:0",
            "1:2@01.2.3.4",
            "1:2@::1",
            "1:2@[::1",
            "1:2@host",
            "1:2@",
            "1:2@3@4",
        ] {
            assert_eq!(Schema::read(text).unwrap_err(), Malformed::Form, "{text}");
        }
        assert_eq!(schema("1:2@[::1]:80").print(), "1:2@[::1]:80");
        // An address has several spellings, and is printed in one.
        assert_eq!(schema("1:2@[::A]").print(), "1:2@[::a]");
    }

    #[test]
    fn nothing_printed_for_a_log_holds_a_secret_or_a_whole_cpf() {
        let shown = format!(
            "{:?}",
            Credential::read("Basic MTExMjIyMzMzNDQ6MTIzNDU2").unwrap()
        );
        assert!(
            !shown.contains("123456") && !shown.contains("11122233344"),
            "{shown}"
        );
        assert!(shown.contains("44"), "{shown}");
    }

    fn any_schema() -> impl Strategy<Value = Schema> {
        let proof = prop_oneof![
            "[A-Za-z0-9]{1,16}".prop_map(|s| Proof::Otp(Secret::new(s))),
            "[A-Za-z0-9._~+/=-]{1,64}".prop_map(|s| Proof::Token(Secret::new(s))),
        ];
        let address = (any::<IpAddr>(), proptest::option::of(1u16..))
            .prop_map(|(ip, port)| Address { ip, port });
        (
            proptest::option::of("[A-Za-z0-9_]{1,32}"),
            "[A-Za-z0-9._]{1,64}",
            proof,
            proptest::option::of(address),
        )
            .prop_map(|(provider, holder, proof, address)| Schema {
                provider,
                holder: Holder::new(&holder),
                proof,
                address,
            })
    }

    proptest! {
        #[test]
        fn parsing_what_was_printed_gives_the_same(schema in any_schema()) {
            let text = schema.print();
            prop_assert_eq!(Schema::read(&text).unwrap().print(), text);
        }

        #[test]
        fn no_input_panics_and_what_is_read_is_read_again(text in "\\PC{0,80}") {
            if let Ok(read) = Schema::read(&text) {
                let printed = read.print();
                prop_assert_eq!(Schema::read(&printed).unwrap().print(), printed);
            }
            let _ = Credential::read(&text);
        }
    }
}
