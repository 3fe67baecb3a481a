"""What every wire has to do, whatever its bytes are: one suite for all. Whoever adds one adds a row of `kinds`."""

import gc
import sys
from contextlib import suppress
from types import FunctionType, ModuleType
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.messages import clean_text, erased
from gateway.names import guest_label
from gateway.people import Person, Renamed
from gateway.phrases import Phrases
from gateway.serving.ports import WIRES
from gateway.wires import Format, Wire, answers, encoded, events
from gateway.wires.closing import Closing

from ..samples import a_message
from ..tables import each_of
from .kinds import FORMS, HEARING, KINDS, MAX_TEXT

TAKES_BACK = {"json", "events"}
TEXTS = st.lists(st.text("ab你\U0001f600 ", min_size=1).map(lambda text: f"x{text}x"), max_size=6)


def test_each_wire_has_its_row() -> None:
    assert {name.partition(",")[0] for name in KINDS} == set(WIRES)
    for name, kind in KINDS.items():
        assert kind.make(MAX_TEXT).name == name.partition(",")[0]


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
    wire = KINDS[kind].make(MAX_TEXT)
    for answer in ABOUT_SPEAKER:
        told = wire.answer(answer).decode(errors="ignore")
        assert HOST not in told
        assert not told or guest_label(SPEAKER.by) in told


@pytest.mark.parametrize("kind", KINDS)
def test_an_address_stands_in_the_posts_own_heads_alone(kind: str) -> None:
    wire = KINDS[kind].make(MAX_TEXT)
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
    wire, found = kind.make(MAX_TEXT), list[Any]()
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
    wire = kind.make(MAX_TEXT)
    wire.feed(kind.says("one"))
    if kind.is_stream:
        wire.feed(kind.says("half a wo")[:-3])
    wire.feed_reset()
    found = asked(wire)
    assert texts_of(found) == ["one"]
    assert isinstance(found[-1], events.EndOfInput)


@pytest.mark.parametrize("name", KINDS)
def test_of_nothing_nothing_is_asked_for(name: str) -> None:
    wire = KINDS[name].make(MAX_TEXT)
    assert wire.next_request(1.0) is None
    if not KINDS[name].hears:
        wire.feed(b"hello\n\n")
        wire.feed_eof()
        assert wire.next_request(1.0) is None


# --- what it keeps, and what it does at once ----------------------------------------------------------------------

PIECE = 16 * 1024
ENDLESS = 8 * PIECE
MANY = 1000
MARK = b"\xff\xfa"  # telnet's, of what goes on until another one


def kept(wire: Wire) -> tuple[int, int]:
    """How many objects a wire holds, and how many bytes these take."""
    seen, found = dict[int, object](), [wire]
    while found:
        each = found.pop()
        if id(each) not in seen and not isinstance(each, type | ModuleType | FunctionType | Phrases):
            seen[id(each)] = each
            found += gc.get_referents(each)
    return len(seen), sum(map(sys.getsizeof, seen.values()))


