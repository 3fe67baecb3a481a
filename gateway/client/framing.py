"""The bytes of a raw server as texts, and the marks between them; and what is said to it as bytes.

The post's own server does not end its messages: what stays without an end for a while (`paused`) is taken as it is. But
what is said may be long, and a path may be slow: what follows then is a Rest, and MUST NOT be read as a gateway's head
or notice, else who wrote the text would say it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from ..text.controls import clean
from ..vocabulary import escaped

MAX_UNENDED = 2**22
"""Bytes that are kept for the end of a message; it is taken in pieces, if it is longer."""

MARK, MARK_ANSWER = b"\xff\xfd\x06", b"\xff\xfc\x06"
"""RFC 860: IAC DO TIMING-MARK, and IAC WONT TIMING-MARK."""

END = b"\n\n"
"""Of a message."""

_PIECE_END = re.compile(END + b"|" + MARK_ANSWER)
_BLANK_LINES = re.compile("\n\n+")
_HALF_MARKS = (MARK_ANSWER[:1], MARK_ANSWER[:2])


class Marked(Enum):
    """That a mark was answered."""

    HERE = auto()


@dataclass(frozen=True, slots=True)
class Rest:
    """What came behind a text that was taken without its end: more of it, or the next one."""

    text: str


class Unframer:
    """One connection's."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._is_cut = False  # what came before was taken without its end

    @property
    def has_unended(self) -> bool:
        """Whether something waits for its end."""
        return self._data not in (b"", END[:1])

    def feed(self, data: bytes) -> Iterator[str | Rest | Marked]:
        """What is whole by now."""
        start = max(0, len(self._data) - 2)
        self._data += data
        while found := _PIECE_END.search(self._data, start):
            yield from self._text(self._data[: found.start()])
            self._is_cut = False
            if found[0] == MARK_ANSWER:
                yield Marked.HERE
            del self._data[: found.end()]
            start = 0
        if len(self._data) > MAX_UNENDED:
            yield from self.ended()

    def paused(self) -> Iterator[str | Rest]:
        """Nothing came for a while: what there is has to be whole, unless it is half of a mark."""
        if not self._data.endswith(_HALF_MARKS):
            yield from self.ended()

    def ended(self) -> Iterator[str | Rest]:
        """What there is, as if it were whole."""
        text = self._text(self._data)
        self._is_cut = self._is_cut or self.has_unended
        del self._data[: len(self._data) - self._data.endswith(END[:1])]  # that may be half of the end
        yield from text

    def _text(self, data: bytearray) -> list[str | Rest]:
        text = data.decode(errors="replace").strip("\n")
        if not text:
            return []
        return [Rest(text) if self._is_cut else text]


def framed(text: str) -> bytes:
    """It in bytes. An empty line ends a message on this wire; outer line ends are none of it.

    Nor are NULs, which no room keeps: what begins with one is taken for no text at all, and the connection is closed.
    """
    return _BLANK_LINES.sub("\n", text.replace("\0", "").strip("\r\n")).encode() + END


def as_text(text: str) -> str:
    """By what this text is said, and not obeyed: with one slash more, if the server would read it as a command's."""
    read = clean(text).strip("\n")
    said = escaped(read)
    return text if said == read else said


def saying(text: str, kind: str) -> bytes:
    """What says a text: what somebody does by a command."""
    return framed(f"/me {text}" if kind else as_text(text))
