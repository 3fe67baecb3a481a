"""The raw TCP wire: the post's protocol, with its framing learned for netcat and telnet. See docs/protocol.md."""

from collections.abc import Callable, Sequence

from ..messages import Message
from ..phrases import Phrases
from .events import WORKING, Answer, NotOurs, Reply, Request
from .framing import Framer, Framing
from .opening import UTF8_MARK, Mark, mark_of
from .plain import fold_paragraph, indent_lines, line_of, paragraphs
from .telnet import Refusal, Signal, TelnetFilter


class RawFormat:
    """Messages as the post has them, each followed by `end`; `line_end` is for the lines inside."""

    excludes_own = True
    squeeze = 1

    def __init__(self, end: str, line_end: str, defuse: Callable[[str], str]) -> None:
        self._end = end
        self._line_end = line_end
        self._defuse = defuse

    def encode(self, message: Message) -> bytes:
        """One message and its end."""
        return self.paragraph(line_of(message))

    def join(self, parts: Sequence[bytes]) -> bytes:
        """The messages one after the other."""
        return b"".join(parts)

    def paragraph(self, text: str) -> bytes:
        """Any text as one message's worth of bytes."""
        return (self._defuse(text).replace("\n", self._line_end) + self._end).encode()


TOKENS = 200
"""Tokens of the telnet filter looked at in one call: 1 ms at most."""

POST = RawFormat("\n\n", "\n", fold_paragraph)
LINE = RawFormat("\n", "\n", indent_lines)
LINE_CR = RawFormat("\r\n", "\r\n", indent_lines)


def greeting(host: str, port: int) -> bytes:
    """The first thing that the server sends: its own address as this client reached it."""
    return f"你已连接到服务器,IP为{host}:{port}\n\n".encode()


class RawWire:
    """One raw connection: telnet filter, framing, and the format that goes with what was learned.

    Most connections are silent, and who is silent has neither filter nor framer.
    """

    __slots__ = ("_eof", "_filter", "_framer", "_grace", "_max_text", "_phrases", "_refused", "_start")

    name = "raw"
    tells_presence = False

    def __init__(self, phrases: Phrases, max_text: int, grace: float) -> None:
        self._phrases = phrases
        self._max_text = max_text
        self._grace = grace
        self._framer: Framer | None = None
        self._filter: TelnetFilter | None = None
        self._eof: Callable[[], None] | None = None
        self._start: bytes | None = b""  # the first bytes, as long as they may turn out to be a mark
        self._refused: list[Request] | None = None  # it is UTF-16, and this is what is left to do; last is next

    @property
    def format(self) -> RawFormat:
        """Post until lines are learned; then lines, ended as the peer ends its own."""
        if self._framer is None or self._framer.framing is not Framing.LINE:
            return POST
        return LINE_CR if self._framer.ends_lines_with_cr else LINE

    @property
    def deadline(self) -> float | None:
        """When grace has passed."""
        return None if self._framer is None else self._framer.deadline

    def feed(self, data: bytes) -> None:
        """Bytes of the peer."""
        if self._start is not None:
            data = self._begin(self._start + data)
        if self._refused is None:
            self._heard()[0].feed(data)

    def feed_eof(self) -> None:
        """The peer has closed its side."""
        self._end_start()
        telnet, framer = self._heard()
        telnet.feed_eof()
        self._eof = framer.feed_eof

    def feed_reset(self) -> None:
        """The connection broke."""
        self._end_start()
        self._eof = self._heard()[1].feed_reset

    def next_request(self, now: float) -> Request | None:
        """The next request in the order of the bytes."""
        if self._refused is not None:
            return self._refused.pop() if self._refused else None
        telnet, framer = self._filter, self._framer
        if telnet is None or framer is None:
            return None
        for _ in range(TOKENS):
            if (request := framer.next_request(now)) is not None:
                return request
            token = telnet.next_token()
            if token is None:
                if self._eof is None:
                    return None
                self._eof()
                self._eof = None
            elif isinstance(token, Refusal):
                framer.see_telnet()
                return Reply(bytes(token))
            elif isinstance(token, Signal):
                _signal(framer, token)
            else:
                framer.feed(token, now)
        return WORKING

    def answer(self, answer: Answer) -> bytes:
        """The answer as notices, each ended like a message."""
        return b"".join(map(self.format.paragraph, paragraphs(answer, self._phrases)))

    def _heard(self) -> tuple[TelnetFilter, Framer]:
        """What reads this peer, from its first byte on."""
        self._filter = self._filter or TelnetFilter()
        self._framer = self._framer or Framer(self._max_text, self._grace)
        return self._filter, self._framer

    def _begin(self, start: bytes) -> bytes:
        """What of the first bytes is to be read: not a mark, nor what may become one."""
        mark = mark_of(start)
        self._start = start if mark is None else None
        if mark is Mark.UTF16:
            told = POST.paragraph(f"* {self._phrases('utf-16')}")
            self._refused = [NotOurs("utf-16"), Reply(told)]
        return b"" if mark is None else start.removeprefix(UTF8_MARK)

    def _end_start(self) -> None:
        """Nothing more comes that could make it a mark."""
        if self._start:
            self._heard()[0].feed(self._start)
        self._start = None


def _signal(framer: Framer, signal: Signal) -> None:
    framer.see_telnet()
    if signal is Signal.ERASE_CHARACTER:
        framer.erase_character()
    elif signal is Signal.ERASE_LINE:
        framer.erase_line()
