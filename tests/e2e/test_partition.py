"""A gateway in a network namespace of its own, whose link to NATS is cut and heals."""

import asyncio
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..nats import NatsServer, free_ports
from .conftest import Own, Start, skip
from .peers import chat

# TEST-NET-2 and 3 (RFC 5737): nobody's addresses.
NATS, GATEWAY = ("198.51.100.1", "198.51.100.2"), ("203.0.113.1", "203.0.113.2")


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def namespace() -> Iterator[str]:
    """A namespace with two links to here: one for NATS, one for who chats."""
    name = f"gw{secrets.token_hex(3)}"
    try:
        ip("netns", "add", name)
    except (OSError, subprocess.CalledProcessError) as error:
        skip(f"no network namespace can be made here: {error}")
    for link, (ours, theirs) in (("n", NATS), ("c", GATEWAY)):
        ip("link", "add", f"{name}{link}", "type", "veth", "peer", "name", f"{link}0", "netns", name)
        ip("addr", "add", f"{ours}/24", "dev", f"{name}{link}")
        ip("link", "set", f"{name}{link}", "up")
        ip("-n", name, "addr", "add", f"{theirs}/24", "dev", f"{link}0")
        ip("-n", name, "link", "set", f"{link}0", "up")
    yield name
    ip("netns", "del", name)


async def test_a_link_that_is_cut_heals_into_one_room(own: Own, start: Start, namespace: str, tmp_path: Path) -> None:
    port, monitor = free_ports(2)
    server = own(NatsServer(tmp_path, port, monitor, host="0.0.0.0"))
    server.start()
    await asyncio.to_thread(server.ready)
    flags = ("--store", f"nats://{NATS[0]}:{port}/room", "--rate", "0", "--rate-kib", "0")
    inside = start(*flags, "--host", "0.0.0.0", prefix=("ip", "netns", "exec", namespace))
    outside = start(*flags)
    async with chat(inside, host=GATEWAY[1]) as ann, chat(outside) as bob:
        await ann.say("together")
        assert await bob.texts(1) == await ann.texts(1) == ["together"]
        ip("link", "set", f"{namespace}n", "down")
        for number in range(20):
            await ann.say(f"ann {number}", str(number))
            await bob.say(f"bob {number}")
        assert (await ann.next("notice"))["code"] == "store-failed"
        assert await bob.texts(20) == [f"bob {number}" for number in range(20)]
        ip("link", "set", f"{namespace}n", "up")
        healed = [
            event["text"]
            for event in [await ann.next("message", "ack", "notice") for _ in range(61)]
            if event["type"] == "message"
        ]
        assert healed == [*(f"bob {number}" for number in range(20)), *(f"ann {number}" for number in range(20))]
        assert await bob.texts(20) == [f"ann {number}" for number in range(20)]
    for gateway in (inside, outside):
        gateway.judged = True  # the link was cut
        gateway.stop()
