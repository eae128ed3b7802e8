//! Cloud PSCs as configuration describes them, and which of them a credential means. Pure.

use super::authorization::{Address, Credential, Holder, Proof, Schema};
use crate::error::Refused;
use crate::login::Secret;
use jiff::SignedDuration;
use std::net::IpAddr;

/// The longest session of a natural person (CPF), and of a legal person (CNPJ), at a cloud PSC.
const NATURAL_PERSON: SignedDuration = SignedDuration::from_hours(7 * 24);
const LEGAL_PERSON: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Digits of a CNPJ.
const CNPJ: usize = 14;

/// A cloud PSC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its `id`: what stands in `VCSchemaData` and before the first `-` of a schema.
    pub id: String,
    /// Addresses that may stand after `@` in a schema. Only compared; what is dialled is the configured URL.
    pub addresses: Vec<(IpAddr, u16)>,
    /// Whether `VCSchema` is taken for it (the document: only for the crypto PKI providers indicated).
    pub schema: bool,
    /// The longest session that it opens, if shorter than the rule for the holder.
    pub longest: Option<SignedDuration>,
}

/// The PSCs behind one gateway, and the default among them.
#[derive(Debug, Clone)]
pub struct Providers {
    list: Vec<Provider>,
    default: usize,
    /// How long a session lives unless asked otherwise.
    lifetime: SignedDuration,
}

/// What a credential asks for, with the provider decided as far as it can be without asking anybody.
#[derive(Debug, Clone)]
pub enum Plan {
    /// Open a session with a one-time password.
    Open {
        /// At this provider; none means at the one that knows the holder.
        provider: Option<Provider>,
        /// For this holder.
        holder: Holder,
        /// With this password, once.
        otp: Secret,
    },
    /// Use an open session.
    Use {
        /// Its access token.
        token: Secret,
        /// The provider that it must belong to, where one is named.
        provider: Option<Provider>,
        /// The holder whom it must belong to, where one is named.
        holder: Option<Holder>,
    },
}

impl Providers {
    /// Of `list`, whose entry `default` is meant where none is named. None if there is no such entry or an id stands twice.
    pub fn new(list: Vec<Provider>, default: &str, lifetime: SignedDuration) -> Option<Self> {
        let unique = list
            .iter()
            .enumerate()
            .all(|(i, p)| list[..i].iter().all(|q| q.id != p.id));
        let default = list.iter().position(|p| p.id == default)?;
        unique.then_some(Self {
            list,
            default,
            lifetime,
        })
    }

    /// All of them, the default first: the order in which they are asked whom they know.
    pub fn all(&self) -> impl Iterator<Item = &Provider> {
        let rest = self
            .list
            .iter()
            .enumerate()
            .filter(|(i, _)| *i != self.default)
            .map(|(_, p)| p);
        std::iter::once(&self.list[self.default]).chain(rest)
    }

    /// The one of that id.
    pub fn find(&self, id: &str) -> Option<&Provider> {
        self.list.iter().find(|p| p.id == id)
    }

    /// What a credential asks for. Refused with `gateway.provider` (no such one), `gateway.schema` (not marked for it) and
    /// `gateway.address` (not one of its configured addresses).
    pub fn plan(&self, credential: Credential) -> Result<Plan, Refused> {
        match credential {
            Credential::Basic { holder, otp } => Ok(Plan::Open {
                provider: None,
                holder,
                otp,
            }),
            Credential::Bearer(token) => Ok(Plan::Use {
                token,
                provider: None,
                holder: None,
            }),
            Credential::Schema(schema) => self.plan_schema(schema),
        }
    }

    fn plan_schema(&self, schema: Schema) -> Result<Plan, Refused> {
        let provider = match &schema.provider {
            Some(id) => self
                .find(id)
                .ok_or_else(|| refused("gateway.provider", format!("no provider {id}")))?,
            None => &self.list[self.default],
        };
        if !provider.schema {
            return Err(refused(
                "gateway.schema",
                format!("provider {} takes no VCSchema", provider.id),
            ));
        }
        if let Some(address) = &schema.address {
            judge_address(provider, address)?;
        }
        let provider = Some(provider.clone());
        Ok(match schema.proof {
            Proof::Token(token) => Plan::Use {
                token,
                provider,
                holder: schema.holder,
            },
            Proof::Otp(otp) => {
                let holder = schema.holder.ok_or_else(|| {
                    refused(
                        "gateway.authorization_form",
                        "a one-time password needs its holder",
                    )
                })?;
                Plan::Open {
                    provider,
                    holder,
                    otp,
                }
            }
        })
    }

