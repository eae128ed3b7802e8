//! `portaria check`: every fault of a configuration at once, certificates that end, and SHA-1 where it is still switched on. It opens no port and changes nothing; a
//! database that is not there yet is none of its business.

use crate::args::CheckArgs;
use crate::exit::{Exit, Failure};
use crate::{master_key, serve};
use identity::expiry::Expiry;
use identity::store::Store;
use jiff::{SignedDuration, Timestamp};
use server::clock::{Clock, SystemClock};
use server::config::Config;
use server::metadata::Fetcher;
use server::telemetry::expiry;
use std::path::Path;

/// How long before its end a certificate is worth a word.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What was found.
#[derive(Default)]
struct Findings {
    faults: Vec<String>,
    warnings: Vec<String>,
}

/// `portaria check`
pub(crate) async fn run(typed: &CheckArgs) -> Result<(), Failure> {
    let config = serve::load(&typed.config)?;
    master_key::load(&config.master_key).map_err(|error| Failure::new(Exit::Usage, error))?;
    let (now, mut findings) = (SystemClock.now(), Findings::default());
    findings.files(&config, now);
    if let Err(why) = findings.database(&config, now).await {
        let what = format!("certificates and metadata in the database were not checked: {why:#}");
        findings.warnings.push(what);
    }
    for warning in &findings.warnings {
        eprintln!("portaria: warning: {warning}");
    }
    if !findings.faults.is_empty() {
        return Err(Failure::because(
            Exit::Usage,
            format_args!(
                "{}:\n{}",
                typed.config.display(),
                findings.faults.join("\n")
            ),
        ));
    }
    println!(
        "{} is without fault: {} doors",
        typed.config.display(),
        config.door.len()
    );
    Ok(())
}

impl Findings {
    /// Files that `serve` reads at its start.
    fn files(&mut self, config: &Config, now: Timestamp) {
        if let Err(error) = Fetcher::new(&config.outbound) {
            self.faults
                .push(format!("{:#}", anyhow::Error::from(error)));
        }
        let Some(files) = &config.tls else { return };
        match expiry::of_tls(files) {
            Some(end) => self.end("tls.certificate", end, now),
            None => self.faults.push(format!(
                "tls.certificate: {} holds no certificate that can be read",
                files.certificate.display()
            )),
        }
    }

    /// What the database says of peers and of our own keys.
    async fn database(&mut self, config: &Config, now: Timestamp) -> anyhow::Result<()> {
        let path = config.database.strip_prefix("sqlite:");
        if path.is_some_and(|path| !Path::new(path).exists()) {
            return Ok(());
        }
        let service = serve::over(config, Store::look(&config.database).await?)
            .map_err(|_| anyhow::anyhow!("the master key"))?
            .service;
        for Expiry {
            organization,
            holder,
            name,
            not_after,
        } in service.expiries().await?
        {
            let at = format!("organization[{organization}].{holder}[{name}]");
            self.end(&at, not_after, now);
        }
        self.weak_signatures(service.store()).await?;
        for source in service.store().metadata_sources().await? {
            let place = source.kind.place(&source.id);
            let at = format!("organization[{}].{place}", source.organization);
            if let Some(fault) = source.kept.fault {
                let since = source.kept.fetched_at;
                self.warnings
                    .push(format!("{at}: not renewed since {since:.0}: {fault}"));
            }
        }
        Ok(())
    }

    /// Switches that somebody turned on for one party, and that everybody forgets.
    async fn weak_signatures(&mut self, store: &Store) -> anyhow::Result<()> {
        for organization in store.organizations().await? {
            let replies = store.replies(&organization).await?;
            for (id, _) in replies.iter().filter(|(_, reply)| reply.is_legacy()) {
                let at = format!("organization[{organization}].application[{id}].reply.sha1");
                self.warnings
                    .push(format!("{at}: is on: what it is answered can be forged"));
            }
        }
        Ok(())
    }

    fn end(&mut self, at: &str, end: Timestamp, now: Timestamp) {
        if end <= now {
            self.faults
                .push(format!("{at}: the certificate ended on {end:.0}"));
        } else if end.duration_since(now) < SOON {
            self.warnings
                .push(format!("{at}: the certificate ends on {end:.0}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_worth_a_word_a_month_before_its_end_and_a_fault_after_it() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        for (days, faults, warnings) in [(31, 0, 0), (29, 0, 1), (0, 1, 0), (-1, 1, 0)] {
            let mut findings = Findings::default();
            findings.end("tls", now + SignedDuration::from_hours(24 * days), now);
            assert_eq!(
                (findings.faults.len(), findings.warnings.len()),
                (faults, warnings),
                "{days}"
            );
        }
    }
}
