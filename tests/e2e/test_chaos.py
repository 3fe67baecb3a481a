"""Many peers who do anything at all, on each loop: who just talks among them hears everything, once and in order."""

import asyncio
import json
import random
import socket
import struct
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from websockets.frames import Frame, Opcode

from ..tables import in_worlds
from .conftest import Start
from .gateway import Gateway
from .peers import chat, upgrade_request

PEERS, VISITS = 20, 30

RAW = [
    b"hello\n\n", b"line\r\n", b"x\n", b"\r\n", b"/who\n\n", b"/name z1\n\n", b"/history\r\n", b"\xff\xfd\x06",
    b"\xff\xfa\x01", b"\xff\xf0", "你好\n\n".encode(), b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", b"z" * 70_000,
]  # fmt: skip
PAYLOADS = [
    b'{"type":"say","text":"hi","id":"1"}', b'{"type":"who"}', b'{"type":"name","name":"n1"}', b'{"type":"ping"}',
    b'{"type":"history","limit":500}', b"hello", b"/who", b"/history 100", b"\xff", b"", b"nonsense",
]  # fmt: skip
OPCODES = [Opcode.TEXT] * 6 + [Opcode.PING, Opcode.PONG, Opcode.CONT, Opcode.BINARY, Opcode.CLOSE]


def some_frame(chance: random.Random) -> bytes:
    opcode = chance.choice(OPCODES)
    is_control = opcode in (Opcode.PING, Opcode.PONG, Opcode.CLOSE)
    payload = b"" if is_control else chance.choice(PAYLOADS)
    frame = Frame(opcode, payload, fin=is_control or chance.random() > 0.1).serialize(mask=True)
    return frame[: chance.randrange(1, len(frame))] if chance.random() < 0.1 else frame


def some_raw(chance: random.Random) -> bytes:
    return chance.choice([*RAW, chance.randbytes(200)])


def handshake(chance: random.Random) -> bytes:
    is_json, hello = (
        chance.random() < 0.7,
        {"type": "hello", "history": 100, "session": "s" * 21 + str(chance.randrange(9))},
    )
    fields = ["Sec-WebSocket-Protocol: chat.v1.json"] if is_json else []
    fields += ["Sec-WebSocket-Extensions: permessage-deflate"] if chance.random() < 0.5 else []
    greeting = Frame(Opcode.TEXT, json.dumps(hello).encode()).serialize(mask=True) if is_json else b""
    return upgrade_request(*fields) + greeting


def visit(gateway: Gateway, chance: random.Random) -> None:
    """Connect, send things, read or don't, and leave in some way."""
    is_web = chance.random() < 0.5
    port = gateway.http_port if is_web else gateway.tcp_port
    with socket.create_connection(("127.0.0.1", port), timeout=1) as peer:
        if is_web:
            peer.sendall(handshake(chance))
        for _ in range(chance.randrange(20)):
            peer.sendall(some_frame(chance) if is_web else some_raw(chance))
        if chance.random() < 0.5:
            peer.recv(100_000)
        if chance.random() < 0.3:
            peer.shutdown(socket.SHUT_WR)
        if chance.random() < 0.3:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def misbehave(gateway: Gateway, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(VISITS):
        with suppress(OSError):
            visit(gateway, chance)


@pytest.mark.parametrize("loop", ["uvloop", in_worlds("epoll"), in_worlds("select")])
async def test_whatever_others_do_who_talks_is_heard(start: Start, loop: str) -> None:
    gateway = start("--loop", loop, "--stall-timeout", "2", "--log-level", "warning")
    async with chat(gateway, name="steady") as steady:
        pool = ThreadPoolExecutor(PEERS)
        loop_here = asyncio.get_running_loop()
        others = [loop_here.run_in_executor(pool, misbehave, gateway, seed) for seed in range(PEERS)]
        last, said = steady.welcome["seq"], 0
        while said < 20 or not all(other.done() for other in others):
            await steady.say(f"steady {said}")
            text = ""
            while text != f"steady {said}":
                event = await steady.next("message")
                assert event["seq"] == last + 1
                last, text = event["seq"], event["text"]
                assert not text.startswith("steady ") or text == f"steady {said}"
            said += 1
        await asyncio.gather(*others)
        pool.shutdown()
