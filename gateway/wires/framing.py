"""Where a message ends on the raw wire, learned per connection: start, post or line.

The states and what moves between them; `line` is final. A line end is LF, CR LF or CR NUL.

    in           what comes                                                     then
    start        text, LF LF                                                    it is said; post
    start        text, then CR LF or CR NUL; or any telnet command              line
    start        text, LF, and grace has passed since that first LF             line
    post         LF LF                                                          ends a message
    post         text whose last byte is LF, then grace of silence              line
    start, post  pending text over the limit that holds a line end              line
    line         any line end                                                   ends a message
    any          CR LF at the start of a message                                quit, or nothing after a CR line end
    any          end of input                                                   start, line: said by line; post: whole
    any          reset                                                          whole lines are said, a tail is not

On the way to `line` all that is pending is read again by line's rule. Line ends before any text say nothing. Every
decision depends on the bytes (and grace) alone, never on how they were split: an end that starts at or before
`max_text` is found before the text is too long, and nothing is decided about a CR until the byte after it is there.
What is none of ours is refused by opening's rules. No byte is looked at more than a few times.
"""

import re
from enum import Enum, IntEnum, auto
from typing import Literal

from .editing import ERASED, edited, is_torn, line_start
from .events import WORKING, EndOfInput, Mistake, NotOurs, Quit, Request, Typed
from .opening import BINARY, FIRST, LINE_END, TLS, is_http
from .telnet import Key


class Framing(IntEnum):
    """How messages end. Looked up for each message: an Enum that is no number has a hash in Python."""

    START = auto()
    POST = auto()
    LINE = auto()


class _End(Enum):
    OPEN = auto()
    CLOSED = auto()  # the peer closed its side
    RESET = auto()  # the connection broke
    DONE = auto()  # all is said, or the peer was sent away: nothing more comes


_ENDS = {
    Framing.START: re.compile(rb"\n\n|\r[\n\0]"),
    Framing.POST: re.compile(rb"\n\n"),
    Framing.LINE: re.compile(rb"\r?\n|\r\0"),
}
_BLANK = re.compile(rb"(?:\n|\r\0)++")
_BLANK_NO_QUIT = re.compile(rb"(?:\r?\n|\r\0)++")
_BLANK_STARTS = (b"\n", b"\r")


