//! The client's request, as a proxy tells of it.
//!
//! nginx (`auth_request`) and Traefik (ForwardAuth) ask about it in `X-Forwarded-…` headers, which the proxy sets itself and
//! does not take from the client; Envoy (`ext_authz`) sends the client's own request line and `Host` under a path prefix.

use crate::doors::storagegrid::credential::CSRF_HEADER;
use crate::front::path::is_plain;
use hyper::header::{ACCEPT, HOST};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method};
use percent_encoding::percent_decode_str;

/// Where each proxy asks.
const NGINX: &str = "/nginx";
const TRAEFIK: &str = "/traefik";
const ENVOY: &str = "/envoy";

/// The client's request.
pub(super) struct Asked<'r> {
    /// Host in lower case, without the port.
    pub(super) host: String,
    /// Path, decoded once.
    pub(super) path: String,
    /// Path and query, as they were sent.
    pub(super) target: &'r str,
    /// Its headers.
    pub(super) headers: &'r HeaderMap,
    method: Method,
    proxy: Proxy,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proxy {
    Nginx,
    Traefik,
    Envoy,
}

/// Why there is no request to judge.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotAsked {
    /// Another path: no proxy asks there.
    Elsewhere,
    /// The proxy does not say, or says twice, or what it says could mean two things.
    Unclear(&'static str),
}

impl<'r> Asked<'r> {
    pub(super) fn read(parts: &'r Parts) -> Result<Self, NotAsked> {
        let headers = &parts.headers;
        let line = parts
            .uri
            .path_and_query()
            .map_or("/", |target| target.as_str());
        let (proxy, host, target, method) = match parts.uri.path() {
            path @ (NGINX | TRAEFIK) => (
                if path == NGINX {
                    Proxy::Nginx
                } else {
                    Proxy::Traefik
                },
                one(headers, "x-forwarded-host")?,
                one(headers, "x-forwarded-uri")?,
                one(headers, "x-forwarded-method")?
                    .parse()
                    .map_err(|_| NotAsked::Unclear("forward_auth.headers"))?,
            ),
            path if path.starts_with(ENVOY) => {
                let target = line.strip_prefix(ENVOY).unwrap_or_default();
                let host = one(headers, HOST.as_str())?;
                (Proxy::Envoy, host, target, parts.method.clone())
            }
            _ => return Err(NotAsked::Elsewhere),
        };
        let raw = target.split('?').next().unwrap_or_default();
        let decoded = percent_decode_str(raw).decode_utf8();
        let path = decoded.map_err(|_| NotAsked::Unclear("forward_auth.path"))?;
        // Judged raw and decoded: proxy, upstream and rule must see one and the same path (security: H3).
        if !is_plain(raw) || !is_plain(&path) || path.chars().any(char::is_control) {
            return Err(NotAsked::Unclear("forward_auth.path"));
        }
        Ok(Self {
            host: host
                .rsplit_once(':')
                .map_or(host, |(host, _)| host)
                .to_ascii_lowercase(),
            path: path.into_owned(),
            target,
            headers,
            method,
            proxy,
        })
    }

    /// Whether the request may change something, by its method (RFC 9110 §9.2.1).
    pub(super) fn changes(&self) -> bool {
        !matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS)
    }

    /// The companion that a cookie needs to change anything.
    pub(super) fn companion(&self) -> Option<&str> {
        self.headers.get(CSRF_HEADER)?.to_str().ok()
    }

    /// Whether a redirect may name a path. Traefik reads one as a path of ours, and would send browsers to where it asks.
    pub(super) fn takes_paths(&self) -> bool {
        self.proxy != Proxy::Traefik
    }

    /// Whether a denial may be a redirect: a browser that shows a page, behind a proxy that hands it on. nginx makes a failure
    /// of everything but 401 and 403.
    pub(super) fn redirects(&self) -> bool {
        let accept = self
            .headers
            .get(ACCEPT)
            .and_then(|value| value.to_str().ok());
        self.proxy != Proxy::Nginx
            && self.method == Method::GET
            && accept.is_some_and(|accept| accept.contains("text/html"))
    }
}

/// The value of a header that must stand once: twice means that the client's own came along.
fn one<'h>(headers: &'h HeaderMap, name: &str) -> Result<&'h str, NotAsked> {
    let mut values = headers.get_all(name).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(NotAsked::Unclear("forward_auth.headers"));
    };
    let text = value.to_str().ok().filter(|text| !text.contains(','));
    text.ok_or(NotAsked::Unclear("forward_auth.headers"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::Request;

    fn read(line: &str, headers: &[(&str, &str)]) -> Result<(String, String), NotAsked> {
        let mut request = Request::builder().uri(line);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let parts = request.body(()).unwrap().into_parts().0;
        Asked::read(&parts).map(|asked| (asked.host, asked.path))
    }

    fn nginx(target: &str) -> Result<(String, String), NotAsked> {
        let headers = [
            ("x-forwarded-host", "API.example.com:8443"),
            ("x-forwarded-uri", target),
            ("x-forwarded-method", "GET"),
        ];
        read("/nginx", &headers)
    }

    #[test]
    fn every_proxy_tells_of_the_same_request() {
        let wanted = Ok(("api.example.com".to_owned(), "/reports/é".to_owned()));
        assert_eq!(nginx("/reports/%C3%A9?a=b"), wanted);
        let host = [("host", "api.example.com")];
        assert_eq!(read("/envoy/reports/%C3%A9?a=b", &host), wanted);
    }

    #[test]
    fn a_path_that_could_mean_two_things_is_unclear() {
        assert!(nginx("/a/b").is_ok());
        for target in [
            "/a/../b",
            "/a//b",
            "/a;x/b",
            "/a%2fb",
            "/a/%2e%2e/b",
            "/a%00",
            "/a%252fb",
            "/a%0d%0a",
            "a",
            "",
            "//evil",
            "/%ff",
        ] {
            let unclear = Err(NotAsked::Unclear("forward_auth.path"));
            assert_eq!(nginx(target), unclear, "{target}");
        }
    }

    #[test]
    fn a_header_that_came_twice_is_not_the_proxys_alone() {
        let mut headers = vec![
            ("x-forwarded-host", "api.example.com"),
            ("x-forwarded-uri", "/a"),
            ("x-forwarded-method", "GET"),
        ];
        assert!(read("/traefik", &headers).is_ok());
        headers.push(("x-forwarded-uri", "/public"));
        let unclear = Err(NotAsked::Unclear("forward_auth.headers"));
        assert_eq!(read("/traefik", &headers), unclear);
        assert_eq!(read("/traefik", &headers[..2]), unclear);
        assert_eq!(read("/other", &headers), Err(NotAsked::Elsewhere));
    }
}
