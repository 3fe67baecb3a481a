"""The WebSocket wire without a subprotocol: each text frame is a message or a command, each message a text frame."""

from collections import deque
from collections.abc import Sequence

from ..messages import Message
from ..phrases import Phrases
from . import TextsAlone, Unswitched
from .answers import Answer
from .events import EndOfInput, Mistake, Request, Typed
from .frames import Framed, deflated_frame, plain_frame
from .plain import in_rows, indent_lines, line_of, paragraphs


class TextFormat(TextsAlone):
    """The raw wire's line, one a frame, without its end."""

    excludes_own = True
    squeeze = 1

    def __init__(self, framed: Framed) -> None:
        self.framed = framed

    def encode(self, message: Message) -> bytes:
        """One message as a frame of its own."""
        return self.framed(indent_lines(line_of(in_rows(message))).encode())

    def join(self, parts: Sequence[bytes]) -> bytes:
        """The frames one after the other."""
        return b"".join(parts)


TEXT = TextFormat(plain_frame)
TEXT_DEFLATE = TextFormat(deflated_frame)


class TextWire(Unswitched):
    """One text connection."""

    __slots__ = ("_is_first", "_max_text", "_phrases", "_requests", "format")

    name = "text"
    tells_presence = False
    deadline = None

    def __init__(self, phrases: Phrases, max_text: int, *, deflate: bool) -> None:
        self._phrases = phrases
        self._max_text = max_text
        self._is_first = True
        self._requests: deque[Request] = deque()
        self.format = TEXT_DEFLATE if deflate else TEXT

    def feed(self, payload: bytes) -> None:
        """A whole text message. Raises UnicodeDecodeError."""
        text = payload.decode()
        if self._is_first:
            self._is_first = False
            text = text.removeprefix("\ufeff")  # as at the start of any stream
        self._requests.append(Typed(text) if len(payload) <= self._max_text else Mistake("too-long"))

    def feed_eof(self) -> None:
        """The peer has closed its side."""
        self._requests.append(EndOfInput())

    feed_reset = feed_eof  # only whole messages get here

    def next_request(self, now: float) -> Request | None:
        """The next message."""
        return self._requests.popleft() if self._requests else None

    def answer(self, answer: Answer) -> bytes:
        """The answer as notices, a frame each."""
        texts = paragraphs(answer, self._phrases)
        return b"".join(self.format.framed(indent_lines(text).encode()) for text in texts)
