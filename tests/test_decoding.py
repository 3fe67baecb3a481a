"""JSON from outside: one error for whatever is wrong with it, and one module that decodes it."""

import re
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gateway
from gateway.decoding import BadJsonError, Decoder

from .tables import each_of

PACKAGE = Path(gateway.__file__).parent


class Thing(msgspec.Struct):
    text: str = ""
    number: int = 0


decode = Decoder[Thing](Thing)


@each_of(
    "data",
    [
        b"", b"{", b"[]", b'{"text":1}', b'{"number":1e400}', b'{"number":' + b"9" * 5000 + b"}", b'{"text":"\xff"}',
        b'{"text":"\\ud800"}', b'{"x":' + b"[" * 1000, b'{"x":' + b'{"x":' * 5000, b'{"x":' + b"[" * 100_000,
        b'{"text":"' + b"\xed\xa0\x80" + b'"}', b"\x00", b'{"text":"a\nb"}',
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_error_of_one_line(data: bytes) -> None:
    with pytest.raises(BadJsonError) as error:
        decode(data)
    assert "\n" not in str(error.value)


@given(st.binary() | st.recursive(st.binary(), lambda inner: inner.map(lambda each: b'{"text":' + each + b"}")))
def test_nothing_else_comes_out(data: bytes) -> None:
    with suppress(BadJsonError):
        assert isinstance(decode(data).text, str)


def test_nobody_else_decodes_json() -> None:
    pattern = re.compile(r"json\.decode\(|json\.Decoder\(|json\.loads?\(|msgpack\.decode\(|DecodeError\b")
    found = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if path.name != "decoding.py" and pattern.search(path.read_text().replace("UnicodeDecodeError", ""))
    ]
    assert found == [] or found == ["config/sources.py"], found
