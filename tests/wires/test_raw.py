"""The raw wire: every row of the framing table whole, byte by byte and split at random; telnet; what is not ours."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.messages import Message
from gateway.people import Person
from gateway.phrases import Phrases
from gateway.wires import answers, events
from gateway.wires.raw import POST, TOKENS, RawFormat, RawWire, greeting, line_format

from ..fuzz import CORPUS
from ..samples import a_message
from ..tables import each_of

MAX_TEXT = 16
GRACE = 0.3
STORM = 10 * TOKENS


class Pause:
    """Grace passes with nothing sent."""


class Eof:
    """The peer closes its side."""


class Reset:
    """The connection breaks."""


PAUSE, EOF, RESET = Pause(), Eof(), Reset()
Step = bytes | Pause | Eof | Reset

QUIT, END, TOO_LONG, NOT_UTF8 = (
    events.Quit(),
    events.EndOfInput(),
    events.Mistake("too-long"),
    events.Mistake("not-utf8"),
)
LINE, LINE_CR = line_format("en", "\n"), line_format("en", "\r\n")
HTTP, TLS = events.NotOurs("http"), events.NotOurs("tls")
BINARY, BINARY_LINE, BINARY_CR = (
    (events.Reply(f"* {Phrases('en')('not-text')}{end}".encode()), events.NotOurs("binary"))
    for end in ("\n\n", "\n", "\r\n")
)
MARKED = events.Reply(b"\xff\xfc\x06")
Expected = str | events.Request
TOLD = POST.paragraph(f"* {Phrases('en')('utf-16')}")
UTF16: list[Expected] = [events.Reply(TOLD), events.NotOurs("utf-16")]

CASES: list[tuple[str, list[Step], list[Expected], RawFormat]] = [
    # start
    ("nothing", [b""], [], POST),
    ("line ends before any text say nothing", [b"\n\n\n\r\0\n"], [], POST),
    ("text alone waits", [b"hi"], [], POST),
    ("post: LF LF", [b"hi\n\n"], ["hi"], POST),
    ("post: a line break inside", [b"a\nb\n\n"], ["a\nb"], POST),
    ("post: two in one segment", [b"a\n\nb\n\n"], ["a", "b"], POST),
    ("post: more line ends than two", [b"a\n\n\n\n\nb\n\n"], ["a", "b"], POST),
    ("start: CR LF makes lines", [b"hi\r\n"], ["hi"], LINE_CR),
    ("start: CR NUL makes lines", [b"hi\r\0"], ["hi"], LINE_CR),
    ("start: CR LF on the second line", [b"a\nb\r\n"], ["a", "b"], LINE_CR),
    ("start: one LF waits for grace", [b"hi\n"], [], POST),
    ("start: one LF, then grace", [b"hi\n", PAUSE], ["hi"], LINE),
    ("start: a burst is many messages", [b"1\n2\n3\n4\n5\n", PAUSE], ["1", "2", "3", "4", "5"], LINE),
    ("start: grace with a tail", [b"a\nb", PAUSE], ["a"], LINE),
    ("start: no grace without a line end", [b"a", PAUSE, b"b\n\n"], ["ab"], POST),
    ("start: line ends before text start no grace", [b"\n\n", PAUSE, b"a\n\n"], ["a"], POST),
    ("start: a lone CR is text", [b"a\rb\n\n"], ["a\rb"], POST),
    # post
    ("post: CR LF inside is a line break", [b"a\n\n", b"b\r\nc\n\n"], ["a", "b\r\nc"], POST),
    ("post: LF and silence makes lines", [b"a\n\n", b"b\n", PAUSE], ["a", "b"], LINE),
    ("post: no LF, no grace", [b"a\n\n", b"b", PAUSE, b"c\n\n"], ["a", "bc"], POST),
    ("post: netcat after a blank line", [b"a\n\n", b"b\nc\n", PAUSE, b"d\n"], ["a", "b", "c", "d"], LINE),
    # line
    ("line: any line end", [b"a\n", PAUSE, b"b\nc\r\nd\r\0e\n"], ["a", "b", "c", "d", "e"], LINE_CR),
    ("line: empty lines say nothing", [b"a\r\n\r\n\n\r\0b\r\n"], ["a", "b"], LINE_CR),
    ("line: is final", [b"a\n", PAUSE, b"b\n\nc\n\n"], ["a", "b", "c"], LINE),
    ("line: backspace", [b"ab\x08c\x7f\x7f\x7f\x7fd\xe4\xbd\xa0\x08e\r\n"], ["de"], LINE_CR),
    ("post: backspace is no editing", [b"ab\x08\n\n"], ["ab\x08"], POST),
    # quit
    ("quit at once", [b"\r\n"], [QUIT], POST),
    ("quit after a message", [b"a\n\n\r\n"], ["a", QUIT], POST),
    ("nothing after quit", [b"\r\nsecret\n\n", EOF], [QUIT], POST),
    ("quit in line, before any CR", [b"a\n", PAUSE, b"\r\n"], ["a", QUIT], LINE),
    ("quit glued to a line", [b"a\n\r\n"], ["a", QUIT], LINE),
    ("no quit once a line ended in CR LF", [b"a\r\n\r\nb\r\n"], ["a", "b"], LINE_CR),
    ("no quit once telnet was seen", [b"\xff\xf1\r\nb\r\n"], ["b"], LINE_CR),
    ("CR waits for its LF", [b"\r"], [], POST),
    # the end
    ("end: nothing pending", [EOF], [END], LINE),
    ("end: start says by lines", [b"a\nb", EOF], ["a", "b", END], LINE),
    ("end: a tail without a line end", [b"a", EOF], ["a", END], LINE),
    ("end: post says one message", [b"a\n\nb\nc\n", EOF], ["a", "b\nc\n", END], POST),
    ("end: line says the tail", [b"a\r\nb", EOF], ["a", "b", END], LINE_CR),
    ("reset: whole lines, no tail", [b"a\nb\nc", RESET], ["a", "b", END], LINE),
    ("reset: whole lines in post", [b"a\n\nb\nc", RESET], ["a", "b", END], LINE),
    ("reset: whole lines in line", [b"a\r\nb\r\nc", RESET], ["a", "b", END], LINE_CR),
    # too long: 16 bytes are allowed
    ("as long as may be", [b"0123456789abcdef\n\n"], ["0123456789abcdef"], POST),
    ("too long", [b"0123456789abcdefg"], [], POST),
    ("too long, decided", [b"0123456789abcdefgh"], [TOO_LONG], POST),
    ("too long, then well", [b"0123456789abcdefghijklmnop\n\nok\n\n"], [TOO_LONG, "ok"], POST),
    ("too long twice over", [b"x" * 100 + b"\n\nok\n\n"], [TOO_LONG, "ok"], POST),
    ("too long, then a line end and grace", [b"x" * 18 + b"\n", PAUSE, b"ok\n"], [TOO_LONG, "ok"], LINE),
    ("too long, a line end, more, then grace", [b"x" * 18 + b"\nok", PAUSE, b"\n"], [TOO_LONG, "ok"], LINE),
    ("too long in line", [b"a\r\n" + b"x" * 100 + b"\r\nok\r\n"], ["a", TOO_LONG, "ok"], LINE_CR),
    ("too long at the end", [b"x" * 100, EOF], [TOO_LONG, END], LINE),
    ("start over the limit with a line end", [b"one\ntwo\nthree\nfour\nfive"], ["one", "two", "three", "four"], LINE),
    (
        "post over the limit with a line end",
        [b"a\n\none\ntwo\nthree\nfour\nfive"],
        ["a", "one", "two", "three", "four"],
        LINE,
    ),
    # not UTF-8
    ("not UTF-8, told once", [b"a\xfe\n\n\xfd\n\n"], [NOT_UTF8, "a\ufffd", "\ufffd"], POST),
    ("UTF-8 in pieces", ["你好\n\n".encode()], ["你好"], POST),
    # telnet
    ("a command makes lines", [b"\xff\xf1a\n"], ["a"], LINE),
    ("a command re-reads what is pending", [b"a\nb\n\xff\xf1"], ["a", "b"], LINE),
    ("IAC IAC is one byte", [b"a\xff\xff\n\n"], [NOT_UTF8, "a\ufffd"], POST),
    ("IAC and no command is text", [b"a\xffb\n\n"], [NOT_UTF8, "a\ufffdb"], POST),
    ("IAC at the end is text", [b"a\xff", EOF], [NOT_UTF8, "a\ufffd", END], LINE),
    ("an option is refused", [b"\xff\xfd\x01"], [events.Reply(b"\xff\xfc\x01")], LINE),
    (
        "an offer and a demand of one option are both refused",
        [b"\xff\xfb\x01\xff\xfd\x01"],
        [events.Reply(b"\xff\xfe\x01"), events.Reply(b"\xff\xfc\x01")],
        LINE,
    ),
    ("an offer is refused", [b"\xff\xfb\x01"], [events.Reply(b"\xff\xfe\x01")], LINE),
    ("once", [b"\xff\xfd\x01\xff\xfd\x01"], [events.Reply(b"\xff\xfc\x01")], LINE),
    ("an answer is not answered", [b"\xff\xfe\x01\xff\xfc\x01"], [], LINE),
    ("a timing mark each time", [b"\xff\xfd\x06\xff\xfd\x06"], [events.Reply(b"\xff\xfc\x06")] * 2, LINE),
    ("a sub-negotiation is dropped", [b"\xff\xfa\x18hello\nyou\xff\xff\xff\xf0a\n"], ["a"], LINE),
    ("EC", [b"ab\xff\xf7c\n"], ["ac"], LINE),
    ("Ctrl-C takes back the line", [b"one\ntwo\xff\xf4three\n"], ["one", "three"], LINE),
    ("so does BREAK, and ABORT", [b"one\xff\xf3two\xff\xeethree\n"], ["three"], LINE),
    ("AO, EOF and SUSP do not", [b"o\xff\xf5n\xff\xece\xff\xed\n"], ["one"], LINE),
    ("a byte that telnet took for a key", [b"\xe6\xff\xf3\xff\xfd\x06\x89\r\n"], [MARKED, "有"], LINE_CR),
    (
        "each of them",
        [b"\xc4\xff\xf4\xc4\xff\xec\xc4\xff\xf5\xe4\xb8\xff\xed\xf0\x9f\x98\xff\xee\r\n"],
        ["\u0103\u0104\u010f\u4e1a\U0001f61c"],
        LINE_CR,
    ),
    ("EL", [b"one\ntwo\xff\xf8three\n"], ["one", "three"], LINE),
    ("EL, then a shorter line", [b"\xff\xf1abcdefgh\xff\xf8", b"x\r\n"], ["x"], LINE_CR),
    ("EL takes back a too long line", [b"a\r\n" + b"x" * 30 + b"\xff\xf8ok\r\n"], ["a", TOO_LONG, "ok"], LINE_CR),
    # other protocols
    ("HTTP", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"], [HTTP], POST),
    ("HTTP with a body", [b"POST /a?b HTTP/1.1\r\n\r\nsay this\n\n"], [HTTP], POST),
    ("HTTP with LF alone", [b"GET / HTTP/1.0\n\n"], [HTTP], POST),
    ("HTTP behind line ends", [b"\n\nGET / HTTP/1.0\n\n"], [HTTP], POST),
    ("HTTP with a target past the limit", [b"POST /" + b"x" * 99 + b" HTTP/1.1\r\nA: b\r\n\r\nsay\n\n"], [HTTP], POST),
    ("HTTP behind telnet", [b"\xff\xf1GET / HTTP/1.0\r\n\r\n"], [HTTP], LINE),
    ("SIP", [b"OPTIONS sip:nm SIP/2.0\r\nVia: x\r\n\r\n"], [HTTP], POST),
    ("RTSP", [b"OPTIONS / RTSP/1.0\r\n\r\n"], [HTTP], POST),
    ("no request line", [b"see you 10/12\n\n"], ["see you 10/12"], POST),
    ("HTTP cut off", [b"GET / HTTP/1.1", EOF], [HTTP], LINE),
    ("words like a method", [b"GET the milk\n\n"], ["GET the milk"], POST),
    ("HTTP later is text", [b"hi\n\nGET / HTTP/1.1\n\n"], ["hi", "GET / HTTP/1.1"], POST),
    ("HTTP behind a U+FEFF", [b"\xef\xbb\xbfGET / HTTP/1.0\n\n"], [HTTP], POST),
    ("HTTP ended as by telnet", [b"GET / HTTP/1.0\r\0"], [HTTP], POST),
    (
        "HTTP behind a line that telnet ended, in one piece with it",
        [b"hi\r\0GET / HTTP/1.1\r\n", EOF],
        ["hi", "GET / HTTP/1.1", END],
        LINE_CR,
    ),
    ("HTTP behind a line that telnet ended is text", [b"hi\r\0GET / HTTP/1.1\r\n"], ["hi", "GET / HTTP/1.1"], LINE_CR),
    ("TLS", [b"\x16\x03\x01\x02\x00\x01\x00\n\n"], [TLS], POST),
    ("TLS behind a line", [b"\x16\n\n\x16\x03\n\n"], ["\x16", "\x16\x03"], POST),
    ("nothing after TLS", [b"\x16\x03\x01hi\n\n", EOF], [TLS], POST),
    # binary: STUN, as WebRTC and TURN have it
    ("NUL first", [b"\0"], [*BINARY], POST),
    ("STUN in a frame of ICE", [b"\0\x6c\0\x01\0\x58\x21\x12\xa4\x42say this\n\n", EOF], [*BINARY], POST),
    ("STUN in a frame with text for its length", [b"ab\0\x01say\n\n"], [*BINARY], POST),
    ("STUN with its cookie alone", [b"ab\x01\x01cd\x21\x12\xa4\x42say\n\n"], [*BINARY], POST),
    ("NUL as the twentieth byte", [b"0123456789\n\n0123456\0say\n\n"], ["0123456789", *BINARY], POST),
    ("NUL behind the twentieth byte", [b"0123456789\n\n01234567\0\n\n"], ["0123456789", "01234567\0"], POST),
    (
        "the cookie's end as the twentieth byte",
        [b"0123456789\n\n0123\x21\x12\xa4\x42\n"],
        ["0123456789", *BINARY],
        POST,
    ),
    (
        "the cookie's end behind it",
        [b"0123456789\n\n01234\x21\x12\xa4\x42\n\n"],
        ["0123456789", NOT_UTF8, "01234\x21\x12\ufffdB"],
        POST,
    ),
    ("a NUL behind a line end", [b"a\r\n\0b\r\n"], ["a", *BINARY_CR], LINE_CR),
    ("a NUL before grace has passed", [b"a\nb\n\0", PAUSE], [*BINARY], POST),
    ("a NUL after grace has passed", [b"a\nb\n", PAUSE, b"\0c\n"], ["a", "b", *BINARY_LINE], LINE),
    ("telnet's line end is none", [b"a\r\0b\r\0"], ["a", "b"], LINE_CR),
    ("a second NUL behind CR is one", [b"a\r\0\0b"], ["a", *BINARY_CR], LINE_CR),
    (
        "a NUL in telnet's commands is none",
        [b"\xff\xfb\0\xff\xfa\x1f\0\x50\0\x18\xff\xf0a\r\n"],
        [events.Reply(b"\xff\xfe\0"), "a"],
        LINE_CR,
    ),
    ("UTF-16 without a mark", ["hi\r\n".encode("utf-16-le"), EOF], [*BINARY], POST),
    # marks
    ("a U+FEFF at the start", [b"\xef\xbb\xbf/who\n\n"], ["/who"], POST),
    ("one U+FEFF", [b"\xef\xbb\xbf\xef\xbb\xbfa\n\n"], ["\ufeffa"], POST),
    ("a U+FEFF later is text", [b"a\n\n\xef\xbb\xbfb\n\n"], ["a", "\ufeffb"], POST),
    ("a U+FEFF and nothing", [b"\xef\xbb\xbf", EOF], [END], LINE),
    ("half a U+FEFF", [b"\xef\xbb", EOF], [NOT_UTF8, "\ufffd", END], LINE),
    ("half a U+FEFF, then a reset", [b"\xef\xbb", RESET], [END], LINE),
    ("UTF-16", ["hi\r\n".encode("utf-16"), b"more\n\n", EOF], UTF16, POST),
    ("UTF-16 of a password", ["/op secret\n".encode("utf-16"), EOF], UTF16, POST),
    ("UTF-16 in Chinese", ["你好\n\n".encode("utf-16")], UTF16, POST),
    ("UTF-16, big end first", [b"\xfe\xff" + "hi\n\n".encode("utf-16-be")], UTF16, POST),
    ("DONT is telnet's", [b"\xff\xfe\x01\xff\xfe\x22hi\r\n"], ["hi"], LINE_CR),
    ("DONT and the end", [b"\xff\xfe\x22", EOF], [END], LINE),
    ("DONT and a reset", [b"\xff\xfe", RESET], [END], LINE),
]


def pieces(data: bytes, how: str | int) -> Iterable[bytes]:
    """The data whole, byte by byte, or cut in two at a place."""
    if isinstance(how, int):
        return [data[:how], data[how:]]
    return [data] if how == "whole" else [data[at : at + 1] for at in range(len(data))]


def decode(steps: Sequence[Step], how: str | int = "whole", *, grace: float = GRACE) -> tuple[list[Expected], RawWire]:
    """What a peer's steps come to, texts as str."""
    wire = RawWire(Phrases("en"), MAX_TEXT, grace, lambda: 0)
    got: list[Expected] = []
    now = 100.0

    def drain() -> None:
        while (request := wire.next_request(now)) is not None:
            if not isinstance(request, events.Working | events.TypesLines):
                got.append(request.text if isinstance(request, events.Typed) else request)

    for step in steps:
        if isinstance(step, bytes):
            for piece in pieces(step, how):
                wire.feed(piece)
                drain()
        elif isinstance(step, Pause):
            now += GRACE
        elif isinstance(step, Eof):
            wire.feed_eof()
        else:
            wire.feed_reset()
        drain()
    return got, wire


