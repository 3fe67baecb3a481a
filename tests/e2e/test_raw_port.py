"""The raw port over a socket: commands, names, bounds, disturbances, other protocols."""

import asyncio
import os
import re
import socket
import struct

import pytest
from websockets.asyncio.client import connect

from gateway.names import guest_label

from .browser import chromium, new_page
from .conftest import Start
from .gateway import Gateway
from .peers import chat, raw


async def test_commands(gateway: Gateway) -> None:
    async with raw(gateway) as ann, chat(gateway) as web:
        assert await ann.type_lines() == "* 2 here; /help tells what you can type, /quit leaves\r\n"
        await ann.send(b"/help\r\n")
        assert "\r\n  /name NAME " in await ann.until("//word\r\n")
        await ann.send(b"/name Ann\r\n")
        assert await ann.until("\r\n") == "* you are now Ann\r\n"
        await ann.send(b"/who\r\n")
        assert await ann.until("\r\n") == f"* 2 here: Ann (tcp), {web.welcome['name']} (web)\r\n"
        await ann.send(b"/history\r\n")
        assert await ann.until("\r\n") == "* no messages yet\r\n"
        await ann.send(b"one\r\n//who two\r\n/history 5\r\n")
        assert await web.texts(2) == ["one", "/who two"]
        await ann.send(b"/history 5\r\n")
        page = await ann.until("/who two\r\n")
        assert re.search(r"\* the last 2 messages:\r\n\[\d\d:\d\d\] Ann: one\r\n\[\d\d:\d\d\] Ann: /who two\r\n", page)
        await ann.send(b"/dance\r\n/history x\r\n")
        assert "no command /dance: see /help" in await ann.until("usage: /history [N] (the last messages)\r\n")
        await ann.send(b"/quit\r\n")
        assert await ann.rest() == "* you have left (nc ends at the next Enter)\r\n"


async def test_answers_in_chinese(start: Start) -> None:
    async with raw(start("--language", "zh")) as ann:
        assert await ann.type_lines() == "* 现在有 1 人;输入 /help 看看可以做什么,/quit 离开\r\n"
        await ann.send(b"/name a\x07\r\n")
        assert "* 你现在叫 a" in await ann.until("\r\n")
        await ann.send(b"/who\r\n")
        assert "* 现在有 1 人:a (tcp)" in await ann.until("\r\n")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("guest-abcdef", "reserved"),
        ("(x", "reserved"),
        ("x" * 33, "too long"),
        ("a\u200bb", "U+200B"),
        ("guest‐x", "reserved"),
        ("ann: I quit. bob", "colon"),
        ("203.0.113.9", "IP address"),
        ("a\u0301\u0302\u0303\u0304", "combining marks"),
        ("", "at least one"),
    ],
)
async def test_bad_names(gateway: Gateway, name: str, expected: str) -> None:
    async with raw(gateway) as ann:
        await ann.type_lines()
        await ann.send(f"/name {name}\r\n".encode())
        assert expected in await ann.until("\r\n")


async def test_a_taken_name_comes_free(gateway: Gateway) -> None:
    async with raw(gateway) as bob:
        async with raw(gateway) as ann:
            await ann.send(b"/name Ann\r\n")
            await ann.until("now Ann\r\n")
            await bob.type_lines()
            await bob.send("/name ａＮＮ\r\n".encode())
            assert "the name aNN is taken" in await bob.until("\r\n")
        await asyncio.to_thread(gateway.wait_for_log, "ended: left")
        await bob.send("/name ａＮＮ\r\n".encode())
        assert "you are now aNN" in await bob.until("\r\n")


async def test_a_name_is_the_label_of_what_is_said_after_it(gateway: Gateway) -> None:
    async with raw(gateway) as ann, chat(gateway) as web:
        await ann.send(b"before\r\n/name Ann\r\nafter\r\n")
        events = [await web.next("message") for _ in range(2)]
        guest = guest_label(events[0]["by"])
        assert [(event["from"], event["text"]) for event in events] == [(guest, "before"), ("Ann", "after")]
        assert [event["via"] for event in events] == ["tcp", "tcp"]


async def test_too_long_and_not_utf8_are_told_and_the_rest_goes_on(gateway: Gateway) -> None:
    async with raw(gateway) as ann, chat(gateway) as web:
        await ann.send(b"x" * 70_000)
        assert "over 65536 bytes" in await ann.until("\n\n")
        await ann.send(b"x" * 70_000 + b"\n\nok\n\n\xfe\xfd\n\n\xfe\n\n")
        assert "not UTF-8" in await ann.until("\n\n")
        assert await web.texts(3) == ["ok", "\ufffd\ufffd", "\ufffd"]
        assert await ann.until("") == ""


