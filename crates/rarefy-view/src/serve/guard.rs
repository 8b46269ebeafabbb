//! Which requests are answered.
//!
//! Every study and trial is looked up by name among those that exist, so no address leads directly
//! to a file. Addresses that look like an attempt to reach one are refused all the same, before
//! anything else sees them.
//!
//! Foreign pages open in the same browser must not read studies either. So the `Host` header has to
//! be an address of this machine, which excludes foreign names that have been redirected here (DNS
//! rebinding). No other origin may read an answer or frame a page.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Extension;
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::connections::{Guest, Local};

/// Headers of every answer. Pages load their script and style by address, so neither needs
/// permission to be inline.
const HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Refuses a request, or passes it on and adds [`HEADERS`] to the answer.
pub async fn guard(
    ConnectInfo(Local(local)): ConnectInfo<Local>,
    Extension(guest): Extension<Arc<Guest>>,
    request: Request,
    next: Next,
) -> Response {
    guest.asks();
    let mut response = match refusal(request.method(), request.uri(), request.headers(), local) {
        Some((status, why)) => (status, format!("{why}\n")).into_response(),
        None => next.run(request).await,
    };
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(header::ALLOW, "GET, HEAD".parse().expect("plain text"));
    }
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, value.parse().expect("plain text"));
    }
    response
}

fn refusal(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    local: Option<SocketAddr>,
) -> Option<(StatusCode, &'static str)> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    let Some(host) = host.filter(|_| hosts.next().is_none()) else {
        return Some((StatusCode::BAD_REQUEST, "the request says no Host"));
    };
    let asked = [Some(host), uri.authority().map(|authority| authority.as_str())];
    if !asked.into_iter().flatten().all(|host| is_own(host, local)) {
        let why = "the Host is not this machine: open it as localhost, or by its IP address";
        return Some((StatusCode::FORBIDDEN, why));
    }
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Some((StatusCode::METHOD_NOT_ALLOWED, "nothing can be changed here"));
    }
    if !is_plain(uri.path()) {
        return Some((StatusCode::BAD_REQUEST, "such paths are not served"));
    }
    None
}

/// Whether `host`, with or without a port, is a loopback name or the address that the connection
/// came to. The port is not compared: behind an ssh tunnel the client sees another one.
fn is_own(host: &str, local: Option<SocketAddr>) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    match bare.unwrap_or(name).parse::<IpAddr>() {
        Ok(address) => {
            let address = address.to_canonical();
            address.is_loopback() || local.is_some_and(|local| local.ip().to_canonical() == address)
        }
        Err(_) => name.eq_ignore_ascii_case("localhost"),
    }
}

/// Whether no part of a path could lead to another folder, even after decoding.
fn is_plain(path: &str) -> bool {
    let Some(decoded) = decoded(path) else { return false };
    let strange = |byte: &u8| *byte == b'\\' || *byte == 0;
    // An encoded slash would be part of a name, and no name contains one.
    let slashes = |text: &[u8]| text.iter().filter(|&&byte| byte == b'/').count();
    slashes(&decoded) == slashes(path.as_bytes())
        && !decoded.iter().any(strange)
        && !path.contains("//")
        && decoded.split(|&byte| byte == b'/').all(|part| part != b"." && part != b"..")
}

fn decoded(path: &str) -> Option<Vec<u8>> {
    let mut bytes = path.bytes();
    let mut decoded = Vec::with_capacity(path.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let digits =
                    [bytes.next()?, bytes.next()?].map(|digit| char::from(digit).to_digit(16));
                (digits[0]? * 16 + digits[1]?) as u8
            }
            byte => byte,
        });
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_s_names_are_answered() {
        let local = Some("192.168.7.5:8080".parse().unwrap());
        for host in
            ["localhost", "LOCALHOST:9", "127.0.0.1:8080", "[::1]:80", "192.168.7.5", "127.9.9.9"]
        {
            assert!(is_own(host, local), "{host}");
        }
        for host in [
            "",
            "example.org",
            "localhost.example.org",
            "192.168.7.6:8080",
            "[::2]",
            "x:localhost",
            "::",
        ] {
            assert!(!is_own(host, local), "{host}");
        }
        assert!(is_own("[::ffff:127.0.0.1]", None));
    }

    #[test]
    fn no_path_leads_up() {
        for path in
            ["/", "/study/a%20b", "/study/sweep/trial/gru-seed0-both-99.5-00", "/study/%C3%A4"]
        {
            assert!(is_plain(path), "{path}");
        }
        for path in [
            "/..",
            "/study/../x",
            "/study/%2e%2e/x",
            "/study/.%2E",
            "//etc/passwd",
            "/study/%2Fetc",
            "/study/a%5cb",
            "/study/a\\b",
            "/study/%00",
            "/study/%2",
            "/study/%zz",
            "/./x",
        ] {
            assert!(!is_plain(path), "{path}");
        }
    }
}
