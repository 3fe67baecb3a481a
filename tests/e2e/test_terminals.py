"""What people and scripts do at a terminal: the post's client, nc, telnet, bash; each gets what it would expect."""

import asyncio
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..patience import PATIENCE
from ..processes import need
from .clients import POSTS_NUDGE, posts_client
from .conftest import Start
from .gateway import Gateway
from .peers import Terminal, chat, raw


def run(*command: str, stdin: bytes = b"") -> bytes:
    """Run a program to its end."""
    return subprocess.run(command, input=stdin, capture_output=True, timeout=PATIENCE, check=True).stdout


async def run_soon(*command: str, stdin: bytes = b"") -> bytes:
    return await asyncio.to_thread(run, *command, stdin=stdin)


@pytest.fixture
def post_client(gateway: Gateway, tmp_path: Path) -> Iterator[list[Terminal]]:
    """Three of the post's own clients."""
    command = posts_client(gateway, tmp_path)
    terminals = [Terminal(*command) for _ in range(3)]
    for terminal in terminals:
        terminal.nudge = POSTS_NUDGE
    yield terminals
    for terminal in terminals:
        terminal.close()


async def test_the_posts_client_chats_and_quits(gateway: Gateway, post_client: list[Terminal]) -> None:
    first, second, third = post_client
    for client in post_client:
        client.wait_for(f"你已连接到服务器,IP为127.0.0.1:{gateway.tcp_port}\n\n")
    async with chat(gateway) as web:
        first.type("hello from one\r")
        assert (await web.next("message"))["text"] == "hello from one"
        for other in (second, third):
            other.wait_for(r"来自\('127.0.0.1', \d+\)的消息:hello from one\n\n")
        second.type("你好\r")
        assert (await web.next("message"))["text"] == "你好"
        first.wait_for("的消息:你好\n\n")
        second.type("\x03")
        second.wait_for("网络已断开")
        assert second.ended() == 0
        third.type("still here\r")
        assert (await web.next("message"))["text"] == "still here"
        first.wait_for("的消息:still here\n\n")
        await web.say("and you")
        for client in (first, third):
            client.wait_for(r"的消息:and you\n\n[^>]*>>> ")  # Ctrl-C while it prints can hang it
            client.type("\x03")
            client.wait_for("网络已断开")
            assert client.ended() == 0
    await asyncio.to_thread(gateway.wait_for_log, "ended: quit")


async def test_bash_dev_tcp(gateway: Gateway) -> None:
    script = f"exec 3<>/dev/tcp/127.0.0.1/{gateway.tcp_port}; echo hi >&3; exec 3>&-"
    async with chat(gateway) as web:
        for _ in range(20):
            await run_soon(need("bash"), "-c", script)
        assert await web.texts(20) == ["hi"] * 20


def greeting(gateway: Gateway) -> str:
    return f"你已连接到服务器,IP为127.0.0.1:{gateway.tcp_port}\n\n"


NETCATS = ["nc.openbsd", "nc.traditional", "busybox nc", "ncat"]


@pytest.mark.parametrize("netcat", NETCATS)
async def test_the_banners_script_ends_with_every_netcat(gateway: Gateway, netcat: str) -> None:
    script = re.search(r"script +(.*)\n", gateway.banner)
    assert script, gateway.banner
    need(netcat.split()[0])
    assert script[1].count("nc ") == 1
    async with chat(gateway) as web:
        out = await run_soon("sh", "-c", script[1].replace("nc ", f"{netcat} "))
        assert await web.texts(1) == ["hello"]
    closes = netcat in ("busybox nc", "ncat")  # its side, with the input's end
    here = "* 2 here; /help tells what you can type\n" * (not closes)
    assert out.decode() == f"{greeting(gateway)}{here}* you have left (nc ends at the next Enter)\n"


@pytest.mark.parametrize("netcat", NETCATS)
async def test_a_thousand_lines_and_a_quit_through_every_netcat(start: Start, netcat: str) -> None:
    gateway = start("--rate", "0")
    command = [need(netcat.split()[0]), *netcat.split()[1:], "127.0.0.1", str(gateway.tcp_port)]
    lines = [str(number) for number in range(1000)]
    async with chat(gateway) as web:
        sending = asyncio.create_task(run_soon(*command, stdin="\n".join([*lines, "/quit\n"]).encode()))
        assert await web.texts(1000) == lines
        await sending


async def test_bash_where_there_is_neither_nc_nor_telnet(gateway: Gateway) -> None:
    script = f"exec 3<>/dev/tcp/127.0.0.1/{gateway.tcp_port}; cat <&3 & cat >&3"
    user = Terminal(need("bash"), "-c", script)
    try:
        user.wait_for("你已连接到服务器")
        async with chat(gateway, name="web") as web:
            user.type("hello from a Mac\n")
            assert await web.texts(1) == ["hello from a Mac"]
            await web.say("hello, Mac")
            user.wait_for("\nweb: hello, Mac\n")
    finally:
        user.close()


async def test_a_dos_file_through_nc(gateway: Gateway) -> None:
    async with chat(gateway) as web:
        out = await run_soon(
            need("nc.openbsd"), "-N", "127.0.0.1", str(gateway.tcp_port), stdin=b"one\r\ntwo\r\n\r\nthree\r\n"
        )
        assert await web.texts(3) == ["one", "two", "three"]
    assert out.decode() == f"{greeting(gateway)}* 2 here; /help tells what you can type, /quit leaves\r\n"


