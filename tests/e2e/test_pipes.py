"""gateway chat in pipes, with real processes."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from ..client.server import server
from ..patience import PATIENCE
from ..processes import need
from ..tables import in_worlds, of_these
from ..worlds import locales
from ..worlds.locales import Locale
from . import nursery
from .clients import pipe, read, tcp, ws
from .conftest import Start
from .gateway import Gateway
from .peers import chat
from .peers import raw as raw_peer
from .test_tls import Authority

Ended = subprocess.CompletedProcess[bytes]
MARK = b"\xff\xfd\x06"


def test_each_line_is_a_message_and_all_are_acked(gateway: Gateway) -> None:
    ended = pipe(ws(gateway), "--name", "ci", "--tag", "build", stdin="one\n\n你好 two\nthree")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    said = read(gateway)
    assert [event["text"] for event in said] == ["[build] one", "[build] 你好 two", "[build] three"]
    assert {event["from"] for event in said} == {"ci"}


def test_by_the_raw_wire_all_is_said_before_it_ends(start: Start) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0")
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


def test_thousands_of_lines_arrive_in_order(start: Start) -> None:
    count = 5_000
    gateway = start(
        "--rate",
        "0",
        "--rate-kib",
        "0",
    )
    with nursery.in_pipes("chat", ws(gateway), "--json", "--follow") as reader:
        wait_for_members(gateway, 1)
        ended = pipe(ws(gateway), stdin="".join(f"{number}\n" for number in range(count)))
        assert (ended.returncode, ended.stderr) == (0, "")
        for number in range(count):
            assert json.loads(reader.stdout.readline())["text"] == str(number)


def wait_for_members(gateway: Gateway, count: int) -> None:
    async def look() -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                async with chat(gateway) as peer:
                    if peer.welcome["members"] > count:
                        return

    asyncio.run(look())


@pytest.mark.worlds
def test_at_the_default_rate_it_is_slowed_and_not_failed(start: Start) -> None:
    gateway = start("--rate", "200", "--burst", "50")
    ended = pipe(ws(gateway), stdin="".join(f"{number}\n" for number in range(400)))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [event["text"] for event in read(gateway)] == [str(number) for number in range(400)]


def test_history_from_and_lines(start: Start) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0")
    pipe(ws(gateway), "--name", "ci", stdin="".join(f"{number}\n" for number in range(700)))
    assert [event["text"] for event in read(gateway, "--history", "3")] == ["697", "698", "699"]
    assert [event["seq"] for event in read(gateway, "--history", "650")] == list(range(51, 701))
    assert [event["seq"] for event in read(gateway, "--from", "699")] == [699, 700]
    assert pipe(ws(gateway), "--no-follow", "--history", "2", stdin=None).stdout == "ci: 698\nci: 699\n"
    assert read(gateway, "--history", "0") == []


def test_a_proxy_that_closes_is_told_in_one_line() -> None:
    """websockets' own traceback came before it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = f"127.0.0.1:{listener.getsockname()[1]}"

        def close_one() -> None:
            with listener.accept()[0] as peer:
                peer.recv(1000)

        with ThreadPoolExecutor(1) as pool:
            closing = pool.submit(close_one)
            words = ["chat", "ws://chat.example", "--no-follow", "--history", "1"]
            ended = nursery.run(words, environment={**os.environ, "http_proxy": f"http://{proxy}"})
            closing.result(PATIENCE)
    assert ended.returncode == 1
    assert re.fullmatch(rf"gateway: ws://chat.example/ws: by the proxy {proxy} of this environment: .*\n", ended.stderr)


