"""The cost of every decoder is linear in what comes: shapes that were quadratic, or that a mistake would make so."""

import pytest

from .fuzz_targets import TARGETS
from .growth import LIMIT, Shape, assert_linear, growth

_GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
SHAPES: list[tuple[str, tuple[bytes, bytes, bytes]]] = [
    ("typed", (b"/ban a", b" ", b"1")),
    ("typed", (b"", b" ", b"/op")),
    ("typed", (b"", b"\n", b"/op")),
    ("typed", (b"", b"/o\n", b"")),
    ("typed", (b"/", "\u0301".encode(), b"op")),
    ("typed", (b"", "/ö\n".encode(), b"")),
    ("message", (b"", b"\x1b]", b"")),
    ("message", (b"", "\x9d".encode(), b"")),
    ("message", (b"", b"\x1b[1;", b"")),
    ("message", (b"a", b" ", b"")),
    ("message", (b"a\n", "\u0301".encode(), "来自".encode())),
    ("message", (b"", "来\u0301\n".encode(), b"")),
    ("message", (b"", b" " * 19 + b"*", b"")),
    ("message", (b"a", b"\t", b"b:")),
    ("message", (b"", b"\t  x", b"")),
    ("message", (b"", b" " * 20 + b"b:", b"")),
    ("message", (b"", b" " * 20 + b"b" * 160, b"")),
    ("message", (b"", " \u0301".encode(), b"b:")),
    ("message", (b"a", b"\n", b"a")),
    ("json", (b"", b"\n", b"")),
    ("json", (b"", b'{"type":"ping"}\n', b"")),
    ("json", (b'{"type":"ping","x":', b"[", b"")),
    ("raw", (b"\x8e", b"a", b"")),
    ("raw", (b"\x88", b"a", b"")),  # byte by byte
    ("raw", (b"\x88a\r\n", b"\r\n", b"")),
    ("raw", (b"\x8ea\r\n", b"\xff\xf1", b"")),
    ("raw", (b"\x8ea\r\n", b"b\xff\xf8", b"")),
    ("raw", (b"\x8ea\r\n", b"b\xff\xf7", b"\r\n")),
    ("raw", (b"\x8ea\r\n", b"\xff\xff", b"\r\n")),
    ("raw", (b"\x8ea\r\n\xff\xfa", b"\xffx", b"")),
    ("raw", (b"\x8ea\r\n", b"ab\x08", b"\r\n")),
    ("raw", (b"\x8eGET /", b"x", b" HTTP/1.1")),
    ("client", (b"* ", b"x\n", b"")),
    ("client", ("来自".encode(), "的消息".encode(), b"")),
    ("frames", (b"", b"\x81\x80abcd", b"")),
    ("head", (_GET + b"X:", b" ", b"\0")),
    ("head", (_GET + b"X: a", b" ", b"a")),
    ("head", (_GET + b"X: ", b"a ", b"\r\n\r\n")),
    ("head", (b"", b"\r\n", b"")),
    ("head", (b"GET http://", b"a", b"/ HTTP/1.1\r\nHost: x")),
    ("head", (b"GET http://a/", b"//", b" HTTP/1.1\r\nHost: x")),
    ("head", (_GET, b"X: y\r\n", b"\r\n")),
    ("head", (_GET + b"Forwarded: ", b'"\\', b"\r\n\r\n")),
    ("head", (_GET + b"Forwarded: ", b"for=1,", b"\r\n\r\n")),
    ("head", (_GET + b"X-Forwarded-For: ", b"1,", b"\r\n\r\n")),
    ("proxy", (b"PROXY TCP4 ", b" ", b"\r\n")),
]


@pytest.mark.parametrize(("name", "shape"), SHAPES, ids=[f"{name}-{shape}" for name, shape in SHAPES])
def test_twice_as_much_costs_twice_as_much(name: str, shape: tuple[bytes, bytes, bytes]) -> None:
    assert_linear(TARGETS[name], Shape(*shape))


def test_what_is_quadratic_is_seen() -> None:
    def quadratic(data: bytes) -> None:
        for at in range(0, len(data), 8):
            data[at:].count(b"xy")

    assert growth(quadratic, Shape(b"", b"x")) > LIMIT
