//! The lab's certificate authority. Its certificate goes into `SSL_CERT_FILE`, so it must be worth little to a thief: it can
//! vouch for the lab's host names and nothing else.

use super::state::{State, Visibility};
use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp, tz::Offset};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints,
};
use std::path::PathBuf;

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// The authority outlives any rehearsal.
const AUTHORITY_DAYS: i32 = 3650;
/// Some clients refuse server certificates that live longer than 398 days; a new one is made at every start.
const SERVER_DAYS: i32 = 90;

/// Where clients and the server find what they need.
pub(super) struct Certificates {
    /// The authority's certificate (PEM).
    pub(super) authority: PathBuf,
    /// The server's certificate (PEM).
    pub(super) server: PathBuf,
    /// The server's key (PEM).
    pub(super) server_key: PathBuf,
}

/// The certificates of the lab in that folder: the authority kept from last time if it is for the same names, the server's anew.
pub(super) fn prepare(state: &State, hosts: &[&str], now: Timestamp) -> Result<Certificates> {
    let authority = state.path("ca.pem");
    let server = state.path("server.pem");
    let server_key = state.path("server.key");

    let names = hosts.join("\n");
    let kept = state.read("ca.names")?.is_some_and(|kept| kept == names);
    let issuer = match (kept, state.read("ca.pem")?, state.read("ca.key")?) {
        (true, Some(certificate), Some(key)) => {
            Issuer::from_ca_cert_pem(&certificate, KeyPair::from_pem(&key)?)
                .context("ca.pem and ca.key of the state folder")?
        }
        _ => {
            let made = make_authority(hosts, now)?;
            state.write("ca.key", &made.key().serialize_pem(), Visibility::Owner)?;
            state.write("ca.pem", &made.pem(), Visibility::Everybody)?;
            state.write("ca.names", &names, Visibility::Everybody)?;
            Issuer::from_ca_cert_pem(&made.pem(), KeyPair::from_pem(&made.key().serialize_pem())?)?
        }
    };

    let key = KeyPair::generate()?;
    let certificate = server_parameters(hosts, now)?.signed_by(&key, &issuer)?;
    state.write("server.key", &key.serialize_pem(), Visibility::Owner)?;
    state.write("server.pem", &certificate.pem(), Visibility::Everybody)?;
    Ok(Certificates {
        authority,
        server,
        server_key,
    })
}

fn make_authority(hosts: &[&str], now: Timestamp) -> Result<CertifiedIssuer<'static, KeyPair>> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = common_name("Portaria lab authority");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // RFC 5280 §4.2.1.10: a kind of name that no subtree mentions is not restricted, so addresses are excluded one and all.
    parameters.name_constraints = Some(NameConstraints {
        permitted_subtrees: hosts
            .iter()
            .map(|host| GeneralSubtree::DnsName((*host).to_owned()))
            .collect(),
        excluded_subtrees: vec![
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([0; 4], 0)),
            GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix([0; 16], 0)),
        ],
    });
    lives(&mut parameters, now, AUTHORITY_DAYS)?;
    Ok(CertifiedIssuer::self_signed(
        parameters,
        KeyPair::generate()?,
    )?)
}

fn server_parameters(hosts: &[&str], now: Timestamp) -> Result<CertificateParams> {
    let names: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut parameters = CertificateParams::new(names)?;
    parameters.distinguished_name = common_name("Portaria lab");
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // RFC 5280 §4.2.1.1: strict verifiers (Python's VERIFY_X509_STRICT) refuse a chain without it.
    parameters.use_authority_key_identifier_extension = true;
    lives(&mut parameters, now, SERVER_DAYS)?;
    Ok(parameters)
}

fn common_name(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

/// From yesterday, whatever the client's clock or time zone, for so many days.
fn lives(parameters: &mut CertificateParams, now: Timestamp, days: i32) -> Result<()> {
    let (year, month, day) = date(now.checked_sub(DAY)?)?;
    parameters.not_before = rcgen::date_time_ymd(year, month, day);
    let (year, month, day) =
        date(now.checked_add(DAY.checked_mul(days).context("a lifetime within range")?)?)?;
    parameters.not_after = rcgen::date_time_ymd(year, month, day);
    Ok(())
}

fn date(at: Timestamp) -> Result<(i32, u8, u8)> {
    let date = Offset::UTC.to_datetime(at).date();
    Ok((
        date.year().into(),
        date.month().try_into()?,
        date.day().try_into()?,
    ))
}
