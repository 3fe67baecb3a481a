"""gateway chat: people at real terminals (tmux)."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ..client.server import server
from ..processes import need, started
from ..tables import in_worlds
from .clients import POSTS_NUDGE, Screen, pipe, posts_client, read, tcp, ws
from .conftest import Start
from .gateway import Gateway
from .peers import chat, raw

Open = Callable[..., Screen]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., Screen]]:
    """Runs commands in terminals."""
    count = 0
    Screen(tmp_path, 0, "sleep", "600")  # the last session takes tmux with it

    def factory(*command: str) -> Screen:
        nonlocal count
        count += 1
        return Screen(tmp_path, count, *command)

    yield factory
    subprocess.run([need("tmux"), "-S", str(tmp_path / "tmux"), "kill-server"], capture_output=True, check=False)


@pytest.fixture
def screen(terminal: Callable[..., Screen]) -> Open:
    """Opens clients in terminals."""
    return lambda *flags, environment="LANG=C.UTF-8": terminal(
        environment, sys.executable, "-m", "gateway", "chat", *flags
    )


@pytest.mark.worlds
def test_two_clients_and_the_posts_chat_while_a_swarm_talks(
    start: Start, screen: Open, terminal: Callable[..., Screen], tmp_path: Path
) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0")
    ann, bob = screen(ws(gateway), "--name", "Ann"), screen(tcp(gateway), "--name", "Bob")
    post = terminal(*posts_client(gateway, tmp_path))
    post.nudge = POSTS_NUDGE
    ann.shows("connected")
    bob.shows("you are now Bob")
    post.shows(">>>")
    ann.type("hello 你好世界", "Enter")
    for other in (bob, post):
        other.shows("hello 你好世界")
    with swarm(gateway, "--tcp", "5", "--rate", "10", "--seconds", "4", "--size", "64") as talk:
        for other in (ann, bob, post):
            other.shows("swarm ")
        typed = ""
        while talk.poll() is None and len(typed) < 40:
            typed += "x"
            for each, prompt in ((ann, ">"), (bob, ">"), (post, ">>>")):
                each.type("x")
                each.wait_for(is_whole(f"{prompt} {typed}"))
        assert talk.wait() == 0
    assert len(typed) > 5
    for each, others in ((ann, (bob, post)), (bob, (ann, post)), (post, (ann, bob))):
        each.type(" was whole", "Enter")
        for other in others:
            other.wait_for(lambda lines: any(line.endswith(f"{typed} was whole") for line in lines))
    heard = [re.findall(r"swarm \w+ (\d+ \d+)", "\n".join(each.lines)) for each in (ann, bob, post)]
    assert heard[0] == heard[1] == heard[2]
    said = re.findall(r"swarm \w+ (\d+ \d+)", "\n".join(str(line["text"]) for line in read(gateway)))
    assert heard[0] == said
    assert len(said) > 100


def is_whole(typed: str) -> Callable[[list[str]], bool]:
    """Whether this is all that stands where one types, and is there once."""
    return lambda lines: [line for line in lines if line.startswith(">")] == [typed]


@contextmanager
def swarm(gateway: Gateway, *flags: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "gateway", "swarm", *gateway.ports, *flags]
    with started(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        yield process


def test_a_message_is_chosen_answered_and_deleted(start: Start, screen: Open) -> None:
    gateway = start()
    ann, bob, cy = (screen(by(gateway), "--name", name) for by, name in ((ws, "Ann"), (ws, "Bob"), (tcp, "Cy")))
    ann.shows("connected")
    bob.shows("connected")
    cy.shows("you are now Cy")
    ann.type("is it deployed?", "Enter")
    bob.shows("Ann  is it deployed?")
    bob.type("M-Up", "Enter", "it is", "Enter")
    for each in (ann, bob):
        each.shows("> Ann: is it deployed?")
    for each in (ann, bob, cy):
        each.shows("Bob  @Ann it is")
    ann.type("my password is hunter2", "Enter")
    for each in (bob, cy):
        each.shows("hunter2")
    bob.type("M-Up", "DC", "DC")
    bob.shows("not yours")
    ann.type("M-Up", "DC")
    ann.shows("Delete once more")
    ann.type("DC")
    for each in (ann, bob):
        each.wait_for(lambda lines: any(re.search(r"Ann's message of \d\d:\d\d is deleted", line) for line in lines))
    ann.type("M-Up", "M-Up", "/delete", "Enter")  # by its seq, and not one's own last message
    ann.wait_for(lambda lines: sum("is deleted" in line for line in lines) == 2)
    assert [line.get("text") for line in read(gateway)] == ["@Ann it is"]
    assert read(gateway)[0]["re"] == 1


def test_what_is_typed_while_the_server_is_gone_is_said_once(start: Start, screen: Open) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0")
    ann = screen(ws(gateway), "--name", "Ann")
    ann.type("before", "Enter")
    ann.shows("Ann  before")
    gateway.kill()
    ann.shows("the connection is lost")
    ann.type("meanwhile 1", "Enter", "meanwhile 2", "Enter")
    lines = ann.wait_for(lambda lines: sum("…  meanwhile" in line for line in lines) == 2)
    assert not any("Ann  meanwhile" in line for line in lines)
    gateway.again()
    ann.shows("connected again")
    ann.shows("Ann  meanwhile 2")
    assert (
        sum("…  meanwhile" in line for line in ann.wait_for(lambda lines: not any("…" in line for line in lines[-6:])))
        == 0
    )
    assert [event["text"] for event in read(gateway)] == ["before", "meanwhile 1", "meanwhile 2"]


async def test_by_the_raw_wire_names_and_times_are_the_servers_too(gateway: Gateway, screen: Open) -> None:
    async with raw(gateway) as guest, chat(gateway, name="Bob") as bob:
        await guest.send(b"who am I\n\n")
        assert await bob.texts(1) == ["who am I"]
        ann = await asyncio.to_thread(screen, tcp(gateway), "--name", "Ann")
        await asyncio.to_thread(ann.shows, "you are now Ann")
        await asyncio.to_thread(ann.type, "/history", "Enter")
        shown = re.compile(r"\d\d:\d\d guest-[a-z]{6}  who am I$")
        await asyncio.to_thread(ann.wait_for, lambda lines: any(map(shown.match, lines)))
        await bob.send({"type": "say", "text": "waves\nand bows", "kind": "action"})
        await asyncio.to_thread(ann.wait_for, lambda lines: "  and bows*" in lines)
        lines = await asyncio.to_thread(ann.shows, "Bob *waves")
        assert not any(each in "\n".join(lines) for each in ("127.0.0.1',", "UTC", "/times"))
        await asyncio.to_thread(ann.type, "/me claps", "Enter")
        await asyncio.to_thread(ann.shows, "Ann *claps*")
        assert (await guest.until("claps*\n\n")).endswith("来自Ann的消息:*claps*\n\n")


async def test_by_the_raw_wire_a_guest_sees_guests_as_all_do(gateway: Gateway, screen: Open) -> None:
    """They were addresses, until one typed a command."""
    async with raw(gateway) as guest:
        ann = await asyncio.to_thread(screen, tcp(gateway))
        await asyncio.to_thread(ann.type, "hello", "Enter")
        await guest.until("hello")
        await guest.send(b"who am I\n\n")
        lines = await asyncio.to_thread(ann.shows, "who am I")
        assert re.search(r"\d\d:\d\d guest-[a-z]{6}  who am I$", "\n".join(lines), re.MULTILINE)
        await asyncio.to_thread(ann.type, "/times off", "Enter")
        await asyncio.to_thread(ann.shows, "/times is for nc and telnet, and does nothing here")


@pytest.mark.parametrize("wire", [ws, in_worlds(tcp)])
async def test_who_is_sent_away_stays_away(
    start: Start, terminal: Callable[..., Screen], wire: Callable[[Gateway], str]
) -> None:
    gateway = start("--admin-password", "secret")
    line = f"{sys.executable} -m gateway chat {wire(gateway)} --name Troll 2>&1; echo status $?; sleep 20"
    troll = await asyncio.to_thread(terminal, "LANG=C.UTF-8", "bash", "-c", line)
    await asyncio.to_thread(troll.shows, "Troll · ")
    async with chat(gateway, name="op") as op:
        for command in ("/op secret", "/kick Troll"):
            await op.send({"type": "command", "text": command})
            await op.next("notice")
        lines = await asyncio.to_thread(troll.shows, "status 3")
        assert f"gateway: {wire(gateway)}{'/ws' * (wire is ws)}: an operator has sent you away" in lines


def test_keys(gateway: Gateway, screen: Open) -> None:
    ann = screen(ws(gateway), "--name", "Ann")
    ann.shows("connected")
    ann.type("first", "M-Enter", "second", "Enter")  # Alt+Enter
    ann.wait_for(lambda lines: any(re.search(r"Ann  first$", line) for line in lines) and "  second" in lines)
    ann.type("/wh", "Tab")
    ann.shows("> /who")
    ann.type("Enter")
    ann.shows("* 1 here: Ann")
    ann.type("not this")
    ann.shows("> not this")
    ann.type("C-c")
    ann.wait_for(lambda lines: lines[-2] == ">")
    ann.type("Up")
    ann.shows("> /who")
    ann.type("C-c", "C-c")
    ann.shows("Ctrl-C once more leaves")
    ann.type("C-c")
    ann.wait_for(lambda lines: ann.is_over)
    again = screen(ws(gateway))
    again.shows("connected")
    again.type("C-r")
    again.shows("I-search")
    again.type("sec")  # what was typed in the run before
    again.shows("second")
    again.type("C-c", "C-c", "C-d")
    again.wait_for(lambda lines: again.is_over)


def test_a_paste_of_500_lines_a_resize_and_wide_characters_leave_the_screen_right(start: Start, screen: Open) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0")
    ann = screen(ws(gateway), "--name", "Ann")
    ann.shows("connected")
    ann.paste("".join(f"pasted {number} 宽字符\n" for number in range(500)))
    ann.type("Enter")
    ann.wait_for(lambda lines: bool(read(gateway)))
    (said,) = read(gateway)
    assert said["text"] == "\n".join(f"pasted {number} 宽字符" for number in range(500))
    ann.type("宽" * 50)  # more than a line of 80 columns
    ann.resize(60, 20)
    ann.resize(100, 30)
    ann.wait_for(lambda lines: has_typed(lines, 50))
    pipe(ws(gateway), "--name", "ci", stdin="over it\n")
    ann.shows("ci  over it")
    # Who takes more than a second to say it has joined and left as well.
    ann.wait_for(lambda lines: any(line.endswith("over it") for line in lines[-6:-3]) and has_typed(lines, 50))


def test_what_is_below_is_drawn_when_the_terminal_tells_of_a_row_that_there_is_not(start: Start, screen: Open) -> None:
    gateway = start()
    ann = screen(ws(gateway), "--name", "Ann")
    ann.shows("connected")
    pipe(ws(gateway), "--name", "ci", stdin="\n".join(f"line {number}" for number in range(30)))
    ann.shows("line 29")
    ann.mistake_rows(10)  # the line that is typed is on row 23
    pipe(ws(gateway), "--name", "ci", stdin="over it\n")
    ann.wait_for(lambda lines: any("over it" in line for line in lines) and "connected" in lines[-1])


def has_typed(lines: list[str], count: int) -> bool:
    """Whether the line that is typed stands whole above the toolbar, and only there."""
    return len(lines) > 4 and lines[-3].startswith("> 宽") and "".join(lines[-3:-1]).count("宽") == count


def test_no_color_means_none(gateway: Gateway, screen: Open) -> None:
    ann = screen(ws(gateway), "--name", "Ann", environment="NO_COLOR=1")
    ann.type("plain", "Enter")
    ann.shows("Ann  plain")
    shown = subprocess.run(
        [*ann._tmux, "capture-pane", "-p", "-e", "-t", ann._name], capture_output=True, text=True, check=True
    )
    assert not re.search(r"\x1b\[[0-9;]*(3[0-7]|38|9[0-7])[0-9;]*m", shown.stdout)


async def test_after_a_wrong_password_it_is_asked_for_and_who_gives_none_is_told_in_one_line(
    start: Start, screen: Open
) -> None:
    gateway = start("--password", "sesame")
    line = f"{sys.executable} -m gateway chat {ws(gateway)} --password no 2>&1; echo status $?; sleep 20"
    shown = Screen(gateway.store.parent, 99, "bash", "-c", line)
    await asyncio.to_thread(shown.wait_for, lambda lines: lines[-1:] == ["this room has a password:"])
    await asyncio.to_thread(shown.type, "C-d")
    lines = await asyncio.to_thread(shown.shows, "status 3")
    assert sum("wrong password" in text for text in lines) == 2  # why it asks, and the end
    async with raw(gateway):
        pass


@pytest.mark.parametrize("wire", [ws, in_worlds(tcp)])
def test_ctrl_z_suspends_and_fg_brings_the_line_back(
    gateway: Gateway, terminal: Callable[..., Screen], wire: Callable[[Gateway], str]
) -> None:
    shell = terminal("LANG=C.UTF-8", "PS1=shell$ ", "sh", "-c", "exec bash --norc --noediting -i 2>&1")
    shell.type(f"{sys.executable} -m gateway chat {wire(gateway)} --name Ann", "Enter")
    shell.shows("· connected")
    shell.type("abc", "C-z")
    shell.wait_for(lambda lines: lines[-1] == "shell$")
    shell.type("echo $((6 * 7))", "Enter")  # the terminal is the shell's, and as it was
    shell.wait_for(lambda lines: lines[-2:] == ["42", "shell$"])
    assert pipe(wire(gateway), "--name", "ci", stdin="meanwhile\n").returncode == 0
    shell.type("fg", "Enter")
    shell.wait_for(lambda lines: lines[-2] == "> abc" and "· connected" in lines[-1])
    shell.shows("ci  meanwhile")
    shell.type("def", "Enter")
    shell.shows("Ann  abcdef")
    assert [event["text"] for event in read(gateway)] == ["meanwhile", "abcdef"]


@pytest.mark.worlds
async def test_on_a_wrong_port_nothing_is_said_or_connected(screen: Open) -> None:
    """What answers takes everything and says nothing."""
    took = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        took.set()
        while await reader.read(1000):
            pass

    async with server(serve) as port:
        ann = await asyncio.to_thread(screen, f"127.0.0.1:{port}", "--name", "Ann")
        await asyncio.to_thread(ann.shows, "· connecting")
        await took.wait()
        await asyncio.to_thread(ann.type, "hello", "Enter")
        lines = await asyncio.to_thread(ann.shows, "…  hello")
        assert not any("connected" in line or "Ann  hello" in line for line in lines)
        await asyncio.to_thread(ann.type, "C-c", "C-c")
        await asyncio.to_thread(ann.wait_for, lambda lines: ann.is_over)


@pytest.mark.parametrize(
    ("search", "status", "printed"),
    [
        ("deploy", 0, "Ann: Deploy three\nAnn: deploy one\n"),
        ("部署 from:ann", 0, "Ann: 明天部署\n"),
        ("from:änn before:3", 0, "Ann: two\nAnn: deploy one\n"),
        ("from:Bob", 1, ""),
        ("since:2026-11-24", 2, ""),
        ("deploy since:2999-01-01", 1, ""),
        ("nowhere", 1, ""),
        ("x since:tomorrow", 2, ""),
        ("x" * 201, 2, ""),
    ],
)
def test_a_search_prints_what_it_finds_and_ends_as_grep_does(
    gateway: Gateway, search: str, status: int, printed: str
) -> None:
    assert pipe(ws(gateway), "--name", "Ann", stdin="deploy one\ntwo\n明天部署\nDeploy three\n").returncode == 0
    ended = pipe(ws(gateway), "--search", search, stdin=None)
    assert (ended.returncode, ended.stdout) == (status, printed)
    assert bool(ended.stderr) is (status == 2)


def test_a_search_where_nobody_answers_has_not_found_nothing() -> None:
    ended = pipe("ws://127.0.0.1:9", "--search", "x", stdin=None)
    assert ended.returncode == 2
    assert ended.stderr
