//! `[[door]]`: wire shapes on host names.

use crate::config::fault::Fault;
use crate::config::gateway::{Gateway, Psc};
use crate::config::huawei::Huawei;
use std::collections::HashMap;

/// The wire shape of a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// StorageGRID management API.
    StorageGrid,
    /// HORACIUS sign-in: JWT, OAuth 2.0 and SAML 2.0 applications of one organization.
    Horacius,
    /// Huawei Cloud IAM's federation.
    Huawei,
    /// AD FS sign-in.
    AdFs,
    /// PingFederate sign-in.
    PingFederate,
    /// Entra ID sign-in.
    Entra,
    /// Shibboleth's sign-in, where single sign-on begins.
    Shibboleth,
    /// Gateway in front of a signing service.
    Cess,
    /// Our own people's cloud PSC.
    Psc,
}

impl Kind {
    /// The name in configuration, logs, metrics and key names.
    pub fn name(self) -> &'static str {
        match self {
            Kind::StorageGrid => "storagegrid",
            Kind::Horacius => "horacius",
            Kind::Huawei => "huawei",
            Kind::AdFs => "adfs",
            Kind::PingFederate => "pingfederate",
            Kind::Entra => "entra",
            Kind::Shibboleth => "shibboleth",
            Kind::Cess => "cess",
            Kind::Psc => "psc",
        }
    }
}

/// A door: a wire shape on host names.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Door {
    /// Wire shape.
    pub kind: Kind,
    /// Organization that owns it.
    pub organization: String,
    /// Host names, the first of which stands in URLs that we write. Never taken from a request.
    pub hosts: Vec<String>,
    /// Port in URLs that we write, if not 443.
    pub port: Option<u16>,
    /// SAML entity ID, if not the door's usual one.
    pub entity_id: Option<String>,
    /// Domain of bare user names (sign-in doors).
    pub domain: Option<String>,
    /// Directory id (Entra).
    pub directory: Option<String>,
    /// Whether it answers on the plain listener to anybody. For `cess` and `psc` inside a network of one's own, as their
    /// document prints them; every other door takes plain HTTP from a listed proxy only.
    #[serde(default)]
    pub plain: bool,
    /// Providers and upstreams (`cess`).
    pub gateway: Option<Gateway>,
    /// Who may ask for sessions (`psc`).
    pub psc: Option<Psc>,
    /// Services that scoped tokens list (`huawei`).
    pub huawei: Option<Huawei>,
    /// Whether partners are given a key to encrypt assertions to (`storagegrid`, `huawei`); yes unless said otherwise. Some
    /// encrypt as soon as they are given one, and know only algorithms that are not taken (AD FS: AES-CBC).
    pub encrypted_assertions: Option<bool>,
}

impl Door {
    /// A door with nothing but the necessary.
    pub fn new(kind: Kind, organization: &str, host: &str) -> Self {
        Self {
            kind,
            organization: organization.to_owned(),
            hosts: vec![host.to_owned()],
            port: None,
            entity_id: None,
            domain: None,
            directory: None,
            plain: false,
            gateway: None,
            psc: None,
            huawei: None,
            encrypted_assertions: None,
        }
    }

    /// Whether assertions may come encrypted.
    pub fn takes_encrypted(&self) -> bool {
        self.encrypted_assertions.unwrap_or(true)
    }

    /// `https://host` of the first host, with the port where it is not 443.
    pub fn origin(&self) -> String {
        self.origin_of(self.hosts.first().map_or("", String::as_str))
    }

    /// `https://host` for each host, with the port where it is not 443; the first is [`Door::origin`].
    pub fn origins(&self) -> Vec<String> {
        self.hosts.iter().map(|host| self.origin_of(host)).collect()
    }

    /// `https://host` for one of its hosts, with the port where it is not 443.
    pub(crate) fn origin_of(&self, host: &str) -> String {
        match self.port {
            None | Some(443) => format!("https://{host}"),
            Some(port) => format!("https://{host}:{port}"),
        }
    }
}

/// Domains under which vendors run their own sign-in. A page of ours under such a name could only serve to collect
/// passwords that belong to somebody else, so no configuration makes us answer there.
const VENDOR_DOMAINS: &[&str] = &[
    "microsoftonline.com",
    "microsoftonline.us",
    "microsoft.com",
    "live.com",
    "windows.net",
    "office.com",
    "azure.com",
    "partner.microsoftonline.cn",
    "pingone.com",
    "pingone.eu",
    "pingone.asia",
    "pingone.ca",
    "pingidentity.com",
    "netapp.com",
    "myhuaweicloud.com",
    "myhuaweicloud.eu",
    "huaweicloud.com",
    "huawei.com",
    "e-trust.com.br",
    "birdid.com.br",
    "vaultid.com.br",
];

