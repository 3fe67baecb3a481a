"""The raw TCP wire: the post's protocol, with its framing learned for netcat and telnet. See docs/protocol.md.

Who types lines is served in the line form (`lines`), and so is who asks for times; all others, as in the post.
"""

from collections.abc import Callable, Sequence
from datetime import tzinfo
from functools import cache, lru_cache

from ..messages import Message
from ..phrases import Language, Phrases
from . import TextsAlone
from .answers import Answer, Notice
from .closing import Closing
from .events import WORKING, NotOurs, Reply, Request, Switch, Typed, TypesLines
from .framing import Framer, Framing
from .lines import LineVoice, Said, saying, timed
from .opening import UTF8_MARK, Mark, mark_of
from .plain import POSTS, fold_paragraph, in_rows, indent_lines, is_harmless, line_of, paragraphs
from .telnet import Key, Refusal, Signal, TelnetFilter


class RawFormat(TextsAlone):
    """Messages as `said`, each followed by `end`; `line_end` is for the lines inside."""

    excludes_own = True
    squeeze = 1

    def __init__(self, end: str, line_end: str, defuse: Callable[[str], str], said: Said) -> None:
        self._end = end
        self._line_end = line_end
        self._defuse = defuse
        self._said = said

    def encode(self, message: Message) -> bytes:
        """One message and its end."""
        if is_harmless(message.text):
            return (self._said(message) + self._end).encode()
        return self.paragraph(self._said(in_rows(message)))

    def join(self, parts: Sequence[bytes]) -> bytes:
        """The messages one after the other."""
        return b"".join(parts)

    def paragraph(self, text: str) -> bytes:
        """Any text, as it is in rows, as one message's worth of bytes."""
        return (self._defuse(text).replace("\n", self._line_end) + self._end).encode()


_LINE = Framing.LINE  # asked for each message, and to look it up takes as long as the rest

TOKENS = 200
"""Tokens of the telnet filter that may come to nothing, in one call or many, before that is told: 1 ms at most."""

POST = RawFormat("\n\n", "\n", fold_paragraph, line_of)


@cache
def line_format(language: Language, end: str) -> RawFormat:
    """The line form, one for all who have it; `end` ends a message, its first line end each line."""
    return RawFormat(end, end.replace("\n\n", "\n"), indent_lines, saying(language))


@cache
def timed_format(language: Language, end: str, zone: tzinfo | None) -> RawFormat:
    """The same, with times in a zone; without one, in the server's own."""
    return RawFormat(end, end.replace("\n\n", "\n"), indent_lines, timed(language, zone))


@lru_cache(64)  # one for all who came by the same address
def greeting(host: str, port: int) -> bytes:
    """The first thing that the server sends: its own address as this client reached it."""
    return f"你已连接到服务器,IP为{host}:{port}\n\n".encode()


