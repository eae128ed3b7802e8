//! `portaria explain`: why a sign-on fails, offline. Every rule that a message must pass, what it wanted, what it found, and who
//! must mend it.
//!
//! This module owns finding messages in what people have at hand, and showing them; the rules are those of the `saml` crate, the
//! same that accept. Nothing here vouches for anything.
//!
//! * [`source`]: messages in a URL, a form, a page, a HAR file, base64 or XML · [`expected`]: what we know of both sides
//! * [`verdict`]: a message judged · [`outline`]: a message as a person reads it · [`report`]: text and JSON

mod expected;
mod outline;
mod report;
mod source;
mod verdict;

use crate::args::{ExplainArgs, ReportForm};
use crate::exit::{Exit, Failure};
use expected::Expected;
use server::clock::{Clock, SystemClock};
use std::io::Read;
use std::path::Path;
use verdict::Judged;

/// Bytes that are read: a HAR file of a sign-on is a few megabytes.
const LONGEST: u64 = 64 * 1024 * 1024;

/// `portaria explain`: exit code 0 if every rule that could be judged holds, 1 if one is broken.
pub(crate) async fn run(typed: &ExplainArgs) -> Result<(), Failure> {
    let text = read(&typed.file)?;
    let now = match &typed.at {
        Some(at) => *at,
        None => SystemClock.now(),
    };
    let expected = Expected::gather(typed).await?;
    let found = source::find(&text);
    if found.is_empty() {
        return Err(Failure::because(
            Exit::Usage,
            "no SAML message in there: a SAMLResponse, a SAMLRequest, a URL, a page or a HAR file is needed",
        ));
    }
    let judged: Vec<Judged> = found
        .iter()
        .map(|found| verdict::judge(found, &expected, now))
        .collect();
    if typed.output == ReportForm::Json {
        println!("{:#}", report::json(&judged, now));
    } else {
        print!("{}", report::text(&judged, now));
    }
    match judged.iter().find_map(Judged::first_broken) {
        Some(code) => Err(Failure::because(
            Exit::Failed,
            format_args!("broken: {code}"),
        )),
        None => Ok(()),
    }
}

fn read(file: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        std::io::stdin().take(LONGEST).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(LONGEST).read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        Failure::because(Exit::Usage, format_args!("{}: {error}", file.display()))
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
