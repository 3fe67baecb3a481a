"""--drain-seconds: who asks whether we are ready is told no, who comes is sent elsewhere, who is in goes in turn."""

import asyncio
import signal
import time
from contextlib import AsyncExitStack

import aiohttp
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ..patience import PATIENCE
from ..tables import in_worlds
from .conftest import Start
from .gateway import Gateway
from .peers import Chat, chat, raw
from .test_workers import FLAGS


async def status(gateway: Gateway, path: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(gateway.page + path) as response:
        return response.status


async def ends_at(peer: Chat) -> tuple[float, int]:
    try:
        while True:
            await peer.connection.recv()
    except ConnectionClosed as closed:
        return time.monotonic(), closed.rcvd.code if closed.rcvd else 0


@pytest.mark.parametrize("flags", [(), in_worlds(FLAGS)], ids=["one", "workers"])
async def test_who_is_in_goes_in_turn_and_who_comes_is_sent_elsewhere(start: Start, flags: tuple[str, ...]) -> None:
    gateway = start(*flags, "--drain-seconds", "3")
    async with AsyncExitStack() as stack:
        people = [await stack.enter_async_context(chat(gateway)) for _ in range(20)]
        nc = await stack.enter_async_context(raw(gateway))
        await nc.type_lines()
        began = time.monotonic()
        gateway.signal(signal.SIGTERM)
        ends = [asyncio.ensure_future(ends_at(each)) for each in people]
        async with asyncio.timeout(PATIENCE):
            while await status(gateway, "readyz") == 200:
                await asyncio.sleep(0.01)
            while await status(gateway, "healthz") != 200:  # among workers, that of each of them
                await asyncio.sleep(0.01)
        await asyncio.to_thread(gateway.wait_for_log, "stopping", 3 if flags else 1)
        for _ in range(4):
            with pytest.raises(InvalidStatus) as refused:
                async with chat(gateway):
                    pass
            assert refused.value.response.status_code == 503
        async with raw(gateway, greeted=False) as late:
            assert "* the server stops or restarts" in await late.rest()
        assert "* the server stops or restarts" in await nc.rest()
        times, codes = zip(*await asyncio.gather(*ends), strict=True)
    assert set(codes) == {1001}
    assert sum(each < began + 1.5 for each in times) in range(6, 15), [each - began for each in times]
    assert max(times) > began + 2
    assert gateway.interrupt() == 0  # it is on its way already
    gateway.wait_for_log("draining")


@pytest.mark.parametrize("flags", [(), in_worlds(FLAGS)], ids=["one", "workers"])
async def test_a_second_signal_ends_it_at_once(start: Start, flags: tuple[str, ...]) -> None:
    gateway = start(*flags, "--drain-seconds", "600")
    async with chat(gateway) as ann, raw(gateway):
        await ann.say("hello", "a")
        assert {(await ann.next("ack", "message"))["type"] for _ in range(2)} == {"ack", "message"}
        gateway.signal(signal.SIGTERM)
        await asyncio.to_thread(gateway.wait_for_log, "stopping", 3 if flags else 1)
        assert await asyncio.to_thread(gateway.interrupt) == 0
        assert (await ends_at(ann))[1] == 1001
