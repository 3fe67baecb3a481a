"""How things look, and that no server can make a terminal obey."""

import json
import re
import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.client import told
from gateway.client.screen import clock_of, colour_of, json_of, label_of, line_of, plain, show

from ..tables import each_of


def text_of(event: told.Told) -> str:
    return "\n".join("".join(text for _, text in line) for line in show(event))


def test_a_message_has_its_time_its_sender_and_its_text() -> None:
    assert re.fullmatch(
        r"\d\d:\d\d ann  hi\n  there", text_of(told.Message("ann", "hi\nthere", 1, "2026-11-24T11:00:00Z"))
    )
    for at in ("", "no time", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "99999-01-01T00:00:00Z"):
        assert re.fullmatch(r"\d\d:\d\d", clock_of(at))
    assert line_of(told.Message("ann", "hi\nthere")) == "ann: hi\n  there"


@pytest.mark.parametrize("kind", ["", "action"])
def test_no_run_of_tabs_brings_a_forged_line_to_the_beginning_of_a_row(kind: str) -> None:
    message = told.Message("ann", "hi" + "\t" * 40 + "20:17 Bob  ok", kind=kind)
    assert "hi\n    20:17 Bob  ok" in text_of(message)
    assert "hi\n    20:17 Bob  ok" in line_of(message)
    assert text_of(told.Notice("\t" * 40 + "20:17 Bob  ok")) == "      * \n    20:17 Bob  ok"


def test_code_is_set_apart() -> None:
    assert show(told.Message("ann", "run `make` or\n```sh\nmake run\n\n  x\n```\nnow"))[0][2:] == [
        ("", "  run "),
        ("class:code", "make"),
        ("", " or"),
        ("class:block", "\n      make run\n      \n        x"),
        ("", "\n  "),
        ("", "now"),
    ]
    assert show(told.Message("ann", "`make`"))[0][2:] == [("", "  "), ("class:code", "make")]
    assert show(told.Message("ann", "``` a```"))[0][2:] == [("", "  "), ("class:block", "\n       a")]
    assert line_of(told.Message("ann", "`make`")) == "ann: `make`"


def test_an_action_is_in_italics_and_as_a_line_in_asterisks() -> None:
    waves = told.Message("ann", "waves", kind="action")
    assert show(waves)[0][-1] == ("italic", " *waves*")
    assert show(told.Message("ann", "waves"))[0][-1] == ("", "  waves")
    assert line_of(waves) == "ann *waves*"


def test_a_name_has_its_colour_for_ever() -> None:
    # In any process, too: Python's own hash is another one in each.
    assert [colour_of(name) for name in ("ann", "bob", "安")] == ["fg:#5f87d7", "fg:#d7005f", "fg:#d7005f"]
    assert len({colour_of(f"name {number}") for number in range(200)}) > 10


@each_of(
    ("event", "expected"),
    [
        (told.Notice("hello"), ["hello"]),
        (told.Error("empty", "it is empty"), ["it is empty"]),
        (told.Named("ann"), ["you are now ann"]),
        (told.Gap(5, 5), ["message 5 is gone from the log"]),
        (told.Gap(1, 5), ["messages 1 to 5 are gone from the log"]),
        (told.Who(3, [told.Person("ann"), told.Person("bob")], more=True), ["3 here: ann, bob, …"]),
        (told.Presence(2, [told.Person("ann")], [told.Person("bob")]), ["ann joined", "bob left"]),
        (
            told.Presence(2, [told.Person("ann")], [told.Person("guest-a")], False, [told.Renamed("guest-a", "ann")]),
            ["guest-a is now ann"],
        ),
        (told.Presence(99, [told.Person(str(number)) for number in range(9)]), []),
        (told.Pong(), []),
        (told.Ack("1", 1), []),
    ],
)
def test_what_else_is_told(event: told.Told, expected: list[str]) -> None:
    assert plain(event) == expected


def test_a_name_is_on_one_line_and_not_longer_than_names_are() -> None:
    assert label_of("ann\nbob: hi\x1b[2J") == "ann bob: hi"
    assert line_of(told.Message("ann\nbob", "hi")) == "ann bob: hi"
    assert len(label_of("x" * 1000)) == 100


def test_json_has_what_is_answered_where_something_is() -> None:
    answer = told.Message("bob", "yes", 42, re=41)
    assert json.loads(json_of(answer))["re"] == 41
    assert not {"re", "kind"} & json.loads(json_of(told.Message("bob", "yes", 42))).keys()


def test_json_is_escaped_and_says_the_same() -> None:
    message = told.Message("a\x9b", "\x1b[1m\u202e\x7f\u2028 你", 42, "2026-11-24T11:00:00Z", "tcp")
    line = json_of(message)
    assert "\\u009b" in line
    assert "\\u202e\\u007f\\u2028 你" in line
    assert msgspec.json.decode(line, type=told.Message) == message


@given(st.text())
def test_a_further_line_of_a_text_begins_like_no_message(text: str) -> None:
    assert all(line.startswith("  ") for line in line_of(told.Message("n", text)).split("\n")[1:])


def test_the_clock_is_that_of_who_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        monkeypatch.setenv("TZ", "XXX-05:30")
        time.tzset()
        assert clock_of("2026-11-24T11:00:00Z") == "16:30"
    finally:
        monkeypatch.undo()
        time.tzset()
