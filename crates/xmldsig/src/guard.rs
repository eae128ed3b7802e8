//! Guards that a test may switch off one at a time, to prove which of them refuses a hostile document.
//!
//! A refusal proves nothing unless it is known *which* check refused. Tests run the same input with one guard off and watch
//! it get through. In builds without `debug_assertions` the feature has no effect and `without` does not exist, so that a
//! weakened guard cannot be shipped whatever features are asked for.

/// One check that refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Bounds of [`crate::limits::Limits`].
    Limits,
    /// Document type declarations; without it they are skipped unread.
    Doctype,
    /// Byte order marks, and what an XML declaration says of version and encoding. Without it a mark is skipped and the
    /// declaration not believed; bytes that are no UTF-8 have no reader at all.
    Encoding,
    /// An attribute occurs twice.
    RepeatedAttribute,
    /// Prefixes that nothing declares; without it they mean no namespace.
    UndeclaredPrefix,
    /// Declarations of `xml`, `xmlns` and their namespaces.
    ReservedPrefix,
    /// `]]>` in text.
    SectionEnd,
    /// Comments in messages.
    Comment,
    /// Processing instructions in messages.
    ProcessingInstruction,
    /// Uniqueness of IDs in any spelling.
    DuplicateId,
    /// Relative namespace names.
    RelativeNamespace,
    /// Elements where only text may stand.
    MixedContent,
    /// Characters after the root element.
    TrailingData,
    /// A signature must exist.
    Missing,
    /// Where signatures may stand, and how many.
    Position,
    /// The children of Signature.
    SignedInfoCount,
    /// One Reference.
    ReferenceCount,
    /// The Reference names the parent.
    Reference,
    /// The two transforms and the canonicalisation method.
    Transform,
    /// The digest and signature algorithms, and parameters inside them.
    Algorithm,
    /// Only configured keys.
    Key,
    /// The form of the signature value.
    Value,
    /// The digest of the content.
    Digest,
    /// One EncryptedKey.
    EncryptedKeyCount,
}

#[cfg(all(feature = "weaken", debug_assertions))]
thread_local! {
    static OFF: std::cell::RefCell<Vec<Guard>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// Whether `guard` refuses. Always, outside tests.
#[cfg(all(feature = "weaken", debug_assertions))]
pub(crate) fn on(guard: Guard) -> bool {
    !OFF.with_borrow(|off| off.contains(&guard))
}

/// Whether `guard` refuses. Always, outside tests.
#[cfg(not(all(feature = "weaken", debug_assertions)))]
pub(crate) const fn on(_guard: Guard) -> bool {
    true
}

/// Runs `work` with `guard` switched off in this thread.
#[cfg(all(feature = "weaken", debug_assertions))]
pub fn without<R>(guard: Guard, work: impl FnOnce() -> R) -> R {
    struct Restore;
    impl Drop for Restore {
        fn drop(&mut self) {
            OFF.with_borrow_mut(Vec::pop);
        }
    }
    OFF.with_borrow_mut(|off| off.push(guard));
    let _restore = Restore;
    work()
}
