//! `xs:dateTime` as SAML writes it: always UTC, always with `Z` (SAML core §1.3.3).

use crate::error::Refusal;
use jiff::Timestamp;

/// `2018-11-07T21:32:53.486Z`.
pub fn format(_time: Timestamp) -> String {
    todo!()
}

/// Reads one. No `Z`, an offset, a leap second, a year outside 1970-9998 or more than nine fraction digits are refused.
pub fn parse(_text: &str) -> Result<Timestamp, Refusal> {
    todo!()
}
