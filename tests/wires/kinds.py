"""The wires, one row each, for the suite of the contract, the costs and the fuzzing. Whoever adds a wire adds a row.

How a form is read is written here anew, as a stranger's client would have it by docs/protocol.md: what the wire's own
modules take for the beginning of a message is what is tested.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

import msgspec
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame
from websockets.streams import StreamReader

from gateway.phrases import Phrases
from gateway.wires import Format, Wire
from gateway.wires.json import JSON, JSON_DEFLATE, JsonWire
from gateway.wires.raw import POST, RawWire, line_format, timed_format
from gateway.wires.stream import LINES, StreamWire, sse_format
from gateway.wires.text import TEXT, TEXT_DEFLATE, TextWire

PHRASES = Phrases("en")
MAX_TEXT = 1000

Read = Callable[[bytes], Sequence[str]]
"""Who speaks, message by message, to a peer that is written this."""

_HEAD = re.compile(r"(?:\[[^]]*\] )?(?:来自(.*?)的消息:|([^:*]*): )")


@dataclass(frozen=True)
class Kind:
    """A wire for texts of so many bytes, what says texts on it, and each of its forms with how that is read.

    `is_stream`: its bytes may be cut anywhere; else what is fed at once is a message of its own. `idle` asks for
    nothing, however often it comes; None where everything asks for something.
    """

    make: Callable[[int], Wire]
    says: Callable[[str], bytes]
    forms: Mapping[Format, Read]
    idle: bytes | None = None
    is_stream: bool = False
    hears: bool = True


def frames_of(data: bytes, *, deflate: bool = False) -> list[bytes]:
    """The payloads of server frames, by the library's own parser."""
    reader = StreamReader()
    reader.feed_data(data)
    payloads = []
    extensions = [PerMessageDeflate(True, True, 15, 15)] if deflate else []
    while len(reader.buffer):
        parser = Frame.parse(reader.read_exact, mask=False, extensions=extensions)
        try:
            next(parser)
        except StopIteration as done:
            payloads.append(bytes(done.value.data))
    return payloads


def speakers(text: str) -> list[str]:
    """Of each line that is not indented: who speaks, or the line, if that is not to be told."""
    told = [line for line in text.replace("\r\n", "\n").split("\n") if line and not line.startswith("  ")]
    return [next(filter(None, head.groups())) if (head := _HEAD.match(line)) else line for line in told]


def _lines(data: bytes) -> list[str]:
    return speakers(data.decode())


def _paragraphs(data: bytes) -> list[str]:
    """An empty line ends each; further lines are its own, unless they begin as only heads and notices do."""
    told = [each for each in re.split(r"\n\n|\n(?=来自|\* )", data.decode()) if each]
    return [speaker for each in told for speaker in speakers(each.partition("\n")[0])]


def _framed_lines(data: bytes, *, deflate: bool = False) -> list[str]:
    return [speaker for frame in frames_of(data, deflate=deflate) for speaker in _lines(frame)]


def _events(data: bytes, *, deflate: bool = False) -> list[str]:
    payloads = frames_of(data, deflate=deflate)
    return [msgspec.json.decode(line)["from"] for payload in payloads for line in payload.split(b"\n")]


def _sent_events(data: bytes) -> list[str]:
    """By the HTML Living Standard, section 9.2.6: each line end ends a field, an empty line an event."""
    fields = re.split("\r\n|\r|\n", data.decode())
    return [msgspec.json.decode(field[6:])["from"] for field in fields if field.startswith("data: ")]


def _said_as_json(text: str) -> bytes:
    return msgspec.json.encode({"type": "say", "text": text}) + b"\n"


_LINE_FORMS: dict[Format, Read] = {
    line_format("en", "\n"): _lines,
    line_format("zh", "\r\n"): _lines,
    timed_format("en", "\n", UTC): _lines,
    timed_format("zh", "\r\n", UTC): _lines,
}

KINDS = {
    "raw": Kind(
        lambda most: RawWire(PHRASES, most, 0.3, lambda: 0),
        lambda text: text.encode() + b"\n\n",
        {POST: _paragraphs, **_LINE_FORMS},
        idle=b"\xff\xf1",
        is_stream=True,
    ),
    "text": Kind(
        lambda most: TextWire(PHRASES, most, deflate=False),
        str.encode,
        {TEXT: _framed_lines, TEXT_DEFLATE: lambda data: _framed_lines(data, deflate=True)},
    ),
    "json": Kind(
        lambda most: JsonWire(most, deflate=False),
        _said_as_json,
        {JSON: _events, JSON_DEFLATE: lambda data: _events(data, deflate=True)},
    ),
    "events": Kind(
        lambda most: StreamWire(PHRASES, sse_format("e:1")), str.encode, {sse_format("e:1"): _sent_events}, hears=False
    ),
    "events, plain": Kind(lambda most: StreamWire(PHRASES, LINES), str.encode, {LINES: _lines}, hears=False),
}
HEARING = [name for name, kind in KINDS.items() if kind.hears]
FORMS = [(name, form) for name, kind in KINDS.items() for form in kind.forms]