pub(super) fn check(doors: &[Door], faults: &mut Vec<Fault>) {
    let mut owners: HashMap<String, usize> = HashMap::new();
    for (index, door) in doors.iter().enumerate() {
        if door.hosts.is_empty() {
            faults.push(Fault::new(
                format!("door[{index}].hosts"),
                "needs at least one host name",
            ));
        }
        if door.organization.is_empty() {
            faults.push(Fault::new(
                format!("door[{index}].organization"),
                "must not be empty",
            ));
        }
        if door.kind == Kind::Entra
            && door
                .directory
                .as_deref()
                .is_none_or(|id| uuid::Uuid::try_parse(id).is_err())
        {
            faults.push(Fault::new(
                format!("door[{index}].directory"),
                "an entra door needs the UUID of its directory",
            ));
        }
        check_kind(index, door, faults);
        for host in &door.hosts {
            let at = format!("door[{index}].hosts");
            if let Some(what) = wrong_with_host(host) {
                faults.push(Fault::new(at, what));
            } else if let Some(first) = owners.insert(host.clone(), index) {
                faults.push(Fault::new(
                    at,
                    format!("{host} already belongs to door[{first}]"),
                ));
            }
        }
    }
}

/// What only some kinds have, and must have.
fn check_kind(index: usize, door: &Door, faults: &mut Vec<Fault>) {
    let mut fault = |field: &str, what: &str| {
        faults.push(Fault::new(format!("door[{index}].{field}"), what));
    };
    if door.plain && !matches!(door.kind, Kind::Cess | Kind::Psc) {
        fault(
            "plain",
            "passwords and tokens of this door do not travel in the clear",
        );
    }
    if (door.kind == Kind::Cess) != door.gateway.is_some() {
        fault("gateway", "a cess door has one, and no other door");
    }
    if (door.kind == Kind::Psc) != door.psc.is_some() {
        fault("psc", "a psc door has one, and no other door");
    }
    if door.kind != Kind::Huawei && door.huawei.is_some() {
        fault("huawei", "only a huawei door has it");
    }
    let consumes = matches!(door.kind, Kind::StorageGrid | Kind::Huawei);
    if !consumes && door.encrypted_assertions.is_some() {
        fault(
            "encrypted_assertions",
            "only doors that take assertions have it: storagegrid and huawei",
        );
    }
    if let Some(huawei) = &door.huawei {
        huawei.check(&format!("door[{index}].huawei"), faults);
    }
    if let Some(psc) = &door.psc {
        psc.check(&format!("door[{index}].psc"), faults);
    }
    if let Some(gateway) = &door.gateway {
        gateway.check(&format!("door[{index}].gateway"), faults);
    }
}

fn wrong_with_host(host: &str) -> Option<String> {
    let label = |label: &str| {
        let bytes = label.as_bytes();
        let inner = bytes
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-');
        inner
            && !bytes.is_empty()
            && bytes.len() <= 63
            && bytes[0] != b'-'
            && bytes[bytes.len() - 1] != b'-'
    };
    if host.len() > 253 || !host.split('.').all(label) {
        return Some(format!(
            "{host:?} is not a host name in lower case, without port"
        ));
    }
    let vendor = VENDOR_DOMAINS
        .iter()
        .find(|vendor| host == **vendor || host.ends_with(&format!(".{vendor}")))?;
    Some(format!(
        "{host} stands under {vendor}, where a vendor runs its own sign-in"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(hosts: &[&str]) -> Door {
        let hosts = hosts.iter().map(|&host| host.to_owned()).collect();
        Door {
            hosts,
            ..Door::new(Kind::AdFs, "my-domain", "")
        }
    }

    fn faults(doors: &[Door]) -> Vec<String> {
        let mut faults = Vec::new();
        check(doors, &mut faults);
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_door_does_not_answer_under_a_vendors_own_sign_in_domain() {
        assert_eq!(
            faults(&[door(&["adfs.example.com", "login.notmicrosoftonline.com"])]),
            [""; 0]
        );
        for host in [
            "login.microsoftonline.com",
            "sts.windows.net",
            "pingone.com",
            "a.b.myhuaweicloud.com",
        ] {
            assert_eq!(faults(&[door(&[host])]).len(), 1, "{host}");
        }
    }

    #[test]
    fn a_host_belongs_to_one_door() {
        let faults = faults(&[
            door(&["a.example.com"]),
            door(&["b.example.com", "a.example.com"]),
        ]);
        assert_eq!(
            faults,
            ["door[1].hosts: a.example.com already belongs to door[0]"]
        );
    }

    #[test]
    fn a_host_is_a_name_and_nothing_else() {
        for host in [
            "",
            "A.example.com",
            "a.example.com:443",
            "a..b",
            "-a.b",
            "a/b",
            "a b",
            "*.example.com",
        ] {
            assert_eq!(faults(&[door(&[host])]).len(), 1, "{host:?}");
        }
    }

    #[test]
    fn the_port_stands_in_urls_only_where_it_is_not_the_usual_one() {
        let mut door = door(&["a.example.com", "b.example.com"]);
        assert_eq!(
            door.origins(),
            ["https://a.example.com", "https://b.example.com"]
        );
        door.port = Some(8443);
        assert_eq!(door.origin(), "https://a.example.com:8443");
    }
}