    /// How long a session for `holder` may live: what was wished or the default, within the provider's rules.
    pub fn lifetime(
        &self,
        provider: &Provider,
        holder: &Holder,
        wished: Option<SignedDuration>,
    ) -> SignedDuration {
        let digits = holder.as_str().bytes().filter(u8::is_ascii_digit).count();
        let rule = if digits == CNPJ {
            LEGAL_PERSON
        } else {
            NATURAL_PERSON
        };
        wished
            .unwrap_or(self.lifetime)
            .min(rule)
            .min(provider.longest.unwrap_or(rule))
    }
}

// A client that could choose where a one-time password goes would be handed it (server-side request forgery, too): the
// address selects nothing, it must merely be right.
fn judge_address(provider: &Provider, address: &Address) -> Result<(), Refused> {
    if provider
        .addresses
        .iter()
        .any(|(ip, port)| address.names(*ip, *port))
    {
        return Ok(());
    }
    Err(refused(
        "gateway.address",
        format!("{address} is no address of provider {}", provider.id),
    ))
}

fn refused(code: &'static str, detail: impl Into<String>) -> Refused {
    Refused {
        code,
        detail: detail.into(),
        documented_text: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn providers() -> Providers {
        let provider = |id: &str, port, schema| Provider {
            id: id.to_owned(),
            addresses: vec![([127, 0, 0, 1].into(), port)],
            schema,
            longest: None,
        };
        Providers::new(
            vec![
                provider("VAULTID", 8001, true),
                provider("SOLUTI", 8002, true),
                provider("OTHER", 8003, false),
            ],
            "SOLUTI",
            SignedDuration::from_hours(12),
        )
        .unwrap()
    }

    fn plan(schema: &str) -> Result<Plan, Refused> {
        providers().plan(Credential::Schema(Schema::read(schema).unwrap()))
    }

    fn provider_of(plan: Plan) -> Option<String> {
        match plan {
            Plan::Open { provider, .. } | Plan::Use { provider, .. } => provider.map(|p| p.id),
        }
    }

    #[test]
    fn the_named_provider_is_meant_else_the_default_one() {
        assert_eq!(provider_of(plan("1:2").unwrap()).as_deref(), Some("SOLUTI"));
        assert_eq!(
            provider_of(plan("VAULTID-1:2").unwrap()).as_deref(),
            Some("VAULTID")
        );
        assert_eq!(plan("NOSUCH-1:2").unwrap_err().code, "gateway.provider");
        assert_eq!(
            plan("soluti-1:2").unwrap_err().code,
            "gateway.provider",
            "an id is exact"
        );
    }

    #[test]
    fn a_schema_goes_only_to_a_provider_that_is_marked_for_it() {
        assert_eq!(plan("OTHER-1:2").unwrap_err().code, "gateway.schema");
    }

    #[test]
    fn an_address_must_be_one_of_the_providers_own() {
        assert!(plan("1|t@127.0.0.1").is_ok());
        assert!(plan("1|t@127.0.0.1:8002").is_ok());
        for foreign in [
            "1|t@127.0.0.1:8001",
            "1|t@127.0.0.2",
            "VAULTID-1|t@127.0.0.1:8002",
            "1|t@[::ffff:127.0.0.1]",
        ] {
            assert_eq!(
                plan(foreign).unwrap_err().code,
                "gateway.address",
                "{foreign}"
            );
        }
    }

    #[test]
    fn a_lifetime_is_clamped_to_the_rules() {
        let (all, cpf, cnpj) = (
            providers(),
            Holder::new("11122233344").unwrap(),
            Holder::new("11222333000144").unwrap(),
        );
        let provider = all.find("SOLUTI").unwrap();
        let days = |d: i64| SignedDuration::from_hours(24 * d);
        assert_eq!(
            all.lifetime(provider, &cpf, None),
            SignedDuration::from_hours(12)
        );
        assert_eq!(all.lifetime(provider, &cpf, Some(days(40))), days(7));
        assert_eq!(all.lifetime(provider, &cnpj, Some(days(40))), days(30));
        assert_eq!(
            all.lifetime(provider, &cpf, Some(SignedDuration::from_secs(3))),
            SignedDuration::from_secs(3)
        );
    }

    #[test]
    fn the_default_provider_is_asked_first() {
        let order: Vec<String> = providers().all().map(|p| p.id.clone()).collect();
        assert_eq!(order, ["SOLUTI", "VAULTID", "OTHER"]);
    }
}
