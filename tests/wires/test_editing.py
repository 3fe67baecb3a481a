"""What is left of a typed line, where the terminal does not edit by itself."""

import pytest

from gateway.wires.editing import edited, is_torn, line_start


@pytest.mark.parametrize(
    ("line", "left"),
    [
        (b"hellp\x08o", "hello"),
        (b"hellp\x7fo", "hello"),
        ("你们\x08好".encode(), "你好"),
        (b"ab\x08\x08\x08\x08c", "c"),
        (b"\x7f\x7f", ""),
        ("né\x08\x08on\x08o".encode(), "oo"),
    ],
)
def test_each_backspace_takes_back_the_character_before_it(line: bytes, left: str) -> None:
    assert edited(line).decode() == left


@pytest.mark.parametrize(
    ("typed", "line"), [(b"", b""), (b"one", b"one"), (b"one\ntwo", b"two"), (b"a\nb\r\0c", b"c"), (b"a\r\0b\n", b"")]
)
def test_the_line_that_is_typed_begins_behind_the_last_end(typed: bytes, line: bytes) -> None:
    assert typed[line_start(bytearray(typed)) :] == line


@pytest.mark.parametrize("character", ["é", "你", "😀"])
def test_a_character_is_torn_until_its_last_byte(character: str) -> None:
    whole = f"a{character}".encode()
    assert not is_torn(bytearray(b"a"))
    assert all(is_torn(bytearray(whole[:end])) for end in range(2, len(whole)))
    assert not is_torn(bytearray(whole))
