"""Request heads, Host, Origin: what is read, what is refused, and that each byte costs the same."""

import contextlib
from collections.abc import Collection
from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wires.http import (
    MAX_FIELDS,
    MAX_HEAD,
    Head,
    HttpError,
    check_host,
    check_origin,
    cut_head,
    parse_head,
    refusal,
)

from ..growth import Shape, assert_linear, name_of
from ..tables import each_of


def head(*lines: str) -> bytes:
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def check(head: Head, scheme: str, public_hosts: Collection[str], origins: Collection[str]) -> None:
    """As the door does it."""
    check_origin(head, check_host(head, public_hosts), scheme, origins)


def request(host: str, origin: str | None = None) -> Head:
    fields = [("host", host)] + ([] if origin is None else [("origin", origin)])
    return Head("GET", "/ws", "HTTP/1.1", tuple(fields))


def test_a_head() -> None:
    data = head("GET /ws?x=1 HTTP/1.1", "Host:  localhost:8080 ", "X: y", "oRiGiN: http://localhost:8080")
    fields = (("host", "localhost:8080"), ("x", "y"), ("origin", "http://localhost:8080"))
    assert parse_head(data) == Head("GET", "/ws?x=1", "HTTP/1.1", fields)
    assert parse_head(data).path == "/ws"