async def test_disturbances_disturb_nobody(gateway: Gateway) -> None:
    async with chat(gateway) as web, raw(gateway) as steady, raw(gateway, greeted=False):
        silent = socket.create_connection(("127.0.0.1", gateway.tcp_port))
        for number in range(30):
            cut = socket.create_connection(("127.0.0.1", gateway.tcp_port))
            cut.sendall(b"half a mess")
            if number % 2:  # a reset
                cut.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            noise = socket.create_connection(("127.0.0.1", gateway.tcp_port))
            noise.sendall(os.urandom(3000).replace(b"\n", b"").replace(b"\r", b"") + bytes([0xFF, 0xFA]))
            await steady.send(f"steady {number}\n\n".encode())
            cut.close()
            noise.close()
        silent.close()
        texts = []
        while "steady 29" not in texts:
            texts += await web.texts(1)
        assert [text for text in texts if text.startswith("steady")] == [f"steady {number}" for number in range(30)]
        await web.say("still here")
        await steady.until("still here\n\n")


@pytest.mark.parametrize(
    "request_head", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"POST /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\nevil\n\n"]
)
async def test_http_is_turned_away_and_says_nothing(gateway: Gateway, request_head: bytes) -> None:
    async with chat(gateway) as web, raw(gateway) as browser:
        await browser.send(request_head)
        answer = await browser.rest()
        assert answer.startswith("HTTP/1.1 400 Bad Request\r\n")
        assert f"The web page is on port {gateway.http_port}." in answer
        await web.say("mark")
        assert await web.texts(1) == ["mark"]


async def test_tls_is_turned_away(gateway: Gateway) -> None:
    async with raw(gateway) as browser:
        await browser.send(bytes.fromhex("16030100c8010000c40303") + os.urandom(100))
        assert await browser.rest() == ""


# Both ends of a call in one page, whose candidates are all taken out but for a remote one that is our raw port.
CALL = """
async ([port, ufrag]) => {
    const [one, two] = [0, 1].map(() => new RTCPeerConnection({iceServers: [
        {urls: `turn:127.0.0.1:${port}?transport=tcp`, username: ufrag, credential: ufrag},
    ]}));
    one.createDataChannel("x");
    await one.setLocalDescription(await one.createOffer());
    await two.setRemoteDescription(one.localDescription);
    const answer = (await two.createAnswer()).sdp.replace(/a=candidate.*\\r\\n/g, "")
        .replace(/a=ice-ufrag:.*/, `a=ice-ufrag:${ufrag}`);
    await one.setRemoteDescription({type: "answer", sdp: answer});
    await one.addIceCandidate({
        candidate: `candidate:1 1 TCP 1518280447 127.0.0.1 ${port} typ host tcptype passive`, sdpMLineIndex: 0,
    });
}
"""


@pytest.mark.worlds
async def test_a_web_page_reaches_it_by_webrtc_and_turn_and_says_nothing(gateway: Gateway) -> None:
    async with chat(gateway) as web, chromium() as browser:
        page, _ = await new_page(browser)
        await page.evaluate(CALL, [gateway.tcp_port, "say+this+in+the+room"])
        await asyncio.to_thread(gateway.wait_for_log, "ended: binary", 2)  # the candidate, and the TURN server
        await page.close()
        await web.say("mark")
        assert await web.texts(1) == ["mark"]


@pytest.mark.parametrize(
    "opening",
    [
        bytes.fromhex("0003 0008 2112a442") + b"say this\n\n",  # TURN's Allocate
        bytes.fromhex("006c 0001 0058 2112a442") + b"say this\n\n",  # a binding request in a frame of ICE
        b"\0" + b"say this\n\n",
        "say this\r\n".encode("utf-16-le"),
    ],
)
async def test_what_is_binary_is_told_in_one_line_and_not_said(gateway: Gateway, opening: bytes) -> None:
    async with chat(gateway) as web, raw(gateway) as peer:
        await peer.send(opening)
        assert await peer.rest() == "* what you sent is no text, and nothing of it was said: send UTF-8\n\n"
        await web.say("mark")
        assert await web.texts(1) == ["mark"]
    await asyncio.to_thread(gateway.wait_for_log, "ended: binary")


async def test_utf16_is_told_and_not_said(gateway: Gateway) -> None:
    async with chat(gateway) as web, raw(gateway) as peer:
        await peer.send("/op secret\r\n你好\r\n".encode("utf-16"))
        told = await peer.rest()
        assert told.count("\n\n") == 1
        assert "send UTF-8" in told
        assert "$OutputEncoding" in told
        await web.say("mark")
        assert await web.texts(1) == ["mark"]
    await asyncio.to_thread(gateway.wait_for_log, "ended: utf-16")


