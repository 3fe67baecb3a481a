"""chat.v1.json: every event both ways, what is wrong with the others, frames and their sharing."""

import json
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame
from websockets.streams import StreamReader

from gateway.messages import Message, Position
from gateway.names import guest_label
from gateway.people import Person, Renamed, Seen
from gateway.wires import events
from gateway.wires import json as json_wire
from gateway.wires.json import BLANK_BYTES, JSON, JSON_DEFLATE, JsonFormat, JsonWire

from ..samples import a_message
from ..tables import each_of

MAX_TEXT = 100


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


def requests(*lines: str) -> list[events.Request]:
    wire = JsonWire(MAX_TEXT, deflate=False)
    wire.feed("\n".join(lines).encode())
    got = []
    while (request := wire.next_request(0)) is not None:
        got.append(request)
    return got


EVENTS: list[tuple[str, events.Request]] = [
    ('{"type":"hello"}', events.Hello()),
    (
        '{"type":"hello","name":"ann","session":"s","after":{"epoch":"e","seq":41},"history":9999,"password":"x"}',
        events.Hello("ann", "s", Position("e", 41), 500, "x"),
    ),
    ('{"type":"say","id":"c1","text":"hi"}', events.Say("hi", "c1")),
    ('{"type":"say","text":"/who"}', events.Say("/who")),
    ('{"type":"say","id":"c1","text":"waves","kind":"action"}', events.Say("waves", "c1", "action")),
    ('{"type":"name","name":"bob"}', events.Rename("bob")),
    ('{"type":"who"}', events.AskWho()),
    ('{"type":"ping"}', events.Ping()),
    ('{"type":"history","before":41,"limit":1000}', events.AskHistory(500, 41)),
    ('{"type":"history"}', events.AskHistory(50)),
    ('{"type":"command","text":"/kick bob"}', events.Command("/kick bob")),
    ('{"type":"command","text":"/op ' + "x" * 996 + '"}', events.Command("/op " + "x" * 996)),
    ('{"type":"command","text":"/op ' + "x" * 997 + '"}', events.Mistake("command-long")),
    ('{"type":"moderate","act":"ban","member":"AbcAbcAbcAbc"}', events.Moderate("ban", member="AbcAbcAbcAbc")),
    ('{"type":"moderate","act":"mute","seq":42,"seconds":60}', events.Moderate("mute", seconds=60, seq=42)),
    ('{"type":"moderate","act":"slow","seconds":30}', events.Moderate("slow", seconds=30)),
    ('{"type":"moderate","act":"banned"}', events.Moderate("banned")),
    ('{"type":"moderate","act":"kick"}', events.Mistake("bad-argument", detail="moderate")),
    ('{"type":"moderate","act":"kick","member":"a","seq":1}', events.Mistake("bad-argument", detail="moderate")),
    ('{"type":"dance","id":"x"}', events.Mistake("bad-event", "x", "dance")),
    ("{}", events.Mistake("bad-event", None, "")),
    ('{"type":"say","id":"' + "x" * 65 + '","text":"a"}', events.Mistake("bad-id")),
    ('{"type":"say","id":"' + "你" * 22 + '","text":"a"}', events.Mistake("bad-id")),  # 66 bytes
    ('{"type":"dance","id":"' + "你" * 22 + '"}', events.Mistake("bad-event", None, "dance")),
    ('{"type":"say","id":"a","text":"' + "你" * 34 + '"}', events.Mistake("too-long", "a")),
]


@each_of(("line", "expected"), EVENTS)
def test_requests(line: str, expected: events.Request) -> None:
    assert requests(line) == [expected]


@each_of(
    "line",
    [
        '{"type":"say","id":"c1"}',
        '{"type":"say","id":"c1","text":5}',
        '{"type":"hello","after":{"epoch":"e","seq":-1}}',
        "nonsense",
        '"x"',
        '{"type":"say","text":"\\ud800"}',
        '{"type":"moderate","act":"dance","member":"AbcAbcAbcAbc"}',
        '{"type":"moderate","member":"AbcAbcAbcAbc"}',
        '{"type":"moderate","act":"ban","seq":-1}',
        '{"type":"moderate","act":"ban","seq":9007199254740993}',
        '{"type":"moderate","act":"ban","member":"a","seconds":-1}',
        '{"type":"moderate","act":"ban","member":"a","seconds":1e99}',
    ],
)
def test_bad_json_is_one_mistake(line: str) -> None:
    (mistake,) = requests(line)
    assert isinstance(mistake, events.Mistake)
    assert mistake.code == "bad-json"
    assert mistake.detail


