//! The lists of rules that a message must pass. One list serves two callers: `accept` stops at the first refusal, and only
//! it returns something to act on; `explain` judges every rule and says what each wanted and found.
//!
//! This module owns which rules there are and their order; it does not decode (see [`crate::bindings`]), and it does not
//! remember: whether a message came before is for the caller.

mod judgement;

pub mod logout;
pub mod request;
pub mod response;

use crate::error::Refusal;
use crate::guard;
use jiff::SignedDuration;
use judgement::Judgement;

/// How far clocks may differ unless the operator says otherwise. Beyond a minute nothing is accepted at all.
pub const SKEW: SignedDuration = SignedDuration::from_secs(30);

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

/// One rule of a list; `J` is the function that judges it, and says nothing where what it needs is missing or not known.
struct Rule<J> {
    /// The code under which it refuses.
    code: &'static str,
    /// Where the standard says so.
    paragraph: &'static str,
    /// Who must mend it when it is broken.
    mender: Mender,
    judge: J,
}

/// The first refusal of `rules`. A rule that cannot be judged refuses: what is missing is as wrong as what is false.
fn first_refusal<'c, J: Copy>(
    rules: &[Rule<J>],
    ask: impl Fn(J) -> Option<Judgement<'c>>,
) -> Result<(), Refusal> {
    for rule in rules {
        let judgement = ask(rule.judge).unwrap_or_else(Judgement::not_judged);
        if judgement.verdict != Verdict::Holds && guard::stands(rule.code) {
            return Err(judgement.into_refusal(rule.code));
        }
    }
    Ok(())
}

/// What every rule found.
fn findings<'c, J: Copy>(
    rules: &[Rule<J>],
    ask: impl Fn(J) -> Option<Judgement<'c>>,
) -> Vec<Finding> {
    let judged = |rule: &Rule<J>| {
        ask(rule.judge)
            .unwrap_or_else(Judgement::not_judged)
            .into_finding(rule)
    };
    rules.iter().map(judged).collect()
}

/// A refusal that came before any rule could be asked (by a binding, say) as a finding, so that explaining has one shape.
pub fn finding(refusal: &Refusal) -> Finding {
    let (paragraph, mender) = match refusal {
        Refusal::Binding { .. } => ("SAML bindings §3.4, §3.5", Mender::Carrier),
        Refusal::Xml(_) => ("SAML core §1.1", Mender::IdentityProvider),
        Refusal::Signature(_) => ("SAML core §5", Mender::IdentityProvider),
        Refusal::Encrypted => ("SAML core §6", Mender::IdentityProvider),
        Refusal::Rule { .. } => ("SAML core", Mender::IdentityProvider),
    };
    Judgement::refused(refusal.clone()).into_finding(&Rule {
        code: refusal.code(),
        paragraph,
        mender,
        judge: (),
    })
}
