//! What is wrong with a configuration, and where.

use std::fmt;
use std::ops::Range;

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where: a path such as `door[2].hosts`.
    pub at: String,
    /// Line in the file, counted from 1, if the fault stands there and not in a variable.
    pub line: Option<usize>,
    /// What.
    pub what: String,
}

impl Fault {
    /// A fault without a line.
    pub fn new(at: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            line: None,
            what: what.into(),
        }
    }
}

/// The line, counted from 1, on which that part of a text begins.
pub fn line(text: &str, part: &Range<usize>) -> usize {
    text.as_bytes()
        .iter()
        .take(part.start)
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}: {}", self.at, self.what),
            None => write!(f, "{}: {}", self.at, self.what),
        }
    }
}

/// Every fault of a configuration, at least one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// A single fault.
    pub fn one(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

/// One fault a line.
impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{fault}")?;
        }
        Ok(())
    }
}