def test_a_target_as_people_type_it_is_encoded() -> None:
    parsed = parse_head("POST /say?name=小明&x=%41 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert parsed.target == "/say?name=%E5%B0%8F%E6%98%8E&x=%41"
    assert parse_head(parsed.encode()) == parsed


@each_of(
    "lines",
    [
        ["GET / HTTP/1.1"],
        ["GET / HTTP/1.1", "Host: a", "Host: b"],
        ["GET / HTTP/1.1", "Host: a", "Origin: http://a", "Origin: http://b"],
        ["GET / HTTP/1.1", "Host : a"],
        ["GET / HTTP/1.1", "Host: a", " folded"],
        ["GET / HTTP/2.0", "Host: a"],
        ["GET  / HTTP/1.1", "Host: a"],
        ["GET http://a/ HTTP/1.1"],
        ["GET http://a/ HTTP/1.1", "Host: a", "Host: a"],
        ["GET ftp://a/ HTTP/1.1", "Host: a"],
        ["GET a/ HTTP/1.1", "Host: a"],
        ["GET http:/a HTTP/1.1", "Host: a"],
        ["GET /", "Host: a"],
        ["", "GET / HTTP/1.1", "Host: a"],
        ["GET / HTTP/1.1", "Host: a\nX: b"],
        ["GET / HTTP/1.1", "Host: a\rX: b"],
        ["GET / HTTP/1.1", "Host: a", "X: a\0b"],
        ["GET / HTTP/1.1", "Host: a", "X: \x1b[31m"],
        ["GET / HTTP/1.1", "Host: a", "X: \x7f"],
        ["GET / HTTP/1.1", "Host: a", "no colon"],
        ["GET / HTTP/1.1", "Host: a", ": no name"],
        ["GET / HTTP/1.1", "Host: a", "b@d: x"],
        ["GET / HTTP/1.1", "Host: a", "é: x"],
        ["GET /\t HTTP/1.1", "Host: a"],
        ["GET / HTTP/1.1 ", "Host: a"],
        ["GET / http/1.1", "Host: a"],
        ["G(T / HTTP/1.1", "Host: a"],
        ["GET"],
        [" / HTTP/1.1", "Host: a"],
    ],
)
def test_bad_heads(lines: list[str]) -> None:
    with pytest.raises(HttpError) as caught:
        check(parse_head(head(*lines)), "http", ["a"], [])
    assert caught.value.status.startswith("400")


@each_of("begin", ["CONNECT /", "CONNECT /[", "CONNECT http://a/", "PRI /", "get /", "XYZZY /"])
def test_a_method_that_nobody_knows_is_told(begin: str) -> None:
    with pytest.raises(HttpError) as caught:
        parse_head(head(f"{begin} HTTP/1.1", "Host: a"))
    assert caught.value.status == "501 Not Implemented"


@each_of(
    ("line", "value"),
    [
        (b"X:", ""),
        (b"X: \t ", ""),
        (b"X:a", "a"),
        (b"X:\t a b\t c \t", "a b\t c"),
        (b"X: a:b", "a:b"),
        (b"X: \xe5\xaf\x86\xe7\xa0\x81", "密码"),
        (b"X: \xff\xe5", "\ufffd\ufffd"),
        (b"X: \xed\xa0\x80", "\ufffd\ufffd\ufffd"),
    ],
)
def test_a_fields_value_is_utf8_and_never_what_can_not_be_encoded(line: bytes, value: str) -> None:
    assert parse_head(b"GET / HTTP/1.1\r\n" + line + b"\r\n\r\n").fields == (("x", value),)
    value.encode()


@pytest.mark.parametrize(
    ("target", "host", "origin_form"),
    [
        ("http://localhost:8080/healthz", "localhost:8080", "/healthz"),
        ("HTTPS://localhost/say?name=a/b", "localhost", "/say?name=a/b"),
        ("http://localhost", "localhost", "/"),
        ("http://localhost?x=/", "localhost", "/?x=/"),
        ("http://[::1]:80/ws", "[::1]:80", "/ws"),
    ],
)
def test_of_a_target_in_absolute_form_the_authority_is_the_host(target: str, host: str, origin_form: str) -> None:
    for named in (host, "evil.example"):
        read = parse_head(head(f"GET {target} HTTP/1.1", "X: y", f"Host: {named}"))
        assert (read.target, read.first("host"), read.first("x")) == (origin_form, host, "y")
        check(read, "http", [], [])


@pytest.mark.parametrize("authority", ["evil.example", "", "a@localhost", "localhost#", "localhost:x"])
def test_an_authority_that_is_not_ours_is_none_whatever_the_host(authority: str) -> None:
    with pytest.raises(HttpError) as caught:
        check(parse_head(head(f"GET http://{authority}/ HTTP/1.1", "Host: localhost")), "http", [], [])
    assert caught.value.status.startswith("421")


def test_a_head_has_so_many_fields_and_no_more() -> None:
    # 4,000 empty ones took 6.8 ms: each is looked at some times, here and in what answers.
    fields = ["Host: localhost", *["a:"] * (MAX_FIELDS - 1)]
    assert len(parse_head(head("GET / HTTP/1.1", *fields)).fields) == MAX_FIELDS
    with pytest.raises(HttpError) as caught:
        parse_head(head("GET / HTTP/1.1", *fields, "a:"))
    assert caught.value.status.startswith("431")


GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
LARGEST = b"x" * (MAX_HEAD - 4) + b"\r\n\r\n"


def cut(data: bytes, step: int) -> tuple[bytes, bytes] | str | None:
    """The head that is found in so many bytes at a time, and all that came with it; a status where it is refused.

    What is large comes in one piece up to its last bytes: each step costs a copy of it.
    """
    seen = 0
    for end in range(step if len(data) < MAX_HEAD else MAX_HEAD - 20, len(data) + step, step):
        try:
            if found := cut_head(data[:end], seen):
                return found[0], found[1] + data[end:]
        except HttpError as refused:
            return refused.status[:3]
        seen = end
    return None


@each_of(
    ("data", "expected"),
    [
        (GET, (GET, b"")),
        (GET + b"a\n\nb\r\n\r\n", (GET, b"a\n\nb\r\n\r\n")),
        (b"\r\n" + GET + b"x", (GET, b"x")),
        (b"\r", None),
        (b"\r\n", None),
        (GET[:-1], None),
        (GET[:-2], None),
        (GET.replace(b"\r", b""), "400"),
        (GET.replace(b"\r\n\r\n", b"\n\r\n"), "400"),
        (GET.replace(b"\r\n\r\n", b"\r\n\n"), "400"),
        (b"GET /\n\n", "400"),
        (b"GET /\n\n" + GET, "400"),
        (b"\n\n", "400"),
        (b"\n\r\n", "400"),
        (b"\x16\x03\x01", "400"),
        (b"x" * MAX_HEAD, None),
        (b"x" * (MAX_HEAD + 1), "431"),
        (LARGEST, (LARGEST, b"")),
        (b"\r\n" + LARGEST + GET, (LARGEST, GET)),
        (b"x" + LARGEST, "431"),
        (b"x" + LARGEST.replace(b"\r", b""), "400"),
        (b"xxx" + LARGEST.replace(b"\r", b""), "431"),
    ],
)
def test_where_a_head_ends(data: bytes, expected: tuple[bytes, bytes] | str | None) -> None:
    for step in (1, 2, 3, 7, len(data)):
        assert cut(data, step) == expected


def test_a_second_empty_line_is_no_request_line() -> None:
    found = cut_head(b"\r\n\r\n")
    assert found
    with pytest.raises(HttpError):
        parse_head(found[0])


@given(st.binary(max_size=60), st.integers(1, 7))
def test_a_head_ends_at_the_same_place_however_it_is_cut(data: bytes, step: int) -> None:
    whole = b"GET /" + data.replace(b"\0", b"\r\n").replace(b"\1", b"\n")
    assert cut(whole, step) == cut(whole, 1)


def test_a_head_is_handed_on_as_it_was_read() -> None:
    data = head("POST /say?x HTTP/1.0", "Host:localhost \t", "X-Y:  \xff ", "x-y:")
    again = "POST /say?x HTTP/1.0\r\nhost: localhost\r\nx-y: \ufffd\r\nx-y: \r\n\r\n".encode()
    assert parse_head(data).encode() == again
    assert parse_head(again) == parse_head(data)


@given(st.binary(max_size=300))
def test_any_head_is_good_or_refused(data: bytes) -> None:
    with contextlib.suppress(HttpError):
        found = parse_head(b"GET / HTTP/1.1\r\n" + data + b"\r\n\r\n")
        assert all(
            character.isprintable() or ord(character) >= 0x80
            for _, value in found.fields
            for character in value.replace("\t", "")
        )
        assert parse_head(found.encode()) == found
        check(found, "http", ["a"], [])


HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
SHAPES = [
    Shape(HEAD + b"X:", b" ", b"\0"),
    Shape(HEAD + b"X: a", b" ", b"a"),
    Shape(HEAD + b"X: a", b" \t", b"a\0"),
    Shape(HEAD + b"X: ", b" a"),
    Shape(HEAD, b"a"),
    Shape(HEAD, b":"),
    Shape(HEAD + b"X: ", b"\xff"),
    Shape(HEAD, b"X: y\r\n", b"X: y"),
    Shape(HEAD, b"Host: localhost\r\n", b"X: y"),
    Shape(HEAD + b"Origin: ", b"http://"),
    Shape(HEAD + b"Origin: http://", "\ufdfa".encode()),
    Shape(HEAD + b"Origin: http://a:", b"9"),
    Shape(b"GET / HTTP/1.1\r\nHost: ", b"a."),
    Shape(b"GET / HTTP/1.1\r\nHost: [", b":"),
    Shape(b"GET / HTTP/1.1\r\nHost: ", b":"),
    Shape(b"GET ", b"/", b" HTTP/1.1\r\nHost: localhost"),
    Shape(b"GET ", b" ", b"/ HTTP/1.1\r\nHost: localhost"),
    Shape(b"", b"A"),
    Shape(b"GET http://", b"a", b" HTTP/1.1\r\nHost: localhost"),
    Shape(b"GET http://localhost/", b"/?", b" HTTP/1.1\r\nHost: localhost"),
]


@pytest.mark.parametrize("shape", SHAPES, ids=name_of)
def test_a_head_costs_as_much_as_its_bytes(shape: Shape) -> None:
    def read(data: bytes) -> None:
        with contextlib.suppress(HttpError):
            check(parse_head(data + b"\r\n\r\n"), "http", [], [])

    assert_linear(read, shape)


@pytest.mark.parametrize("shape", [*SHAPES, Shape(b"", b"\r\n"), Shape(b"", b"\n\r"), Shape(b"", b"\r")], ids=name_of)
def test_where_a_head_ends_costs_as_much_as_its_bytes(shape: Shape) -> None:
    def read(data: bytes) -> None:
        with contextlib.suppress(HttpError):
            cut_head(data)

    assert_linear(read, shape)


@each_of(
    "host",
    [
        "localhost",
        "LOCALHOST:8080",
        "localhost:",
        "127.0.0.1:8080",
        "192.168.1.5",
        "[::1]:8080",
        "[2001:DB8::7]",
        "[::ffff:127.0.0.1]",
        "chat.example.org:443",
        "Chat.Example.org.:443",
        "localhost.",
        "127.0.0.1.:8080",
    ],
)
def test_hosts_that_are_ours(host: str) -> None:
    check(request(host), "http", ["chat.example.org"], [])


@each_of(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "",
        "a b",
        "localhost:x",
        "localhost:123456",
        "localhost:１",
        "localhost:80:80",
        "[::1",
        "[::1]x",
        "[::1%25lo]",
        "[localhost]",
        "::1",
        "127.1",
        "0x7f.1",
        "localhost\u00ad",
        "chat.example.org.evil",
        "chat.example.org..",
        "localhost..",
        ".",
        "b\u00fccher.example",
    ],
)
def test_hosts_that_are_not(host: str) -> None:
    with pytest.raises(HttpError) as caught:
        check(request(host), "http", ["chat.example.org"], [])
    assert caught.value.status.startswith("421")


