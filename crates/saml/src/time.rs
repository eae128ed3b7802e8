//! `xs:dateTime` as SAML writes it: always UTC, always with `Z` (SAML core §1.3.3).

use jiff::civil::{DateTime, date};
use jiff::tz::Offset;
use jiff::{SignedDuration, Span, Timestamp};

/// Text that is no instant as SAML core §1.3.3 wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a UTC time as SAML writes it")]
pub struct NotAnInstant;

/// `2018-11-07T21:32:53.486Z`. Finer than milliseconds is cut off: SAML core §1.3.3 advises against relying on it.
pub fn format(time: Timestamp) -> String {
    // By jiff's own printer: the formatting machinery, number by number, takes several times as long, and a response has five.
    format!("{time:.3}")
}

/// Reads one. No `Z`, an offset, a leap second, a year outside 1970-9998 or more than nine fraction digits are refused.
pub fn parse(text: &str) -> Result<Timestamp, NotAnInstant> {
    let bytes = text.as_bytes();
    let (seconds, rest) = bytes.split_at_checked(19).ok_or(NotAnInstant)?;
    let shape = b"dddd-dd-ddTdd:dd:dd";
    let fits = seconds
        .iter()
        .zip(shape)
        .all(|(byte, wanted)| match wanted {
            b'd' => byte.is_ascii_digit(),
            _ => byte == wanted,
        });
    if !fits {
        return Err(NotAnInstant);
    }
    let nanosecond = fraction(rest)?;
    let year = i16::from(two(seconds, 0)) * 100 + i16::from(two(seconds, 2));
    if !(1970..=9998).contains(&year) {
        return Err(NotAnInstant);
    }
    let [month, day, hour, minute, second] = [5, 8, 11, 14, 17].map(|at| two(seconds, at));
    let civil = DateTime::new(year, month, day, hour, minute, second, nanosecond)
        .map_err(|_| NotAnInstant)?;
    Offset::UTC.to_timestamp(civil).map_err(|_| NotAnInstant)
}

/// Reads an `xs:duration` such as `PT6H` or `P1D`; none if it is negative or not one. Months are those of 2001: how long they are
/// exactly matters to nobody who writes them here.
pub fn duration(text: &str) -> Option<SignedDuration> {
    let span: Span = text.starts_with('P').then(|| text.parse().ok())??;
    span.to_duration(date(2001, 1, 1))
        .ok()
        .filter(|duration| !duration.is_negative())
}

/// The nanoseconds of `.123Z` or `Z`.
fn fraction(rest: &[u8]) -> Result<i32, NotAnInstant> {
    match rest {
        b"Z" => Ok(0),
        [b'.', digits @ .., b'Z']
            if (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) =>
        {
            let value = digits
                .iter()
                .fold(0, |value, digit| value * 10 + i32::from(digit - b'0'));
            Ok((digits.len()..9).fold(value, |value, _| value * 10))
        }
        _ => Err(NotAnInstant),
    }
}

/// Two digits, known to be digits, as a number.
fn two(bytes: &[u8], at: usize) -> i8 {
    let digit = |at: usize| i8::try_from(bytes[at] - b'0').unwrap_or(0);
    digit(at) * 10 + digit(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let text = "2018-11-07T21:32:53.486Z";
        assert_eq!(format(parse(text).unwrap()), text);
        assert_eq!(
            parse("2018-11-07T21:32:53Z").unwrap().as_second(),
            1_541_626_373
        );
        assert_eq!(
            parse("1970-01-01T00:00:00.000000001Z")
                .unwrap()
                .as_nanosecond(),
            1
        );
    }

    #[test]
    fn durations_are_read_as_federations_write_them() {
        for (text, seconds) in [
            ("PT6H", 21_600),
            ("P1D", 86_400),
            ("P0Y0M0DT0H30M0.000S", 1_800),
            ("P1M", 31 * 86_400),
            ("PT604800S", 604_800),
        ] {
            assert_eq!(duration(text).map(|d| d.as_secs()), Some(seconds), "{text}");
        }
        for text in ["-PT6H", "6h", "PT", "P", "", "PT6H ", "1 hour"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn only_utc_with_z_and_a_bounded_fraction_is_read() {
        for text in [
            "2018-11-07T21:32:53",
            "2018-11-07T21:32:53+00:00",
            "2018-11-07T21:32:53-03:00",
            "2018-11-07T21:32:53z",
            "2018-11-07t21:32:53Z",
            "2018-11-07 21:32:53Z",
            "2018-11-07T21:32:60Z",
            "2018-11-07T24:00:00Z",
            "2018-02-30T00:00:00Z",
            "2018-11-07T21:32Z",
            "2018-11-07T21:32:53.Z",
            "2018-11-07T21:32:53.1234567890Z",
            "2018-11-07T21:32:53.12x4Z",
            "9999-12-31T23:59:59Z",
            "1969-12-31T23:59:59Z",
            "12018-11-07T21:32:53Z",
            "-2018-11-07T21:32:53Z",
            " 2018-11-07T21:32:53Z",
            "2018-11-07T21:32:53Z ",
            "２018-11-07T21:32:53Z",
            "Z",
            "",
        ] {
            assert_eq!(parse(text), Err(NotAnInstant), "{text}");
        }
    }
}
