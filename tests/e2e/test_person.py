"""gateway chat as a person finds it, at real terminals that tests read byte by byte (ptys)."""

import asyncio
import re
import stat
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from ..patience import PATIENCE
from ..worlds.terminals import Emulator
from . import nursery
from .clients import pipe, read, tcp, ws
from .conftest import Start
from .gateway import Gateway
from .peers import chat
from .test_tls import Authority


class Terminal(Emulator):
    """One that is drawn, and of which all that was written is kept, too."""

    def _born(self, terminal: int, command: Sequence[str], environment: dict[str, str]) -> nursery.Child:
        environment |= nursery.ENVIRONMENT
        child = nursery.start(
            [*command], environment, stdin=terminal, stdout=terminal, stderr=terminal, is_at_terminal=True
        )
        child.stderr.close()  # which is the terminal
        return child

    def _heard(self, data: bytes) -> None:
        super()._heard(data)
        self._bytes += data
        self.screen = self._bytes.decode(errors="ignore").replace("\r", "")

    def shows(self, pattern: str) -> None:
        """Look until the pattern stands there."""
        end = time.monotonic() + PATIENCE
        while not re.search(pattern, shown := self.look()):
            assert time.monotonic() < end, f"no {pattern!r}:\n{shown}"
            self._look(0.05)


@pytest.fixture
def at(tmp_path: Path) -> Callable[..., Terminal]:
    """Opens gateway chat in a terminal."""

    def opened(*flags: str, **environment: str) -> Terminal:
        return Terminal(
            "utf-8", "chat", *flags, HOME=str(tmp_path), XDG_STATE_HOME=str(tmp_path / "state"), **environment
        )

    return opened


def kept(folder: Path) -> str:
    """All that the client has written."""
    return "".join(each.read_text() for each in (folder / "state").rglob("*") if each.is_file())


def wait_for_texts(gateway: Gateway, count: int) -> None:
    end = time.monotonic() + PATIENCE
    while len(read(gateway)) < count:
        assert time.monotonic() < end


@pytest.mark.parametrize("wire", [ws, tcp])
def test_a_password_is_asked_for_hidden_and_not_kept(
    start: Start, at: Callable[..., Terminal], tmp_path: Path, wire: Callable[[Gateway], str]
) -> None:
    gateway = start("--password", "sesame")
    ann = at(wire(gateway), "--name", "Ann")
    ann.wait_for("this room has a password: $")
    ann.type("guess\n")
    ann.wait_for("wrong password\nthis room has a password: $")
    ann.type("sesame\n")
    ann.shows("· connected")
    ann.type("hello\r")
    ann.shows("(Ann|you)  hello")
    ann.type("/quit\r")
    assert ann.ended() == 0
    assert "sesame" not in ann.screen + kept(tmp_path)
    assert "guess" not in ann.screen + kept(tmp_path)


def test_who_gives_no_password_is_not_let_in(start: Start, at: Callable[..., Terminal]) -> None:
    ann = at(ws(start("--password", "sesame")))
    ann.wait_for("this room has a password: $")
    ann.type("\x04")
    ann.wait_for("gateway: ws://.*: the room has a password")
    assert ann.ended() == 3


def test_who_comes_again_is_who_they_were_and_sees_what_is_new(
    gateway: Gateway, at: Callable[..., Terminal], tmp_path: Path
) -> None:
    ann = at(ws(gateway), "--name", "Ann")
    ann.shows("· connected")
    assert pipe(ws(gateway), "--name", "bob", stdin="before\n").returncode == 0
    ann.shows("before")
    ann.type("/quit\r")
    assert ann.ended() == 0
    assert pipe(ws(gateway), "--name", "bob", stdin="meanwhile\n").returncode == 0
    again = at(ws(gateway))
    again.shows("before(.|\n)*new since you were away(.|\n)*meanwhile(.|\n)*Ann · ")
    again.type("it is me\r")
    again.shows("Ann.*it is me")
    files = [each for each in (tmp_path / "state").rglob("*") if each.is_file()]
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    other = at(ws(gateway), "--name", "Ann")  # at the same time: somebody else
    other.shows("the name Ann is taken")
    again.type("still here\r")
    again.shows("Ann.*still here")


def test_who_closes_the_window_has_seen_what_was_there(gateway: Gateway, at: Callable[..., Terminal]) -> None:
    for number in range(2):
        ann = at(ws(gateway), "--name", "Ann")
        ann.shows("· connected")
        assert pipe(ws(gateway), "--name", "bob", stdin=f"seen {number}\n").returncode == 0
        ann.shows(f"seen {number}")
        if number:
            ann.hang_up()
            ann.process.wait(PATIENCE)
        else:
            ann.type("/quit\r")
            assert ann.ended() == 0
    again = at(ws(gateway))
    again.shows("seen 1(.|\n)*Ann · .*· connected")
    assert "new since" not in again.screen


