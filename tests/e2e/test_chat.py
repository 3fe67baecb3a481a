"""gateway chat: pipes with real processes, and people at real terminals (tmux)."""

import asyncio
import json
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .conftest import Start, need
from .gateway import Gateway
from .peers import chat, raw

PATIENCE = 15.0
Run = subprocess.CompletedProcess[str]


def pipe(*flags: str, stdin: str | None = "") -> Run:
    command = [sys.executable, "-m", "gateway", "chat", *flags]
    given: dict[str, object] = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **given)  # type: ignore[call-overload, no-any-return]


def ws(gateway: Gateway) -> str:
    return f"ws://127.0.0.1:{gateway.http_port}"


def tcp(gateway: Gateway) -> str:
    return f"127.0.0.1:{gateway.tcp_port}"


def read(gateway: Gateway, *flags: str) -> list[dict[str, object]]:
    """All that is in the room, by the client itself."""
    ended = pipe(ws(gateway), "--json", "--no-follow", *(flags or ("--from", "1")), stdin=None)
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


# --- pipes ----------------------------------------------------------------------------------------------------------


def test_each_line_is_a_message_and_all_are_acked(gateway: Gateway) -> None:
    ended = pipe(ws(gateway), "--name", "ci", "--tag", "build", stdin="one\n\n你好 two\nthree")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    said = read(gateway)
    assert [event["text"] for event in said] == ["[build] one", "[build] 你好 two", "[build] three"]
    assert {event["from"] for event in said} == {"ci"}


