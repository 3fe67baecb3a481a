"""Requests to the web port that no browser sends: odd fields, odd bodies, answers that nobody takes.

Each is sent by hand, and whatever it is, it is never a fault of the server's.
"""

import gzip
import json
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ..bench.load import resident
from ..patience import PATIENCE
from .conftest import Start
from .gateway import Gateway

SECRET = "密码 sésame"


def ask(gateway: Gateway, data: bytes, *, size: int = 65536) -> bytes:
    """Send bytes, and read until the server closes, or `size` bytes."""
    answer = b""
    with socket.create_connection(("127.0.0.1", gateway.http_port), PATIENCE) as peer:
        with suppress(ConnectionError):  # it may be refused while we still write
            peer.sendall(data)
        with suppress(ConnectionError):
            while len(answer) < size and (more := peer.recv(65536)):
                answer += more
    return answer


def request(method: str, target: str, *fields: bytes, body: bytes | None = None) -> bytes:
    lines = [f"{method} {target} HTTP/1.1".encode(), b"Host: localhost", *fields]
    if body is not None:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, b"", body or b""])


def status(answer: bytes) -> int:
    assert answer.startswith(b"HTTP/1."), answer[:100]
    return int(answer[9:12])


def texts(gateway: Gateway) -> list[str]:
    answer = ask(gateway, request("GET", "/messages?limit=500"), size=2**30)
    return [each["text"] for each in json.loads(answer.partition(b"\r\n\r\n")[2])["messages"]]


# --- fields -----------------------------------------------------------------------------------------------------------

NAMES = [
    b"Authorization", b"Idempotency-Key", b"Content-Type", b"Content-Encoding", b"Content-Length", b"Transfer-Encoding",
    b"Accept", b"Accept-Encoding", b"Last-Event-ID", b"Origin", b"Host", b"If-None-Match", b"If-Modified-Since",
    b"Range", b"Cookie", b"Expect", b"Connection", b"Upgrade", b"Sec-WebSocket-Key", b"Sec-WebSocket-Version",
    b"Sec-WebSocket-Protocol", b"Sec-WebSocket-Extensions", b"X-Forwarded-For", b"Forwarded", b"TE", b"Trailer",
]  # fmt: skip
VALUES = st.binary(max_size=80) | st.sampled_from(
    [
        b"Bearer \xff", b"Bearer \xed\xa0\x80", b"Bearer", b"Basic x", b"\xff", b"gzip", b"identity, gzip", b"chunked",
        b"gzip, chunked", b"application/json", b"application/json; charset=\xff", b"text/event-stream", b"a:1", b":",
        b"99999999999999999999:1", b"x:-1", b"null", b"bytes=0-", b"bytes=9-1", b'W/"x"', b"100-continue", b"upgrade",
        b"websocket", b"h2c", b"-1", b"+1", b"0x1", b"1", b"13", b"chat.v1.json", b"permessage-deflate", b"close",
        b"permessage-deflate; server_max_window_bits=9", b"a" * 7000, b";" * 7000, b'"' * 7000, b'a/b;a*0="x"' * 600,
    ]
)  # fmt: skip
TARGETS = [
    ("POST", "/say"), ("GET", "/messages"), ("GET", "/events"), ("GET", "/ws"), ("GET", "/"), ("GET", "/nothing"),
    ("GET", "/openapi.json"), ("HEAD", "/messages"), ("PUT", "/say"), ("OPTIONS", "/say"),
]  # fmt: skip


@pytest.mark.parametrize("password", ["", SECRET])
def test_no_field_is_a_fault_of_ours(start: Start, password: str) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0", *(("--password", password) if password else ()))

    @settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(
        st.sampled_from(TARGETS),
        st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=4),
        st.none() | st.binary(max_size=50),
        st.binary(max_size=20).map(lambda data: "".join(f"%{byte:02x}" for byte in data)),
    )
    @example(("GET", "/messages"), [(b"Authorization", b"Bearer \xff")], None, "")
    @example(("GET", "/events"), [(b"Authorization", b"Bearer \xff")], None, "")
    @example(("POST", "/say"), [(b"Idempotency-Key", b"\xff")], b"x", "")
    @example(("POST", "/say"), [], b"x", "%ed%a0%80")
    @example(("POST", "/say"), [], b"x", "%00")
    def check(target: tuple[str, str], fields: list[tuple[bytes, bytes]], body: bytes | None, query: str) -> None:
        method, path = target
        lines = [name + b": " + value for name, value in fields]
        whole = request(method, f"{path}?name={query}&after={query}&history={query}", *lines, body=body)
        with socket.create_connection(("127.0.0.1", gateway.http_port), PATIENCE) as peer:
            peer.sendall(whole)
            peer.shutdown(socket.SHUT_WR)
            with suppress(ConnectionError):
                answer = peer.recv(65536)
                assert not answer or status(answer) < 500, answer

    check()