@each_of(("name", "steps", "expected", "wire_format"), CASES)
def test_framing(name: str, steps: list[Step], expected: list[Expected], wire_format: RawFormat) -> None:
    """However it is cut: whole, byte by byte, and once at each place that there is."""
    longest = max((len(step) for step in steps if isinstance(step, bytes)), default=0)
    for how in ("whole", "bytes", *range(1, longest)):
        got, wire = decode(steps, how)
        assert (how, got) == (how, expected)
        assert wire.format is wire_format


BYTES_OF_INTEREST = st.sampled_from(
    [
        b"\n",
        b"\r",
        b"\0",
        b"a",
        b"b ",
        b"\x08",
        "你".encode(),
        b"\xff",
        b"\xfd",
        b"\x06",
        b"\xfa",
        b"\xf0",
        b"\xf7",
        b"\xf8",
        b"\xf3",
        b"\xe6",
        b"\x16\x03",
        b"GET / HTTP/1.1",
        b"0123456789",
        b"\xfe",
        b"\xef\xbb\xbf",
        b"\x21\x12\xa4\x42",
    ]
)


@given(st.lists(BYTES_OF_INTEREST, max_size=30).map(b"".join), st.data(), st.sampled_from([EOF, RESET, PAUSE]))
def test_any_input_decodes_the_same_however_it_is_split(data: bytes, draw: st.DataObject, last: Step) -> None:
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=6)))
    split: list[Step] = [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    whole, wire = decode([data, last])
    parts, wire_of_parts = decode([*split, last])
    assert parts == whole
    assert wire_of_parts.format is wire.format
    assert decode([data, last], "bytes")[0] == whole


@each_of("path", sorted((CORPUS / "raw").iterdir()))
@each_of("last", [EOF, RESET, PAUSE])
def test_what_was_found_decodes_the_same_wherever_it_is_cut(path: Path, last: Step) -> None:
    data = path.read_bytes()[:200]
    whole, wire = decode([data, last])
    assert decode([data, last], "bytes")[0] == whole
    for cut in range(len(data)):
        got, wire_of_parts = decode([data[:cut], data[cut:], last])
        assert got == whole
        assert wire_of_parts.format is wire.format


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(data: bytes) -> None:
    got, _ = decode([data, EOF], "bytes")
    assert got == decode([data, EOF])[0]
    assert all(len(text.encode()) <= 3 * MAX_TEXT for text in got if isinstance(text, str))


def test_grace_is_counted_from_the_first_line_end_in_start() -> None:
    wire = RawWire(Phrases("en"), MAX_TEXT, GRACE, lambda: 0)
    wire.feed(b"a\n")
    assert wire.next_request(10.0) is None
    assert wire.deadline == 10.0 + GRACE
    wire.feed(b"b\n")
    assert wire.next_request(10.2) is None
    assert wire.deadline == 10.0 + GRACE
    assert wire.next_request(10.3) == events.TypesLines(by_telnet=False)
    assert wire.next_request(10.3) == events.Typed("a")
    assert wire.deadline is None  # or its timer would ring for ever


def test_grace_is_silence_in_post() -> None:
    wire = RawWire(Phrases("en"), MAX_TEXT, GRACE, lambda: 0)
    wire.feed(b"x\n\na\n")
    assert wire.next_request(10.0) == events.Typed("x")
    assert wire.next_request(10.0) is None
    wire.feed(b"b\n")
    assert wire.next_request(10.2) is None
    assert wire.deadline == 10.2 + GRACE
    wire.feed(b"\n")
    assert wire.next_request(10.4) == events.Typed("a\nb")


def test_what_comes_after_grace_does_not_undo_it() -> None:
    wire = RawWire(Phrases("en"), MAX_TEXT, GRACE, lambda: 0)
    wire.feed(b"a\n")
    assert wire.next_request(10.0) is None
    wire.feed(b"\n")  # the timer was late
    assert wire.next_request(11.0) == events.TypesLines(by_telnet=False)
    assert wire.next_request(11.0) == events.Typed("a")
    assert wire.format is LINE


def test_without_grace_there_is_only_the_posts_framing() -> None:
    got, wire = decode([b"a\r\nb\n\xff\xf1", PAUSE, b"\n", b"x\nx\nx\nx\nx\nx\nx\nx\nx\nx\n", b"\nok\n\n"], grace=0)
    assert got == ["a\r\nb", TOO_LONG, "ok"]
    assert wire.format is POST


@pytest.mark.parametrize(("end", "tail"), [(RESET, []), (EOF, ["b\nc\n"])])
def test_nor_does_the_end_make_lines_of_half_a_message_then(end: Step, tail: list[Expected]) -> None:
    got, wire = decode([b"a\n\nb\nc\n", end], grace=0)
    assert got == ["a", *tail, END]
    assert wire.format is POST


def test_at_most_64_options_are_refused() -> None:
    got, _ = decode([b"".join(bytes([0xFF, 0xFD, option]) for option in range(100, 200))])
    assert len(got) == 64


@pytest.mark.parametrize("command", [b"\xff\xf1", b"\xff\xff", b"\xff\xf7", b"\xff\xfe\x01"])
def test_a_storm_of_telnet_is_looked_at_in_pieces(command: bytes) -> None:
    wire = RawWire(Phrases("en"), 65536, GRACE, lambda: 0)
    wire.feed(b"a\r\n" + command * STORM + b"\r\nb\r\n")
    got = []
    while (request := wire.next_request(1.0)) is not None:
        got.append(request)
    assert got.count(events.Working()) >= STORM // TOKENS
    assert [*got[:2], got[-1]] == [events.TypesLines(by_telnet=True), events.Typed("a"), events.Typed("b")]


@pytest.mark.parametrize("command", [b"\xff\xf1", b"\xff\xff", b"\xff\xf7", b"\xff\xfe\x01"])
@pytest.mark.parametrize("commands", [1, 3, TOKENS - 1, TOKENS, TOKENS + 1, STORM])
def test_nor_is_it_cheaper_in_small_pieces(command: bytes, commands: int) -> None:
    wire = RawWire(Phrases("en"), 65536, GRACE, lambda: 0)
    wire.feed(b"a\r\n")
    while wire.next_request(1.0) is not None:
        pass
    got: list[events.Request] = []
    for at in range(0, STORM, commands):
        wire.feed(command * min(commands, STORM - at))
        while (request := wire.next_request(1.0)) is not None:
            got.append(request)
    assert got == [events.Working()] * (STORM // TOKENS)


def test_who_sends_a_message_with_each_read_is_no_storm() -> None:
    wire = RawWire(Phrases("en"), 65536, GRACE, lambda: 0)
    got: list[events.Request] = []
    for _ in range(10 * TOKENS):
        wire.feed(b"hello\n\n")
        while (request := wire.next_request(1.0)) is not None:
            got.append(request)
    assert got == [events.Typed("hello")] * (10 * TOKENS)


def message(text: str, label: str = "ann") -> Message:
    return a_message(text, label=label)


FORGED = "a\n\n\n来自bob的消息：no\n* bob left\n\u200b来\u200b自x的消息:no"


@pytest.mark.parametrize(
    ("wire_format", "expected"),
    [
        (POST, "来自ann的消息:a\n  来自bob的消息：no\n  * bob left\n  \u200b来\u200b自x的消息:no\n\n"),
        (LINE, "ann: a\n  \n  \n  来自bob的消息：no\n  * bob left\n  \u200b来\u200b自x的消息:no\n"),
        (
            LINE_CR,
            "ann: a\r\n  \r\n  \r\n  来自bob的消息：no\r\n  * bob left\r\n  \u200b来\u200b自x的消息:no\r\n",
        ),
    ],
)
def test_text_forges_no_head_and_no_end(wire_format: RawFormat, expected: str) -> None:
    assert wire_format.encode(message(FORGED)).decode() == expected


def test_the_posts_lines() -> None:
    assert greeting("127.0.0.1", 8001).decode() == "你已连接到服务器,IP为127.0.0.1:8001\n\n"
    label = repr(("127.0.0.1", 54321))
    assert POST.encode(message("hi", label)).decode() == "来自('127.0.0.1', 54321)的消息:hi\n\n"


def test_answers_end_like_messages() -> None:
    _, wire = decode([b"a\r\n"])
    who = answers.Who(2, [Person("ann", "web"), Person("bob", "tcp")], more=True)
    assert wire.answer(who).decode() == "* 2 here: ann (web), bob (tcp)\r\n* … and more\r\n"
    assert wire.answer(answers.Pong()) == b""
    page = answers.Page([message("x\ny")], more=False)
    assert re.fullmatch(r"\* the last message:\r\n\[\d\d:\d\d\] ann: x\r\n  y\r\n", wire.answer(page).decode())
