"""The stop: what was said is in the log, what is owed is written, then comes the goodbye; and it ends in time."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from gateway.guard.gate import RESERVE
from gateway.messages import Draft
from gateway.room.expiry import DAY, EXPIRE_SECONDS
from gateway.room.sanctions import Note, encode_note
from gateway.serving.leaving import GOODBYE_SECONDS, STOP_SECONDS, STORE_SECONDS, drain
from gateway.serving.listeners import METRICS_PLACES
from gateway.serving.ports import ServerError
from gateway.stores import StoreError
from gateway.stores.memory import MemoryStore

from ..fakes import a_store
from ..inprocess import Http, Json, Loop, Peer, Raw, WebSocket, gateway, rest, timeless
from ..samples import a_draft
from ..test_outages import Flaky

OWED = 6


async def _owe(speaker: Raw, people: list[Any]) -> None:
    """Have more to take for each of these than it takes."""
    await rest()
    for each in people:
        each.stall()
    for number in range(OWED):
        speaker.say(f"{number}" * 30_000)
        await rest()


def _heard(peer: Any) -> int:
    return sum(f"{number}" * 30_000 in peer.text for number in range(OWED))


@timeless
async def test_a_stop_says_goodbye_after_what_is_owed() -> None:
    async with gateway() as here:
        speaker = Raw(here, "10.0.0.2")
        people: list[Any] = [Raw(here), WebSocket(here), Json(here).hello(), Http(here, path="/events")]
        await _owe(speaker, people)
        stopping = asyncio.ensure_future(here.stop())
        await here.after(STOP_SECONDS / 2)
        assert [each.why for each in people] == [None] * 4
        assert all(_heard(each) < OWED for each in people)
        for each in people:
            each.take()
        await here.after(GOODBYE_SECONDS / 2)
        assert [_heard(each) for each in people] == [OWED] * 4
        assert [each.why for each in (speaker, *people)] == ["going-away"] * 5
        assert [people[1].code, people[2].code] == [1001, 1001]
        assert people[0].ended_at is not None
        await stopping


@timeless
@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
async def test_when_the_room_is_full_its_operator_sees_so(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not for members is left."""
    monkeypatch.setattr("gateway.serving.server.descriptors", lambda _: RESERVE + 3)
    async with gateway(metrics=f"{host}:0", per_ip=0) as here:
        (metrics,) = set(here.doors) - set(here.ports.values())
        people = [Raw(here) for _ in range(4)]
        looks = Peer(here, metrics, "10.0.0.9")
        looks.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await rest()
        assert [each.is_lost for each in people] == [False] * 3 + [True]
        assert looks.text.startswith("HTTP/1.1 200")
        assert 'gateway_members{wire="raw"} 3.0' in looks.text
        looks.end()


@timeless
async def test_one_address_has_not_all_places_of_the_metrics() -> None:
    async with gateway(metrics="127.0.0.1:0") as here:
        (metrics,) = set(here.doors) - set(here.ports.values())
        silent = [Peer(here, metrics, "10.0.0.8") for _ in range(METRICS_PLACES)]
        looks = Peer(here, metrics, "10.0.0.9")
        looks.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await rest()
        assert looks.text.startswith("HTTP/1.1 200")
        for each in (*silent, looks):
            each.end()


@timeless
async def test_the_lag_is_that_of_who_is_most_behind() -> None:
    async with gateway(metrics="127.0.0.1:0") as here:
        (metrics,) = set(here.doors) - set(here.ports.values())
        await _owe(Raw(here, "10.0.0.2"), [Raw(here)])
        looks = Peer(here, metrics, "10.0.0.9")
        looks.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await rest()
        (lag,) = re.findall(r"^gateway_lag_messages (.+)$", looks.text, re.MULTILINE)
        assert float(lag) > 0
        looks.end()


@timeless
async def test_a_stop_waits_so_long_and_no_longer_for_who_takes_nothing() -> None:
    async with gateway() as here:
        speaker = Raw(here, "10.0.0.2")
        people: list[Any] = [Raw(here), WebSocket(here), Json(here).hello(), Http(here, path="/events")]
        await _owe(speaker, people)
        began = here.now
        await here.stop()
        assert STOP_SECONDS <= here.now - began < STOP_SECONDS + 2 * GOODBYE_SECONDS + 1
        await rest()
        assert all(each.is_lost for each in people)


@timeless
async def test_what_was_said_last_is_in_the_log_and_acked_before_the_goodbye() -> None:
    async with gateway() as here:
        people: list[Any] = [Raw(here), WebSocket(here), Json(here).hello()]
        await rest()
        for each in people:
            each.say("last words")
        await asyncio.sleep(0)  # they are there, and not in the log yet
        await here.stop()
        assert here.said == ["last words"] * 3
        assert [event["type"] for event in people[2].events()].count("ack") == 1
        assert people[2].code == 1001


