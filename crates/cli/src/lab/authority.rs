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
    if !kept || state.read("ca.pem")?.is_none() || state.read("ca.key")?.is_none() {
        let made = make_authority(hosts, now)?;
        state.write("ca.key", &made.key().serialize_pem(), Visibility::Owner)?;
        state.write("ca.pem", &made.pem(), Visibility::Everybody)?;
        state.write("ca.names", &names, Visibility::Everybody)?;
    }
    let issuer = read_authority(state).context("ca.pem and ca.key of the state folder")?;

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

fn read_authority(state: &State) -> Result<Issuer<'static, KeyPair>> {
    let certificate = state.read("ca.pem")?.context("a certificate")?;
    let key = state.read("ca.key")?.context("a key")?;
    Ok(Issuer::from_ca_cert_pem(
        &certificate,
        KeyPair::from_pem(&key)?,
    )?)
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

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::RootCertStore;
    use rustls::client::WebPkiServerVerifier;
    use rustls::client::danger::ServerCertVerifier;
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    use rustls::{CertificateError, Error};
    use std::sync::Arc;
    use std::time::Duration;

    const HOSTS: &[&str] = &["storagegrid.example.com", "my-pf-baseurl"];

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    /// What a client that trusts `authority` says to `server` under `name`.
    fn verify(
        authority: &CertificateDer<'_>,
        server: &CertificateDer<'_>,
        name: &str,
    ) -> Result<(), Error> {
        let mut roots = RootCertStore::empty();
        roots.add(authority.clone().into_owned()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .unwrap();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let at = UnixTime::since_unix_epoch(Duration::from_secs(now().as_second().unsigned_abs()));
        verifier
            .verify_server_cert(server, &[], &name, &[], at)
            .map(|_| ())
    }

    #[test]
    fn every_host_of_the_lab_is_vouched_for_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(Some(folder.path())).unwrap();
        let certificates = prepare(&state, HOSTS, now()).unwrap();
        let authority = CertificateDer::from_pem_file(certificates.authority).unwrap();
        let server = CertificateDer::from_pem_file(certificates.server).unwrap();
        for host in HOSTS {
            assert_eq!(verify(&authority, &server, host), Ok(()), "{host}");
        }
        assert!(verify(&authority, &server, "example.org").is_err());
    }

    #[test]
    fn authority_cannot_vouch_for_names_outside_the_lab() {
        let authority = make_authority(HOSTS, now()).unwrap();
        let issue = |name: &str| {
            let key = KeyPair::generate().unwrap();
            let parameters = server_parameters(&[name], now()).unwrap();
            parameters
                .signed_by(&key, &authority)
                .unwrap()
                .der()
                .clone()
        };
        let inside = issue("storagegrid.example.com");
        assert_eq!(
            verify(authority.der(), &inside, "storagegrid.example.com"),
            Ok(())
        );
        for name in ["bank.example.org", "192.0.2.1", "2001:db8::1"] {
            let Err(Error::InvalidCertificate(CertificateError::Other(reason))) =
                verify(authority.der(), &issue(name), name)
            else {
                panic!("{name} was vouched for, or refused for another reason");
            };
            assert!(
                format!("{reason:?}").contains("NameConstraintViolation"),
                "{reason:?}"
            );
        }
    }

    #[test]
    fn authority_is_kept_as_long_as_the_names_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(Some(folder.path())).unwrap();
        let authority = |hosts| {
            std::fs::read_to_string(prepare(&state, hosts, now()).unwrap().authority).unwrap()
        };
        let first = authority(HOSTS);
        assert_eq!(authority(HOSTS), first);
        assert_ne!(authority(&["storagegrid.example.com"]), first);
    }
}
