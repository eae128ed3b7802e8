//! Profiles: what a person wrote down once instead of typing it every time. This module owns `config.toml`, and only reads
//! it; it holds no secret, and a `password` in it is refused like every other key that means nothing here.

use crate::cache::Choice;
use crate::exit::{Exit, Failure};
use crate::folders::Folders;
use crate::login::{Address, Method};
use anyhow::Context;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::{fs, io};

/// One section `[profiles.NAME]`.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    /// What stands before StorageGRID.
    pub(crate) method: Option<Method>,
    /// Host of StorageGRID.
    pub(crate) address: Option<Address>,
    /// Tenant account; 0 is the grid.
    pub(crate) account: Option<String>,
    /// User name.
    pub(crate) user: Option<String>,
    /// Domain of the user.
    pub(crate) domain: Option<String>,
    /// Hosts of sign-in pages to which the password may go.
    #[serde(default)]
    pub(crate) trusted_hosts: Vec<String>,
    /// Command that prints the password.
    pub(crate) password_command: Option<String>,
    /// Command that prints a one-time code.
    pub(crate) otp_command: Option<String>,
    /// Who keeps the key of the cached token.
    pub(crate) cache: Option<Choice>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    profiles: BTreeMap<String, Profile>,
}

impl Profile {
    /// The section of that name; a name that is not written down is a profile without answers.
    pub(crate) fn read(name: &str, folders: &Folders) -> Result<Self, Failure> {
        let path = folders.config_file();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Failure::from(error)),
        };
        let mut config: Config = toml::from_str(&text)
            .with_context(|| format!("{} cannot be meant", path.display()))
            .map_err(|error| Failure::new(Exit::Usage, error))?;
        Ok(config.profiles.remove(name).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Keeper;
    use crate::private_file;

    fn read(text: &str) -> Result<Profile, Failure> {
        let home = tempfile::tempdir().unwrap();
        let folders = Folders::under(home.path());
        private_file::write(&folders.config_file(), text.as_bytes()).unwrap();
        Profile::read("grid", &folders)
    }

    #[test]
    fn profile_is_read_by_its_name() {
        let profile = read("[profiles.grid]\nmethod = \"ADFS\"\naddress = \"sg.example.com\"\ntrusted_hosts = [\"adfs.example.com\"]\n[profiles.other]\n").unwrap();
        assert_eq!(profile.method, Some(Method::Adfs));
        assert_eq!(profile.trusted_hosts, ["adfs.example.com"]);
    }

    #[test]
    fn cache_is_named_as_on_the_command_line() {
        let profile = read("[profiles.grid]\ncache = \"kernel-keyring\"\n").unwrap();
        assert_eq!(profile.cache, Some(Choice::By(Keeper::KernelKeyring)));
        assert!(read("[profiles.grid]\ncache = \"somewhere\"\n").is_err());
    }

    #[test]
    fn password_in_a_profile_is_refused() {
        assert!(read("[profiles.grid]\nuser = \"a\"\n").is_ok());
        assert!(read("[profiles.grid]\npassword = \"a\"\n").is_err());
    }
}