@each_of(
    ("host", "origin"),
    [
        ("localhost:8080", "http://localhost:8080"),
        ("localhost", "http://localhost"),
        ("localhost", "http://localhost:80"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("127.0.0.1:8080", "HTTP://127.0.0.1:8080"),
        ("localhost:8080", "https://chat.example.org"),
        ("localhost:8080", "https://chat.example.org:443"),
        ("localhost:8080", "https://chat.example.org."),
        ("localhost.:8080", "http://localhost.:8080"),
        ("localhost:8080", "http://localhost.:8080"),
        ("[0:0::1]:8080", "http://[::1]:8080"),
    ],
)
def test_origins_that_may_come_in(host: str, origin: str) -> None:
    check(request(host, origin), "http", [], ["https://chat.example.org"])


@each_of(
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
        "http://user@localhost:8080",
        "http://localhost:8080\t",
        "http://localhost:8080 http://evil.example",
        "ftp://localhost:8080",
        "//localhost:8080",
        "localhost:8080",
        "http://localhost:99999",
        "file://",
    ],
)
def test_origins_that_may_not(origin: str) -> None:
    with pytest.raises(HttpError) as caught:
        check(request("localhost:8080", origin), "http", [], ["https://chat.example.org"])
    assert caught.value.status.startswith("403")


