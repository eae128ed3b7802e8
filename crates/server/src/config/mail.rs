//! `[mail]`: how letters leave. Without this section nobody is offered a link by e-mail.

use crate::config::fault::Fault;
use identity::login::Secret;
use lettre::message::Mailbox;
use serde::{Deserialize, Deserializer};
use std::path::PathBuf;

/// How letters leave: to an SMTP server, or into a folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Sender, such as `Portaria <no-reply@example.com>`.
    pub from: String,
    /// Host name of the SMTP server.
    pub server: Option<String>,
    /// Its port, if not the usual one of how TLS begins.
    pub port: Option<u16>,
    /// How TLS begins.
    #[serde(default)]
    pub tls: MailTls,
    /// Certificates to trust beside the system's, as PEM.
    pub ca: Option<PathBuf>,
    /// User name there.
    pub user: Option<String>,
    /// Password there.
    #[serde(default, deserialize_with = "secret")]
    pub password: Option<Secret>,
    /// A folder into which letters are written, one `.eml` each, instead of being sent.
    pub folder: Option<PathBuf>,
}

/// How TLS begins on the way to the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    /// By STARTTLS, which the server must offer (RFC 3207).
    #[default]
    Starttls,
    /// At once (RFC 8314 §3.3).
    Wrapped,
    /// Never: for a server on this machine.
    None,
}

impl Mail {
    /// A folder instead of a server.
    pub fn folder(from: &str, folder: PathBuf) -> Self {
        Self {
            from: from.to_owned(),
            server: None,
            port: None,
            tls: MailTls::default(),
            ca: None,
            user: None,
            password: None,
            folder: Some(folder),
        }
    }

    /// The port that is meant.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            MailTls::Starttls => 587,
            MailTls::Wrapped => 465,
            MailTls::None => 25,
        })
    }

    pub(super) fn check(&self, faults: &mut Vec<Fault>) {
        let mut fault = |key: &str, what: &str| {
            faults.push(Fault::new(format!("mail.{key}"), what));
        };
        if self.from.parse::<Mailbox>().is_err() {
            fault(
                "from",
                "is no sender, such as `Portaria <no-reply@example.com>`",
            );
        }
        if self.server.is_some() == self.folder.is_some() {
            fault("server", "needs either a server or a folder");
        }
        if self.user.is_some() != self.password.is_some() {
            fault("user", "needs user and password, or neither");
        }
        // What stands in letters opens sessions; it crosses no network in the clear.
        let here = |server: &str| matches!(server, "localhost" | "127.0.0.1" | "::1");
        if self.tls == MailTls::None && !self.server.as_deref().is_none_or(here) {
            fault("tls", "`none` is for a server on this machine only");
        }
    }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(toml: &str) -> Vec<String> {
        let mail: Mail = toml::from_str(toml).unwrap();
        let mut faults = Vec::new();
        mail.check(&mut faults);
        faults.into_iter().map(|fault| fault.at).collect()
    }

    #[test]
    fn letters_go_to_a_server_or_into_a_folder() {
        let from = "from = \"Portaria <no-reply@example.com>\"\n";
        for sound in [
            "server = \"smtp.example.com\"",
            "server = \"smtp.example.com\"\ntls = \"wrapped\"\nuser = \"u\"\npassword = \"p\"",
            "server = \"127.0.0.1\"\ntls = \"none\"",
            "folder = \"/var/lib/portaria/mail\"",
        ] {
            assert_eq!(faults(&format!("{from}{sound}")), [""; 0], "{sound}");
        }
        for (faulty, at) in [
            ("", "mail.server"),
            ("server = \"a\"\nfolder = \"b\"", "mail.server"),
            ("server = \"smtp.example.com\"\nuser = \"u\"", "mail.user"),
            ("server = \"smtp.example.com\"\ntls = \"none\"", "mail.tls"),
        ] {
            assert_eq!(faults(&format!("{from}{faulty}")), [at], "{faulty}");
        }
        assert_eq!(faults("from = \"nobody\"\nfolder = \"b\""), ["mail.from"]);
    }

    #[test]
    fn ports_are_the_usual_ones_unless_said() {
        let port = |tls| {
            Mail {
                tls,
                ..Mail::folder("a@b.example", PathBuf::new())
            }
            .port()
        };
        assert_eq!(
            [
                port(MailTls::Starttls),
                port(MailTls::Wrapped),
                port(MailTls::None)
            ],
            [587, 465, 25]
        );
    }
}
