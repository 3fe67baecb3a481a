"""Two gateways and NATS in networks of their own, of which one link is cut and heals."""

import asyncio
import ctypes
import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from ..nats import NatsServer, free_ports
from ..processes import skip
from .conftest import Own, Start
from .peers import chat

# TEST-NET-2 and 3 (RFC 5737): nobody's addresses.
NATS, GATEWAY = ("198.51.100.1", "198.51.100.2"), ("203.0.113.1", "203.0.113.2")
CLONE_NEWNET = 0x40000000  # of setns(2)


def ip(network: str, *words: str) -> None:
    """Never in the machine's own network: whenever that changes, each browser in it gives up what it loads."""
    subprocess.run(["ip", "-n", network, *words], check=True, capture_output=True)


@contextmanager
def network(name: str) -> Iterator[str]:
    subprocess.run(["ip", "netns", "add", name], check=True, capture_output=True)
    try:
        ip(name, "link", "set", "lo", "up")
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True, capture_output=True)


@contextmanager
def within(name: str) -> Iterator[None]:
    """What this thread opens and starts meanwhile is in that network. (Python 3.12 has os.setns.)"""

    def enter(descriptor: int) -> None:
        if libc.setns(descriptor, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")

    libc = ctypes.CDLL(None, use_errno=True)
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{name}", os.O_RDONLY)
    try:
        enter(there)
        yield
    finally:
        enter(here)
        os.close(here)
        os.close(there)


@pytest.fixture
def networks() -> Iterator[tuple[str, str]]:
    """The one that this test is in, and one beside it with two links to here: for NATS, and for who chats."""
    here, beside = (f"gw{secrets.token_hex(3)}{which}" for which in "hb")
    with ExitStack() as made:
        try:
            made.enter_context(network(here))
            made.enter_context(network(beside))
        except (OSError, subprocess.CalledProcessError) as error:
            skip(f"no network namespace can be made here: {error}")
        for link, (ours, theirs) in (("to-nats", NATS), ("to-chat", GATEWAY)):
            ip(here, "link", "add", link, "type", "veth", "peer", "name", link, "netns", beside)
            for name, address in ((here, ours), (beside, theirs)):
                ip(name, "addr", "add", f"{address}/24", "dev", link)
                ip(name, "link", "set", link, "up")
        made.enter_context(within(here))
        yield here, beside


@pytest.mark.worlds
async def test_a_link_that_is_cut_heals_into_one_room(
    own: Own, start: Start, networks: tuple[str, str], tmp_path: Path
) -> None:
    here, beside = networks
    port, monitor = free_ports(2)
    server = own(NatsServer(tmp_path, port, monitor, host="0.0.0.0"))
    server.start()
    await asyncio.to_thread(server.ready)
    flags = ("--store", f"nats://{NATS[0]}:{port}/room", "--rate", "0", "--rate-kib", "0")
    inside = start(*flags, "--host", "0.0.0.0", prefix=("ip", "netns", "exec", beside))
    outside = start(*flags, prefix=("ip", "netns", "exec", here))
    async with chat(inside, host=GATEWAY[1]) as ann, chat(outside) as bob:
        await ann.say("together")
        assert await bob.texts(1) == await ann.texts(1) == ["together"]
        ip(here, "link", "set", "to-nats", "down")
        for number in range(20):
            await ann.say(f"ann {number}", str(number))
            await bob.say(f"bob {number}")
        assert (await ann.next("notice"))["code"] == "store-failed"
        assert await bob.texts(20) == [f"bob {number}" for number in range(20)]
        ip(here, "link", "set", "to-nats", "up")
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