class RawWire:
    """One raw connection: telnet filter, framing, and the format that goes with what was learned.

    Most connections are silent, and who is silent has neither filter nor framer. `wall` is the time in milliseconds
    since 1970; times are told in a `zone`, the server's own if there is none.
    """

    __slots__ = (
        *("_ahead", "_eof", "_filter", "_framer", "_grace", "_is_refused", "_left", "_max_text", "_on", "_phrases"),
        *("_start", "_types_lines", "_wall", "_zone"),
    )

    name = "raw"
    switches = frozenset[Switch](("times", "joins"))

    def __init__(
        self, phrases: Phrases, max_text: int, grace: float, wall: Callable[[], int], zone: tzinfo | None = None
    ) -> None:
        self._phrases = phrases
        self._max_text = max_text
        self._grace = grace
        self._wall = wall
        self._zone = zone
        self._on = _NOTHING
        self._left = TOKENS  # that may come to nothing
        self._types_lines = False  # and that was told
        self._ahead: list[Request] = []  # what comes before all else; last is next
        self._framer: Framer | None = None
        self._filter: TelnetFilter | None = None
        self._eof: Callable[[], None] | None = None
        self._start: bytes | None = b""  # the first bytes, as long as they may turn out to be a mark
        self._is_refused = False  # it is UTF-16, or no text

    @property
    def format(self) -> RawFormat:
        """Post until lines are learned; then lines, ended as the peer ends its own."""
        end = self._end
        if "times" in self._on:
            return timed_format(self._phrases.language, end, self._zone)
        return POST if end == "\n\n" else line_format(self._phrases.language, end)

    @property
    def tells_presence(self) -> bool:
        """Whether it has asked for that."""
        return "joins" in self._on

    @property
    def deadline(self) -> float | None:
        """When grace has passed."""
        return None if self._framer is None else self._framer.deadline

    def feed(self, data: bytes) -> None:
        """Bytes of the peer."""
        if self._start is not None:
            data = self._begin(self._start + data)
        if not self._is_refused:
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
        if self._ahead:
            return self._ahead.pop()
        telnet, framer = self._filter, self._framer
        if telnet is None or framer is None or self._is_refused:
            return None
        left = self._left
        while (request := framer.next_request(now)) is None:
            if not left:
                self._left = TOKENS
                return WORKING
            token = telnet.next_token()
            if token is None:
                if self._eof is None:
                    self._left = left
                    return None
                self._eof()
                self._eof = None
            elif isinstance(token, Refusal):
                framer.see_telnet()
                return Reply(bytes(token))
            elif isinstance(token, Signal | Key):
                _signal(framer, token)
            else:
                framer.feed(token, now)
            left -= 1
        if type(request) is Typed and (self._types_lines or framer.framing is not _LINE):
            return request  # nearly always so
        return self._introduced(self._told(request), framer)

    def answer(self, answer: Answer) -> bytes:
        """The answer as notices, each ended like a message."""
        wire_format = self.format
        voice = POSTS if wire_format is POST else self._voice
        return b"".join(map(wire_format.paragraph, paragraphs(answer, self._phrases, voice)))

    def switch(self, what: Switch, *, on: bool) -> Answer:
        """See Wire."""
        self._on = self._on | {what} if on else self._on - {what}
        code = _SWITCHED[what, on]
        return Notice(code, self._phrases(code, detail=self._voice.offset))

    def farewell(self, why: Closing) -> bytes:
        """See Wire. In the post's form nothing: its client was told nothing."""
        if self.format is POST or why.farewell is None:
            return b""
        return self.format.paragraph(f"* {self._phrases.of(why.farewell)}")

    @property
    def _end(self) -> str:
        """What ends a message for this peer."""
        if self._framer is None or self._framer.framing is not Framing.LINE:
            return "\n\n"
        return "\r\n" if self._framer.ends_lines_with_cr else "\n"

    @property
    def _voice(self) -> LineVoice:
        return LineVoice(self._phrases.language, self._wall(), self._zone)

    def _told(self, request: Request) -> Request:
        """The request; before one that it is binary, a line that says so: somebody at nc may have sent a file.

        Nobody else is spoken for by it: who speaks STUN has been greeted in plain text already.
        """
        if not (isinstance(request, NotOurs) and request.protocol == "binary"):
            return request
        self._ahead, self._is_refused = [request], True
        return Reply(self.format.paragraph(f"* {self._phrases('not-text')}"))

    def _introduced(self, request: Request, framer: Framer) -> Request:
        """The request; before the first line that somebody typed who is still there, that it types lines.

        Not as soon as telnet was seen: after Ctrl-C it shows nothing until its timing mark is answered.
        """
        if self._types_lines or framer.framing is not Framing.LINE:
            return request
        self._types_lines = True
        if framer.has_ended:
            return request
        self._ahead.append(request)
        return TypesLines(framer.is_telnet)

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
            self._ahead, self._is_refused = [NotOurs("utf-16"), Reply(told)], True
        return b"" if mark is None else start.removeprefix(UTF8_MARK)

    def _end_start(self) -> None:
        """Nothing more comes that could make it a mark."""
        if self._start:
            self._heard()[0].feed(self._start)
        self._start = None


_NOTHING: frozenset[Switch] = frozenset()
_SWITCHED = {
    ("times", True): "times-on",
    ("times", False): "times-off",
    ("joins", True): "joins-on",
    ("joins", False): "joins-off",
}


def _signal(framer: Framer, signal: Signal | Key) -> None:
    framer.see_telnet()
    if isinstance(signal, Key):
        framer.press(signal)
    elif signal is Signal.ERASE_CHARACTER:
        framer.erase_character()
    elif signal is Signal.ERASE_LINE:
        framer.erase_line()
