"""The client's side of the wires understands what the gateway's side says, however it is cut."""

import zlib
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import ProtocolError
from websockets.frames import Frame, Opcode

from gateway.phrases import Language, Phrases
from gateway.swarm.dialects import Barred, Closed, Complaint, Dialect, Event, Json, Pinged, Raw, Welcome
from gateway.swarm.speech import Said, Speech
from gateway.wires import Format
from gateway.wires.events import Typed
from gateway.wires.frames import plain_frame
from gateway.wires.json import JSON, JSON_DEFLATE
from gateway.wires.raw import POST, RawWire, greeting

from ..samples import a_message

RUN = "abcdef"
SPEECH = Speech(RUN, 100)
TEXTS = [SPEECH.compose(number % 3, number // 3 + 1, number) for number in range(40)]
MESSAGES = [a_message(text, seq=seq) for seq, text in enumerate(TEXTS, 5)]
FORMATS = [("raw", POST, Raw), ("json", JSON, Json), ("deflate", JSON_DEFLATE, Json)]


def heard_in(dialect: Dialect, pieces: list[bytes]) -> tuple[list[Said], list[Event], int]:
    """All that was heard in the pieces, what is left of each put before the next."""
    said: list[Said] = []
    events: list[Event] = []
    damaged = 0
    tail = b""
    for piece in pieces:
        heard = dialect.hear(tail + piece)
        said += heard.passage.said if heard.passage else []
        events += heard.events
        damaged += heard.damaged
        tail = heard.tail
    assert tail == b""
    return said, events, damaged


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % len(data) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@pytest.mark.parametrize(("name", "wire_format", "make"), FORMATS, ids=[name for name, _, _ in FORMATS])
@given(places=st.lists(st.integers(0, 10**6), max_size=20))
def test_messages_are_heard_however_they_are_cut(
    name: str, wire_format: Format, make: Callable[[Speech], Dialect], places: list[int]
) -> None:
    data = wire_format.join([wire_format.encode(message) for message in MESSAGES])
    speech = Speech(RUN, 100)
    said, events, damaged = heard_in(make(speech), cut(data, places))
    assert [(each.sender, each.number) for each in said] == [(number % 3, number // 3 + 1) for number in range(40)]
    assert (events, damaged) == ([], 0)
    assert [each.seq for each in said] == ([0] * 40 if name == "raw" else list(range(5, 45)))


@pytest.mark.parametrize(("name", "wire_format", "make"), FORMATS, ids=[name for name, _, _ in FORMATS])
def test_byte_by_byte(name: str, wire_format: Format, make: Callable[[Speech], Dialect]) -> None:
    data = wire_format.join([wire_format.encode(message) for message in MESSAGES[:5]])
    said, _, _ = heard_in(make(Speech(RUN, 100)), [bytes([byte]) for byte in data])
    assert len(said) == 5


def test_what_was_heard_before_is_the_same_object() -> None:
    dialect = Raw(SPEECH)
    data = POST.encode(MESSAGES[0])
    assert dialect.hear(data) is dialect.hear(bytes(bytearray(data)))


def test_a_damaged_message_is_counted_and_not_heard() -> None:
    whole = POST.encode(MESSAGES[0])
    raw = Raw(Speech(RUN, 100)).hear(whole[:-9] + b"?" + whole[-8:])
    text = MESSAGES[0].text[:-9] + "?" + MESSAGES[0].text[-8:]
    json = Json(Speech(RUN, 100)).hear(JSON.join([JSON.encode(a_message(text, seq=5))]))
    assert (raw.damaged, raw.passage) == (json.damaged, json.passage) == (1, None)


@pytest.mark.parametrize(
    ("make", "data", "event"),
    [
        (Raw, greeting("127.0.0.1", 8001), Welcome()),
        (Raw, b"* the room is full\n\n", Complaint("the room is full")),
        (Json, plain_frame(b'{"type":"notice","code":"x","text":"hear this"}'), Complaint("hear this")),
        (Json, plain_frame(b'{"type":"error","code":"x","message":"not that"}'), Complaint("not that")),
        (
            Json,
            plain_frame(b'{"type":"welcome","id":"i","session":"s","epoch":"e","seq":7,"resumed":false}'),
            Welcome("s", "e", 7),
        ),
        (Json, Frame(Opcode.CLOSE, b"\x0f\xa8too-slow").serialize(mask=False), Closed("too-slow")),
    ],
)
def test_what_is_no_message_is_an_event(make: Callable[[Speech], Dialect], data: bytes, event: Event) -> None:
    assert make(SPEECH).hear(data).events == [event]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_by_the_raw_wire_one_is_in_when_the_password_is_right(language: Language) -> None:
    say = Phrases(language, 65536)
    asked, right, wrong = (
        f"* {say(code)}\n\n".encode() for code in ("password-needed", "password-right", "password-wrong")
    )
    greeted = greeting("127.0.0.1", 8001)
    with_one = Raw(SPEECH, "sesame")
    assert with_one.knock() == b"/pass sesame\n\n"
    assert with_one.hear(greeted + asked).events == []
    assert with_one.hear(right).events == [Welcome()]
    assert with_one.hear(wrong).events == [Complaint(wrong.decode()[2:].strip())]
    without = Raw(SPEECH)
    assert without.knock() == b""
    assert without.hear(greeted + asked).events == [Welcome(), Barred()]


def test_a_hello_has_the_password() -> None:
    for dialect, expected in ((Json(SPEECH, "sesame"), b"sesame"), (Json(SPEECH), b"")):
        hello = dialect.hello("", "", 0)
        key = hello[2:6]
        text = bytes(each ^ key[at % 4] for at, each in enumerate(hello[6:]))
        assert (b"password" in text) is bool(expected)
        assert expected in text


def test_a_ping_is_answered_with_its_payload() -> None:
    (event,) = Json(SPEECH).hear(Frame(Opcode.PING, b"abc").serialize(mask=False)).events
    assert isinstance(event, Pinged)
    assert event.pong[:2] == b"\x8a\x83"  # FIN and PONG; masked, three bytes


@pytest.mark.parametrize("data", [plain_frame(b'{"type":"presence","members":3}'), plain_frame(b'{"type":"pong"}')])
def test_what_does_not_matter_is_passed_over(data: bytes) -> None:
    heard = Json(SPEECH).hear(data)
    assert (heard.events, heard.passage, heard.damaged) == ([], None, 0)


def test_a_large_frame_is_whole_when_all_of_it_is_there() -> None:
    text = Speech(RUN, 70_000).compose(1, 1, 1)
    data = JSON.join([JSON.encode(a_message(text, seq=5))])
    assert data[1] == 127
    said, _, _ = heard_in(Json(Speech(RUN, 70_000)), [data[:5], data[5:40_000], data[40_000:]])
    assert len(said) == 1


@pytest.mark.parametrize(
    "data",
    [b"\x84\x00", b"\x01\x02ab", b"\xc1\x01\x07", b"\xc1\x05" + zlib.compress(b"x" * 40)[:5]],
    ids=["unknown kind", "fragment", "no deflate", "zlib's header"],
)
def test_a_frame_that_can_not_be_is_an_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        Json(SPEECH).hear(data)


def test_a_bomb_and_what_does_not_end_are_errors() -> None:
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = squeezed.compress(bytes(2**25)) + squeezed.flush(zlib.Z_SYNC_FLUSH)
    with pytest.raises(ProtocolError, match="does not end"):
        Json(SPEECH).hear(b"\xc1\x7f" + len(bomb[:-4]).to_bytes(8, "big") + bomb[:-4])
    for dialect, start in ((Json(SPEECH), b"\x81\x7f" + (2**62).to_bytes(8, "big")), (Raw(SPEECH), b"")):
        with pytest.raises(ProtocolError, match="does not end"):
            dialect.hear(start + bytes(2**24 + 1))


def test_what_is_said_is_what_the_gateways_wires_read() -> None:
    wire = RawWire(Phrases("en", 65536), 65536, 0.3, lambda: 0)
    wire.feed(Raw(SPEECH).say(1, TEXTS[0]))
    assert wire.next_request(0.0) == Typed(TEXTS[0])
