"""The text wire: a frame is a message, and a further line is indented like on the raw wire's lines."""

import pytest

from gateway.phrases import Phrases
from gateway.wires import answers, events
from gateway.wires.text import TEXT, TEXT_DEFLATE, TextWire

from ..samples import a_message
from .kinds import frames_of


def wire() -> TextWire:
    return TextWire(Phrases("zh"), 10, deflate=False)


def test_a_frame_is_a_request() -> None:
    peer = wire()
    peer.feed("你好\n\n".encode())
    peer.feed(b"12345678901")
    peer.feed_eof()
    got = [peer.next_request(0) for _ in range(4)]
    assert got == [events.Typed("你好\n\n"), events.Mistake("too-long"), events.EndOfInput(), None]


def test_a_mark_at_the_start_is_dropped_once() -> None:
    peer = wire()
    for payload in (b"\xef\xbb\xbf/who", b"\xef\xbb\xbfhi"):
        peer.feed(payload)
    assert [peer.next_request(0) for _ in range(2)] == [events.Typed("/who"), events.Typed("\ufeffhi")]


def test_not_utf8_is_an_error_of_the_frame() -> None:
    with pytest.raises(UnicodeDecodeError):
        wire().feed(b"\xff")


def test_each_message_is_a_frame_of_its_own() -> None:
    messages = [a_message(text, seq=seq) for seq, text in enumerate(["a", "b\n来自x的消息:c", "d" * 300])]
    lines = [
        "来自ann的消息:a".encode(),
        "来自ann的消息:b\n  来自x的消息:c".encode(),
        ("来自ann的消息:" + "d" * 300).encode(),
    ]
    assert frames_of(TEXT.join([TEXT.encode(message) for message in messages])) == lines
    deflated = TEXT_DEFLATE.join([TEXT_DEFLATE.encode(message) for message in messages])
    assert frames_of(deflated, deflate=True) == lines


def test_answers_are_frames() -> None:
    assert frames_of(wire().answer(answers.Gap(5, 5))) == ["* 第 5 条消息已不在记录中".encode()]
    assert frames_of(wire().answer(answers.Gap(1, 5))) == ["* 第 1 到 5 条消息已不在记录中".encode()]
    assert wire().answer(answers.Ack("a", 1)) == b""