@pytest.mark.worlds
def test_who_is_idle_is_written_nothing(gateway: Gateway, at: Callable[..., Terminal]) -> None:
    """It was 32 bytes a second, over a telephone too."""
    ann = at(ws(gateway), "--name", "Ann")
    ann.shows("Ann · .*· connected")
    while ann._look(1.5):  # until it is quiet
        pass
    assert not ann._look(2.5)


@pytest.mark.parametrize("wire", [ws, tcp])
def test_a_dumb_terminal_is_sent_no_sequence_and_nothing_twice(
    gateway: Gateway, at: Callable[..., Terminal], wire: Callable[[Gateway], str]
) -> None:
    ann = at(wire(gateway), "--name", "Ann", TERM="dumb")
    ann.wait_for("connected to .*; Ctrl-D leaves\n")
    ann.type("hello\n")
    wait_for_texts(gateway, 1)
    assert pipe(ws(gateway), "--name", "bob", stdin="hi\n").returncode == 0
    ann.wait_for(r"bob  hi\n")
    ann.type("/who\n")
    ann.wait_for(r"\* 1 here: Ann")
    ann.type("\x04")
    assert ann.ended() == 0
    assert "\x1b" not in ann.screen
    assert ann.screen.count("hello") == 1
    assert [event["text"] for event in read(gateway)] == ["hello", "hi"]


@pytest.mark.parametrize("wire", [ws, tcp])
def test_who_stops_a_dumb_terminal_is_told_what_was_not_sent(
    start: Start, at: Callable[..., Terminal], wire: Callable[[Gateway], str]
) -> None:
    """It was gone without a word."""
    gateway = start()
    ann = at(wire(gateway), "--name", "Ann", TERM="dumb")
    ann.wait_for("connected to .*; Ctrl-D leaves\n")
    gateway.kill()
    ann.wait_for("the connection is lost")
    ann.type("kept\n/who\n\x04")
    ann.wait_for("not sent yet: 2 lines; leave once more and they are lost\n")
    ann.type("\x03")
    assert ann.ended() == 130
    assert ann.screen.endswith("gateway: stopped; not sent: 2 lines\n")


def test_at_a_terminal_the_flags_of_pipes_do_what_they_say(gateway: Gateway, at: Callable[..., Terminal]) -> None:
    """They were passed over."""
    whole = at(ws(gateway), "--name", "Ann", "--whole", "--tag", "ops")
    whole.type("one\ntwo\n\x04")
    assert whole.ended() == 0
    assert [event["text"] for event in read(gateway)] == ["[ops] one\ntwo"]
    look = at(ws(gateway), "--no-follow")
    assert look.ended() == 0
    assert look.screen == "Ann: [ops] one\n  two\n"


@pytest.mark.worlds
def test_by_tls_the_raw_wire_works_and_another_certificate_is_told(
    start: Start, at: Callable[..., Terminal], tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    gateway = start(*authority.flags)
    ca = str(authority.trusted)
    room = f"tls://localhost:{gateway.tcp_port}"
    lines = "".join(f"{number}\n" for number in range(500))
    ended = pipe(room, "--ca", ca, "--name", "ci", stdin=lines)
    assert (ended.returncode, ended.stderr) == (0, "")
    by_web = pipe(f"https://localhost:{gateway.http_port}", "--ca", ca, "--json", "--no-follow", "--from", "1")
    assert by_web.stdout.count("\n") == 500
    for where in (room, f"wss://localhost:{gateway.http_port}"):
        ended = pipe(where, stdin="x\n")
        assert ended.returncode == 4
        assert re.fullmatch(
            r"gateway: \S+: TLS: [^\n]*certificate[^\n]*; 1 of 1[^\n]*\n|gateway: \S+: TLS: [^\n]*\n", ended.stderr
        )
    ann = at(room, "--ca", ca, "--name", "Ann")
    ann.shows("Ann · .*· connected")
    ann.type("hello\r/quit\r")
    assert ann.ended() == 0


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (("wss://h", "--ca", "/nonexistent"), "--ca /nonexistent: No such file or directory"),
        (("tls://h:1", "--ca", "/etc/hostname"), "--ca /etc/hostname: no certificate in PEM"),
        (("ws://h", "--ca", "/etc/hostname"), "--ca: ws://h/ws speaks no TLS; give wss:// or tls://"),
    ],
)
def test_a_ca_that_can_not_be_is_told(flags: tuple[str, ...], expected: str) -> None:
    ended = pipe(*flags, stdin="x\n")
    assert (ended.returncode, ended.stderr) == (2, f"gateway: {expected}\n")


async def test_a_paste_in_a_busy_room_is_one_message(start: Start, at: Callable[..., Terminal]) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0")
    ann = at(ws(gateway), "--name", "Ann")
    await asyncio.to_thread(ann.shows, "· connected")
    async with chat(gateway, name="bob") as bob:
        for number in range(20):
            await bob.say(f"busy {number}")
        await asyncio.to_thread(ann.shows, "busy 19")
    # Between the first mode's setting and the end it is never taken back.
    assert ann.screen.count("\x1b[?2004l") == 0
