//! Findings as text for a person, and as JSON for a program.

use super::outline::outline;
use super::verdict::Judged;
use jiff::Timestamp;
use saml::validate::{Finding, Mender, Verdict};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// For a person.
pub(super) fn text(judged: &[Judged], now: Timestamp) -> String {
    let mut out = format!("Judged as of {}\n", saml::time::format(now));
    for message in judged {
        let kind = message
            .kind
            .as_deref()
            .unwrap_or("a message that did not arrive whole");
        let _ = writeln!(out, "\n{kind}, from {}\n", message.place);
        if let Some(outline) = message.xml.as_deref().and_then(outline) {
            for line in outline.lines() {
                let _ = writeln!(out, "    {line}");
            }
            out.push('\n');
        }
        for finding in &message.findings {
            write_finding(finding, &mut out);
        }
        let _ = writeln!(out, "\n{}", conclusion(message));
    }
    out
}

fn write_finding(finding: &Finding, out: &mut String) {
    let mark = match finding.verdict {
        Verdict::Holds => "holds ",
        Verdict::Broken => "BROKEN",
        Verdict::NotJudged => "-     ",
    };
    let _ = writeln!(out, "{mark}  {}  ({})", finding.code, finding.paragraph);
    if finding.verdict == Verdict::Broken {
        let _ = writeln!(out, "          wanted {}", plain(&finding.wanted));
        let _ = writeln!(out, "          found  {}", plain(&finding.found));
        let _ = writeln!(out, "          to be mended by {}", mender(finding.mender));
    }
}

fn conclusion(message: &Judged) -> String {
    let unjudged = message
        .findings
        .iter()
        .filter(|f| f.verdict == Verdict::NotJudged)
        .count();
    let hint = match unjudged {
        0 => String::new(),
        n => format!(" {n} rules were not judged: give --config, or --metadata and --sp-metadata."),
    };
    match message.first_broken() {
        Some(code) => format!("It would be refused with {code}.{hint}"),
        None => format!("Nothing that could be judged is broken.{hint}"),
    }
}

/// For a program.
pub(super) fn json(judged: &[Judged], now: Timestamp) -> Value {
    let messages: Vec<Value> = judged
        .iter()
        .map(|message| {
            json!({
                "place": message.place,
                "kind": message.kind,
                "refused_with": message.first_broken(),
                "outline": message.xml.as_deref().and_then(outline),
                "findings": message.findings.iter().map(finding).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "judged_at": saml::time::format(now), "messages": messages })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "code": finding.code,
        "paragraph": finding.paragraph,
        "verdict": match finding.verdict {
            Verdict::Holds => "holds",
            Verdict::Broken => "broken",
            Verdict::NotJudged => "not_judged",
        },
        "wanted": finding.wanted,
        "found": finding.found,
        "mender": mender(finding.mender),
    })
}

fn mender(mender: Mender) -> &'static str {
    match mender {
        Mender::ServiceProvider => "the service provider: its configuration",
        Mender::IdentityProvider => "the identity provider",
        Mender::Clock => "a clock, or whoever was too slow",
        Mender::Carrier => "whoever carried the message: its encoding was damaged on the way",
        Mender::Person => "the person",
    }
}

/// Without what would move the cursor or colour the terminal: findings repeat what a message says.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
