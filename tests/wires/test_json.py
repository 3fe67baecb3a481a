"""chat.v1.json: every event that a client may send, what is wrong with the others, frames and their sharing."""

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.messages import Position
from gateway.wires import answers, bodies, events
from gateway.wires import json as json_wire
from gateway.wires.bodies import answer_json
from gateway.wires.json import BLANK_BYTES, JSON, JSON_DEFLATE, JsonFormat, JsonWire

from ..samples import a_message
from ..tables import each_of
from .kinds import frames_of

MAX_TEXT = 100
MESSAGE = a_message('a\n"你"\u2028', seq=42, at=1764000000123, via="tcp")


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
    ('{"type":"say","id":"c1","text":"hi"}', events.Say("hi", id="c1")),
    ('{"type":"say","text":"/who"}', events.Say("/who")),
    ('{"type":"say","id":"c1","text":"waves","kind":"action"}', events.Say("waves", id="c1", kind="action")),
    ('{"type":"say","id":"c1","text":"yes","re":41}', events.Say("yes", id="c1", re=41)),
    ('{"type":"name","name":"bob"}', events.Rename("bob")),
    ('{"type":"who"}', events.AskWho()),
    ('{"type":"ping"}', events.Ping()),
    ('{"type":"history","before":41,"limit":1000}', events.AskHistory(500, 41)),
    ('{"type":"history"}', events.AskHistory(50)),
    ('{"type":"history","after":41}', events.AskHistory(50, None, 41)),
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
        '{"type":"say","text":"yes","re":-1}',
        '{"type":"say","text":"yes","re":9007199254740992}',
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


def test_an_answer_has_a_frame_of_its_own() -> None:
    answer = answers.Page([MESSAGE, MESSAGE], more=True)
    for deflate in (False, True):
        (body,) = frames_of(JsonWire(MAX_TEXT, deflate=deflate).answer(answer), deflate=deflate)
        assert body == answer_json(answer)


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


PROTOCOL = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
IN_BODIES = [each for each in vars(bodies).values() if isinstance(each, type) and issubclass(each, msgspec.Struct)]


def by_tag(kinds: Iterable[Any]) -> dict[str, Any]:
    return {str(kind.__struct_config__.tag): kind for kind in kinds if kind.__struct_config__.tag}


WRITTEN = {
    "client": by_tag(get_args(json_wire._Known)),
    "server": {**by_tag(answers.Answer.__subclasses__()), **by_tag(IN_BODIES)},  # told as `bodies` has it, if it does
}


@each_of(("side", "tag"), [(side, tag) for side, events in WRITTEN.items() for tag in events])
def test_the_protocol_has_each_event_and_each_of_its_fields(side: str, tag: str) -> None:
    """docs/protocol.md: whoever adds one has to tell those who speak it."""
    _, _, rest = PROTOCOL.partition(f"\n### From the {side}\n")
    section, _, _ = rest.partition("\n### ")
    rows = " ".join(row for row in section.split("\n") if row.startswith(f'| `{{"type":"{tag}"'))
    assert rows, tag
    assert [name for name in WRITTEN[side][tag].__struct_encode_fields__ if f'"{name}":' not in rows] == []