@each_of(
    ("method", "path", "is_page"),
    [
        ("GET", "/", True),
        ("HEAD", "/static/0123/main.js", True),
        ("POST", "/", False),
        ("GET", "/messages", False),
        ("GET", "/static/../messages", False),
        ("GET", "/static/%2e%2e/messages", False),
        ("GET", "/statics", False),
        ("GET", "//", False),
    ],
)
def test_the_page_itself_is_for_everybody(method: str, path: str, is_page: bool) -> None:
    """Behind a proxy that does not pass on Host, Chromium asks for its modules by an Origin that is none of ours."""
    fields = (("host", "localhost:8080"), ("origin", "https://chat.example.org"))
    with nullcontext() if is_page else pytest.raises(HttpError):
        check(Head(method, path, "HTTP/1.1", fields), "http", [], [])


@each_of(
    ("method", "path", "site", "may_come"),
    [
        ("GET", "/events?1", "cross-site", False),
        ("GET", "/messages?limit=500", "cross-site", False),
        ("GET", "/messages", "same-site", False),
        ("GET", "/ws", "cross-site", False),
        ("POST", "/say", "cross-site", False),
        ("GET", "/healthz", "cross-site", False),
        ("GET", "/", "cross-site", True),
        ("GET", "/static/0123/icon.svg", "same-site", True),
        ("GET", "/messages", "same-origin", True),
        ("GET", "/messages", "none", True),
        ("GET", "/messages", "", True),
        ("GET", "/messages", "what browsers may say one day", True),
    ],
)
def test_of_who_sends_no_origin_browsers_tell_whether_a_page_of_another_site_asks(
    method: str, path: str, site: str, *, may_come: bool
) -> None:
    fields = (("host", "localhost:8080"), ("sec-fetch-site", site))
    with nullcontext() if may_come else pytest.raises(HttpError, match="--origin"):
        check(Head(method, path, "HTTP/1.1", fields if site else fields[:1]), "http", [], [])