class Framer:
    """Cuts one connection's plain bytes into messages. `max_text` in bytes, `grace` in seconds (0: post only)."""

    __slots__ = (
        "_end",
        "_first",
        "_grace",
        "_is_binary",
        "_max",
        "_opening",
        "_overlong",
        "_pending",
        "_queued",
        "_quiet",
        "_scanned",
        "_since",
        "_telnet",
        "_told_utf8",
        "ends_lines_with_cr",
        "framing",
    )

    def __init__(self, max_text: int, grace: float) -> None:
        self.framing = Framing.START if grace else Framing.POST
        self._max = max_text
        self._grace = grace
        self._pending = bytearray()
        self._scanned = 0  # no end of a message starts before this index
        self._quiet = 0  # and there is no LF before this one
        self._since: float | None = None  # when grace began
        self._first: bytes | None = b""  # the first bytes, as long as they may turn out to be binary
        self._is_binary = False  # they did, behind what is pending
        self._opening = True  # the first line has not ended: it may still be HTTP, its first bytes TLS
        self._overlong = False  # the message's beginning was too long and is gone
        self.ends_lines_with_cr = False  # a line of text has ended in CR: then so do the lines for this peer
        self._telnet = False
        self._told_utf8 = False
        self._end = _End.OPEN
        self._queued: Request | None = None

    @property
    def is_telnet(self) -> bool:
        """Whether it may be telnet that speaks."""
        return self._telnet or self.ends_lines_with_cr

    @property
    def has_ended(self) -> bool:
        """Whether nothing more comes."""
        return self._end is not _End.OPEN

    @property
    def deadline(self) -> float | None:
        """When grace has passed, if it runs."""
        return None if self._since is None else self._since + self._grace

    def feed(self, data: bytes, now: float) -> None:
        """Plain bytes of the peer, at `now` (seconds)."""
        if self._end is _End.DONE or self._is_binary:
            return
        self._expire(now)
        if self.framing is Framing.POST:
            self._since = None  # it was no silence
        self._pending += data if self._first is None else self._inspect(self._first, data)

    def feed_eof(self) -> None:
        """The peer closed its side."""
        self._finish(_End.CLOSED)

    def feed_reset(self) -> None:
        """The connection broke."""
        self._finish(_End.RESET)

    def see_telnet(self) -> None:
        """A telnet command came: an empty line is no quit any more, and who has not decided speaks lines."""
        self._telnet = True
        if self.framing is Framing.START:
            self._to_line()

    def erase_character(self) -> None:
        """Telnet's EC, which edits the line in line framing."""
        if self.framing is Framing.LINE:
            self._pending += b"\x08"

    def erase_line(self) -> None:
        """Telnet's EL, which takes back the line in line framing."""
        if self.framing is Framing.LINE:
            del self._pending[(start := line_start(self._pending)) :]
            self._overlong = self._overlong and start > 0
            self._scanned = 0

    def press(self, key: Key) -> None:
        """A control key of telnet's, or a byte of the character that is being typed."""
        if is_torn(self._pending):
            self._pending.append(key.byte)
        elif key.takes_back:
            self.erase_line()

    def next_request(self, now: float) -> Request | None:
        """The next message, quit or mistake; EndOfInput as the last one after the end; None until more is fed."""
        if (queued := self._queued) is not None:
            self._queued = None
            return queued
        if self._since is not None:
            self._expire(now)
        while True:
            progress = self._step()
            if progress is None:
                self._wait(now)
                return None
            if progress is not WORKING:
                return progress

    # --- one step: a request; WORKING if something changed, to look again; None if more bytes are needed ---

    def _step(self) -> Request | None:
        if self._pending[:1] in _BLANK_STARTS and not self._overlong and (blank := self._skip_blank()):
            return blank
        if not self._pending and not self._overlong:
            return self._at_end()
        if self._opening and (foreign := self._foreign_protocol()):
            return foreign
        match = _ENDS[self.framing].search(self._pending, self._scanned, self._max + 2)
        if match and (start := match.start()) <= self._max:
            return self._ended(start, match.end(), cr=self._pending[start] == 0x0D)
        if len(self._pending) >= self._max + 2:
            return self._overflow()
        self._scanned = max(0, len(self._pending) - 1)
        return self._at_end()

    def _skip_blank(self) -> Request | None:
        may_quit = not (self.ends_lines_with_cr or self._telnet)
        if blank := (_BLANK if may_quit else _BLANK_NO_QUIT).match(self._pending):
            self._drop(blank.end())
            return WORKING
        if may_quit and self._pending.startswith(b"\r\n"):
            self._close()
            return Quit()
        return None

    def _ended(self, start: int, end: int, *, cr: bool) -> Request:
        if self.framing is Framing.START:
            if cr:
                self._to_line()
                return WORKING
            self.framing = Framing.POST
            self._since = None
        self.ends_lines_with_cr |= cr
        return self._say(start, end)

    def _overflow(self) -> Request:
        may_speak_lines = self._grace and self.framing is not Framing.LINE
        if may_speak_lines and LINE_END.search(self._pending, 0, self._max + 1):
            self._to_line()
            return WORKING
        self._drop(self._max + 1)
        was_overlong, self._overlong = self._overlong, True
        return WORKING if was_overlong else Mistake("too-long")

    def _at_end(self) -> Request | None:
        if self._is_binary and self._end is not _End.DONE:
            return self._refuse("binary")
        if self._end in (_End.OPEN, _End.DONE):
            return None
        if self._pending and self._end is _End.CLOSED:
            return self._say(len(self._pending), len(self._pending))
        self._close()
        return EndOfInput()

    def _foreign_protocol(self) -> Request | None:
        if self._pending.startswith(TLS):
            return self._refuse("tls")
        answer = is_http(self._pending, self._scanned, self._max + 2, is_all=self.has_ended)
        self._opening = answer is None
        return self._refuse("http") if answer else None

    def _inspect(self, before: bytes, data: bytes) -> bytes:
        """What of the first bytes stands before something binary."""
        first = before + data[: FIRST - len(before)]
        self._first = first if len(first) < FIRST else None
        if found := BINARY.search(first):
            self._is_binary = True
            return data[: found.end() - 1 - len(before)]
        return data

    # --- the parts of a step ---

    def _say(self, start: int, end: int) -> Request:
        data: bytes | bytearray = self._pending[:start]
        self._drop(end)
        if self._overlong:
            self._overlong = False
            return WORKING
        if self.framing is Framing.LINE and ERASED.search(data):
            data = edited(bytes(data))
        try:
            return Typed(data.decode())
        except UnicodeDecodeError:
            said = Typed(data.decode(errors="replace"))
        if self._told_utf8:
            return said
        self._told_utf8, self._queued = True, said
        return Mistake("not-utf8")

    def _refuse(self, protocol: Literal["http", "tls", "binary"]) -> Request:
        self._close()
        return NotOurs(protocol)

    def _to_line(self) -> None:
        self.framing = Framing.LINE
        self._since = None
        self._scanned = 0

    def _drop(self, end: int) -> None:
        del self._pending[:end]
        self._scanned = self._quiet = 0

    def _close(self) -> None:
        self._pending.clear()
        self._since = None
        self._end = _End.DONE

    def _finish(self, end: _End) -> None:
        if self._end is _End.DONE:
            return
        self._end = end
        if self.framing is Framing.START or (end is _End.RESET and self._grace):
            self._to_line()

    def _expire(self, now: float) -> None:
        if (deadline := self.deadline) is not None and now >= deadline:
            self._to_line()

    def _wait(self, now: float) -> None:
        if not self._grace or self._since is not None or not self._pending:
            return
        if self.framing is Framing.START:
            waits = self._pending.find(b"\n", self._quiet) >= 0
            self._quiet = len(self._pending)
        else:
            waits = self.framing is Framing.POST and self._pending.endswith(b"\n")
        if waits:
            self._since = now
