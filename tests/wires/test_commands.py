"""What a typed line asks for."""

from typing import get_args
from unicodedata import decomposition

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.messages import clean_text
from gateway.text.lookalikes import SLASHES, begins_plainly
from gateway.vocabulary import COMMANDS
from gateway.wires.commands import _PARSERS, MUTE_SECONDS, parse, parse_command, readings
from gateway.wires.events import (
    Act,
    Ask,
    AskHistory,
    AskWho,
    Delete,
    Mistake,
    Moderate,
    Op,
    Pass,
    Purge,
    Quit,
    Rename,
    Request,
    Say,
)

from ..tables import each_of
from ..typed import CASES, Case


@each_of(
    ("text", "expected"),
    [
        ("hello", Say("hello")),
        ("/name Ann B", Rename("Ann B")),
        ("/NAME ann", Rename("ann")),
        ("/nick  ann ", Rename("ann")),
        ("/name", Rename("")),
        ("/who", AskWho()),
        ("/history", AskHistory(20)),
        ("/history 5", AskHistory(5)),
        ("/history 99999", AskHistory(500)),
        ("/history 0", Mistake("bad-argument", detail="/history")),
        ("/history -1", Mistake("bad-argument", detail="/history")),
        ("/history ٣", Mistake("bad-argument", detail="/history")),
        ("/help", Ask("help")),
        ("/help /Nick", Ask("help", "/Nick")),
        ("/op", Mistake("bad-argument", detail="/op")),
        ("/pass ", Mistake("bad-argument", detail="/pass")),
        ("/quit", Quit()),
        ("/quit now", Quit()),
        ("/pass open sesame", Pass("open sesame")),
        ("/op secret", Op("secret")),
        ("/kick Ann B", Moderate("kick", "Ann B")),
        ("/kick Ann 10m", Moderate("kick", "Ann 10m")),
        ("/kick", Mistake("bad-argument", detail="/kick")),
        ("/ban Ann", Moderate("ban", "Ann", 0)),
        ("/ban Ann B 2h", Moderate("ban", "Ann B", 7200, "Ann B 2h")),
        ("/ban  Ann  B \t2h ", Moderate("ban", "Ann  B", 7200, "Ann  B \t2h")),
        ("/ban 192.0.2.1 7d", Moderate("ban", "192.0.2.1", 7 * 86400, "192.0.2.1 7d")),
        ("/ban Ann 1234567d", Moderate("ban", "Ann 1234567d", 0)),
        ("/ban Ann ٣d", Moderate("ban", "Ann ٣d", 0)),
        ("/ban 10m", Moderate("ban", "10m", 0)),
        ("/mute Ann", Moderate("mute", "Ann", 600)),
        ("/mute Ann 30s", Moderate("mute", "Ann", 30, "Ann 30s")),
        ("/unban Ann", Moderate("unban", "Ann")),
        ("/banned", Moderate("banned")),
        ("/unmute Ann 7d", Moderate("unmute", "Ann 7d")),
        ("/unmute", Mistake("bad-argument", detail="/unmute")),
        ("/muted", Moderate("muted")),
        ("/whois Ann 7d", Moderate("whois", "Ann 7d")),
        ("/whois", Mistake("bad-argument", detail="/whois")),
        ("/kick ('203.0.113.9', 5000)", Moderate("kick", "('203.0.113.9', 5000)")),
        ("/ban 203.0.113.0/24 7d", Moderate("ban", "203.0.113.0/24", 7 * 86400, "203.0.113.0/24 7d")),
        ("/slow 30", Moderate("slow", seconds=30)),
        ("/slow 2m", Moderate("slow", seconds=120)),
        ("/slow 0", Moderate("slow")),
        ("/slow", Mistake("bad-argument", detail="/slow")),
        ("/slow -1", Mistake("bad-argument", detail="/slow")),
        ("/slow ٣", Mistake("bad-argument", detail="/slow")),
        ("/delete", Delete()),
        ("/Delete  ", Delete()),
        ("/delete Ann B", Delete(target="Ann B")),
        ("/delete Ann all", Delete(target="Ann", is_all=True, whole="Ann all")),
        ("/delete Ann  ALL ", Delete(target="Ann", is_all=True, whole="Ann  ALL")),
        ("/delete all", Delete(target="all")),
        ("/purge", Mistake("bad-argument", detail="/purge")),
        ("/purge Ann B", Purge("Ann B")),
        ("/purge Ann 12", Purge("Ann", 12, "Ann 12")),
        ("/purge 12", Purge("12")),
        ("/purge Ann ٣", Purge("Ann ٣")),
        ("/purge [u6FwAbCdEfGh] 0", Purge("[u6FwAbCdEfGh]", 0, "[u6FwAbCdEfGh] 0")),
        (" /purge Ann", Mistake("not-said", detail="/purge")),
        ("\u200b/delete Ann", Mistake("not-said", detail="/delete")),
        ("/slow 1 2", Mistake("bad-argument", detail="/slow")),
        # whom an operator means to moderate is not said, whatever stands before
        (" /ban Ann", Mistake("not-said", detail="/ban")),
        ("\t/Kick Ann", Mistake("not-said", detail="/kick")),
        ("\u2044mute Ann", Mistake("not-said", detail="/mute")),
        ("\u200b/whois Ann", Mistake("not-said", detail="/whois")),
        ("\ufeff/slow 30", Mistake("not-said", detail="/slow")),
        ("//ban Ann", Say("/ban Ann")),
        (" /bandage", Say(" /bandage")),
        (" /ban/list", Say(" /ban/list")),
        ("see /ban Ann", Say("see /ban Ann")),
        ("a text\n/ban Ann", Say("a text\n/ban Ann")),
        ("/dance", Mistake("unknown-command", detail="/dance")),
        ("/dance with me\nplease", Mistake("unknown-command", detail="/dance")),
        ("/帮助", Mistake("unknown-command", detail="/帮助")),
        ("/" + "a" * 5000 + "/b", Say("/" + "a" * 5000 + "/b")),
        ("/\n", Say("/\n")),
        # what looks like a secret is obeyed or told, and never said
        ("/OP secret", Op("secret")),
        ("/op\u00a0secret", Op("secret")),
        (" /op secret", Mistake("secret")),
        ("\ufeff/op secret", Mistake("secret")),
        ("\u2044op secret", Mistake("secret")),
        (" \uff0fop secret", Mistake("secret")),
        # by a Chinese input method, with its wide letters and without
        ("\uff0fmute Ann", Moderate("mute", "Ann", 600)),
        ("\uff0f\uff57\uff48\uff4f", AskWho()),
        ("\uff0f\uff4f\uff50 secret", Op("secret")),
        ("\uff0f\uff59\uff4f", Mistake("unknown-command", detail="/\uff59\uff4f")),
        ("\uff0f\uff0fwho", Say("\uff0fwho")),
        ("/op\u200bsecret", Mistake("secret")),
        ("hello\n/pass open sesame", Mistake("secret")),
        ("//who\n/op secret", Mistake("secret")),
        ("/who\n/op secret", AskWho()),
        ("/opt/x is full", Say("/opt/x is full")),
        # so long, and no longer
        ("/op " + "x" * 996, Op("x" * 996)),
        ("/op " + "x" * 997, Mistake("command-long")),
        ("/ban a" + " " * 65_000 + "1", Mistake("command-long")),
        ("/dance" + " " * 65_000 + "1", Mistake("unknown-command", detail="/dance")),
        ("/" + "a" * 65_000, Mistake("unknown-command", detail="/" + "a" * 32)),
    ],
)
def test_parse(text: str, expected: Request) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/who", AskWho()),
        ("who", Mistake("unknown-command", detail="who")),
        ("/etc/x", Mistake("unknown-command", detail="/etc/x")),
        (" /op secret", Mistake("secret")),
    ],
)
def test_a_command_event_is_never_a_message(text: str, expected: Request) -> None:
    assert parse_command(text) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("/ban Al", [("Al", 0)]),
        ("/ban Al 7d", [("Al 7d", 0), ("Al", 7 * 86400)]),
        ("/mute Al 7d", [("Al 7d", MUTE_SECONDS), ("Al", 7 * 86400)]),
        ("/mute Al", [("Al", MUTE_SECONDS)]),
        ("/kick Al 7d", [("Al 7d", 0)]),
        ("/ban 7d", [("7d", 0)]),
        ("/ban Al 7d 1h", [("Al 7d 1h", 0), ("Al 7d", 3600)]),
    ],
)
def test_a_name_that_ends_like_a_duration_is_tried_as_a_name_first(typed: str, expected: list[tuple[str, int]]) -> None:
    request = parse(typed)
    assert isinstance(request, Moderate)
    assert list(readings(request)) == expected


