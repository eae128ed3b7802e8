//! Proof that a refusal is the work of the guard that a test names. Each guard has the name of the code with which it refuses;
//! a test switches one off and watches the same input get through. In builds without `debug_assertions` the feature has no
//! effect and `off` does not exist, so that a weakened guard cannot be shipped.

#[cfg(all(feature = "weaken", debug_assertions))]
thread_local! {
    static OFF: std::cell::RefCell<Vec<&'static str>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// Whether the guard that refuses with `code` stands. Always, outside tests.
#[cfg(all(feature = "weaken", debug_assertions))]
pub fn stands(code: &str) -> bool {
    !OFF.with_borrow(|off| off.contains(&code))
}

/// Whether the guard that refuses with `code` stands. Always, outside tests.
#[cfg(not(all(feature = "weaken", debug_assertions)))]
pub const fn stands(_code: &str) -> bool {
    true
}

/// A guard that is off, in this thread and in effects that it asks for, until this is dropped. Rules are asynchronous: a test
/// that uses it runs on a runtime of one thread.
#[cfg(all(feature = "weaken", debug_assertions))]
#[must_use]
pub struct Off(&'static str);

/// Switches the guard off that refuses with `code`.
#[cfg(all(feature = "weaken", debug_assertions))]
pub fn off(code: &'static str) -> Off {
    OFF.with_borrow_mut(|off| off.push(code));
    Off(code)
}

#[cfg(all(feature = "weaken", debug_assertions))]
impl Drop for Off {
    fn drop(&mut self) {
        OFF.with_borrow_mut(|off| off.retain(|code| *code != self.0));
    }
}

/// The guards of a thread, for another one that goes on with its work: the writer.
#[derive(Clone)]
pub(crate) struct Guards {
    #[cfg(all(feature = "weaken", debug_assertions))]
    off: Vec<&'static str>,
}

impl Guards {
    /// Those of this thread.
    pub(crate) fn here() -> Self {
        Self {
            #[cfg(all(feature = "weaken", debug_assertions))]
            off: OFF.with_borrow(Clone::clone),
        }
    }

    /// Makes this thread's what they were there.
    pub(crate) fn put_up(&self) {
        let Self {
            #[cfg(all(feature = "weaken", debug_assertions))]
            off,
        } = self;
        #[cfg(all(feature = "weaken", debug_assertions))]
        OFF.with_borrow_mut(|here| here.clone_from(off));
    }
}