def test_a_password_that_is_not_ascii_opens_every_door(start: Start) -> None:
    gateway = start("--password", SECRET)
    right = b"Authorization: Bearer " + SECRET.encode()
    for _ in range(10):  # none of these is a guess
        assert status(ask(gateway, request("GET", "/events", right), size=1)) == 200
        assert status(ask(gateway, request("GET", "/messages", right))) == 200
        assert status(ask(gateway, request("POST", "/say", right, body=b"x"))) == 200
    in_latin_1 = b"Authorization: Bearer sesam\xe9"
    assert status(ask(gateway, request("GET", "/events", in_latin_1), size=1)) == 401
    assert status(ask(gateway, request("GET", "/messages", in_latin_1))) == 401


def test_a_password_is_the_same_however_its_letters_are_composed(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("\ufeffcafe\u0301\r\n", encoding="utf-8")
    gateway = start("--password-file", str(file))
    assert status(ask(gateway, request("GET", "/messages", "Authorization: Bearer caf\u00e9".encode()))) == 200


def test_the_doors_share_the_guesses(start: Start) -> None:
    gateway = start("--password", SECRET)
    wrong = b"Authorization: Bearer \xff"
    answers = [ask(gateway, request("GET", path, wrong)) for path in ("/events", "/messages") * 4]
    assert [status(answer) for answer in answers] == [401] * 5 + [429] * 3
    assert all(b"\r\nWWW-Authenticate: Bearer\r\n" in answer for answer in answers[:5])
    assert all(b"\r\nRetry-After: 10\r\n" in answer for answer in answers[5:])


@pytest.mark.parametrize(
    ("field", "code"),
    [
        (b"Idempotency-Key: \xff", "bad-id"),
        (b"Idempotency-Key:", "bad-id"),
        (b"Idempotency-Key: " + b"x" * 65, "bad-id"),
        (b"Idempotency-Key: " + "密".encode() * 22, "bad-id"),
    ],
)
def test_a_key_that_can_not_be_is_refused(gateway: Gateway, field: bytes, code: str) -> None:
    answer = ask(gateway, request("POST", "/say", field, body=b"x"))
    assert (status(answer), json.loads(answer.partition(b"\r\n\r\n")[2])["code"]) == (400, code)


# --- bodies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("coding", [b"gzip", b"deflate", b"br", b"zstd", b"GZIP", b"gzip, gzip", b"\xff"])
def test_a_body_is_not_inflated(gateway: Gateway, coding: bytes) -> None:
    body = gzip.compress(b"x" * 10_000_000)
    answer = ask(gateway, request("POST", "/say", b"Content-Encoding: " + coding, body=body))
    assert (status(answer), json.loads(answer.partition(b"\r\n\r\n")[2])["code"]) == (415, "bad-encoding")
    assert not texts(gateway)


def test_a_body_that_says_it_is_not_coded_is_said(gateway: Gateway) -> None:
    assert status(ask(gateway, request("POST", "/say", b"Content-Encoding: identity", body=b"x"))) == 200
    assert texts(gateway) == ["x"]


CHUNKED = b"POST /say HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
NEXT = request("POST", "/say", body=b"smuggled")


@pytest.mark.parametrize(
    ("data", "wanted", "said"),
    [
        # Nothing is said of how long it is: what is given to a visit is counted.
        (CHUNKED + b"2\r\nab\r\n3;x=y\r\ncde\r\n0\r\n\r\n", 411, []),
        (CHUNKED + b"fffffffffffffffff\r\nab", 411, []),
        (CHUNKED.replace(b"chunked", b"chunked, identity"), 411, []),
        (CHUNKED.replace(b"chunked", b"\x0bchunked"), 400, []),
        # RFC 9112, section 6.1: both, or two, may be an attempt to smuggle: refused.
        (CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n") + b"0\r\n\r\n" + NEXT, 411, []),
        (request("POST", "/say", b"Content-Length: 3", body=b"x") + NEXT, 400, []),
        (request("POST", "/say", b"Content-Length: 1, 1", b"X: y") + b"x", 400, []),
        (request("POST", "/say", b"Content-Length: +1") + b"x", 400, []),
        (request("POST", "/say", b"Content-Length: -1") + b"x", 400, []),
        # One request a connection: what comes behind it is nobody's.
        (request("POST", "/say", body=b"one") + NEXT, 200, ["one"]),
        (request("GET", "/healthz", body=NEXT), 200, []),
        (request("GET", "/healthz") + NEXT, 200, []),
        (request("GET", "/events", b"Accept: text/plain", b"Content-Length: 9") + NEXT, 200, []),
        (request("POST", "/say", b"Upgrade: websocket", b"Connection: upgrade", body=b"up") + NEXT, 200, ["up"]),
        (request("POST", "/say", b"Upgrade: h2c", b"Connection: upgrade", body=b"up") + NEXT, 200, ["up"]),
        (request("GET", "/ws", b"Upgrade: h2c", b"Connection: upgrade", body=b"x") + NEXT, 426, []),
        (request("POST", "/ws", b"Upgrade: websocket", b"Connection: upgrade", body=b"x") + NEXT, 405, []),
    ],
)
def test_how_a_body_comes(gateway: Gateway, data: bytes, wanted: int, said: list[str]) -> None:
    answer = ask(gateway, data, size=1)
    assert status(answer) == wanted, answer
    assert answer.startswith(b"HTTP/1.0") or b"\r\nConnection: close\r\n" in answer
    assert texts(gateway) == said


def test_a_handshake_with_a_body_lets_in_and_its_body_is_frames(gateway: Gateway) -> None:
    fields = [
        b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]  # fmt: skip
    answer = ask(gateway, request("GET", "/ws", *fields, body=NEXT))
    assert status(answer) in (101, 400)
    assert not texts(gateway)


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        (b"text/plain", "\ufeffhi", "hi"),
        (b"text/plain", "\ufeff\ufeffhi", "\ufeffhi"),
        (b"application/json", '\ufeff{"text":"\ufeffhi"}', "\ufeffhi"),
    ],
)
def test_one_mark_before_a_body_is_dropped(gateway: Gateway, kind: bytes, body: str, said: str) -> None:
    answer = ask(gateway, request("POST", "/say", b"Content-Type: " + kind, body=body.encode()))
    assert status(answer) == 200, answer
    assert texts(gateway) == [said]