def test_an_origin_that_is_named_may_come_from_another_site() -> None:
    origin = "https://chat.example.org"
    fields = (("host", "localhost:8080"), ("origin", origin), ("sec-fetch-site", "cross-site"))
    check(Head("GET", "/messages", "HTTP/1.1", fields), "http", [], [origin])


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
    with contextlib.nullcontext() if is_ours else pytest.raises(HttpError):
        check(request(host, origin), "https", [], [])


def test_a_refusal_is_an_answer_of_one_line() -> None:
    assert refusal("401 Unauthorized", "no", "WWW-Authenticate: Bearer") == (
        b"HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n"
        b"Connection: close\r\nWWW-Authenticate: Bearer\r\n\r\nno\n"
    )


@each_of("path", ["/healthz", "/readyz", "/healthz?x"])
@each_of("method", ["GET", "HEAD", "OPTIONS"])
@each_of("version", ["1.0", "1.1"])
def test_health_may_be_asked_for_by_any_host_or_none(path: str, method: str, version: str) -> None:
    for fields in ([], ["Host: chat.default.svc"], ["Host: chat:8080"], ["Host:"], ["Host: [::"]):
        check_host(parse_head(head(f"{method} {path} HTTP/{version}", *fields)), [])
    with pytest.raises(HttpError) as caught:
        check_host(parse_head(head(f"{method} {path} HTTP/{version}", "Host: a", "Host: a")), [])
    assert caught.value.status.startswith("400")


@pytest.mark.parametrize(
    "line", ["GET / HTTP/1.0", "POST /healthz HTTP/1.0", "GET /healthz/x HTTP/1.0", "GET /ws HTTP/1.0"]
)
def test_nothing_else_may(line: str) -> None:
    with pytest.raises(HttpError):
        check_host(parse_head(head(line)), [])


LISTS = [
    b"GET /events?" + b"a=%41&" * 101 + b" HTTP/1.1\r\nHost: x",
    b"GET / HTTP/1.1\r\nHost: x\r\nIf-None-Match: " + b'"a",' * 101,
    b"GET /ws HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Extensions: " + b"a," * 101,
    b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: " + b"a," * 101,
]


@pytest.mark.parametrize("head", LISTS)
def test_a_list_of_many_items_is_refused_before_anybody_takes_it_apart(head: bytes) -> None:
    """16 KB of them took nine milliseconds, each outside any turn."""
    with pytest.raises(HttpError) as refused:
        parse_head(head + b"\r\n\r\n")
    assert refused.value.status.startswith("431 ")
    assert parse_head(head.replace(b"&", b"", 1).replace(b",", b"", 1) + b"\r\n\r\n")
