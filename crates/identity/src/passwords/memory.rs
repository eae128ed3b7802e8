//! The memory that argon2 fills.
//!
//! Taking 19 MiB from the system, page by page, and giving them back takes a third as long as the hash itself. So as long as
//! somebody waits, the memory of one hash is handed to the next; the last one out gives everything back, and a server at rest
//! holds none. There is never more of it than hashes are allowed at a time.

use argon2::Block;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What hashes of one server hand to each other. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Memory(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    visitors: usize,
    free: Vec<Vec<Block>>,
}

impl Memory {
    /// Somebody who will hash, from the moment on from which they wait for their turn.
    pub(super) fn visit(&self) -> Visit {
        self.state().visitors += 1;
        Visit(self.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in there can be left half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A visitor.
pub(super) struct Visit(Memory);

impl Visit {
    /// Works on that many blocks. They hold whatever the hash before left: argon2 writes each before it reads it (RFC 9106
    /// §3.2).
    pub(super) fn with<T>(&self, count: usize, work: impl FnOnce(&mut [Block]) -> T) -> T {
        let kept = self.0.state().free.pop();
        let mut blocks = kept
            .filter(|blocks| blocks.len() >= count)
            .unwrap_or_else(|| vec![Block::new(); count]);
        let done = work(&mut blocks[..count]);
        self.0.state().free.push(blocks);
        done
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.visitors -= 1;
        if state.visitors == 0 {
            state.free = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_handed_on_while_somebody_waits_and_given_back_by_the_last() {
        let memory = Memory::default();
        let (first, second) = (memory.visit(), memory.visit());
        let address = first.with(8, |blocks| blocks.as_ptr());
        drop(first);
        assert_eq!(second.with(8, |blocks| blocks.as_ptr()), address);
        assert_eq!(second.with(16, |blocks| blocks.len()), 16);
        assert_eq!(memory.state().free.len(), 1);
        drop(second);
        assert!(memory.state().free.is_empty());
    }
}
