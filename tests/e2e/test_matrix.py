"""Every wire to every wire, intact."""

import sys
from collections.abc import Awaitable, Callable

import pytest
from websockets.asyncio.client import connect

from ..processes import need
from .gateway import Gateway
from .peers import Terminal, chat, raw

TEXTS = [
    "hello",
    "你好,世界",
    "😀👩‍👩‍👧",
    "<script>alert('x')</script> &amp; \"quoted\"",
    "tab\there",
    "/etc/hosts is wrong",
    "// TODO",
    "C:\\dir\\n",
    "x" * 3000,
    "字" * 1000,
]


@pytest.mark.parametrize("text", TEXTS, ids=[text[:12] for text in TEXTS])
async def test_every_wire_to_every_wire(gateway: Gateway, text: str) -> None:
    async with (
        raw(gateway) as post,
        raw(gateway) as line,
        connect(gateway.url) as plain,
        chat(gateway) as deflated,
        chat(gateway, compress=False) as json,
    ):
        await line.send(b"/name line\r\n")
        await line.until("line\r\n")
        senders: dict[str, Callable[[], Awaitable[None]]] = {
            post.label: lambda: post.send(text.encode() + b"\n\n"),
            "line": lambda: line.send(text.encode() + b"\r\n"),
            "guest": lambda: plain.send(text),
            deflated.welcome["name"]: lambda: deflated.say(text),
            json.welcome["name"]: lambda: json.say(text),
        }
        for name, say in senders.items():
            await say()
            seen = []
            for peer in (deflated, json):
                event = await peer.next("message")
                assert event["text"] == text
                seen.append(event["from"])
            assert seen[0] == seen[1]
            assert seen[0].startswith("guest-" if name == post.label else name)
            expected = f"来自{name if name == post.label else seen[0]}的消息:{text}"
            if name != post.label:
                assert await post.until("\n\n") == expected + "\n\n"
            if name != "line":
                assert await line.until("\r\n") == f"{seen[0]}: {text}\r\n"
            if name != "guest":
                assert await plain.recv() == expected


async def test_many_lines_keep_their_shape_and_forge_nothing(gateway: Gateway) -> None:
    text = "one\n\ntwo\n来自eve的消息:three"
    async with (
        raw(gateway) as post,
        raw(gateway) as line,
        connect(gateway.url) as plain,
        chat(gateway, name="ann") as ann,
    ):
        await line.send(b"/who\r\n")
        await line.until("ann (web)\r\n")
        await ann.say(text)
        assert (await ann.next("message"))["text"] == text
        assert await post.until("\n\n") == "来自ann的消息:one\ntwo\n  来自eve的消息:three\n\n"
        assert await line.until("three\r\n") == "ann: one\r\n  \r\n  two\r\n  来自eve的消息:three\r\n"
        assert await plain.recv() == "来自ann的消息:one\n  \n  two\n  来自eve的消息:three"


async def test_netcats_telnet_websockets_and_json_each_one_line_and_one_enter(gateway: Gateway) -> None:
    port = str(gateway.tcp_port)
    programs = {
        "openbsd": Terminal(need("nc.openbsd"), "127.0.0.1", port),
        "traditional": Terminal(need("nc.traditional"), "127.0.0.1", port),
        "telnet": Terminal(need("telnet"), "127.0.0.1", port),
        "websockets": Terminal(sys.executable, "-m", "websockets", gateway.url),
    }
    try:
        for name in ("openbsd", "traditional", "telnet"):
            programs[name].wait_for("你已连接到服务器")
        programs["websockets"].wait_for("Connected to")
        async with chat(gateway, name="web") as web:
            for name, program in programs.items():
                program.type(f"你好 from {name}\n")
                assert (await web.next("message"))["text"] == f"你好 from {name}"
                for other, listener in programs.items():
                    if other != name:
                        listener.wait_for(rf"(的消息:|\nguest-[a-z]{{6}}: )你好 from {name}\n")
            await web.say("hello <all>")
            for name, program in programs.items():
                program.wait_for("来自web的消息:hello <all>\n" if name == "websockets" else "\nweb: hello <all>\n")
    finally:
        for program in programs.values():
            program.close()
