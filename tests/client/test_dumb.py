"""What a terminal that can only print shows of what is typed there; as a process it is in e2e."""

import asyncio
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from gateway.client import told
from gateway.client.address import ChatError
from gateway.client.dumb import DumbTerminal, is_dumb
from gateway.client.memory import Memory

from .ptys import CTRL_D, Terminal, a_terminal
from .recorder import Recorder
from .server import SECONDS


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    with a_terminal() as found:
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=found.stdin))
        yield found


@pytest.mark.parametrize("via", ["web", "own"])  # by WebSocket, and by the raw wire
async def test_what_was_kept_while_the_room_was_away_is_shown_when_it_is_said(via: str) -> None:
    """It stood above all that others had said since, and nothing told that it was said."""
    talk = DumbTerminal(Memory(None, ""))
    talk._link = link = Recorder(talk.hear)
    link.session.label = "Ann"
    for is_in, typed in ((False, "kept"), (False, "/me waits"), (True, "typed"), (True, "kept")):
        link.session.is_in = is_in
        await talk._do(typed)
    for label, text in (("Ann", "kept"), ("Ann", "waits"), ("Ann", "typed"), ("bob", "typed"), ("Ann", "kept")):
        talk.hear(told.Message(label, text, via=via if label == "Ann" else "web"))
    shown = [(event.label, event.text) for event in talk._take() if isinstance(event, told.Message)]
    assert shown == [("Ann", "kept"), ("Ann", "waits"), ("bob", "typed")]


class Typist:
    """Somebody at a terminal of its own, which only prints."""

    def __init__(self, terminal: Terminal, *, is_in: bool = True) -> None:
        self.terminal = terminal
        self.talk = DumbTerminal(Memory(None, ""), bell=True)
        self.link = Recorder(self.talk.hear)
        self.link.session.label, self.link.session.is_in = "Ann", is_in
        self.running = asyncio.create_task(self.talk.run(self.link))

    async def until(self, seen: Callable[[], object]) -> None:
        async with asyncio.timeout(SECONDS):
            while not seen():
                await asyncio.sleep(0.001)


async def test_lines_come_and_go_until_ctrl_d(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    ann = Typist(terminal)
    await asyncio.sleep(0)  # it runs
    ann.talk.hear(told.State("connected"))
    terminal.type(b"hello\n \n/help\n\xff\n")
    await ann.until(lambda: ann.link.said and ann.link.commands)
    ann.link.ack()
    ann.talk.hear(told.Message("Ann", "hello", via="web"))
    ann.talk.hear(told.Message("bob", "Ann: look at `this`", via="web"))
    ann.talk.hear(told.State("connected"))
    terminal.type(CTRL_D)
    async with asyncio.timeout(SECONDS):
        await ann.running
    assert (ann.link.said, ann.link.commands, ann.link.is_closed) == (["hello"], ["/help"], True)
    shown = capsys.readouterr().out
    assert "connected to 127.0.0.1:1; Ctrl-D leaves\n" in shown
    assert " bob  Ann: look at `this`\n" in shown
    assert shown.count("\a") == 1
    assert "UTF-8" in shown
    assert "hello" not in shown, "the terminal itself has shown that"


async def test_what_is_not_sent_is_told_and_lost_by_who_presses_it_once_more(
    terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    ann = Typist(terminal, is_in=False)
    terminal.type(b"kept\n" + CTRL_D)
    await ann.until(lambda: ann.talk._is_warned)
    terminal.type(CTRL_D)
    with pytest.raises(ChatError, match=r"^left; not sent: 1 line$"):
        async with asyncio.timeout(SECONDS):
            await ann.running
    assert "not sent yet: 1 line; leave once more and it is lost\n" in capsys.readouterr().out


@pytest.mark.parametrize(("term", "expected"), [("dumb", True), ("", True), (None, True), ("xterm", False)])
def test_which_terminals_can_only_print(term: str | None, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if term is None:
        monkeypatch.delenv("TERM", raising=False)
    else:
        monkeypatch.setenv("TERM", term)
    assert is_dumb() is expected