@each_of("case", CASES)
def test_what_is_typed_is_obeyed_said_or_held_back(case: Case) -> None:
    request = parse(case.typed)
    if case.command:
        assert request == parse_command(case.typed) != Mistake("secret")
        is_known = case.name in {word for each in COMMANDS for word in each.words}
        assert (request == Mistake("unknown-command", detail=f"/{case.command}")) is not is_known
    else:
        assert request == (Mistake("secret") if case.held else Say(case.say))


def test_each_command_is_in_the_vocabulary() -> None:
    assert set(_PARSERS) <= {each.name for each in COMMANDS}
    assert {*get_args(Act), "purge"} == {each.name for each in COMMANDS if each.whom == "operators"}


@pytest.fixture
def by_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.wires.commands.begins_plainly", lambda text: False)


@pytest.mark.usefixtures("by_the_rules")
@given(st.text(st.characters(), min_size=1), st.text(st.sampled_from([*SLASHES, *"aop \t\u200b\u0301"]), max_size=9))
def test_what_begins_plainly_is_no_command_and_hides_none(first: str, rest: str) -> None:
    text = clean_text(first + rest)
    assert not begins_plainly(text) or parse(text) == Say(text)


@pytest.mark.usefixtures("by_the_rules")
def test_what_reads_like_something_else_begins_no_command_plainly() -> None:
    read = [first for first in map(chr, range(0x30000)) if decomposition(first) and begins_plainly(first)]
    assert len(read) > 3000
    for text in (f"{first}{rest}" for first in read for rest in ("/op x", "/kick x")):
        assert parse(text) == Say(text), ascii(text)