def test_many_events_in_a_frame_and_empty_lines() -> None:
    assert requests('{"type":"ping"}', "", ' {"type":"who"} \r') == [events.Ping(), events.AskWho()]


def test_blank_lines_are_passed_over_in_pieces() -> None:
    wire = JsonWire(MAX_TEXT, deflate=False)
    wire.feed(b"\n" * (7 * BLANK_BYTES) + b'{"type":"ping"}' + b" \r\n\t" * BLANK_BYTES)
    got = []
    while (request := wire.next_request(0)) is not None:
        got.append(request)
    assert [request for request in got if request != events.Working()] == [events.Ping()]
    assert 6 <= got.index(events.Ping()) <= 7
    assert len(got) >= 9


def test_what_is_wrong_is_told_in_few_words() -> None:
    (mistake,) = requests('{"type":"' + "x" * 100_000 + '","id":5}')
    assert isinstance(mistake, events.Mistake)
    assert len(mistake.detail) <= 200


def test_not_utf8_is_an_error_of_the_frame() -> None:
    with pytest.raises(UnicodeDecodeError):
        JsonWire(MAX_TEXT, deflate=False).feed(b'"\xff"')


def test_end_of_input_comes_last() -> None:
    wire = JsonWire(MAX_TEXT, deflate=False)
    wire.feed(b'{"type":"ping"}')
    wire.feed_eof()
    assert [wire.next_request(0) for _ in range(3)] == [events.Ping(), events.EndOfInput(), None]


MESSAGE = a_message('a\n"你"\u2028', seq=42, at=1764000000123, via="tcp")

SINCE = datetime(2026, 11, 24, 11, tzinfo=UTC)
ANSWERS: list[tuple[events.Answer, str]] = [
    (
        events.Welcome("i", "ann", "s", "e", 41, True, 7, "Ops"),
        '{"type":"welcome","id":"i","name":"ann","session":"s","epoch":"e","seq":41,"resumed":true,"members":7,"title":"Ops"}',
    ),
    (
        events.Welcome("i", "ann", "s", "e", 41, True, 7),
        '{"type":"welcome","id":"i","name":"ann","session":"s","epoch":"e","seq":41,"resumed":true,"members":7}',
    ),
    (events.Ack("c1", 42), '{"type":"ack","id":"c1","seq":42}'),
    (events.NameTaken("ann"), '{"type":"name","name":"ann"}'),
    (events.Pong(), '{"type":"pong"}'),
    (
        events.Presence(8, [Person("bob", "tcp")], [], more=False),
        '{"type":"presence","members":8,"joined":[{"name":"bob","via":"tcp"}],"left":[],"more":false}',
    ),
    (
        events.Presence(
            8,
            [BERT := Person("bert", "tcp", "B")],
            [RAW := Person("('192.0.2.1', 5000)", "tcp", "B")],
            False,
            [Renamed(RAW, BERT)],
        ),
        '{"type":"presence","members":8,"joined":[{"name":"bert","via":"tcp","by":"B"}],"left":[{"name":"'
        f'{guest_label("B")}","via":"tcp","by":"B"}}],"more":false,"renamed":[{{"from":"{guest_label("B")}","to":"bert"}}]}}',
    ),
    (
        events.Who(1, [Seen("('192.0.2.1', 5000)", "tcp", "B", "192.0.2.1")], more=False),
        f'{{"type":"who","members":1,"names":[{{"name":"{guest_label("B")}","via":"tcp","by":"B","host":"192.0.2.1"}}],'
        '"more":false}',
    ),
    (
        events.Who(1, [Person("bob", "web", "Bob-Bob_Bob0")], more=True),
        '{"type":"who","members":1,"names":[{"name":"bob","via":"web","by":"Bob-Bob_Bob0"}],"more":true}',
    ),
    (
        events.Who(2, [Seen("bob", "web", "B", "203.0.113.9", SINCE), Seen("carl", "tcp")], more=False),
        '{"type":"who","members":2,"names":[{"name":"bob","via":"web","by":"B","host":"203.0.113.9",'
        '"since":"2026-11-24T11:00:00Z"},{"name":"carl","via":"tcp"}],"more":false}',
    ),
    (events.Gap(10, 31), '{"type":"gap","from":10,"to":31}'),
    (events.Notice("a", "b"), '{"type":"notice","code":"a","text":"b"}'),
    (events.Error("a", "b", "c1"), '{"type":"error","code":"a","message":"b","id":"c1"}'),
    (events.Error("a", "b", detail="d"), '{"type":"error","code":"a","message":"b","id":null,"detail":"d"}'),
    (events.Error("slow", "b", "c1", 5), '{"type":"error","code":"slow","message":"b","id":"c1","seconds":5}'),
]