@pytest.mark.parametrize("size", [1, 5_000])  # which a pipe takes, and which it does not
@pytest.mark.parametrize("stdin", ["pipe", *map(in_worlds, ["nothing", "socket"])])
def test_a_reader_that_goes_ends_it_without_a_word(start: Start, stdin: str, size: int) -> None:
    """With a pipe for its input, as cron, ssh and `tail -f` give it, it ended in a traceback."""
    gateway = start("--rate", "0", "--rate-kib", "0")
    pipe(ws(gateway), stdin="".join(f"{number:0{size}}\n" for number in range(50)))
    ends = {
        "nothing": lambda: [os.open(os.devnull, os.O_RDONLY)],
        "pipe": lambda: [*os.pipe()],
        "socket": lambda: [each.detach() for each in socket.socketpair()],
    }[stdin]()
    line = f"{sys.executable} -m gateway chat {ws(gateway)} --history 50 | head -1; exit $PIPESTATUS"
    try:
        ended = subprocess.run(
            ["bash", "-c", line], stdin=ends[0], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    finally:
        for end in ends:
            os.close(end)
    assert ended.stdout.endswith(f": {0:0{size}}\n")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_reader_that_goes_while_more_is_piped_in_is_told_that_not_all_was_said(start: Start) -> None:
    gateway = start("--rate", "1", "--burst", "5")
    pipe(ws(gateway), stdin="before\n")
    line = f"{sys.executable} -m gateway chat {ws(gateway)} --history 1 --follow | head -1; exit $PIPESTATUS"
    many = "".join(f"{number}\n" for number in range(5_000))
    ended = subprocess.run(
        ["bash", "-c", line], input=many, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert ended.stdout.endswith("before\n")
    assert ended.returncode == 1
    assert re.fullmatch(
        r"gateway: nobody reads what this prints any more;.* what was piped in was not read to its end\n", ended.stderr
    )


@pytest.mark.parametrize("command", ["chat {room} --no-follow --history 5", "man", "swarm {ports} --ws 2 --messages 1"])
def test_what_can_not_be_written_is_told(gateway: Gateway, command: str) -> None:
    # It was taken for the connection's: "the connection is lost", and status 0. Others ended in a traceback.
    pipe(ws(gateway), stdin="hello\n")
    words = command.format(room=ws(gateway), ports=" ".join(gateway.ports))
    with open("/dev/full", "wb") as full:
        ended = nursery.run(words.split(), stdout=full.fileno())
    assert ended.returncode == 1
    assert ended.stderr.endswith("No space left on device\n")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "command",
    [
        "chat {raw} --follow", "man", "swarm {ports} --ws 2 --messages 1",
        *map(in_worlds, ["chat {room} --no-follow --history 5", "chat {room} --json --follow --history 5"]),
        *map(in_worlds, ["chat {raw} --json", "--version", "--help", "chat --help", "completion bash"]),
    ],
)  # fmt: skip
def test_where_output_is_closed_what_can_not_be_printed_is_told(gateway: Gateway, command: str) -> None:
    """It was printed nowhere, and ended with 0."""
    pipe(ws(gateway), stdin="hello\n")
    words = command.format(room=ws(gateway), raw=tcp(gateway), ports=" ".join(gateway.ports))
    line = f"{sys.executable} -m gateway {words} < /dev/null >&-"
    ended = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stderr.splitlines()[-1]) == (1, "gateway: standard output: it is closed")
    assert ended.stderr.count("\n") == 1


