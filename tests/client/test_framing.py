"""The bytes of a raw server as texts, however they are cut."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.client.framing import MARK_ANSWER, MAX_UNENDED, Marked, Rest, Unframer, framed, saying

from ..tables import each_of

HERE = Marked.HERE


def pieces_of(*chunks: bytes) -> list[str | Rest | Marked]:
    unframer = Unframer()
    return [*(piece for chunk in chunks for piece in unframer.feed(chunk)), *unframer.ended()]


def test_nuls_are_dropped_as_the_room_does() -> None:
    """One among the first bytes lost all that was said, without a reason."""
    assert framed("x\0y\0") == b"xy\n\n"


@each_of(
    ("data", "expected"),
    [
        (b"", []),
        (b"one\n\ntwo\n\n", ["one", "two"]),
        (b"one\ntwo\n\n\n\nthree", ["one\ntwo", "three"]),
        (b"one\n\n" + MARK_ANSWER + b"two\n\n", ["one", HERE, "two"]),
        (b"one" + MARK_ANSWER, ["one", HERE]),
        (MARK_ANSWER * 2, [HERE, HERE]),
        (b"\xff\xfe", ["\ufffd\ufffd"]),
        ("你好\n\n".encode(), ["你好"]),
    ],
)
def test_pieces(data: bytes, expected: list[str | Marked]) -> None:
    assert pieces_of(data) == expected
    assert pieces_of(*(data[at : at + 1] for at in range(len(data)))) == expected


PARTS = st.sampled_from([b"a", b"\n", b"\n\n", MARK_ANSWER, b"\xff", b"\xfc", b"\x06", "你".encode()])


@given(st.lists(PARTS).map(b"".join), st.lists(st.integers(1, 5)))
def test_however_it_is_cut_it_says_the_same(data: bytes, sizes: list[int]) -> None:
    chunks, rest = [], data
    for size in sizes:
        chunks.append(rest[:size])
        rest = rest[size:]
    assert pieces_of(*chunks, rest) == pieces_of(data)


def test_after_a_while_what_there_is_is_whole_but_no_half_of_a_mark() -> None:
    unframer = Unframer()
    assert list(unframer.feed(b"no end")) == []
    unended = [unframer.has_unended]
    assert list(unframer.paused()) == ["no end"]
    assert [*unended, unframer.has_unended] == [True, False]
    assert list(unframer.paused()) == []
    for half in (MARK_ANSWER[:1], MARK_ANSWER[:2]):
        unframer = Unframer()
        assert list(unframer.feed(b"text" + half)) == []
        assert list(unframer.paused()) == []
        assert list(unframer.feed(MARK_ANSWER[len(half) :])) == ["text", HERE]


@given(st.sets(st.integers(1, 40)))
def test_what_follows_what_was_taken_without_its_end_is_its_rest_up_to_that(cuts: set[int]) -> None:
    """Who writes a long text knows where it is cut, and wrote there what the room would say."""
    unframer, heard, data = Unframer(), list[str | Rest | Marked](), framed("...\n* you are banned from this room")
    for start, end in itertools.pairwise([0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]):
        heard += unframer.feed(data[start:end])
        heard += unframer.paused()
    assert [type(piece) for piece in heard[:2]] in ([str], [str, Rest])
    assert all(isinstance(piece, Rest) for piece in heard[1:])
    assert list(unframer.feed(b"the next\n\n")) == ["the next"]


def test_what_is_too_long_is_taken_in_pieces() -> None:
    unframer = Unframer()
    assert list(unframer.feed(b"x" * MAX_UNENDED)) == []
    assert list(unframer.feed(b"x")) == ["x" * (MAX_UNENDED + 1)]
    assert not unframer.has_unended
    assert list(unframer.feed(b"y\n\nz\n\n")) == [Rest("y"), "z"]


@pytest.mark.parametrize(
    ("text", "kind", "sent"), [("hi", "", "hi"), ("/who", "", "//who"), ("waves", "action", "/me waves")]
)
def test_what_somebody_does_is_said_by_a_command(text: str, kind: str, sent: str) -> None:
    assert saying(text, kind) == framed(sent)
