"""What every wire has to do, whatever its bytes are: one suite for all. Whoever adds one adds a row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.messages import erased
from gateway.names import guest_label
from gateway.people import Person, Renamed
from gateway.phrases import Phrases
from gateway.serving.ports import WIRES
from gateway.wires import Wire, answers, encoded, events
from gateway.wires.closing import Closing
from gateway.wires.json import JsonWire
from gateway.wires.raw import RawWire
from gateway.wires.stream import LINES, StreamWire, sse_format
from gateway.wires.text import TextWire

from ..samples import a_message
from ..tables import each_of

PHRASES = Phrases("en")


@dataclass(frozen=True)
class Kind:
    """A wire, what says texts on it, and whether these bytes may be cut anywhere: else each is a message of its own."""

    make: Callable[[], Wire]
    says: Callable[[str], bytes]
    is_stream: bool = False
    hears: bool = True


def said_as_json(text: str) -> bytes:
    return b'{"type":"say","text":"' + text.encode() + b'"}\n'


KINDS = {
    "raw": Kind(lambda: RawWire(PHRASES, 1000, 0.3, lambda: 0), lambda text: text.encode() + b"\n\n", is_stream=True),
    "text": Kind(lambda: TextWire(PHRASES, 1000, deflate=False), str.encode),
    "json": Kind(lambda: JsonWire(1000, deflate=False), said_as_json),
    "events": Kind(lambda: StreamWire(PHRASES, sse_format("e:1")), str.encode, hears=False),
    "events, plain": Kind(lambda: StreamWire(PHRASES, LINES), str.encode, hears=False),
}
TAKES_BACK = {"json", "events"}
HEARING = [name for name, kind in KINDS.items() if kind.hears]
TEXTS = st.lists(st.text("ab你\U0001f600 ", min_size=1).map(lambda text: f"x{text}x"), max_size=6)


def test_each_wire_has_its_row() -> None:
    assert {name.partition(",")[0] for name in KINDS} == set(WIRES)
    for name, kind in KINDS.items():
        assert kind.make().name == name.partition(",")[0]


HOST = "198.51.100.77"
SPEAKER = Person(f"('{HOST}', 5555)", "tcp", "Ann-Ann_Ann0")
OTHER = Person("bob", "tcp", "Bob-Bob_Bob0")
SAID = a_message(label=SPEAKER.name)
ABOUT_SPEAKER = [
    answers.Who(2, [SPEAKER, OTHER], False),
    answers.Presence(2, [SPEAKER], [OTHER], False),
    answers.Presence(2, [OTHER], [SPEAKER], False, [Renamed(SPEAKER, OTHER)]),
    answers.Presence(2, [SPEAKER], [OTHER], False, [Renamed(OTHER, SPEAKER)]),
    answers.Page([SAID], False),
]


@pytest.mark.parametrize("kind", KINDS)
def test_no_answer_tells_an_address(kind: str) -> None:
    """Of who has no name: whoever asked what was said before got all addresses that are in the log."""
    wire = KINDS[kind].make()
    for answer in ABOUT_SPEAKER:
        told = wire.answer(answer).decode(errors="ignore")
        assert HOST not in told
        assert not told or guest_label(SPEAKER.by) in told


@pytest.mark.parametrize("kind", KINDS)
def test_an_address_stands_in_the_posts_own_heads_alone(kind: str) -> None:
    wire = KINDS[kind].make()
    told = wire.format.join([wire.format.encode(SAID)]).decode(errors="ignore")
    assert (HOST in told, guest_label(SPEAKER.by) in told) == (
        (True, False) if kind in ("raw", "text") else (False, True)
    )


def asked(wire: Wire) -> list[Any]:
    """All requests that can be given now."""
    found = []
    while (request := wire.next_request(1.0)) is not None:
        found.append(request)
    return [request for request in found if request is not events.WORKING]


def texts_of(requests: list[Any]) -> list[str]:
    return [request.text for request in requests if isinstance(request, events.Say | events.Typed)]


@pytest.mark.parametrize("name", HEARING)
@given(texts=TEXTS, data=st.data())
def test_what_is_said_is_asked_for_in_order_however_it_is_cut(name: str, texts: list[str], data: st.DataObject) -> None:
    kind = KINDS[name]
    pieces = [kind.says(text) for text in texts]
    if kind.is_stream and texts:
        whole = b"".join(pieces)
        cuts = sorted(data.draw(st.sets(st.integers(0, len(whole)), max_size=8)))
        pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    wire, found = kind.make(), list[Any]()
    for piece in pieces:
        wire.feed(piece)
        if data.draw(st.booleans()):
            found += asked(wire)
    wire.feed_eof()
    found += asked(wire)
    assert texts_of(found) == texts
    assert [type(request) for request in found].count(events.EndOfInput) == 1
    assert isinstance(found[-1], events.EndOfInput)
    assert asked(wire) == []


@pytest.mark.parametrize("name", HEARING)
def test_what_was_whole_before_a_reset_is_asked_for_and_then_the_end(name: str) -> None:
    kind = KINDS[name]
    wire = kind.make()
    wire.feed(kind.says("one"))
    if kind.is_stream:
        wire.feed(kind.says("half a wo")[:-3])
    wire.feed_reset()
    found = asked(wire)
    assert texts_of(found) == ["one"]
    assert isinstance(found[-1], events.EndOfInput)


@pytest.mark.parametrize("name", KINDS)
def test_of_nothing_nothing_is_asked_for(name: str) -> None:
    wire = KINDS[name].make()
    assert wire.next_request(1.0) is None
    if not KINDS[name].hears:
        wire.feed(b"hello\n\n")
        wire.feed_eof()
        assert wire.next_request(1.0) is None


ANN = Person("ann", "web", "Ann-Ann_Ann0")
ANSWERS: dict[type[Any], Any] = {
    type(answer): answer
    for answer in (
        answers.Welcome("id", "ann", "s", "e:1", 4, resumed=True, members=2, head=9),
        answers.Ack("c1", 42),
        answers.NameTaken("ann"),
        answers.Pong(),
        answers.Presence(2, [ANN], [], more=False),
        answers.Who(1, [ANN], more=False),
        answers.Page([a_message("hello")], more=True),
        answers.Found([a_message("hello")], more=True, before=17),
        answers.Gap(10, 31),
        answers.Notice("help", "text"),
        answers.Error("bad-id", "text", "c1"),
    )
}


def test_each_answer_is_tried() -> None:
    assert set(ANSWERS) == set(answers.Answer.__subclasses__())


@each_of("kind", ANSWERS)
@each_of("name", KINDS)
def test_every_answer_can_be_told(name: str, kind: type[Any]) -> None:
    """Or is nothing on a wire that has no word for it; always the same."""
    first, second = (KINDS[name].make().answer(ANSWERS[kind]) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("name", KINDS)
def test_a_format_that_leaves_out_ones_own_joins_plainly(name: str) -> None:
    wire_format = KINDS[name].make().format
    parts = [wire_format.encode(a_message(text, seq=number)) for number, text in enumerate(("one", "two\nlines"), 1)]
    assert all(parts)
    if wire_format.excludes_own:
        assert wire_format.join(parts) == b"".join(parts)


@pytest.mark.parametrize("name", KINDS)
def test_nothing_is_told_of_what_was_erased_and_a_deletion_without_a_text(name: str) -> None:
    """By a wire that has a word for it, as its own tests say; others say nothing: there nothing can be unsaid."""
    wire_format = KINDS[name].make().format
    assert encoded(wire_format, erased(a_message("a secret"))) == b""
    assert encoded(wire_format, a_message("nonsense", kind="deleted")) == b""
    told = encoded(wire_format, a_message("42", seq=57, kind="deleted"))
    assert (b"42" in told) is (name in TAKES_BACK)
    assert told == b"" or name in TAKES_BACK


@pytest.mark.parametrize("name", KINDS)
def test_what_can_be_switched_is_switched_on_and_off_and_nothing_else(name: str) -> None:
    for what in get_args(events.Switch):
        wire = KINDS[name].make()
        before = (wire.format, wire.tells_presence)
        if what not in wire.switches:
            with pytest.raises(ValueError, match=what):
                wire.switch(what, on=True)
            continue
        told = [wire.switch(what, on=on) for on in (False, True, True)]
        assert told[1] == told[2] != told[0]
        assert (wire.format, wire.tells_presence) != before
        wire.switch(what, on=False)
        assert (wire.format, wire.tells_presence) == before


@pytest.mark.parametrize("name", KINDS)
def test_at_each_end_a_last_word_can_be_asked_for(name: str) -> None:
    """None as long as it may be a program: those of before were told nothing."""
    assert [KINDS[name].make().farewell(why) for why in Closing] == [b""] * len(Closing)