def test_where_output_is_closed_and_nothing_is_to_be_printed_all_is_well(gateway: Gateway) -> None:
    line = f"echo hi | {sys.executable} -m gateway chat {ws(gateway)} >&-"
    ended = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(("which", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("wire", [ws, tcp])
async def test_who_is_stopped_says_so_in_one_line(
    gateway: Gateway, wire: Callable[[Gateway], str], which: signal.Signals, status: int
) -> None:
    """Ctrl-C, also twice, and what ends a job: a traceback in four of five, or `Task was destroyed`."""
    with nursery.in_pipes("chat", wire(gateway), "--json", "--follow") as process:
        async with chat(gateway) as peer:
            process.stdin.write("hello\n")
            process.stdin.flush()
            assert await peer.texts(1) == ["hello"]
            await peer.say("it hears")
        while "it hears" not in await asyncio.to_thread(process.stdout.readline):
            pass
        for _ in range(2):
            process.send_signal(which)
        errors = await asyncio.to_thread(process.last_words, PATIENCE)
    assert errors == "gateway: stopped\n"
    # The second may come when it has ended all but itself: to a shell the same.
    assert process.returncode in (status, -which)


@pytest.mark.parametrize("wire", [ws, tcp])
def test_progress_tells_what_is_stored(start: Start, wire: Callable[[Gateway], str]) -> None:
    gateway = start("--max-text", "100")
    ended = pipe(wire(gateway), "--progress", stdin="one\ntwo\n")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "gateway chat: 2 of 2 stored\n")
    ended = pipe(wire(gateway), "--progress", stdin=f"one\n{'x' * 200}\nlast\n")
    assert ended.returncode == 1
    assert "gateway chat: 2 of 3 stored\n" in ended.stderr


async def test_who_is_stopped_is_told_what_was_stored(gateway: Gateway) -> None:
    with nursery.in_pipes("chat", ws(gateway), "--progress") as process:
        async with chat(gateway) as peer:
            process.stdin.write("one\ntwo\n")
            process.stdin.flush()
            assert await peer.texts(2) == ["one", "two"]
            await peer.send({"type": "who"})  # by then the acks are out, too
            await peer.next("who")
        process.send_signal(signal.SIGINT)
        errors = await asyncio.to_thread(process.last_words, PATIENCE)
    assert process.returncode == 130
    rest = "; as many as 1 of 2 may still be said"
    assert errors in (
        "gateway chat: 2 of 2 stored\ngateway: stopped\n",
        f"gateway chat: 1 of 2 stored\ngateway: stopped{rest}\n",
    )


@pytest.mark.parametrize("wire", [ws, tcp])
async def test_who_is_stopped_is_told_what_may_still_be_said(start: Start, wire: Callable[[Gateway], str]) -> None:
    """It said that this was not said, and whoever believed it said it twice."""
    gateway = start("--rate", "1", "--burst", "1")
    with nursery.in_pipes("chat", wire(gateway)) as process:
        async with chat(gateway) as peer:
            process.stdin.write("".join(f"{number}\n" for number in range(50)))
            process.stdin.flush()
            await peer.texts(2)
        process.send_signal(signal.SIGINT)
        errors = await asyncio.to_thread(process.last_words, PATIENCE)
    assert re.fullmatch(r"gateway: stopped; as many as \d+ of 50 may still be said\n", errors)


@pytest.mark.parametrize("wire", [ws, tcp])
def test_a_pipe_that_has_ended_ends_it(gateway: Gateway, wire: Callable[[Gateway], str]) -> None:
    """A `grep` that found nothing hung a CI job, and held its name."""
    ended = pipe(wire(gateway), "--name", "ci", stdin="")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("address", "flags", "status", "stored"),
    [
        ("{raw}", "", 0, ["hi"]),
        ("ws://{web}", "--progress", 0, ["hi"]),
        in_worlds("{raw}", "--follow", 1, []),
        ("ws://{web}", "--follow", 1, []),
        in_worlds("127.0.0.1:1", "", 1, []),
        in_worlds("ws://127.0.0.1:1", "--follow", 1, []),
        in_worlds("ws://{raw}", "", 4, []),
    ],
)
def test_where_nobody_hears_it_the_status_tells_what_was_stored(
    start: Start, address: str, flags: str, status: int, stored: list[str]
) -> None:
    """Both outputs closed were a reader that goes: it ended at once with 0, and nothing was stored."""
    gateway = start()
    room = address.format(raw=tcp(gateway), web=f"127.0.0.1:{gateway.http_port}")
    line = f"echo hi | {sys.executable} -m gateway chat {room} {flags} 2>&1 | true; exit ${{PIPESTATUS[1]}}"
    ended = subprocess.run(["bash", "-c", line], timeout=30, check=False)
    assert ended.returncode == status
    # What is printed too ends with its reader: then what was said meanwhile may be stored.
    assert [event["text"] for event in read(gateway)] in (stored, ["hi"] if "follow" in flags else stored)


