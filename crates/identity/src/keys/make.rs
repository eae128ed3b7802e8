//! New keys with certificates of their own, and keys that an operator brings along.

use super::{Generation, Holder};
use crate::error::Unavailable;
use crate::moment::Moment;
use crate::vault::Vault;
use jiff::Timestamp;
use xmldsig::generate::KeyAlgorithm;
use zeroize::Zeroizing;

/// What private keys are sealed for.
pub(super) const SEALED: &str = "signing-key";

/// A private key (PKCS#8, DER) and the certificate that publishes it (DER).
pub(crate) struct Own {
    pub(crate) private: Zeroizing<Vec<u8>>,
    pub(crate) certificate: Vec<u8>,
}

/// A new key of that algorithm for `role`, with a certificate for ten years: in SAML the metadata vouches for a key, the
/// certificate only carries it. It signs from now on.
pub(crate) async fn made(
    moment: &Moment,
    vault: &Vault,
    (holder, role, number): (&Holder, &str, i64),
    algorithm: KeyAlgorithm,
) -> Result<Generation, Unavailable> {
    let now = moment.now;
    let name = format!("{} {holder} {role}", holder.organization);
    let serial = moment.bytes::<16>();
    let own = tokio::task::spawn_blocking(move || {
        let private = Zeroizing::new(algorithm.generate());
        let certificate = certify(&private, &name, serial, now)?;
        Ok::<_, rcgen::Error>(Own {
            private,
            certificate,
        })
    })
    .await
    .map_err(|e| Unavailable(Box::new(e)))?
    .map_err(|e| Unavailable(Box::new(e)))?;
    Ok(imported(moment, vault, (holder, role, number), &own))
}

/// A key that exists. It signs from now on.
pub(crate) fn imported(
    moment: &Moment,
    vault: &Vault,
    (holder, role, number): (&Holder, &str, i64),
    own: &Own,
) -> Generation {
    Generation {
        sealed: vault.seal(SEALED, &holder.bound(role), &own.private, moment.bytes()),
        certificate: own.certificate.clone(),
        holder: holder.clone(),
        role: role.to_owned(),
        number,
        created_at: moment.now,
        signs_from: moment.now,
        retires_at: None,
        killed_at: None,
    }
}

fn certify(
    pkcs8: &[u8],
    name: &str,
    mut serial: [u8; 16],
    now: Timestamp,
) -> Result<Vec<u8>, rcgen::Error> {
    // RFC 5280 §4.1.2.2: a positive number.
    serial[0] &= 0x7f;
    let key = rcgen::KeyPair::try_from(pkcs8)?;
    let mut parameters = rcgen::CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters
        .distinguished_name
        .push(rcgen::DnType::CommonName, name);
    parameters.serial_number = Some(rcgen::SerialNumber::from_slice(&serial));
    let year = i32::from(now.to_zoned(jiff::tz::TimeZone::UTC).year());
    parameters.not_before = rcgen::date_time_ymd(year, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(year + 10, 12, 31);
    Ok(parameters.self_signed(&key)?.der().to_vec())
}
