//! `Authorization: Bearer …` (RFC 6750 §2.1) and `Authorization: Basic …` (RFC 7617).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use identity::login::Secret;
use zeroize::Zeroize;

/// The bearer token, none where there is no header, more than one, or one of another form.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    of_scheme(headers, "bearer")
}

/// User name and password as typed; none where there is no header, more than one, or one of another form. The text is UTF-8, as
/// RFC 7617 §2.1 lets a server ask for.
pub fn basic(headers: &HeaderMap) -> Option<(String, Secret)> {
    let mut decoded = STANDARD.decode(of_scheme(headers, "basic")?).ok()?;
    let parted = std::str::from_utf8(&decoded).ok().and_then(|text| {
        let (name, password) = text.split_once(':')?;
        Some((name.to_owned(), Secret::new(password)))
    });
    decoded.zeroize();
    parted
}

fn of_scheme<'h>(headers: &'h HeaderMap, wanted: &str) -> Option<&'h str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (first, None) = (values.next()?, values.next()) else {
        return None;
    };
    let (scheme, rest) = first.to_str().ok()?.split_once(' ')?;
    let rest = rest.trim();
    (scheme.eq_ignore_ascii_case(wanted) && !rest.is_empty()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn of(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn only_one_well_formed_bearer_header_counts() {
        assert_eq!(of(&["Bearer abc"]), Some("abc".to_owned()));
        assert_eq!(of(&["bearer  abc "]), Some("abc".to_owned()));
        for bad in [
            &[][..],
            &["Bearer"],
            &["Bearer "],
            &["Basic abc"],
            &["abc"],
            &["Bearer a", "Bearer b"],
            &["Bearer é"],
        ] {
            assert_eq!(of(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn name_ends_at_the_first_colon_and_anything_else_is_nobody() {
        let of = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            }
            basic(&headers).map(|(name, password)| (name, password.expose().to_owned()))
        };
        let typed = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let pair = |name: &str, password: &str| Some((name.to_owned(), password.to_owned()));
        assert_eq!(of(&[&typed("ana@x:a:b")]), pair("ana@x", "a:b"));
        assert_eq!(
            of(&[&typed("josé:ç").replace("Basic", "basic")]),
            pair("josé", "ç")
        );
        for bad in [
            &[][..],
            &["Basic !!"],
            &[&typed("nobody")],
            &["Bearer YTpi"],
            &["Basic YTpi", "Basic YTpi"],
        ] {
            assert_eq!(of(bad), None, "{bad:?}");
        }
    }
}
