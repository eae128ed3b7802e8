//! Proof that a refusal is the work of the guard that a test names. A guard has the name of the code with which it refuses; a
//! test switches it off and watches the same input get through. In builds without `debug_assertions` the feature has no
//! effect and `without` does not exist, so that a weakened guard cannot be shipped.

#[cfg(all(feature = "weaken", debug_assertions))]
thread_local! {
    static OFF: std::cell::RefCell<Vec<&'static str>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// Whether the guard that refuses with `code` stands. Always, outside tests.
#[cfg(all(feature = "weaken", debug_assertions))]
pub(crate) fn stands(code: &str) -> bool {
    !OFF.with_borrow(|off| off.contains(&code))
}

/// Whether the guard that refuses with `code` stands. Always, outside tests.
#[cfg(not(all(feature = "weaken", debug_assertions)))]
pub(crate) const fn stands(_code: &str) -> bool {
    true
}

/// Runs `work` without the guard that refuses with `code`, in this thread.
#[cfg(all(feature = "weaken", debug_assertions))]
pub fn without<R>(code: &'static str, work: impl FnOnce() -> R) -> R {
    struct Restore;
    impl Drop for Restore {
        fn drop(&mut self) {
            OFF.with_borrow_mut(Vec::pop);
        }
    }
    OFF.with_borrow_mut(|off| off.push(code));
    let _restore = Restore;
    work()
}