@each_of(("answer", "expected"), ANSWERS)
def test_answers(answer: events.Answer, expected: str) -> None:
    assert frames_of(JsonWire(MAX_TEXT, deflate=False).answer(answer)) == [expected.encode()]


EVENT = {
    "type": "message",
    "seq": 42,
    "at": "2025-11-24T16:00:00.123Z",
    "from": "ann",
    "via": "tcp",
    "text": 'a\n"你"\u2028',
    "by": MESSAGE.by,
}


def test_a_message_and_a_page_of_them() -> None:
    assert json.loads(JSON.encode(MESSAGE)) == EVENT
    (page,) = frames_of(JsonWire(MAX_TEXT, deflate=False).answer(events.Page([MESSAGE], more=True)))
    assert json.loads(page) == {"type": "page", "messages": [EVENT], "more": True}


OF_THE_LOG = {"owner", "origin"}
"""What nobody is told of a message."""


def test_a_message_event_has_each_field_of_a_message() -> None:
    """Whoever adds one tells it."""
    message = a_message(kind="action")
    for field in msgspec.structs.fields(Message):
        assert getattr(message, field.name) not in (field.default, "", 0), field.name
    told = {"label" if name == "from" else name for name in json.loads(JSON.encode(message))}
    assert told == {field.name for field in msgspec.structs.fields(Message)} - OF_THE_LOG | {"type"}


def test_an_action_says_so_and_an_address_is_told_to_nobody() -> None:
    message = a_message("waves", label="('192.0.2.1', 5000)", kind="action")
    event = json.loads(JSON.encode(message))
    assert (event["kind"], event["from"]) == ("action", guest_label(message.by))
    assert "192.0.2.1" not in JSON.encode(message).decode()


def test_a_message_of_which_nobody_knows_who_said_it_has_no_by() -> None:
    assert json.loads(JSON.encode(msgspec.structs.replace(MESSAGE, by=""))) == {
        name: value for name, value in EVENT.items() if name != "by"
    }


@pytest.mark.parametrize("wire_format", [JSON, JSON_DEFLATE])
@given(sizes=st.lists(st.integers(0, 40_000), min_size=1, max_size=20))
def test_frames_hold_32_kib_or_one_event_and_nothing_is_lost(wire_format: JsonFormat, sizes: list[int]) -> None:
    parts = [JSON.encode(msgspec.structs.replace(MESSAGE, seq=seq, text="x" * size)) for seq, size in enumerate(sizes)]
    payloads = frames_of(wire_format.join(parts), deflate=wire_format is JSON_DEFLATE)
    assert b"\n".join(payloads) == b"\n".join(parts)
    for payload in payloads:
        assert len(payload) <= 32 * 1024 or b"\n" not in payload
    for payload, following in pairwise(payloads):  # and as many as fit
        assert len(payload) + 1 + len(following.partition(b"\n")[0]) > 32 * 1024 - 1


def test_short_frames_are_not_compressed_and_long_ones_are() -> None:
    short, long = JSON_DEFLATE.join([b"x" * 255]), JSON_DEFLATE.join([b"x" * 256])
    assert short[0] == 0x81  # FIN, text
    assert long[0] == 0xC1  # and RSV1
    assert len(long) < 32


def test_the_protocol_has_each_event() -> None:
    """docs/protocol.md: whoever adds one has to tell those who speak it."""
    text = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
    answers = {str(kind.__struct_config__.tag) for kind in events.Answer.__subclasses__()} | {"message"}
    for tag in (*json_wire._KNOWN_TYPES, *answers):
        assert f'{{"type":"{tag}"' in text, tag
