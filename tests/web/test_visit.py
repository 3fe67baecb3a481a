"""A visit to the site: no more is read than its request, and how it ends is nobody's fault."""

import asyncio
import ssl

import pytest

from .test_door import HERE, doors, errors, knock

WAYS = [None, ConnectionResetError(), BrokenPipeError(), TimeoutError(110, "x"), OSError(113, "x"), ssl.SSLError("x")]


@pytest.mark.parametrize("request_line", ["GET /healthz", "POST /say"])
@pytest.mark.parametrize("length", [0, 5, 10**11])
async def test_of_a_body_no_more_is_read_than_one_may_have(request_line: str, length: int) -> None:
    """It was read for ten seconds, as fast as it came, and counted nowhere."""
    async with doors() as (here, site):
        door, transport = knock(here, site)
        door.data_received(f"{request_line} {HERE}Content-Length: {length}\r\n\r\n".encode())
        most = min(length, 6 * 65536 + 4096 + 64 * 1024)
        for _ in range(most // 4096):
            door.data_received(bytes(4096))
        assert transport.reading or most % 4096 == 0
        door.data_received(bytes(most % 4096 + 1))
        assert not transport.reading
        transport.closed = True
        door.connection_lost(None)
        await here.settle()


@pytest.mark.parametrize("loss", WAYS, ids=repr)
@pytest.mark.parametrize("is_settled", [True, False])
async def test_who_leaves_within_its_body_is_no_fault(
    loss: Exception | None, is_settled: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async with doors() as (here, site):
        door, _ = knock(here, site)
        door.data_received(b"POST /say?name=ann HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhe")
        for _ in range(50 if is_settled else 1):
            await asyncio.sleep(0)
        door.connection_lost(loss)
        await here.settle()
        assert errors(caplog) == []
        assert here.house.gate.taken == 0
        assert here.room.store.head == 0


async def test_who_closes_its_side_within_its_body_is_not_waited_for() -> None:
    async with doors() as (here, site):
        door, transport = knock(here, site)
        door.data_received(b"POST /say HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhe")
        await here.settle()
        assert not door.eof_received()
        assert transport.closed
        door.connection_lost(None)
        await here.settle()


async def test_who_closes_its_side_behind_its_body_has_its_answer() -> None:
    async with doors() as (here, site):
        door, transport = knock(here, site)
        door.data_received(f"POST /say {HERE}Content-Length: 5\r\n\r\nhe".encode())
        door.data_received(b"llo")
        assert door.eof_received()
        assert not transport.closed
        await here.settle()
        assert transport.data.startswith(b"HTTP/1.1 200 OK\r\n")
        door.connection_lost(None)
        await here.settle()


async def test_who_leaves_before_it_is_told_to_go_on_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    """RFC 9110, section 10.1.1. What aiohttp raised was a traceback in the log."""
    async with doors() as (here, site):
        door, transport = knock(here, site)
        door.data_received(f"POST /say {HERE}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n".encode())
        transport.close()
        await here.settle()
        door.connection_lost(None)
        await here.settle()
    assert errors(caplog) == []
