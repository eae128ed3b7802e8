//! The lists of rules that a message must pass. One list serves two callers: `accept` stops at the first refusal, and only
//! it returns something to act on; `explain` judges every rule and says what each wanted and found.

pub mod logout;
pub mod request;
pub mod response;

/// What one rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The stable code of a refusal by this rule.
    pub code: &'static str,
    /// The paragraph of the standard.
    pub paragraph: &'static str,
    /// Judgement.
    pub verdict: Verdict,
    /// What the rule wanted.
    pub wanted: String,
    /// What the message holds.
    pub found: String,
    /// Who must mend a refusal.
    pub mender: Mender,
}

/// A rule's judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The rule holds.
    Holds,
    /// The rule is broken.
    Broken,
    /// Could not be judged: what it needs is missing or unreadable, or we do not know what to expect.
    NotJudged,
}

/// Who must mend a broken rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mender {
    /// The service provider: our configuration.
    ServiceProvider,
    /// The identity provider.
    IdentityProvider,
    /// A clock, on either side, or whoever was too slow.
    Clock,
    /// Whoever carried the message: its encoding was damaged on the way.
    Carrier,
    /// The person.
    Person,
}
