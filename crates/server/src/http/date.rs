//! `IMF-fixdate` (RFC 9110 §5.6.7), the one form that servers may write.

use jiff::Timestamp;

/// Such as `Thu, 19 Nov 2015 08:40:58 GMT`.
pub fn imf_fixdate(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_reads_as_the_standard_prints_it() {
        let at: Timestamp = "2015-11-19T08:40:58.9Z".parse().unwrap();
        assert_eq!(imf_fixdate(at), "Thu, 19 Nov 2015 08:40:58 GMT");
    }
}
