//! Major versions of the API.

/// A major version of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    Two,
    Three,
    Four,
}

impl Version {
    /// The version of that number.
    pub(super) fn parse(number: &str) -> Option<Self> {
        match number {
            "2" => Some(Self::Two),
            "3" => Some(Self::Three),
            "4" => Some(Self::Four),
            _ => None,
        }
    }

    /// As `apiVersion` spells it.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Two => "2.0",
            Self::Three => "3.0",
            Self::Four => "4.0",
        }
    }

    /// Whether its answers warn that it will go. Not 3: it is the one in the documents that this door exists for.
    pub(super) fn is_deprecated(self) -> bool {
        self == Self::Two
    }
}
