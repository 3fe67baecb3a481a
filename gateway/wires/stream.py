"""The wire of GET /events: Server-Sent Events, or plain text. It only tells; nothing that comes is listened to.

An event's id is a position, `EPOCH:SEQ`: who comes back with it in Last-Event-ID goes on there (HTML Living Standard,
section 9.2).
"""

from collections.abc import Sequence
from functools import lru_cache

from ..messages import Message, Position
from ..phrases import Phrases
from . import Format, TextsAlone, Unswitched, answers, events
from .bodies import answer_json, data_json, deletion_data_json
from .plain import in_rows, indent_lines, paragraphs, public_line_of


class SseFormat:
    """Each entry as an event of its own: its id says where it is, its data the rest, as in chat.v1.json."""

    excludes_own = False
    squeeze = 1

    def __init__(self, epoch: str) -> None:
        self._head = f"id: {epoch}:".encode()

    def encode(self, message: Message) -> bytes:
        """The message as an event."""
        return b"%b%d\ndata: %b\n\n" % (self._head, message.seq, data_json(message))

    def encode_deletion(self, message: Message) -> bytes:
        """The same under another name, which a reader that does not know it passes over."""
        return b"%b%d\nevent: deleted\ndata: %b\n\n" % (self._head, message.seq, deletion_data_json(message))

    def join(self, parts: Sequence[bytes]) -> bytes:
        """One after the other."""
        return b"".join(parts)


class LineFormat(TextsAlone):
    """Each message as a line, further lines of its text indented. A stream may begin at the log's beginning."""

    excludes_own = False
    squeeze = 1

    def encode(self, message: Message) -> bytes:
        """The message as a line."""
        return indent_lines(public_line_of(in_rows(message))).encode() + b"\n"

    def join(self, parts: Sequence[bytes]) -> bytes:
        """One after the other."""
        return b"".join(parts)


LINES = LineFormat()


@lru_cache(8)
def sse_format(epoch: str) -> SseFormat:
    """The format that all streams of a log share."""
    return SseFormat(epoch)


class StreamWire(Unswitched):
    """One stream."""

    __slots__ = ("_phrases", "format")

    name = "events"
    tells_presence = False
    deadline = None

    def __init__(self, phrases: Phrases, wire_format: Format) -> None:
        self._phrases = phrases
        self.format = wire_format

    @property
    def is_plain(self) -> bool:
        """Whether it is plain text."""
        return self.format is LINES

    @property
    def beat(self) -> bytes:
        """What says that we are there, and no more: a comment, or an empty line, which no message has."""
        return b"\n" if self.is_plain else b":\n\n"

    def feed(self, data: bytes) -> None:
        """Nothing that comes is listened to."""

    def feed_eof(self) -> None:
        """The peer has closed its side, and asked for nothing."""

    feed_reset = feed_eof

    def next_request(self, now: float) -> events.Request | None:
        """Nothing is asked for."""
        return None

    def answer(self, answer: answers.Answer) -> bytes:
        """The answer as an event named by its type, or as notices."""
        if self.is_plain:
            return b"".join(indent_lines(text).encode() + b"\n" for text in paragraphs(answer, self._phrases))
        kind = str(answer.__struct_config__.tag)
        return f"event: {kind}\ndata: ".encode() + answer_json(answer) + b"\n\n"


def position_of(text: str) -> Position | None:
    """The position that an event's id names; None for anything else."""
    epoch, _, seq = text.rpartition(":")
    return Position(epoch, int(seq)) if epoch and seq.isascii() and seq.isdecimal() and len(seq) < 16 else None
