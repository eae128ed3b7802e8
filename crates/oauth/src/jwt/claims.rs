//! Claims in the order in which they are written.

use serde_json::{Map, Value};

/// Claims. The order is kept: HORACIUS's document prints one, and clients have been seen to cut tokens up by position.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a claim at the end.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// A claim.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A claim that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.value(name).and_then(Value::as_str)
    }

    /// Names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(&self.0).expect("a map with text keys is always JSON")
    }

    pub(crate) fn from_json(bytes: &[u8]) -> Option<Self> {
        crate::json::object(bytes).map(Self)
    }
}