async def test_a_thousand_lines_through_nc(start: Start) -> None:
    gateway = start("--rate", "1000")
    lines = "".join(f"{number}\n" for number in range(1, 1001)).encode()
    async with chat(gateway) as web:
        sending = asyncio.create_task(
            run_soon(need("nc.openbsd"), "-N", "127.0.0.1", str(gateway.tcp_port), stdin=lines)
        )
        assert await web.texts(1000) == [str(number) for number in range(1, 1001)]
        await sending


async def test_one_line_without_its_end_through_nc(gateway: Gateway) -> None:
    async with chat(gateway) as web:
        await run_soon(need("nc.openbsd"), "-N", "127.0.0.1", str(gateway.tcp_port), stdin="没有换行".encode())
        assert await web.texts(1) == ["没有换行"]


async def test_a_netcat_user_after_a_blank_line(gateway: Gateway) -> None:
    user = Terminal(need("nc.openbsd"), "127.0.0.1", str(gateway.tcp_port))
    try:
        user.wait_for("你已连接到服务器")
        async with chat(gateway) as web:
            user.type("one\n\n")
            assert await web.texts(1) == ["one"]
            user.type("two\n")
            assert await web.texts(1) == ["two"]
            user.type("\n\nthree\n")
            assert await web.texts(1) == ["three"]
            user.type("/quit\n")
            await asyncio.sleep(0)
            async with raw(gateway) as other:
                await asyncio.to_thread(gateway.wait_for_log, "ended: quit")
                await other.send(b"gone?\n\n")
                assert await web.texts(1) == ["gone?"]
    finally:
        user.close()


async def test_telnet_after_an_empty_line_and_after_ctrl_c(gateway: Gateway) -> None:
    user = Terminal(need("telnet"), "127.0.0.1", str(gateway.tcp_port))
    try:
        user.wait_for("你已连接到服务器")
        async with chat(gateway, name="web") as web:
            user.type("hello\n")
            assert await web.texts(1) == ["hello"]
            user.type("\n\n\n")
            user.type("again\n")
            assert await web.texts(1) == ["again"]
            user.type("half")
            user.type("\x03")  # IAC IP, IAC DM as urgent data, DO TIMING-MARK; telnet shows nothing until answered
            user.type("whole\n")
            assert await web.texts(1) == ["whole"]
            await web.say("do you see this")
            user.wait_for("web: do you see this\n")
            user.type("/quit\n")
            user.wait_for("Connection closed by foreign host")
    finally:
        user.close()


async def test_telnet_takes_bytes_of_characters_for_keys(gateway: Gateway) -> None:
    user = Terminal(need("telnet"), "127.0.0.1", str(gateway.tcp_port))
    try:
        user.wait_for("你已连接到服务器")
        async with chat(gateway) as web:
            for text in ("有人吗?", "一上下国", "ăĄďĚ"):
                user.type(f"{text}\n")
                assert await web.texts(1) == [text]
            user.wait_for("leaves\n")
    finally:
        user.close()


@pytest.mark.parametrize("program", ["nc.openbsd", "nc.traditional", "telnet"])
async def test_arrow_keys_say_nothing_odd(gateway: Gateway, program: str) -> None:
    user = Terminal(need(program), "127.0.0.1", str(gateway.tcp_port))
    try:
        user.wait_for("你已连接到服务器")
        async with chat(gateway) as web:
            user.type("first\n")
            assert await web.texts(1) == ["first"]
            for typed in ("\x1b[A\n", "\x1bOA\x1bOB\n", "hel\x1b[D\x1b[Clo\n"):
                user.type(typed)
            assert await web.texts(1) == ["hello"]
    finally:
        user.close()


@pytest.mark.parametrize("program", ["nc.openbsd", "telnet"])
async def test_why_it_ends_is_the_last_thing_on_the_screen(start: Start, program: str) -> None:
    gateway = start("--admin-password", "secret")
    users = {name: Terminal(need(program), "127.0.0.1", str(gateway.tcp_port)) for name in ("Troll", "Ann", "Bob")}
    async with chat(gateway, name="op") as op:
        for name, user in users.items():
            user.wait_for("你已连接到服务器")
            user.type(f"/name {name}\n")
            user.wait_for(f"you are now {name}\n")
        acts = [("/op secret", ""), ("/kick Troll", "an operator has sent you away"), ("/ban Ann", "you are banned")]
        for act, told in acts:
            await op.send({"type": "command", "text": act})
            await op.next("notice")
            if told:
                users[act.split()[1]].wait_for(rf"\n\* {told}.*\n(Connection closed by foreign host.\n)?\Z")
        assert await asyncio.to_thread(gateway.interrupt) == 0
        users["Bob"].wait_for(r"\n\* the server stops or restarts: come again in a moment\n(Connection closed.*\n)?\Z")


async def test_two_messages_in_one_segment_and_a_quit(gateway: Gateway) -> None:
    async with chat(gateway) as web, raw(gateway) as peer:
        await peer.send(b"one\n\ntwo\n\n\r\nnot this\n\n")
        assert await web.texts(2) == ["one", "two"]
        assert await peer.rest() == ""
        await web.say("mark")
        assert await web.texts(1) == ["mark"]


async def test_who_quits_gets_what_it_is_owed_and_others_get_what_it_said(gateway: Gateway) -> None:
    async with chat(gateway, name="ann") as ann, raw(gateway) as peer:
        for number in range(50):
            await ann.say(f"owed {number}")
        await ann.texts(50)
        await peer.send(b"last words\n\n\r\n")
        rest = await peer.rest()
        assert rest == "".join(f"来自ann的消息:owed {number}\n\n" for number in range(50))
        assert await ann.texts(1) == ["last words"]
