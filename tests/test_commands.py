"""What a typed line asks for."""

import pytest

from gateway.commands import parse, parse_command
from gateway.wires.events import AskHelp, AskHistory, AskWho, Mistake, Moderate, Op, Pass, Quit, Rename, Request, Say


@pytest.mark.parametrize(
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
        ("/help", AskHelp()),
        ("/quit", Quit()),
        ("/quit now", Quit()),
        ("/pass open sesame", Pass("open sesame")),
        ("/op secret", Op("secret")),
        ("/kick Ann B", Moderate("kick", "Ann B")),
        ("/kick Ann 10m", Moderate("kick", "Ann 10m")),
        ("/kick", Mistake("bad-argument", detail="/kick")),
        ("/ban Ann", Moderate("ban", "Ann", 0)),
        ("/ban Ann B 2h", Moderate("ban", "Ann B", 7200)),
        ("/ban 192.0.2.1 7d", Moderate("ban", "192.0.2.1", 7 * 86400)),
        ("/ban 10m", Moderate("ban", "10m", 0)),
        ("/mute Ann", Moderate("mute", "Ann", 600)),
        ("/mute Ann 30s", Moderate("mute", "Ann", 30)),
        ("/unban Ann", Moderate("unban", "Ann")),
        ("/banned", Moderate("banned")),
        ("/dance", Mistake("unknown-command", detail="/dance")),
        ("/dance with me\nplease", Mistake("unknown-command", detail="/dance")),
        ("/帮助", Mistake("unknown-command", detail="/帮助")),
        ("//who", Say("/who")),
        ("//who is it", Say("/who is it")),
        ("/etc/hosts is wrong", Say("/etc/hosts is wrong")),
        ("//etc/hosts", Say("//etc/hosts")),
        ("// TODO", Say("// TODO")),
        ("/", Say("/")),
        ("/ who", Say("/ who")),
        ("/2", Say("/2")),
        (" /who", Say(" /who")),
        ("/a-b", Say("/a-b")),
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
    ],
)
def test_a_command_event_is_never_a_message(text: str, expected: Request) -> None:
    assert parse_command(text) == expected
