//! When certificates end and how fetched metadata fares, for `/metrics`: read every minute, shown as it was read.

use crate::app::App;
use crate::config::Tls;
use identity::Unavailable;
use identity::expiry::{Expiry, not_after};
use identity::metadata_sources::MetadataSource;
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::error::Error;
use std::fmt::Write;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// How often it is read.
const READ: Duration = Duration::from_mins(1);

/// What was read last. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Board(Arc<RwLock<String>>);

impl Board {
    pub(super) fn text(&self) -> String {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn put(&self, text: String) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = text;
    }
}

/// Reads again and again, until the server ends.
pub(crate) async fn watch(app: App, tls: Option<Tls>) {
    let mut ticks = tokio::time::interval(READ);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match read(&app, tls.as_ref()).await {
            Ok(text) => app.metrics.expiry.put(text),
            Err(unavailable) => tracing::warn!(
                error = &unavailable as &dyn Error,
                "could not read when certificates end"
            ),
        }
    }
}

/// When the certificate ends that TLS shows; none if the file cannot be read.
pub fn of_tls(files: &Tls) -> Option<Timestamp> {
    let mut chain = CertificateDer::pem_file_iter(&files.certificate).ok()?;
    not_after(chain.find_map(Result::ok)?.as_ref())
}

async fn read(app: &App, tls: Option<&Tls>) -> Result<String, Unavailable> {
    let certificates = app.service.expiries().await?;
    let sources = app.service.store().metadata_sources().await?;
    Ok(render(tls.and_then(of_tls), &certificates, &sources))
}

fn render(tls: Option<Timestamp>, certificates: &[Expiry], sources: &[MetadataSource]) -> String {
    let mut text = String::new();
    family(
        &mut text,
        (
            "portaria_certificate_end_timestamp_seconds",
            "When a certificate ends; of several keys of a peer the last.",
        ),
        certificates
            .iter()
            .map(|one| {
                (
                    labels(&[
                        ("organization", &one.organization),
                        ("holder", one.holder),
                        ("name", &one.name),
                    ]),
                    one.not_after.as_second(),
                )
            })
            .chain(tls.map(|end| {
                (
                    labels(&[("organization", ""), ("holder", "tls"), ("name", "")]),
                    end.as_second(),
                )
            })),
    );
    let of = |source: &MetadataSource| {
        labels(&[
            ("organization", &source.organization),
            ("holder", source.kind.name()),
            ("name", &source.id),
        ])
    };
    family(
        &mut text,
        (
            "portaria_metadata_fetched_timestamp_seconds",
            "When fetched metadata was vouched for last.",
        ),
        sources
            .iter()
            .map(|source| (of(source), source.kept.fetched_at.as_second())),
    );
    family(
        &mut text,
        (
            "portaria_metadata_end_timestamp_seconds",
            "Until when fetched metadata says that it is valid.",
        ),
        sources
            .iter()
            .filter_map(|source| Some((of(source), source.kept.valid_until?.as_second()))),
    );
    family(
        &mut text,
        (
            "portaria_metadata_faulty",
            "1 if metadata could not be renewed the last time, and the old one is in use.",
        ),
        sources
            .iter()
            .map(|source| (of(source), i64::from(source.kept.fault.is_some()))),
    );
    text
}

/// One family in the text form of Prometheus; nothing at all if it has no member.
fn family(
    text: &mut String,
    (name, help): (&str, &str),
    members: impl Iterator<Item = (String, i64)>,
) {
    let mut members = members.peekable();
    if members.peek().is_none() {
        return;
    }
    let written = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    written.expect("a text takes whatever is written");
    for (labels, value) in members {
        writeln!(text, "{name}{labels} {value}").expect("a text takes whatever is written");
    }
}

/// Labels: what operators declared, escaped, without those that say nothing.
fn labels(pairs: &[(&str, &str)]) -> String {
    let inner: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| {
            let value = value
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n");
            format!("{name}=\"{value}\"")
        })
        .collect();
    format!("{{{}}}", inner.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_shown_with_their_holders_and_escaped() {
        let certificates = [Expiry {
            organization: "grid".into(),
            holder: "identity_provider",
            name: "a \"b\"\\".into(),
            not_after: Timestamp::from_second(12).unwrap(),
        }];
        let shown = render(Timestamp::from_second(34).ok(), &certificates, &[]);
        insta::assert_snapshot!(shown, @r#"
        # HELP portaria_certificate_end_timestamp_seconds When a certificate ends; of several keys of a peer the last.
        # TYPE portaria_certificate_end_timestamp_seconds gauge
        portaria_certificate_end_timestamp_seconds{organization="grid",holder="identity_provider",name="a \"b\"\\"} 12
        portaria_certificate_end_timestamp_seconds{holder="tls"} 34
        "#);
    }
}
