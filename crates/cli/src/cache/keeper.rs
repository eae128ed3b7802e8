//! Who keeps the key of a cached token, and what people may say about it.

use clap::ValueEnum;
use serde::Deserialize;
use std::fmt;

/// Who keeps a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeper {
    /// A file beside, mode 0600.
    File,
    /// The keyring of the desktop, by the Secret Service API of freedesktop.org.
    SecretService,
    /// The kernel's persistent keyring of this user (`persistent-keyring(7)`).
    KernelKeyring,
}

/// The keyrings, the one that survives a restart of the machine first.
pub(super) const KEYRINGS: [Keeper; 2] = [Keeper::SecretService, Keeper::KernelKeyring];

/// What was said about it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The first keyring that can be used, else a file.
    #[default]
    Auto,
    /// That one, or no cache.
    By(Keeper),
    /// Nothing is kept.
    Nobody,
}

impl fmt::Display for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "file",
            Self::SecretService => "secret-service",
            Self::KernelKeyring => "kernel-keyring",
        })
    }
}

impl ValueEnum for Choice {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self::Auto,
            Self::By(Keeper::SecretService),
            Self::By(Keeper::KernelKeyring),
            Self::By(Keeper::File),
            Self::Nobody,
        ]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        let (name, help) = match self {
            Self::Auto => ("auto", "The first of the following that can be used"),
            Self::By(Keeper::SecretService) => (
                "secret-service",
                "The keyring of the desktop (GNOME, KDE, KeePassXC)",
            ),
            Self::By(Keeper::KernelKeyring) => (
                "kernel-keyring",
                "The kernel's keyring of this user: until the machine restarts",
            ),
            Self::By(Keeper::File) => ("file", "A file in the state folder"),
            Self::Nobody => ("none", "Keep nothing"),
        };
        Some(clap::builder::PossibleValue::new(name).help(help))
    }
}

/// As in a profile: the names of the command line.
impl<'de> Deserialize<'de> for Choice {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = String::deserialize(deserializer)?;
        Self::from_str(&written, false).map_err(|_| {
            serde::de::Error::custom(
                "the cache is one of auto, secret-service, kernel-keyring, file, none",
            )
        })
    }
}