def test_by_the_raw_wire_all_is_said_before_it_ends(start: Start) -> None:
    gateway = start("--rate", "0")
    ended = pipe(
        tcp(gateway), "--name", "ci", stdin="".join(f"line {number}\n" for number in range(500)) + "/quit\n/etc/x\n"
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [event["text"] for event in read(gateway)] == [
        *(f"line {number}" for number in range(500)),
        "/quit",
        "/etc/x",
    ]


def test_whole_is_one_message(gateway: Gateway) -> None:
    assert pipe(ws(gateway), "--whole", stdin="a\n  b\n\nc\n").returncode == 0
    assert [event["text"] for event in read(gateway)] == ["a\n  b\n\nc"]


def test_a_hundred_thousand_lines_arrive_in_order(start: Start) -> None:
    gateway = start("--rate", "0", "--keep", "200000")
    command = [sys.executable, "-m", "gateway", "chat", ws(gateway), "--json"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as reader:
        wait_for_members(gateway, 1)
        ended = pipe(ws(gateway), stdin="".join(f"{number}\n" for number in range(100_000)))
        assert (ended.returncode, ended.stderr) == (0, "")
        assert reader.stdout is not None
        for number in range(100_000):
            assert json.loads(reader.stdout.readline())["text"] == str(number)
        reader.kill()


def wait_for_members(gateway: Gateway, count: int) -> None:
    async def look() -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                async with chat(gateway) as peer:
                    if peer.welcome["members"] > count:
                        return

    asyncio.run(look())


def test_at_the_default_rate_it_is_slowed_and_not_failed(start: Start) -> None:
    gateway = start("--rate", "200", "--burst", "50")
    ended = pipe(ws(gateway), stdin="".join(f"{number}\n" for number in range(400)))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [event["text"] for event in read(gateway)] == [str(number) for number in range(400)]


def test_history_from_and_lines(start: Start) -> None:
    gateway = start("--rate", "0")
    pipe(ws(gateway), "--name", "ci", stdin="".join(f"{number}\n" for number in range(700)))
    assert [event["text"] for event in read(gateway, "--history", "3")] == ["697", "698", "699"]
    assert [event["seq"] for event in read(gateway, "--history", "650")] == list(range(51, 701))
    assert [event["seq"] for event in read(gateway, "--from", "699")] == [699, 700]
    assert pipe(ws(gateway), "--no-follow", "--history", "2", stdin=None).stdout == "ci: 698\nci: 699\n"
    assert read(gateway, "--history", "0") == []


def test_a_reader_that_goes_ends_it_without_a_word(gateway: Gateway) -> None:
    pipe(ws(gateway), stdin="".join(f"{number}\n" for number in range(50)))
    line = f"{sys.executable} -m gateway chat {ws(gateway)} --history 50 < /dev/null | head -1"
    ended = subprocess.run(
        ["bash", "-c", line], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.stdout.endswith(": 0\n")
    assert ended.stderr == ""


def test_a_killed_server_loses_and_doubles_nothing(start: Start) -> None:
    gateway = start("--rate", "0")
    command = [sys.executable, "-m", "gateway", "chat", ws(gateway)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        wait_for_members(gateway, 1)
        for number in range(3000):
            process.stdin.write(f"{number}\n")
            if number in (1000, 2000):
                process.stdin.flush()
                gateway.kill()
                gateway.again()
        process.stdin.close()
        assert process.wait(30) == 0
        assert process.stderr is not None
        assert "is lost" in process.stderr.read()
    assert [event["text"] for event in read(gateway)] == [str(number) for number in range(3000)]


def test_a_line_that_is_too_long_is_told_and_fails_it(start: Start) -> None:
    gateway = start("--max-text", "100")
    ended = pipe(ws(gateway), stdin=f"short\n{'x' * 200}\nlast\n")
    assert ended.returncode == 1
    assert "over 100 bytes" in ended.stderr
    assert "1 of 3 were not said" in ended.stderr
    assert [event["text"] for event in read(gateway)] == ["short", "last"]


def test_the_password(start: Start, tmp_path: Path) -> None:
    gateway = start("--password", "sesame")
    file = tmp_path / "key"
    file.write_text("sesame\n")
    assert pipe(ws(gateway), "--password-file", str(file), stdin="in\n").returncode == 0
    assert pipe(tcp(gateway), "--password", "sesame", stdin="raw\n").returncode == 0
    wrong = pipe(ws(gateway), "--password", "no", stdin="x\n")
    assert (wrong.returncode, wrong.stderr.count("wrong password")) == (3, 1)


@pytest.mark.parametrize(
    ("address", "status", "expected"),
    [
        ("127.0.0.1:1", 1, "connection refused"),
        ("ws://127.0.0.1:1", 1, "connection refused"),
        ("ws://no.such.host.invalid", 1, "not known"),
        ("nonsense", 2, "give host:port"),
        ("ws://127.0.0.1:{http}/other", 4, "no gateway answers there (HTTP 404)"),
        ("ws://127.0.0.1:{tcp}", 4, "no WebSocket is there"),
        ("wss://127.0.0.1:{http}", 4, "TLS"),
    ],
)
def test_what_goes_wrong_is_one_line(gateway: Gateway, address: str, status: int, expected: str) -> None:
    ended = pipe(address.format(http=gateway.http_port, tcp=gateway.tcp_port), stdin="x\n")
    assert ended.returncode == status, ended.stderr
    assert expected in ended.stderr
    assert len([line for line in ended.stderr.splitlines() if line.startswith("gateway:")]) == 1
    assert "Traceback" not in ended.stderr


async def test_the_posts_own_kind_of_server_works_too() -> None:
    """It ends no message, and glues together what comes at once; it closes when the client does."""
    got = asyncio.Event()
    heard = b""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        writer.write("你已连接到服务器,IP为127.0.0.1:1\n\n".encode())
        writer.write("来自('127.0.0.1', 5)的消息:first".encode())
        while data := await reader.read(1024):
            heard += data
        got.set()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    ended = await asyncio.to_thread(pipe, f"127.0.0.1:{port}", "--json", "--no-follow", stdin="hello\n")
    await got.wait()
    assert ended.returncode == 0
    assert heard == b"hello\n\n"
    assert json.loads(ended.stdout)["text"] == "first"
    server.close()
    await server.wait_closed()


# --- terminals ------------------------------------------------------------------------------------------------------


class Screen:
    """A client in a terminal of its own."""

    def __init__(self, folder: Path, number: int, *command: str) -> None:
        # Else tmux keeps a copy of what stood on a screen that is cleared.
        (folder / "tmux.conf").write_text("set -g scroll-on-clear off\nset -g remain-on-exit off\n")
        self._tmux = [need("tmux"), "-S", str(folder / "tmux"), "-f", str(folder / "tmux.conf")]
        self._name = f"s{number}"
        home = f"HOME={folder}"
        self._errors = folder / f"{self._name}.err"
        line = f"{shlex.join(['env', home, *command])} 2>{self._errors}"
        subprocess.run([*self._tmux, "new-session", "-d", "-s", self._name, "-x", "80", "-y", "24", line], check=True)

    def type(self, *keys: str) -> None:
        subprocess.run([*self._tmux, "send-keys", "-t", self._name, *keys], check=True)

    def paste(self, text: str) -> None:
        subprocess.run([*self._tmux, "load-buffer", "-"], input=text, text=True, check=True)
        subprocess.run([*self._tmux, "paste-buffer", "-p", "-t", self._name], check=True)

    def resize(self, columns: int, rows: int) -> None:
        command = ["resize-window", "-t", self._name, "-x", str(columns), "-y", str(rows)]
        subprocess.run([*self._tmux, *command], check=True)

    @property
    def lines(self) -> list[str]:
        """All of it, what was scrolled away too."""
        shown = subprocess.run(
            [*self._tmux, "capture-pane", "-p", "-S", "-2000", "-t", self._name],
            capture_output=True,
            text=True,
            check=False,
        )
        return [line.rstrip() for line in shown.stdout.split("\n") if line.strip()]

    def wait_for(self, seen: Callable[[list[str]], bool]) -> list[str]:
        """Look until the screen is so."""
        end = time.monotonic() + PATIENCE
        while not seen(lines := self.lines):
            assert time.monotonic() < end, "\n".join([*lines, self._errors.read_text()])
            time.sleep(0.05)
        return lines

    def shows(self, text: str) -> list[str]:
        return self.wait_for(lambda lines: any(text in line for line in lines))

    @property
    def is_over(self) -> bool:
        return (
            subprocess.run([*self._tmux, "has-session", "-t", self._name], capture_output=True, check=False).returncode
            != 0
        )


Open = Callable[..., Screen]


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Open]:
    """Opens clients in terminals."""
    count = 0
    Screen(tmp_path, 0, "sleep", "600")  # the last session takes tmux with it

    def factory(*flags: str, environment: str = "LANG=C.UTF-8") -> Screen:
        nonlocal count
        count += 1
        return Screen(tmp_path, count, environment, sys.executable, "-m", "gateway", "chat", *flags)

    yield factory
    subprocess.run([need("tmux"), "-S", str(tmp_path / "tmux"), "kill-server"], capture_output=True, check=False)


def test_two_people_talk_while_a_line_is_typed(start: Start, screen: Open) -> None:
    gateway = start("--rate", "0")
    ann, bob = screen(ws(gateway), "--name", "Ann"), screen(tcp(gateway), "--name", "Bob")
    ann.shows("connected")
    bob.shows("you are now Bob")
    ann.type("hello 你好世界", "Enter")
    bob.shows("Ann  hello 你好世界")
    bob.type("half a line, ")
    # 50 short messages a second come meanwhile.
    talk = subprocess.Popen(
        [sys.executable, "-m", "gateway", "chat", ws(gateway), "--name", "swarm"], stdin=subprocess.PIPE, text=True
    )
    assert talk.stdin is not None
    for number in range(100):
        talk.stdin.write(f"short {number}\n")
        talk.stdin.flush()
        if number % 20 == 0:
            bob.type("x")
        time.sleep(0.02)
    talk.stdin.close()
    assert talk.wait(20) == 0
    lines = bob.shows("swarm  short 99")
    assert [line for line in lines if line.startswith(">")] == ["> half a line, xxxxx"]
    bob.type("Enter")
    ann.shows("Bob  half a line, xxxxx")
    said = [line.partition("swarm  ")[2] for line in ann.lines if "swarm  short" in line]
    assert said == [f"short {number}" for number in range(100)]


def test_what_is_typed_while_the_server_is_gone_is_said_once(start: Start, screen: Open) -> None:
    gateway = start("--rate", "0")
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
    gateway = start("--rate", "0")
    ann = screen(ws(gateway), "--name", "Ann")
    ann.shows("connected")
    ann.paste("".join(f"pasted {number} 宽字符\n" for number in range(500)))
    ann.type("Enter")
    ann.shows("pasted 499 宽字符")
    (said,) = read(gateway)
    assert said["text"] == "\n".join(f"pasted {number} 宽字符" for number in range(500))
    ann.type("宽" * 50)  # more than a line of 80 columns
    ann.resize(60, 20)
    ann.resize(100, 30)
    ann.wait_for(lambda lines: has_typed(lines, 50))
    pipe(ws(gateway), "--name", "ci", stdin="over it\n")
    ann.shows("ci  over it")
    ann.wait_for(lambda lines: lines[-4].endswith("over it") and has_typed(lines, 50))


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


async def test_a_wrong_password_ends_it_with_one_line(start: Start, screen: Open) -> None:
    gateway = start("--password", "sesame")
    line = f"{sys.executable} -m gateway chat {ws(gateway)} --password no 2>&1; echo status $?; sleep 20"
    shown = Screen(gateway.store.parent, 99, "bash", "-c", line)
    lines = await asyncio.to_thread(shown.shows, "status 3")
    assert any("wrong password" in text for text in lines)
    async with raw(gateway):
        pass
