"""How things look, and that no server can make a terminal obey."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.client import told
from gateway.client.screen import clean, clock_of, colour_of, line_of, plain, show


def text_of(event: told.Told) -> str:
    return "\n".join("".join(text for _, text in line) for line in show(event))


def test_a_message_has_its_time_its_sender_and_its_text() -> None:
    assert re.fullmatch(
        r"\d\d:\d\d ann  hi\n  there", text_of(told.Message("ann", "hi\nthere", 1, "2026-11-24T11:00:00Z"))
    )
    assert re.fullmatch(r"\d\d:\d\d", clock_of(""))
    assert line_of(told.Message("ann", "hi\nthere")) == "ann: hi\n  there"


def test_a_name_has_its_colour_for_ever() -> None:
    assert colour_of("ann") == colour_of("ann")
    assert len({colour_of(f"name {number}") for number in range(200)}) > 10


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (told.Notice("hello"), ["hello"]),
        (told.Error("empty", "it is empty"), ["it is empty"]),
        (told.Named("ann"), ["you are now ann"]),
        (told.Gap(1, 5), ["messages 1 to 5 are gone from the log"]),
        (told.Who(3, [told.Person("ann"), told.Person("bob")], more=True), ["3 here: ann, bob, …"]),
        (told.Presence(2, [told.Person("ann")], [told.Person("bob")]), ["ann joined", "bob left"]),
        (told.Presence(99, [told.Person(str(number)) for number in range(9)]), []),
        (told.Pong(), []),
        (told.Ack("1", 1), []),
    ],
)
def test_what_else_is_told(event: told.Told, expected: list[str]) -> None:
    assert plain(event) == expected


@given(st.text(), st.text())
def test_nothing_that_is_shown_is_obeyed(name: str, text: str) -> None:
    for event in (
        told.Message(name, text),
        told.Notice(text),
        told.Error(name, text),
        told.Who(1, [told.Person(name)]),
    ):
        shown = text_of(event)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
    # A further line of a text begins like no message.
    assert all(line.startswith("  ") for line in clean(line_of(told.Message("n", text))).split("\n")[1:])