@pytest.mark.parametrize(
    "kind", [b"multipart/form-data; boundary=x", b"Multipart/Form-Data", b"multipart/mixed;boundary=x"]
)
def test_a_form_with_parts_is_refused(gateway: Gateway, kind: bytes) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nhi\r\n--x--\r\n'
    answer = ask(gateway, request("POST", "/say", b"Content-Type: " + kind, body=body))
    problem = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert (status(answer), problem["code"]) == (415, "bad-form")
    assert "curl -d" in problem["message"]
    assert not texts(gateway)


def test_who_leaves_within_its_body_is_gone_at_once_and_no_fault_of_ours(gateway: Gateway) -> None:
    whole = request("POST", "/say?name=ann", body=b"hello")
    for goodbye in ("half", "close", "reset"):
        peer = socket.create_connection(("127.0.0.1", gateway.http_port), 5)
        peer.sendall(whole[:-3])
        if goodbye == "half":
            peer.shutdown(socket.SHUT_WR)
            assert peer.recv(1000) == b""  # nothing more can come: nobody waits 30 s for it
        elif goodbye == "reset":
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
        assert status(ask(gateway, whole)) == 200
    assert texts(gateway) == ["hello"] * 3  # and that the log has no error, every test of a gateway sees


# --- answers ----------------------------------------------------------------------------------------------------------


def fill(gateway: Gateway, count: int, size: int) -> None:
    for _ in range(count):
        assert status(ask(gateway, request("POST", "/say", body=b"x" * size))) == 200


@contextmanager
def readers(gateway: Gateway, count: int) -> Iterator[list[socket.socket]]:
    """Visitors who ask for a page, and take nothing of it."""
    peers = []
    for _ in range(count):
        peer = socket.socket()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.settimeout(PATIENCE)
        peer.connect(("127.0.0.1", gateway.http_port))
        peer.sendall(request("GET", "/messages?limit=500"))
        peers.append(peer)
    try:
        yield peers
    finally:
        for peer in peers:
            peer.close()


def test_answers_that_nobody_takes_are_bounded_and_others_are_answered(start: Start) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0")
    fill(gateway, 60, 65_000)
    before = resident(gateway.pid)
    with readers(gateway, 60) as peers:
        for peer in peers:
            peer.recv(1)  # its answer has begun, or it was cut off for those that came after it
        began = time.monotonic()
        page = ask(gateway, request("GET", "/messages?limit=500"), size=2**30)
        assert time.monotonic() - began < 5
        assert status(page) == 200
        assert 1_000_000 < len(page) < 1_100_000
        assert resident(gateway.pid) < before + 96 * 2**20  # it was 4 MB for each: 240 MB


def test_who_resets_while_its_answer_waits_is_no_fault_of_ours(start: Start) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0")
    fill(gateway, 20, 65_000)
    with readers(gateway, 3) as peers:
        for peer in peers:
            peer.recv(1)
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert status(ask(gateway, request("GET", "/healthz"))) == 200


def test_the_server_stops_though_answers_are_not_taken(start: Start) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0")
    fill(gateway, 20, 65_000)
    with readers(gateway, 3) as peers:
        for peer in peers:
            peer.recv(1)
        began = time.monotonic()
        assert gateway.interrupt() == 0
        assert time.monotonic() - began < 5


def test_pages_of_large_messages_are_the_whole_log(start: Start) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0")
    fill(gateway, 40, 60_000)
    seen, after, more, pages = 0, 0, True, 0
    while more:
        answer = ask(gateway, request("GET", f"/messages?after={after}&limit=500"), size=2**30)
        assert len(answer) < 1_100_000
        page = json.loads(answer.partition(b"\r\n\r\n")[2])
        seen += len(page["messages"])
        after, more, pages = page["messages"][-1]["seq"], page["more"], pages + 1
    assert (seen, pages) == (40, 3)
    last = json.loads(ask(gateway, request("GET", "/messages?limit=500"), size=2**30).partition(b"\r\n\r\n")[2])
    assert last["more"]
    assert last["messages"][-1]["seq"] == 40