def test_it_runs_though_nothing_can_be_told(start: Start) -> None:
    room = start()
    with open("/dev/full", "wb") as full:
        ended = nursery.run(["man"], stderr=full.fileno())
        assert (ended.returncode, ended.stdout.count("\n") > 100) == (0, True)
        ended = nursery.run(["chat", ws(room), "--name", "\\"], stdin="x\n", stderr=full.fileno())
    assert ended.returncode in (0, 1)
    assert [event["text"] for event in read(room)] == ["x"]


def test_a_killed_server_loses_and_doubles_nothing(start: Start) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0")
    with nursery.in_pipes("chat", ws(gateway)) as process:
        wait_for_members(gateway, 1)
        for number in range(900):
            process.stdin.write(f"{number}\n")
            if number in (300, 600):
                process.stdin.flush()
                gateway.kill()
                gateway.again()
        process.stdin.close()
        assert process.wait(30) == 0
        assert "is lost" in process.stderr.read()
    assert [event["text"] for event in read(gateway)] == [str(number) for number in range(900)]


def test_a_line_that_is_too_long_is_told_and_fails_it(start: Start) -> None:
    gateway = start("--max-text", "100")
    ended = pipe(ws(gateway), stdin=f"short\n{'x' * 200}\nlast\n")
    assert ended.returncode == 1
    assert "over 100 bytes" in ended.stderr
    assert "1 of 3 was not said" in ended.stderr
    assert [event["text"] for event in read(gateway)] == ["short", "last"]


def test_the_password(start: Start, tmp_path: Path) -> None:
    gateway = start("--password", "sesame")
    file = tmp_path / "key"
    file.write_text("sesame\n")
    assert pipe(ws(gateway), "--password-file", str(file), stdin="in\n").returncode == 0
    assert pipe(tcp(gateway), "--password", "sesame", stdin="raw\n").returncode == 0
    for wishes in ((), ("--search", "in"), ("--json", "--history", "1")):
        for given, expected in ((("--password", "no"), "wrong password"), ((), "give it by --password-file")):
            ended = pipe(ws(gateway), *given, *wishes, stdin="x\n")
            assert (ended.returncode, ended.stderr.count("\n")) == (3, 1), ended.stderr
            assert expected in ended.stderr