@pytest.mark.parametrize("name", KINDS)
@each_of("unit", [b"x", b" ", b"\0", b"\x08", b"a\r", "来".encode(), MARK + b"x", b'{"type":"say","text":"', b"\xff"])
def test_of_what_has_no_end_no_more_than_a_text_is_kept(name: str, unit: bytes) -> None:
    """MUST 3 of Wire: whoever sends a line without an end for ever fills no memory by it."""
    wire = KINDS[name].make(MAX_TEXT)
    _, fresh = kept(wire)
    given = 0
    for _ in range(ENDLESS // PIECE):
        with suppress(UnicodeDecodeError):  # it is no text, and closes a WebSocket
            wire.feed(unit * (PIECE // len(unit)))
        given += len(asked(wire))
    _, full = kept(wire)
    assert full - fresh < 2 * PIECE
    assert given <= 2 * ENDLESS // PIECE


@pytest.mark.parametrize("name", HEARING)
def test_no_more_is_decoded_than_the_request_that_is_given(name: str) -> None:
    """MUST 3 of Wire."""
    kind = KINDS[name]
    wire = kind.make(PIECE)
    wire.feed(b"".join(kind.says(f"x{number}x") for number in range(MANY)))
    while wire.next_request(1.0) in (events.WORKING, events.TypesLines(by_telnet=False)):
        pass
    assert kept(wire)[0] - kept(kind.make(PIECE))[0] < MANY / 10


@pytest.mark.parametrize("name", [name for name in HEARING if KINDS[name].idle])
def test_a_call_looks_at_so_much_and_no_more_though_nothing_is_asked_for(name: str) -> None:
    """MUST 4 of Wire."""
    wire, idle = KINDS[name].make(MAX_TEXT), KINDS[name].idle or b""
    wire.feed(idle * 100 * MANY)
    before = kept(wire)[1]
    assert wire.next_request(1.0) is events.WORKING
    assert before - kept(wire)[1] < before / 2
    assert asked(wire) == []


# --- what it writes reads in one way ------------------------------------------------------------------------------


OF_FORMS = pytest.mark.parametrize(
    ("name", "form"), FORMS, ids=[f"{name}-{number}" for number, (name, _) in enumerate(FORMS)]
)


def test_the_form_of_each_wire_is_read() -> None:
    for name, kind in KINDS.items():
        assert kind.make(MAX_TEXT).format in kind.forms, name


@OF_FORMS
@each_of("before", ["", "a", "a\n", "a\n\n", "a\r\n", "a\r", "a\0\n", "a\u2028", "a\x85", "a\x0b", '"}\n', "\ufeff\n"])
def test_a_text_of_what_the_wire_itself_writes_makes_nobody_else_speak(name: str, form: Format, before: str) -> None:
    """Else anybody says something as somebody else."""
    kind, own = KINDS[name], [form.encode(a_message(text, label="bob", seq=2)) for text in ("no", "no\nyes")]
    told = [kind.make(MAX_TEXT).answer(answers.Notice("help", "an operator says"))]
    for forged in (*own, form.join(own), *told):
        text = clean_text(before + forged.decode(errors="replace"))
        data = form.join([form.encode(a_message(text)), form.encode(a_message("next", seq=3))])
        assert set(kind.forms[form](data)) == {"ann"}, text


@OF_FORMS
def test_who_speaks_is_told_of_each_message(name: str, form: Format) -> None:
    """By the reader that the test before trusts."""
    said = [form.encode(a_message(text, label=label)) for label, text in (("ann", "no"), ("bob", "yes"))]
    assert KINDS[name].forms[form](form.join(said)) == ["ann", "bob"]


# --- answers ------------------------------------------------------------------------------------------------------

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
    first, second = (KINDS[name].make(MAX_TEXT).answer(ANSWERS[kind]) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("name", KINDS)
def test_a_format_that_leaves_out_ones_own_joins_plainly(name: str) -> None:
    wire_format = KINDS[name].make(MAX_TEXT).format
    parts = [wire_format.encode(a_message(text, seq=number)) for number, text in enumerate(("one", "two\nlines"), 1)]
    assert all(parts)
    if wire_format.excludes_own:
        assert wire_format.join(parts) == b"".join(parts)


@pytest.mark.parametrize("name", KINDS)
def test_nothing_is_told_of_what_was_erased_and_a_deletion_without_a_text(name: str) -> None:
    """By a wire that has a word for it, as its own tests say; others say nothing: there nothing can be unsaid."""
    wire_format = KINDS[name].make(MAX_TEXT).format
    assert encoded(wire_format, erased(a_message("a secret"))) == b""
    assert encoded(wire_format, a_message("nonsense", kind="deleted")) == b""
    told = encoded(wire_format, a_message("42", seq=57, kind="deleted"))
    assert (b"42" in told) is (name in TAKES_BACK)
    assert told == b"" or name in TAKES_BACK


@pytest.mark.parametrize("name", KINDS)
def test_what_can_be_switched_is_switched_on_and_off_and_nothing_else(name: str) -> None:
    for what in get_args(events.Switch):
        wire = KINDS[name].make(MAX_TEXT)
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
    assert [KINDS[name].make(MAX_TEXT).farewell(why) for why in Closing] == [b""] * len(Closing)
