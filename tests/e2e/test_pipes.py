"""gateway chat in pipes, with real processes."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from .clients import pipe, read, tcp, ws
from .conftest import Start
from .gateway import Gateway
from .peers import PATIENCE, chat


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


def test_a_hundred_thousand_lines_arrive_in_order(start: Start) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0", "--keep", "200000")
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
    gateway = start("--rate", "0", "--rate-kib", "0")
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
    gateway = start("--rate", "0", "--rate-kib", "0")
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