async def test_what_looks_like_a_password_is_not_said(start: Start) -> None:
    gateway = start("--admin-password", "secret")
    async with chat(gateway) as web, connect(gateway.url) as plain, raw(gateway) as peer, raw(gateway) as marked:
        await marked.send(b"\xef\xbb\xbf/op secret\n\n")
        assert "you are an operator" in await marked.until("\n\n")
        for typed in (" /op secret", "\u3000/op secret", "\u2044op secret", "hello\n/pass secret"):
            await peer.send(typed.encode() + b"\n\n")
            told = await peer.until("\n\n")
            assert "was not said" in told
            assert "secret" not in told
            await plain.send(typed)
            assert "was not said" in str(await plain.recv())
        await plain.send("\ufeff/OP secret")
        assert "was not said" in str(await plain.recv())
        await web.say("/op in an event is text")
        await peer.send(b"//op as text\n\n")
        assert sorted(await web.texts(2)) == ["/op as text", "/op in an event is text"]


async def test_sequences_of_a_terminal_are_taken_out_whole(gateway: Gateway) -> None:
    async with chat(gateway) as web, connect(gateway.url) as plain, raw(gateway) as peer:
        text = "\x1b[31mFAIL\x1b[0m \x1b]8;;http://x/\x1b\\link\x1b]8;;\x07 \x9b1mbold\x9bm"
        await peer.send(text.encode() + b"\n\n")
        await plain.send(text)
        await web.say(text)
        assert await web.texts(3) == ["FAIL link bold"] * 3


@pytest.mark.parametrize(
    "storm",
    [
        b"/ban a" + b" " * 65_000 + b"1\r\n",
        b"/name " + "\ufdfa".encode() * 300 + b"\r\n",
        b"\x1b]" * 32_000 + b"\r\n",
        ("a\n" + "来\u0301\n" * 9000).encode() + b"\r\n",
        b"x" * 60_000 + b"\x08" * 60_000 + b"\r\n",
    ],
)
async def test_what_costs_much_makes_nobody_wait(start: Start, storm: bytes) -> None:
    gateway = start("--rate", "0", "--admin-password", "secret")
    async with chat(gateway) as bystander, raw(gateway) as storming, raw(gateway) as reader:
        loop = asyncio.get_running_loop()
        await storming.send(b"a\r\n")
        await reader.until("a\n\n")
        longest = 0.0
        for _ in range(20):
            await storming.send(storm)
            began = loop.time()
            await bystander.send({"type": "ping"})
            while (await bystander.next("pong", "message"))["type"] != "pong":
                pass
            longest = max(longest, loop.time() - began)
        assert longest < 3  # it was 19 s


async def test_a_half_closed_peer_gets_what_it_is_owed(gateway: Gateway) -> None:
    async with chat(gateway, name="web") as web, raw(gateway) as peer:
        await web.say("before")
        await web.texts(1)
        peer.writer.write(b"a\nb")
        peer.writer.write_eof()
        assert await web.texts(2) == ["a", "b"]
        assert await peer.rest() == "来自web的消息:before\n\n"


async def test_who_asks_too_fast_is_read_more_slowly_and_loses_nothing(start: Start) -> None:
    gateway = start("--rate", "100", "--burst", "10")
    async with chat(gateway) as web, raw(gateway) as fast:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await fast.send(b"".join(b"%d\r\n" % number for number in range(60)))
        assert await web.texts(60) == [str(number) for number in range(60)]
        assert loop.time() - began > 0.4  # 50 past the burst at 100 a second: 0.5 s


async def test_nobody_sees_history_or_presence_on_the_raw_wire(gateway: Gateway) -> None:
    async with chat(gateway) as web:
        await web.say("old")
        await web.texts(1)
        async with raw(gateway) as peer, chat(gateway, name="bob"), connect(gateway.url) as plain:
            await web.next("presence")
            await web.say("new")
            assert (await peer.until("\n\n")).endswith(":new\n\n")
            assert str(await plain.recv()).endswith(":new")
            assert peer.seen == ""


async def test_who_takes_nothing_is_closed_and_who_writes_only_is_not(start: Start) -> None:
    gateway = start("--stall-timeout", "1", "--rate", "0", "--rate-kib", "0")
    async with chat(gateway) as web, raw(gateway) as stalled, raw(gateway) as writer:
        stalled.writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        said = 0
        while not gateway.has_logged("too-slow"):
            await web.say("x" * 60_000)
            await writer.send(b"I only write\n\n")
            said += 1
            await web.next("message")
            await web.next("message")
            assert said < 5000
    assert gateway.interrupt() == 0
    assert gateway.log.count("too-slow") == 1
