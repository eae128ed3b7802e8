//! Rules, compiled once.

use crate::digest;
use crate::error::Refused;
use crate::mapping::{Dialect, Mapping};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Compiled rules, by their fingerprint: what they say depends on nothing but their text and dialect, so that they can be
/// shared between organizations without mixing them.
#[derive(Default)]
pub(crate) struct CompiledMappings {
    kept: RwLock<HashMap<[u8; 32], Arc<Mapping>>>,
}

/// How many sets of rules are kept.
const KEPT: usize = 1_000;

impl CompiledMappings {
    /// The rules, compiled. They were when they were declared: this refuses rules of another release only, with
    /// `mapping.unreadable`.
    pub(super) fn get(&self, rules: &str, dialect: Dialect) -> Result<Arc<Mapping>, Refused> {
        let fingerprint = digest::of_parts(&[rules, dialect.name()]);
        {
            let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(mapping) = kept.get(&fingerprint) {
                return Ok(mapping.clone());
            }
        }
        let mapping = Mapping::read(rules, dialect)
            .map_err(|fault| Refused::new("mapping.unreadable", fault.to_string()))?;
        let mapping = Arc::new(mapping);
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(fingerprint, mapping.clone());
        Ok(mapping)
    }
}