@pytest.mark.parametrize(
    ("address", "status", "expected"),
    [
        ("127.0.0.1:1", 1, "connection refused"),
        ("ws://127.0.0.1:1", 1, "connection refused"),
        ("ws://no.such.host.invalid", 1, "not known"),
        ("no sense", 2, "give host"),
        ("ws://127.0.0.1:{http}/other", 4, "no gateway answers there (HTTP 404)"),
        ("ws://127.0.0.1:{http}/other", 4, "; are port and path right?"),
        ("ws://127.0.0.1:{tcp}", 4, "it is a room's raw port; give 127.0.0.1:"),
        ("wss://127.0.0.1:{tcp}", 4, "it is a room's raw port without TLS; give 127.0.0.1:"),
        ("wss://127.0.0.1:{http}", 4, "it is a web port without TLS; give http://127.0.0.1:"),
        ("tls://127.0.0.1:{tcp}", 4, "it is a room's raw port without TLS; give 127.0.0.1:"),
        ("tls://127.0.0.1:{http}", 4, "it is a web port without TLS; give http://127.0.0.1:"),
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
    heard: list[bytes] = []
    ends = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal ends
        at = len(heard)
        heard.append(b"")
        writer.write("你已连接到服务器,IP为127.0.0.1:1\n\n".encode())
        writer.write("来自('127.0.0.1', 5)的消息:first".encode())
        while data := await reader.read(1024):
            heard[at] += data
        ends += 1
        if ends == 2:
            got.set()
        writer.close()

    async with server(serve) as port:
        ended = await asyncio.to_thread(pipe, f"127.0.0.1:{port}", "--json", "--no-follow", stdin="hello\n")
        await got.wait()
    assert ended.returncode == 0
    # It is asked by a timing mark on a connection of its own, and does not answer, nor behind what was said.
    assert heard == [b"hello\n\n" + MARK, MARK]
    assert json.loads(ended.stdout)["text"] == "first"


# --- by the raw wire an exit status is true as well -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "flags", "status", "expected"),
    [
        ("{http}", (), 4, "it is a web port; give http://127.0.0.1:"),
        ("{tcp}", ("--password", "no"), 3, "wrong password"),
        ("{tcp}", (), 3, "the room has a password: give it by --password-file"),
    ],
    ids=["web-port", "wrong", "none"],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_who_is_not_let_in_by_the_raw_wire_hears_why(
    start: Start, language: str, to: str, flags: tuple[str, ...], status: int, expected: str
) -> None:
    gateway = start("--password", "sesame", "--language", language)
    port = to.format(http=gateway.http_port, tcp=gateway.tcp_port)
    ended = pipe(f"127.0.0.1:{port}", *flags, "--name", "Ann", stdin="x\n")
    assert ended.returncode == status, ended.stderr
    assert expected in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert "sesame" not in ended.stderr


@pytest.mark.worlds
def test_a_port_that_speaks_tls_is_named(start: Start, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    gateway = start(*authority.flags)
    raw, web = (f"127.0.0.1:{port}" for port in (gateway.tcp_port, gateway.http_port))
    is_raw, is_web = f"it is a room's raw port{{}}; give tls://{raw}", f"it is a web port{{}}; give https://{web}"
    cases = [
        (raw, is_raw, " with TLS"), (web, is_web, " with TLS"),
        (f"ws://{raw}", is_raw, " with TLS"), (f"ws://{web}", is_web, " with TLS"),
        (f"wss://{raw}", is_raw, ""), (f"tls://{web}", is_web, ""),
    ]  # fmt: skip
    for address, expected, how in cases:
        believed = ("--ca", str(authority.trusted)) if "s://" in address and not address.startswith("ws:") else ()
        ended = pipe(address, *believed, stdin="x\n")
        assert (ended.returncode, ended.stderr.count("\n")) == (4, 1), ended.stderr
        assert ended.stderr.endswith(f": {expected.format(how)}\n")


@pytest.mark.parametrize("scheme", ["", "tls://", "ws://", "wss://"])
@pytest.mark.parametrize(
    ("first", "answer", "expected"),
    [
        (b'INFO {"server_id":"x"} \r\n', b"-ERR 'Unknown Protocol Operation'\r\n", "a NATS server"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", b"", "an SSH server"),
        (b"", b"HTTP/1.0 200 OK\r\n\r\n", "a web "),
    ],
)
async def test_another_server_is_named(scheme: str, first: bytes, answer: bytes, expected: str) -> None:
    """It was `WRONG_VERSION_NUMBER`, and `did not receive a valid HTTP response`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        if await reader.read(1000):
            writer.write(answer)

    async with server(serve) as port:
        ended = await asyncio.to_thread(pipe, f"{scheme}127.0.0.1:{port}", stdin="x\n")
    assert (ended.returncode, ended.stderr.count("\n")) == (4, 1), ended.stderr
    assert expected in ended.stderr
    assert "; give " in ended.stderr


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_the_raw_wire_refuses_is_told_with_its_line(start: Start, language: str) -> None:
    gateway = start("--max-text", "100", "--language", language)
    long, hidden = "x" * 200, " /ban Bob"
    ended = pipe(tcp(gateway), stdin=f"short\n\n{'y' * 100}\n{long}\nlast\n{long}\n{hidden}\n")
    assert ended.returncode == 1
    assert "gateway chat: line 4: " in ended.stderr
    assert "gateway chat: line 6: " in ended.stderr
    assert "gateway: 3 of 6 were not said: line 4: " in ended.stderr
    assert [event["text"] for event in read(gateway)] == ["short", "y" * 100, "last"]


@pytest.mark.parametrize("wire", [tcp, ws])
async def test_each_line_that_was_not_said_is_named(start: Start, wire: Callable[[Gateway], str]) -> None:
    """By raw nobody knew which: of a slowed pipe all but one are refused, and what was said does not count."""
    gateway = start("--admin-password", "sesame", "--language", "en")
    async with raw_peer(gateway) as operator:
        await operator.send(b"/op sesame\n\n/slow 3600\n\n")
        await operator.until("every 3600 s")
        ended = await asyncio.to_thread(pipe, wire(gateway), stdin="one\n\ntwo\nthree\n")
        assert ended.returncode == 1
        assert ended.stderr.splitlines()[:2] == [
            f"gateway chat: line {number}: slow mode: that was not sent, try again in 3600 s" for number in (3, 4)
        ]
        assert "gateway: 2 of 3 were not said: line 3: " in ended.stderr
        assert [event["text"] for event in read(gateway)] == ["one"]


def test_by_raw_an_access_log_is_text_from_its_first_line_on(gateway: Gateway) -> None:
    """Its first line was taken for a request."""
    log = "GET / HTTP/1.1\nPOST /say HTTP/1.1\n"
    ended = pipe(tcp(gateway), stdin=log)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [event["text"] for event in read(gateway)] == log.splitlines()


@pytest.mark.parametrize("wire", [tcp, ws])
async def test_a_name_that_is_taken_is_told_and_all_is_said(gateway: Gateway, wire: Callable[[Gateway], str]) -> None:
    async with chat(gateway, name="ci"):
        ended = await asyncio.to_thread(pipe, wire(gateway), "--name", "ci", stdin="x\ny\n")
    said = read(gateway)
    assert [event["text"] for event in said] == ["x", "y"]
    (label,) = {event["from"] for event in said}
    assert label != "ci"
    why = "the name ci is taken"
    told = f"{why}; this is said as {label}" if wire is ws else f"you are still {label}: {why}"
    assert (ended.returncode, ended.stderr) == (0, f"gateway chat: {told}\n")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x" * 33, "that name is too long"),
        ("a\x07b", "names can't have U+0007"),
        ("guest-ann", "that name is reserved"),
        ("Ann的消息", "that name is reserved"),
        ("a: b", "a colon before a space"),
        ("192.0.2.1", "an IP address"),
        (" ", "at least one character; leave --name away to be a guest"),
        ("", "at least one character; leave --name away to be a guest"),
    ],
)
def test_a_name_that_nobody_can_have_is_a_mistake_and_nothing_is_said(
    gateway: Gateway, name: str, expected: str
) -> None:
    """It was said as somebody else."""
    for wire in (tcp, ws):
        ended = pipe(wire(gateway), "--name", name, stdin="x\n")
        assert (ended.returncode, ended.stderr.count("\n")) == (2, 1), ended.stderr
        assert ended.stderr.startswith("gateway: --name: ")
        assert expected in ended.stderr
    assert read(gateway) == []


@pytest.mark.parametrize("scheme", ["", "tls://", "wss://"])
async def test_a_proxy_whose_gateway_is_down_is_no_room(scheme: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with server(serve) as port:
        ended = await asyncio.to_thread(pipe, f"{scheme}127.0.0.1:{port}", stdin="x\n")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "closed without a greeting" in ended.stderr


async def test_what_a_proxy_swallowed_is_not_stored(gateway: Gateway) -> None:
    """Its gateway dies when the proxy has got the text, and the proxy closes in good order."""

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (data := await reader.read(1000)) and not data.startswith(b"x\n\n"):
            writer.write(data)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, gateway_writer = await asyncio.open_connection("127.0.0.1", gateway.tcp_port)
        answers = asyncio.create_task(copy(behind, writer))
        await copy(reader, gateway_writer)
        gateway_writer.close()
        await answers
        writer.close()

    async with server(serve) as port:
        ended = await asyncio.to_thread(pipe, f"127.0.0.1:{port}", stdin="x\n")
    assert (ended.returncode, ended.stderr.splitlines()[-1].count("may not have been said")) == (1, 1), ended.stderr
    assert read(gateway) == []


async def test_by_the_raw_wire_a_killed_server_is_told(start: Start) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0")
    with nursery.in_pipes("chat", tcp(gateway), "--name", "ci") as process:
        async with chat(gateway) as peer:
            process.stdin.write("before\n")
            process.stdin.flush()
            assert await peer.texts(1) == ["before"]
        gateway.kill()
        assert "is lost" in process.stderr.readline()
        gateway.again()
        process.stdin.write("after\n")
        process.stdin.close()
        assert await asyncio.to_thread(process.wait, 30) == 0  # the first was acked
        assert "may not have been said" not in process.stderr.read()
    assert [event["text"] for event in read(gateway)] == ["before", "after"]


# --- encodings ------------------------------------------------------------------------------------------------------

SAID = "你好 😀 é"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the locales are: to make one takes a second."""
    return tmp_path_factory.mktemp("locales")


def in_locale(spoken: Locale, folder: Path, gateway: Gateway, *flags: str, stdin: bytes = b"") -> Ended:
    command = [sys.executable, "-m", "gateway", "chat", ws(gateway), *flags]
    environment = {**os.environ, **spoken.environment(folder)}
    return subprocess.run(command, input=stdin, capture_output=True, env=environment, timeout=60, check=False)


@pytest.mark.parametrize("spoken", of_these(locales.ALL, locales.GBK), ids=lambda each: each.name)
def test_what_the_locale_lacks_is_replaced_and_json_loses_nothing(start: Start, made: Path, spoken: Locale) -> None:
    gateway = start()
    assert pipe(ws(gateway), "--name", "Ann", stdin=f"{SAID}\n").returncode == 0
    shown = in_locale(spoken, made, gateway, "--history", "5", "--no-follow")
    assert (shown.returncode, shown.stderr) == (0, b"")
    assert shown.stdout.decode(spoken.charset) == f"Ann: {spoken.writes(SAID)}\n"
    as_json = in_locale(spoken, made, gateway, "--history", "5", "--no-follow", "--json")
    assert (as_json.returncode, as_json.stderr) == (0, b"")
    assert json.loads(as_json.stdout)["text"] == SAID


def test_what_is_piped_in_is_what_the_locale_says(start: Start, made: Path) -> None:
    gateway = start()
    said = in_locale(locales.GBK, made, gateway, stdin="编译完成\n".encode("gbk") + "UTF-8 也行\n".encode())
    assert (said.returncode, said.stderr) == (0, b"")
    assert [event["text"] for event in read(gateway)] == ["编译完成", "UTF-8 也行"]


@pytest.mark.parametrize("spoken", [in_worlds(locales.UTF_8), locales.C], ids=lambda each: each.name)
def test_what_is_no_text_here_is_told_and_fails_it(start: Start, made: Path, spoken: Locale) -> None:
    gateway = start()
    ended = in_locale(spoken, made, gateway, stdin=b"before\n" + "编译\n".encode("gbk") + b"after\n")
    assert ended.returncode == 1
    lines = ended.stderr.decode().splitlines()
    assert lines[0].startswith("gateway chat: line 2: what was piped in is not UTF-8")
    assert lines[-1].startswith("gateway: 1 of 3 was not said")
    assert [event["text"] for event in read(gateway)] == ["before", "after"]


def test_utf_16_is_told(gateway: Gateway, made: Path) -> None:
    ended = in_locale(locales.UTF_8, made, gateway, stdin="你好\r\n".encode("utf-16"))
    assert (ended.returncode, ended.stderr.count(b"\n")) == (1, 1)
    assert b"UTF-16" in ended.stderr
    assert read(gateway) == []


def test_of_a_progress_bar_the_last_state_is_said(gateway: Gateway) -> None:
    ended = pipe(ws(gateway), stdin="10%\r50%\r100% done\nnext\r\n")
    assert (ended.returncode, ended.stderr) == (0, "")
    ended = pipe(tcp(gateway), "--whole", stdin="1%\r2%\nlast\r\n")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [event["text"] for event in read(gateway)] == ["100% done", "next", "2%\nlast"]


@pytest.mark.worlds
@pytest.mark.parametrize("spoken", [locales.GBK, locales.LATIN_1], ids=lambda each: each.name)
def test_no_command_fails_over_a_locale(made: Path, spoken: Locale) -> None:
    for arguments in (["--help"], ["serve", "--help"], ["man"], ["chat", "💥:1"], ["serve", "--tcp-port", "💥"]):
        ended = subprocess.run(
            [sys.executable, "-m", "gateway", *arguments], capture_output=True, check=False, timeout=60,
            env={**os.environ, **spoken.environment(made)},
        )  # fmt: skip
        assert b"Traceback" not in ended.stderr
        assert ended.returncode == (2 if "💥" in "".join(arguments) else 0)


# --- behind a proxy whose gateway restarts --------------------------------------------------------------------------


@pytest.mark.worlds
def test_a_restart_behind_nginx_loses_and_doubles_nothing(start: Start, tmp_path: Path) -> None:
    """nginx answers 502 meanwhile, and `gateway chat https://host/chat/` finds the room under a path."""
    gateway = start("--trust-proxy", "127.0.0.1", "--rate", "0")
    room = nginx(tmp_path, gateway, "/chat/")
    with room as port, nursery.in_pipes("chat", f"http://127.0.0.1:{port}/chat/") as process:
        process.stdin.write("before\n")
        process.stdin.flush()
        wait_for_members(gateway, 1)
        gateway.interrupt()
        process.stdin.write("meanwhile\n")
        process.stdin.close()
        assert "is lost" in process.stderr.readline()
        wait_for_502(port)
        gateway.again()
        assert process.wait(30) == 0, process.stderr.read()
    assert [event["text"] for event in read(gateway)] == ["before", "meanwhile"]


def test_a_proxy_that_speaks_an_older_http_is_told_as_that(gateway: Gateway, tmp_path: Path) -> None:
    """It does reach the gateway, which says so itself: what was told was the opposite."""
    with nginx(tmp_path, gateway, "/", "1.0") as port:
        ended = pipe(f"http://127.0.0.1:{port}/", stdin="x\n")
    assert (ended.returncode, ended.stderr.count("\n")) == (4, 1), ended.stderr
    assert "for nginx: proxy_http_version 1.1" in ended.stderr


def test_what_is_nothing_when_it_is_cleaned_is_passed_over(gateway: Gateway) -> None:
    ended = pipe(ws(gateway), stdin="one\n\0\ntwo\n\x1b[0m\n")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [event["text"] for event in read(gateway)] == ["one", "two"]


def wait_for_502(port: int) -> None:
    """Until nginx has said so twice to somebody who asks as the client does: then it has been said to that too."""
    for _ in range(2):
        with pytest.raises(HTTPError) as answer:
            urlopen(f"http://127.0.0.1:{port}/chat/ws", timeout=PATIENCE)
        assert answer.value.code == 502
        answer.value.close()
        time.sleep(1.0)  # the client's own longest first delay


@contextmanager
def nginx(folder: Path, gateway: Gateway, path: str, version: str = "1.1") -> Iterator[int]:
    """Debian's nginx before the gateway, which stands under a path; its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(f"""
        pid {folder}/pid; error_log {folder}/error.log; events {{}}
        http {{
            access_log off; {folders}
            server {{
                listen 127.0.0.1:{port};
                location {path} {{
                    proxy_pass http://127.0.0.1:{gateway.http_port}/;
                    proxy_http_version {version};
                    proxy_set_header Host $http_host;
                    proxy_set_header Upgrade $http_upgrade;
                    proxy_set_header Connection upgrade;
                    proxy_set_header X-Forwarded-For $remote_addr;
                }}
            }}
        }}""")
    command = [need("nginx"), "-c", str(folder / "nginx.conf"), "-p", str(folder)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL, timeout=PATIENCE)  # returns when it listens
    try:
        yield port
    finally:
        subprocess.run([*command, "-s", "stop"], check=True, stderr=subprocess.DEVNULL, timeout=PATIENCE)
