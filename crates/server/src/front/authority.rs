//! The one host a request names.

use hyper::header::HOST;
use hyper::http::request::Parts;
use hyper::http::uri::Authority;

/// A request names no host, more than one, or something that is no host.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotOneHost;

/// The host in lower case, without the port.
///
/// RFC 9112 §3.2: exactly one `Host`; an absolute-form request line must agree with it. RFC 9113 §8.3.1: `:authority`, and
/// a `Host` beside it must agree. The port selects nothing: no URL is ever built from it.
pub(super) fn of(parts: &Parts) -> Result<String, NotOneHost> {
    let mut named = parts.headers.get_all(HOST).iter();
    let host = match (named.next(), named.next()) {
        (None, _) => None,
        (Some(host), None) => Some(host.to_str().map_err(|_| NotOneHost)?),
        (Some(_), Some(_)) => return Err(NotOneHost),
    };
    let host = host.map(name).transpose()?;
    let line = parts
        .uri
        .authority()
        .map(|authority| name(authority.as_str()))
        .transpose()?;
    match (host, line) {
        (Some(host), None) => Ok(host),
        // HTTP/1.1 asks for `Host` even beside an absolute-form request line; HTTP/2 has `:authority` alone.
        (None, Some(line)) if parts.version == hyper::Version::HTTP_2 => Ok(line),
        (Some(host), Some(line)) if host == line => Ok(host),
        _ => Err(NotOneHost),
    }
}

fn name(text: &str) -> Result<String, NotOneHost> {
    let authority: Authority = text.parse().map_err(|_| NotOneHost)?;
    let host = authority.host();
    let rest = text.strip_prefix(host).ok_or(NotOneHost)?;
    let port = rest.is_empty()
        || rest
            .strip_prefix(':')
            .is_some_and(|port| port.parse::<u16>().is_ok());
    if port && !host.is_empty() {
        Ok(host.to_ascii_lowercase())
    } else {
        Err(NotOneHost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::{Request, Version};

    fn of_request(version: Version, uri: &str, hosts: &[&str]) -> Result<String, NotOneHost> {
        let mut request = Request::builder().version(version).uri(uri);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        of(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn the_port_and_the_case_do_not_matter() {
        for host in [
            "storagegrid.example.com",
            "storagegrid.example.com:443",
            "StorageGRID.example.com:8443",
        ] {
            assert_eq!(
                of_request(Version::HTTP_11, "/", &[host]),
                Ok("storagegrid.example.com".to_owned())
            );
        }
    }

    #[test]
    fn a_request_names_exactly_one_host() {
        for hosts in [
            &[][..],
            &["a.example.com", "a.example.com"],
            &[""],
            &["user@a.example.com"],
            &["a.example.com:x"],
            &["a b"],
        ] {
            assert_eq!(
                of_request(Version::HTTP_11, "/", hosts),
                Err(NotOneHost),
                "{hosts:?}"
            );
        }
    }

    #[test]
    fn the_request_line_agrees_with_the_host() {
        let line = "https://a.example.com/x";
        assert_eq!(
            of_request(Version::HTTP_11, line, &["a.example.com:443"]),
            Ok("a.example.com".to_owned())
        );
        assert_eq!(
            of_request(Version::HTTP_11, line, &["b.example.com"]),
            Err(NotOneHost)
        );
        assert_eq!(of_request(Version::HTTP_11, line, &[]), Err(NotOneHost));
        assert_eq!(
            of_request(Version::HTTP_2, line, &[]),
            Ok("a.example.com".to_owned())
        );
        assert_eq!(
            of_request(Version::HTTP_2, line, &["b.example.com"]),
            Err(NotOneHost)
        );
    }
}
