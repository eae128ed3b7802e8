//! `[log]`.

/// What is logged, and how.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Least severity: `error`, `warn`, `info`, `debug`, `trace`, or directives such as `info,server=debug`.
    pub level: String,
    /// One JSON object a line, or text for people.
    pub format: Format,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One JSON object a line.
    #[default]
    Json,
    /// Text for people.
    Text,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: Format::Json,
        }
    }
}
