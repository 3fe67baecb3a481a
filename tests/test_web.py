"""The door's judgement: request heads, Host, Origin."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.web import Head, RefusedError, check, parse_head


def head(*lines: str) -> bytes:
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def request(host: str, origin: str | None = None) -> Head:
    fields = [("host", host)] + ([] if origin is None else [("origin", origin)])
    return Head("GET", "/ws", "HTTP/1.1", tuple(fields))


def test_a_head() -> None:
    data = head("GET /ws?x=1 HTTP/1.1", "Host:  localhost:8080 ", "X: y", "oRiGiN: http://localhost:8080")
    fields = (("host", "localhost:8080"), ("x", "y"), ("origin", "http://localhost:8080"))
    assert parse_head(data) == Head("GET", "/ws?x=1", "HTTP/1.1", fields)
    assert parse_head(data).path == "/ws"


@pytest.mark.parametrize(
    "lines",
    [
        ["GET / HTTP/1.1"],
        ["GET / HTTP/1.1", "Host: a", "Host: b"],
        ["GET / HTTP/1.1", "Host: a", "Origin: http://a", "Origin: http://b"],
        ["GET / HTTP/1.1", "Host : a"],
        ["GET / HTTP/1.1", "Host: a", " folded"],
        ["GET / HTTP/2.0", "Host: a"],
        ["GET  / HTTP/1.1", "Host: a"],
        ["GET http://evil/ HTTP/1.1", "Host: a"],
        ["GET /", "Host: a"],
        ["", "GET / HTTP/1.1", "Host: a"],
        ["GET / HTTP/1.1", "Host: a\nX: b"],
    ],
)
def test_bad_heads(lines: list[str]) -> None:
    with pytest.raises(RefusedError) as caught:
        check(parse_head(head(*lines)), "http", ["a"], [])
    assert caught.value.status.startswith("400")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/healthz?x"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_health_may_be_asked_for_without_a_host(path: str, method: str, version: str) -> None:
    check(parse_head(head(f"{method} {path} HTTP/{version}")), "http", [], [])
    with pytest.raises(RefusedError) as caught:
        check(parse_head(head(f"{method} {path} HTTP/{version}", "Host: evil.example")), "http", [], [])
    assert caught.value.status.startswith("421")


@pytest.mark.parametrize(
    "line", ["GET / HTTP/1.0", "POST /healthz HTTP/1.0", "GET /healthz/x HTTP/1.0", "GET /ws HTTP/1.0"]
)
def test_nothing_else_may(line: str) -> None:
    with pytest.raises(RefusedError):
        check(parse_head(head(line)), "http", [], [])


@given(st.binary(max_size=300))
def test_any_head_is_good_or_refused(data: bytes) -> None:
    with contextlib.suppress(RefusedError):
        parse_head(data + b"\r\n\r\n")


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "192.168.1.5", "[::1]:8080", "chat.example.org:443"]
)
def test_hosts_that_are_ours(host: str) -> None:
    check(request(host), "http", ["chat.example.org"], [])


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "",
        "a b",
        "localhost:x",
        "[::1",
        "chat.example.org.evil",
    ],
)
def test_hosts_that_are_not(host: str) -> None:
    with pytest.raises(RefusedError) as caught:
        check(request(host), "http", ["chat.example.org"], [])
    assert caught.value.status.startswith("421")


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8080", "http://localhost:8080"),
        ("localhost", "http://localhost"),
        ("localhost", "http://localhost:80"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("127.0.0.1:8080", "HTTP://127.0.0.1:8080"),
        ("localhost:8080", "https://chat.example.org"),
    ],
)
def test_origins_that_may_come_in(host: str, origin: str) -> None:
    check(request(host, origin), "http", [], ["https://chat.example.org"])


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://evil.example",
        "http://localhost",
        "http://localhost:8081",
        "https://localhost:8080",
        "http://127.0.0.1:8080",
        "http://localhost:8080/",
        "http://localhost:8080.evil.example",
        "http://user@localhost:8080/x",
        "http://localhost:99999",
        "file://",
    ],
)
def test_origins_that_may_not(origin: str) -> None:
    with pytest.raises(RefusedError) as caught:
        check(request("localhost:8080", origin), "http", [], ["https://chat.example.org"])
    assert caught.value.status.startswith("403")


@pytest.mark.parametrize(
    ("host", "origin", "is_ours"),
    [
        ("localhost:8080", "https://localhost:8080", True),
        ("localhost", "https://localhost", True),
        ("localhost", "https://localhost:443", True),
        ("localhost:8080", "http://localhost:8080", False),
        ("localhost", "http://localhost:443", False),
    ],
)
def test_over_tls_the_origin_is_of_https(host: str, origin: str, is_ours: bool) -> None:
    with contextlib.nullcontext() if is_ours else pytest.raises(RefusedError):
        check(request(host, origin), "https", [], [])