class Slow(MemoryStore):
    """A store that stores when it may."""

    def __init__(self) -> None:
        super().__init__(10_000, 10**8)
        self.may = asyncio.Event()

    async def append(self, drafts: Sequence[Draft]) -> list[int]:
        await self.may.wait()
        return await super().append(drafts)


@timeless
@pytest.mark.parametrize("seconds", [0, 20])
async def test_what_is_stored_and_acked_at_the_end_everybody_is_told(seconds: float) -> None:
    """Also without a way to resume: at nc that is missed for good. What comes behind that nobody stores, nor acks."""
    store = Slow()
    async with gateway(store) as here:
        speaker = Json(here).hello()
        people: list[Any] = [Raw(here), WebSocket(here), Json(here).hello(), Http(here, path="/events")]
        visitor = Peer(here, here.http_port, "10.0.0.2")
        await rest()
        hurried = asyncio.Event()
        hurried.set()  # all are in still when the stop begins, though it drains
        await drain(here.house, seconds, hurried)
        speaker.say("last words")
        await rest()
        stopping = asyncio.ensure_future(here.stop())
        await here.after(STORE_SECONDS / 2)
        speaker.say("behind the end")
        visitor.send(b"POST /say HTTP/1.1\r\nHost: localhost\r\nContent-Length: 14\r\n\r\nbehind it, too")
        await rest()
        store.may.set()
        await stopping
        assert here.said == ["last words"]
        assert [event["type"] for event in speaker.events()].count("ack") == 1
        assert ["last words" in each.text for each in people] == [True] * 4
        assert [each.why for each in (speaker, *people)] == ["going-away"] * 5
        assert visitor.text.startswith("HTTP/1.1 503")


@timeless
async def test_a_stop_while_the_store_fails_says_so_and_ends(caplog: pytest.LogCaptureFixture) -> None:
    store = Flaky()
    async with gateway(store) as here:
        raw = Raw(here)
        await rest()
        store.failing = {"append"}
        raw.say("lost")
        await here.after(5)
        began = here.now
        await here.stop()
        assert here.now - began < STOP_SECONDS + 3
        assert "what was said last is not stored: the disk is full" in caplog.text


@timeless
async def test_a_room_that_breaks_says_so_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who typed lines was cut off without a word."""

    async def broken() -> None:
        raise StoreError("NATS has closed the connection")

    async with gateway() as here:
        people: list[Any] = [Raw(here), WebSocket(here), Json(here).hello()]
        people[0].send(b"hi\r\n")
        await rest()
        monkeypatch.setattr(here.house.room, "broken", broken)
        with pytest.raises(ServerError, match="NATS has closed"):
            await here.until_it_breaks()
        assert people[0].text.endswith("\r\n* a fault of the server's has ended this: come again in a moment\r\n")
        assert [people[1].code, people[2].code] == [1011, 1011]
        assert here.tcp_port not in here.doors
        await here.stop()


@timeless
async def test_nobody_comes_in_any_more() -> None:
    async with gateway() as here:
        raw = Raw(here)
        await rest()
        await here.stop()
        assert here.tcp_port not in here.doors
        assert here.http_port not in here.doors
        assert raw.why == "going-away"


@timeless
async def test_a_reload_reads_the_bans_that_somebody_else_stored() -> None:
    store = a_store()
    async with gateway(store) as here:
        ann, bob = Raw(here, "10.0.0.1"), Raw(here, "10.0.0.2")
        await rest()
        await store.bans.put("address:10.0.0.1", encode_note(Note(name="Ann", operator="Op", until=0)))
        assert await here._server.reload() == ["bans and mutes were read again"]
        assert (ann.why, bob.why) == ("banned", None)
        assert await here._server.reload() == ["nothing is another one"]


@timeless
async def test_a_reload_while_the_store_is_away_tells_so_and_does_the_rest() -> None:
    store = Flaky()
    async with gateway(store) as here:
        store.failing.add("bans")
        assert await here._server.reload() == ["bans and mutes stay as they were: the disk is full"]
        store.failing.clear()


@timeless
async def test_a_reload_says_how_many_days_are_kept_from_now_on() -> None:
    store = a_store()
    await store.append([a_draft("two days ago", at=cast(Loop, asyncio.get_running_loop()).wall() - 2 * DAY)])
    async with gateway(store) as here:
        settings = here._server._settings
        here._server._read = lambda: replace(settings, keep_days=1)
        assert await here._server.reload() == ["--keep-days is 1 now, it was 0"]
        assert here.said == ["two days ago"]
        await here.after(EXPIRE_SECONDS + 1)
        assert "two days ago" not in here.said
