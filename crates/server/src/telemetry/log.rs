//! Logs: one JSON object a line, every value escaped, or text for people.

use super::json::Json;
use crate::config::log::{Format, Log};
use tracing::Subscriber;
use tracing_subscriber::filter::{EnvFilter, ParseError};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry};

/// What writes the log as `log` says. The program installs it once; tests install their own.
pub fn subscriber<W>(
    log: &Log,
    writer: W,
) -> Result<impl Subscriber + Send + Sync + use<W>, ParseError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = EnvFilter::builder().parse(&log.level)?;
    let layer = tracing_subscriber::fmt::layer().with_writer(writer);
    let layer = match log.format {
        Format::Json => layer.event_format(Json).boxed(),
        Format::Text => layer.boxed(),
    };
    Ok(Registry::default().with(layer.with_filter(filter)))
}
