//! Telephone numbers, as they are declared and as a page may show them.

/// A telephone number of which only the last two digits are told.
pub(super) fn hidden(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    let last = digits.len().saturating_sub(2);
    digits[last..]
        .iter()
        .fold("······".to_owned(), |mut shown, digit| {
            shown.push(*digit);
            shown
        })
}

/// Whether codes can be sent to `number`: international form (ITU-T E.164 §6.2.1), spaces and hyphens where people write them.
pub(crate) fn is_telephone(number: &str) -> bool {
    let mut digits = 0;
    number.strip_prefix('+').is_some_and(|rest| {
        rest.chars().all(|c| {
            digits += usize::from(c.is_ascii_digit());
            c.is_ascii_digit() || c == ' ' || c == '-'
        }) && (8..=15).contains(&digits)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_tells_two_digits_of_a_telephone_number() {
        assert_eq!(hidden("+55 11 90000-0034"), "······34");
        assert_eq!(hidden("+"), "······");
    }

    #[test]
    fn telephone_numbers_are_international() {
        for good in ["+55 11 90000-0034", "+5511900000034", "+1 202 555 0100"] {
            assert!(is_telephone(good), "{good}");
        }
        for bad in [
            "",
            "11 90000-0034",
            "+55",
            "+55 11 9000O-0034",
            "+1234567890123456",
        ] {
            assert!(!is_telephone(bad), "{bad}");
        }
    }
}
