//! To which hosts a sign-in may go. StorageGRID names the sign-in host, and a StorageGRID that is not what it seems could
//! name any: so a host has to be pinned in the profile, named with `--trust-host`, or confirmed by a person, once.
//!
//! This module guards every request of the sign-in, not only the one with the password: form actions and redirects that
//! lead elsewhere need trust of their own.

use super::refusal::Refusal;
use super::storagegrid::Address;
use super::terminal::Terminal;
use crate::folders::Folders;
use crate::private_file;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use url::Url;

/// The trusted hosts of one sign-in.
#[derive(Debug)]
pub(crate) struct Trust {
    hosts: BTreeSet<String>,
    confirmed: Vec<String>,
}

impl Trust {
    /// Hosts that were named, and those that a person has confirmed before for this StorageGRID.
    pub(crate) fn new(named: &[String], address: &Address, folders: &Folders) -> io::Result<Self> {
        let mut hosts: BTreeSet<String> = named.iter().map(|host| normal(host)).collect();
        hosts.extend(known_hosts(address, folders)?);
        Ok(Self {
            hosts,
            confirmed: Vec::new(),
        })
    }

    /// Lets a request pass, or asks, or refuses. Says whether somebody was asked.
    pub(crate) async fn admit(&mut self, url: &Url, terminal: &Terminal) -> Result<Asked, Refusal> {
        let host = host_and_port(url);
        if url.scheme() != "https" {
            return Err(Refusal::PlainText { host });
        }
        if self.hosts.contains(&host) {
            return Ok(Asked::Nobody);
        }
        let question = format!("May your password go to {host}, which the sign-in leads to?");
        if !terminal.has_person() || !terminal.confirm(&question).await? {
            return Err(Refusal::NotTrusted { host });
        }
        self.hosts.insert(host.clone());
        self.confirmed.push(host);
        Ok(Asked::Person)
    }

    /// Every host that this sign-in may use, for a later logout.
    pub(crate) fn hosts(&self) -> Vec<String> {
        self.hosts.iter().cloned().collect()
    }

    /// Remembers what a person confirmed, after a sign-in that went well.
    pub(crate) fn remember(&self, address: &Address, folders: &Folders) -> io::Result<()> {
        if self.confirmed.is_empty() {
            return Ok(());
        }
        let mut file = private_file::append(&folders.known_hosts())?;
        for host in &self.confirmed {
            writeln!(file, "{address} {host}")?;
        }
        Ok(())
    }
}

/// Whether a decision took a person's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// No.
    Nobody,
    /// Yes.
    Person,
}

/// `host`, or `host:port` where the port is not that of https.
pub(crate) fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// A host as typed, in the form that [`host_and_port`] gives; a whole URL will do, too.
fn normal(typed: &str) -> String {
    let bare = typed.trim().trim_start_matches("https://");
    Url::parse(&format!("https://{bare}"))
        .map_or_else(|_| bare.to_owned(), |url| host_and_port(&url))
}

/// Lines of `address host`, as people confirmed them.
fn known_hosts(address: &Address, folders: &Folders) -> io::Result<Vec<String>> {
    let lines = match fs::read_to_string(folders.known_hosts()) {
        Ok(lines) => lines,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let address = address.to_string();
    Ok(lines
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(known, _)| *known == address)
        .map(|(_, host)| host.to_owned())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trust(named: &[&str]) -> Trust {
        let folder = tempfile::tempdir().unwrap();
        let named: Vec<String> = named.iter().map(|&host| host.to_owned()).collect();
        let address = "storagegrid.example.com".parse().unwrap();
        Trust::new(&named, &address, &Folders::under(folder.path())).unwrap()
    }

    async fn admits(trust: &mut Trust, url: &str) -> Result<(), &'static str> {
        let nobody = Terminal::open(true);
        let url = Url::parse(url).unwrap();
        trust
            .admit(&url, &nobody)
            .await
            .map(|_| ())
            .map_err(|refusal| refusal.code())
    }

    #[tokio::test]
    async fn named_host_is_trusted_and_no_other() {
        let mut trust = trust(&["adfs.example.com", "https://Login.Example.org:8443/x"]);
        for admitted in [
            "https://adfs.example.com/adfs/ls/?x=1",
            "https://ADFS.example.com:443/",
            "https://login.example.org:8443/",
        ] {
            assert_eq!(admits(&mut trust, admitted).await, Ok(()), "{admitted}");
        }
        for refused in [
            "https://adfs.example.com.evil.example/",
            "https://evil.example/adfs.example.com",
            "https://adfs.example.com@evil.example/",
            "https://adfs.example.com:8443/",
            "https://login.example.org/",
            "https://sub.adfs.example.com/",
        ] {
            assert_eq!(
                admits(&mut trust, refused).await,
                Err("login.not-trusted"),
                "{refused}"
            );
        }
    }

    #[tokio::test]
    async fn trusted_host_without_tls_is_refused() {
        let mut trust = trust(&["adfs.example.com"]);
        let plain = admits(&mut trust, "http://adfs.example.com/").await;
        assert_eq!(plain, Err("login.plain-text"));
    }

    #[tokio::test]
    async fn host_confirmed_for_one_storagegrid_is_not_trusted_by_another() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::under(folder.path());
        let (one, other) = (
            "one.example.com".parse().unwrap(),
            "other.example.com".parse().unwrap(),
        );
        let mut trust = Trust::new(&[], &one, &folders).unwrap();
        trust.confirmed.push("adfs.example.com".to_owned());
        trust.remember(&one, &folders).unwrap();

        let mut again = Trust::new(&[], &one, &folders).unwrap();
        assert_eq!(
            admits(&mut again, "https://adfs.example.com/").await,
            Ok(())
        );
        let mut elsewhere = Trust::new(&[], &other, &folders).unwrap();
        let refused = admits(&mut elsewhere, "https://adfs.example.com/").await;
        assert_eq!(refused, Err("login.not-trusted"));
    }
}
